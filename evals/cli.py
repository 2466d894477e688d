"""`promoloop eval`: score a model, report on a run, compare two."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable  # noqa: TC003  typer reads this module's names
from itertools import count
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.output import emit_json, note, show_table
from app.cli.progress import bar
from evals.audit import audit as grade
from evals.cases import CATEGORIES, Case
from evals.injection import benign, look_alikes, pairs
from evals.loader import json_schema, load_cases
from evals.report import compared_markdown, html, junit, markdown
from evals.results import RunFolder
from evals.runner import Outcome, run_cases
from evals.summary import compare, summarise

cli = typer.Typer(
    name="promoloop eval",
    help="Score any model on what the agents must do; report on runs and compare them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_RUNS = Path("eval-runs")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Folder = Annotated[Path, typer.Argument(help="Folder of a run.")]
Cases = Annotated[
    list[Path] | None,
    typer.Option(
        "--cases", help="Folder or file with cases of your own; the shipped ones if left out."
    ),
]


@cli.command()
def run(  # noqa: PLR0913  each is an option
    *,
    model: Annotated[
        str, typer.Option(help="offline, a scripted one, or a model of the endpoint that is set.")
    ] = "offline",
    repeats: Annotated[int, typer.Option("-k", min=1, max=100, help="Runs per case.")] = 1,
    category: Annotated[
        list[str] | None, typer.Option(help="Only these categories, e.g. A; may be repeated.")
    ] = None,
    only: Annotated[str | None, typer.Option(help="Only cases whose id holds this text.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    cases: Cases = None,
    suite: Annotated[
        str, typer.Option(help="functional, injection, benign or look-alikes.")
    ] = "functional",
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; continued if it is there.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Write the model's outputs to this file.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Take the model's outputs from this file.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Exit 1 below this per cent of passed runs."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the cases with a model and print its score; the run is kept in a folder."""
    if record and replay:
        message = "--record and --replay exclude each other"
        raise typer.BadParameter(message)
    chosen = _chosen(cases, category, only, suite)
    folder = out or _RUNS / f"{model.replace('/', '_')}-{dt.datetime.now(tz=dt.UTC):%Y%m%d-%H%M%S}"
    cassette: tuple[Literal["record", "replay"], Path] | None = None
    if record or replay:
        cassette = ("record", record) if record else ("replay", replay or Path())
    with bar() as advance:
        done = count(1)

        def told(outcome: Outcome) -> None:
            advance(outcome.case, next(done), len(chosen) * repeats)

        kept = run_cases(
            chosen, model, folder, repeats=repeats, jobs=jobs, cassette=cassette, on_done=told
        )
    summary = summarise(kept)
    if as_json:
        emit_json(summary)
    else:
        typer.echo(markdown(kept))
    note(f"the run is in {folder}; promoloop eval report {folder} --html FILE shows each case")
    if summary.errors or (fail_under is not None and summary.passed.pct < fail_under):
        raise typer.Exit(1)


@cli.command()
def report(
    folder: Folder,
    *,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write one HTML file.")] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML.")] = None,
    as_json: Json = False,
) -> None:
    """Report on a run: Markdown on stdout, or JSON; an HTML file and JUnit where asked for."""
    kept = RunFolder(folder)
    summary = summarise(kept)
    if html_file:
        html_file.write_text(html(kept), encoding="utf-8")
    if junit_file:
        junit_file.write_text(junit(kept), encoding="utf-8")
    if as_json:
        emit_json(summary)
    else:
        typer.echo(markdown(kept))


@cli.command("compare")
def compare_runs(a: Folder, b: Folder, *, as_json: Json = False) -> None:
    """Compare two runs: paired by case, clustered by seed, one verdict."""
    found = compare(RunFolder(a), RunFolder(b))
    if as_json:
        emit_json(found)
    else:
        typer.echo(compared_markdown(found))


@cli.command()
def audit(folder: Folder, *, cases: Cases = None, as_json: Json = False) -> None:
    """Grade the graders on a run of the oracle: damaged runs must fail, equivalent ones pass."""
    kept = RunFolder(folder)
    by_id = {case.id: case for case in load_cases(cases or ())}
    perfect = {(row.case, row.repeat) for row in kept.rows() if row.passed}
    runs = [
        (by_id[case], run)
        for (case, repeat), run in kept.trajectories().items()
        if case in by_id and (case, repeat) in perfect
    ]
    found = grade(runs)
    if as_json:
        emit_json(found)
        return
    for title, rates in (("must be caught", found.kills), ("must pass", found.acceptances)):
        rows = [[r.operator, r.applied, r.right, ", ".join(r.wrong_cases[:3])] for r in rates]
        show_table(title, ["operator", "applied>", "right>", "wrong in"], rows)
    typer.echo(f"caught {found.kill_pct} %, let pass {found.acceptance_pct} % of {len(runs)} runs")


@cli.command("cases")
def list_cases(
    cases: Cases = None,
    category: Annotated[list[str] | None, typer.Option(help="Only these categories.")] = None,
    suite: Annotated[
        str, typer.Option(help="functional, injection, benign or look-alikes.")
    ] = "functional",
) -> None:
    """Read all cases and say how many there are."""
    found = _chosen(cases, category, None, suite)
    for name, title in CATEGORIES.items():
        of_it = [case for case in found if case.category == name]
        if of_it:
            seeds = len({case.seed for case in of_it})
            typer.echo(f"{name} {title}: {seeds} seeds, {len(of_it)} cases")
    typer.echo(f"in all {len({case.seed for case in found})} seeds, {len(found)} cases")


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a file of cases, for editors."""
    sys.stdout.write(json_schema())


_SUITES: dict[str, Callable[[], Iterable[Case]]] = {
    "injection": pairs,
    "benign": benign,
    "look-alikes": look_alikes,
}


def _chosen(
    folders: list[Path] | None, category: list[str] | None, only: str | None, suite: str
) -> list[Case]:
    if suite != "functional" and suite not in _SUITES:
        message = f"there is no suite {suite!r}: they are functional, {', '.join(_SUITES)}"
        raise typer.BadParameter(message)
    found = list(_SUITES[suite]()) if suite in _SUITES else load_cases(folders or ())
    unknown = set(category or ()) - set(CATEGORIES)
    if unknown:
        message = f"there is no category {min(unknown)!r}: they are {', '.join(CATEGORIES)}"
        raise typer.BadParameter(message)
    chosen = [
        case
        for case in found
        if (not category or case.category in category) and (not only or only in case.id)
    ]
    if not chosen:
        message = "no case is left: loosen --category or --only"
        raise typer.BadParameter(message)
    return chosen
