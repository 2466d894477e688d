"""`promoloop demo`: from nothing to an approved, briefed plan and a post-mortem that learns."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.output import console, note, show_table
from app.cli.progress import bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.conversation import Conversation
    from app.settings import Settings
    from sample_data.generate import Manifest
    from tools.deps import Workspace

BRIEF = (
    "We are behind target for October. Plan something for TV and Gaming from 22 to 27 October, "
    "at most 20 % off, keep margin above 18 %"
)
_APPROVER = "demo (automatic)"


class _Stages:
    """How long each stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        console.rule(f"[bold]{name}", align="left")
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def demo(
    out: Annotated[
        Path, typer.Option(help="Folder of the demo; an earlier demo in it is replaced.")
    ] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Another seed is another retailer.")] = 7,
    rows: Annotated[int, typer.Option(help="How many lines the workbooks hold in all.")] = 120_000,
) -> None:
    """Make a sample retailer and run the whole loop on it, on an embedded database, offline."""
    from app.bootstrap import open_store, open_workspace
    from app.settings import Settings

    stages = _Stages()
    with stages.stage("Sample workbooks"):
        manifest = _sample(out, seed, rows)
    settings = Settings(
        geo="IT",
        country="IT",
        database_url=f"duckdb:///{out / 'promoloop.duckdb'}",
        model="offline",
        data_dir=out,
        policy=None,
    )
    with stages.stage("Store"):
        engine = open_store(settings, create=True)
        console.print(f"migrated {out / 'promoloop.duckdb'}")
    shop = open_workspace(settings, engine, manifest.today)
    try:
        _run(stages, settings, shop, manifest)
    finally:
        engine.dispose()
    _closing(stages, out, manifest)


def _sample(out: Path, seed: int, rows: int) -> Manifest:
    from sample_data.generate import generate
    from tools.errors import Refusal

    _clear(out)
    with bar() as advance:
        try:
            manifest = generate(out / "workbooks", seed=seed, rows=rows, on_progress=advance)
        except (ValueError, OSError) as error:
            raise Refusal(str(error)) from error
    console.print(
        f"{len(manifest.workbooks)} workbooks, {manifest.rows:,} lines, in {out / 'workbooks'}"
    )
    return manifest


def _clear(out: Path) -> None:
    """Remove what an earlier demo left; anything else in the folder is not ours."""
    from tools.errors import Refusal

    ours = {
        "promoloop.duckdb",
        "promoloop.duckdb.wal",
        "promoloop.threads.sqlite",
        "workbooks",
        "promoloop.threads.sqlite-wal",
        "promoloop.threads.sqlite-shm",
        "plan.xlsx",
    }
    found = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if strange := sorted(found - ours):
        message = f"{out} holds {', '.join(strange[:3])}, which no demo made: choose another folder with --out"
        raise Refusal(message)
    out.mkdir(parents=True, exist_ok=True)
    for name in found - {"workbooks"}:
        (out / name).unlink()


def _run(stages: _Stages, settings: Settings, shop: Workspace, manifest: Manifest) -> None:
    from app.conversation import Conversation
    from app.threads import open_checkpointer, open_graph
    from app.traces import traced

    with stages.stage("Ingest"):
        _ingest(shop, manifest)
    with stages.stage("Gap"):
        _gap(shop, manifest)
    with open_checkpointer(settings) as checkpointer, traced(settings):
        talk = Conversation(open_graph(settings, shop, checkpointer), "demo", shop)
        with stages.stage("Uplift coefficients"):
            _say(talk, "Fit the uplift coefficients and ask for their promotion")
        with stages.stage("Plan and validation"):
            _say(talk, BRIEF)
            made = talk.scenarios_of_turn()
        with stages.stage("Approval and creative brief"):
            _say(talk, "Go with the balanced one")
        with stages.stage("Post-mortem and learning"):
            _say(talk, "How did last month's campaign do, and what do we learn from it?")
    _export(shop, made, Path(settings.data_dir))


def _ingest(shop: Workspace, manifest: Manifest) -> None:
    from app.cli.data import show_ingest
    from tools.imports import import_segments, import_targets
    from tools.ingest import ingest_workbooks

    with bar() as advance:
        result = ingest_workbooks(
            shop.engine, manifest.workbooks, today=shop.today, on_progress=advance
        )
    show_ingest(result)
    with shop.open("demo") as deps:
        targets, segments = (
            import_targets(deps, manifest.targets),
            import_segments(deps, manifest.segments),
        )
    console.print(f"{targets.rows} targets and {segments.rows} segments stored")


def _gap(shop: Workspace, manifest: Manifest) -> None:
    from app.cli.numbers import show_gap
    from tools.targets import month_gap

    with shop.open("demo") as deps:
        show_gap(month_gap(deps, f"{manifest.today:%Y-%m}"))


def _say(talk: Conversation, text: str) -> None:
    """Say something to the team; every request for approval is granted, and said to be."""
    from app.cli.speech import show, show_request

    console.print(f"[bold cyan]you>[/bold cyan] {text}")
    request: dict[str, Any] | None = show(talk.say(text))
    while request is not None:
        show_request(request)
        console.print("[bold yellow]approved automatically, because this is the demo[/bold yellow]")
        request = show(talk.answer({"decision": "approve", "by": _APPROVER, "reason": "demo"}))


def _export(shop: Workspace, made: list[str], out: Path) -> None:
    from app.cli.plan import show_comparison
    from app.export import write_workbook
    from tools.handover import handover
    from tools.scenarios import compare_scenarios

    with shop.open("demo") as deps:
        comparison = compare_scenarios(deps, tuple(made))
        packs = [handover(deps, scenario_id) for scenario_id in made]
    approved = next(pack for pack in packs if pack.approved)
    write_workbook(approved, out / "plan.xlsx")
    show_comparison(comparison)
    note(f"approved: {approved.scenario.label} ({str(approved.scenario.id)[:8]})")


def _closing(stages: _Stages, out: Path, manifest: Manifest) -> None:
    show_table(
        "Time by stage",
        ["stage", "seconds>"],
        [(name, f"{seconds:.1f}") for name, seconds in stages.seconds.items()]
        + [("total", f"{sum(stages.seconds.values()):.1f}")],
    )
    console.print(f"database  {out / 'promoloop.duckdb'}", highlight=False)
    console.print(f"workbook  {out / 'plan.xlsx'}", highlight=False)
    store = f"PROMOLOOP_DATABASE_URL=duckdb:///{out / 'promoloop.duckdb'}"
    program = "promoloop" if shutil.which("promoloop") else os.path.relpath(sys.argv[0])
    console.print("\nTry next:", style="bold")
    for command in (
        f"{program} chat --thread demo",
        f"{program} gap --month {manifest.today:%Y-%m}",
        f'{program} plan "A flash sale for Audio next weekend, online only, at most 30 % off"',
    ):
        console.print(f"  {store} {command}", highlight=False, soft_wrap=True)
