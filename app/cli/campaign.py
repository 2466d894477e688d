"""The creative brief, the hand-over and the post-mortem on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from app.cli.options import Json, Picture, Today
from app.cli.output import console, draw, emit_json, note
from app.cli.plan import ScenarioId
from app.cli.session import conversation, unit

if TYPE_CHECKING:
    from tools.post_mortem import PostMortemResult


def creative(
    scenario: ScenarioId,
    thread: Annotated[str | None, typer.Option(help="Name of the conversation.")] = None,
    today: Today = None,
) -> None:
    """Have the creative brief of an approved scenario written; exit 3: it waits for approval."""
    from app.cli.speech import show, show_request

    with unit(today) as deps:
        from tools.creative import creative_inputs

        chosen = creative_inputs(deps, scenario).scenario
        day = deps.today
    with conversation(thread or f"creative-{chosen.id}", day) as talk:
        show(talk.resume())
        request = talk.open_request or show(
            talk.say(f"Write the creative brief of scenario {chosen.id}")
        )
    if request is None:
        raise typer.Exit(1)
    show_request(request)
    note(f"next: promoloop approve {request['subject_id'][:8]}")
    raise typer.Exit(3)


def export(
    scenario: ScenarioId,
    format: Annotated[Literal["xlsx", "md"], typer.Option(help="Workbook or Markdown.")] = "xlsx",  # noqa: A002  the option's name
    out: Annotated[Path | None, typer.Option(help="File to write.")] = None,
    today: Today = None,
) -> None:
    """Write a scenario with KPIs, validation and brief to a file, for hand-over."""
    from xlsxwriter.exceptions import FileCreateError

    from app.export import write_markdown, write_workbook
    from tools.errors import Refusal
    from tools.handover import handover

    with unit(today) as deps:
        pack = handover(deps, scenario)
    path = out or Path(
        f"promotion-{pack.scenario.date_range_start}-{str(pack.scenario.id)[:8]}.{format}"
    )
    try:
        (write_workbook if format == "xlsx" else write_markdown)(pack, path)
    except (OSError, FileCreateError) as error:
        message = f"{path} cannot be written ({error}): choose another file with --out"
        raise Refusal(message) from error
    typer.echo(path)


def postmortem(
    scenario: ScenarioId,
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Measure what a campaign really did: effect, dip, cross-effects, errors, insights."""
    from app.pictures.files import check_picture
    from app.pictures.post_mortem import post_mortem_picture
    from tools.post_mortem import run_post_mortem
    from tools.schema import call

    check_picture(picture)
    with unit(today) as deps:
        result = call(run_post_mortem, deps, scenario)
    emit_json(result) if json else show_post_mortem(result)
    draw(picture, lambda: post_mortem_picture(result))


def show_post_mortem(report: PostMortemResult) -> None:
    """Print what a campaign did."""
    result = report.result
    console.print(f"[bold]{escape(report.label)}[/bold]: {result.verdict.replace('_', ' ')}")
    for line in (*result.insights, *result.learning_points):
        console.print(f"- {escape(line)}", highlight=False)
