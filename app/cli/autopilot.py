"""`promoloop autopilot`: the loop without anyone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.cli.options import Json, Today, parse_month
from app.cli.output import console, emit_json, note, show_table
from app.cli.progress import bar
from app.cli.session import workspace

if TYPE_CHECKING:
    import datetime as dt

    from app.autopilot import AutopilotRun

autopilot = typer.Typer(help="The loop without anyone.", no_args_is_help=True)


@autopilot.command()
def run(
    month: Annotated[
        str | None,
        typer.Option(
            parser=parse_month,
            metavar="YYYY-MM",
            help="Month to plan; the current one if left out.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports"),
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Load new workbooks, look at the gap, plan, measure what has ended, and report.

    Running it twice does nothing twice. Exit 3: a proposal waits for approval.
    """
    from app.autopilot_report import command, write_report
    from tools.errors import Refusal

    done = _run(month, today)
    try:
        files = write_report(done, out)
    except OSError as error:
        message = f"the report cannot be written to {out} ({error.strerror}): name another --out"
        raise Refusal(message) from error
    if json:
        emit_json(done)
    else:
        rows = [(step.name, step.outcome, step.text) for step in done.steps]
        show_table(f"Autopilot for {done.month}", ["step", "outcome", "what"], rows)
        for item in done.waiting:
            console.print(f"waits for you: {escape(item.title)}: {escape(command(item))}")
    note("report: " + ", ".join(str(path) for path in files))
    if done.waiting:
        raise typer.Exit(3)


def _run(month: str | None, today: dt.date | None) -> AutopilotRun:
    from agents.budget import Limits
    from app.autopilot import Autopilot
    from app.conversation import Conversation
    from app.settings import read_settings
    from app.threads import open_checkpointer, open_graph
    from app.traces import traced

    settings = read_settings()
    with (
        workspace(today, settings, create=True) as shop,
        open_checkpointer(settings) as checkpointer,
        traced(settings),
        bar() as advance,
    ):
        graph = open_graph(settings, shop, checkpointer)
        limits = Limits(settings.max_calls, settings.max_tokens)
        pilot = Autopilot(
            shop,
            lambda thread: Conversation(graph, thread, shop, limits),
            on_step=lambda name: advance(name, 0, 1),
        )
        return pilot.run(month)
