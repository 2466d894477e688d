"""Workbooks, targets and segments into the store; jobs and quality out of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from app.cli.options import Json, Paths, Today
from app.cli.output import emit_json, money, note, show_table
from app.cli.progress import bar
from app.cli.session import unit, workspace

if TYPE_CHECKING:
    from tools.ingest import IngestResult
    from tools.quality import QualityReport

targets = typer.Typer(name="targets", help="Monthly targets.", no_args_is_help=True)
segments = typer.Typer(name="segments", help="Customer segments.", no_args_is_help=True)

Import = Annotated[Path, typer.Argument(help="A .csv or .xlsx file.")]


def ingest(
    paths: Paths,
    merge: Annotated[
        Literal["union", "overwrite", "intersect"],
        typer.Option(help="Days another file already covers: skip, replace, or only those."),
    ] = "union",
    promo_relation: Annotated[
        Literal["auto", "subset", "additional"],
        typer.Option(help="Are promo rows part of the Web/Stores rows or additional to them?"),
    ] = "auto",
    channel: Annotated[
        Literal["online", "offline"] | None,
        typer.Option(help="Channel of files whose name does not tell it."),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Folder for the rejected rows (CSV).")
    ] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Load sales and promotion workbooks, to the cent; all of the given files or none."""
    from tools.ingest import ingest_workbooks
    from tools.quality import data_quality

    with workspace(today) as shop:
        with bar() as advance:
            result = ingest_workbooks(
                shop.engine,
                paths,
                today=shop.today,
                merge=merge,
                promo_relation=promo_relation,
                channel=channel,
                rejects_dir=rejects,
                on_progress=advance,
            )
        if json:
            emit_json(result)
            return
        show_ingest(result)
    with unit(today) as deps:
        show_quality(data_quality(deps))
    note("next: promoloop gap --month YYYY-MM, or promoloop plan \"BRIEF\"")
