"""`promoloop sample`: the workbooks of a made-up retailer, with the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import note
from app.cli.progress import bar


def sample(
    out: Annotated[
        Path,
        typer.Option(
            help="Folder to write into: new, empty, or an earlier sample, which is replaced."
        ),
    ],
    seed: Annotated[int, typer.Option(help="Another seed is another retailer.")] = 7,
    rows: Annotated[int, typer.Option(help="How many lines the workbooks hold in all.")] = 120_000,
) -> None:
    """Write two fiscal years of sample workbooks, targets, segments and the truth."""
    from sample_data.generate import generate
    from tools.errors import Refusal

    with bar() as advance:
        try:
            manifest = generate(out, seed=seed, rows=rows, on_progress=advance)
        except (ValueError, OSError) as error:
            raise Refusal(str(error)) from error
    for path in [*manifest.workbooks, manifest.targets, manifest.segments, manifest.truth]:
        typer.echo(path)
    note(f"{manifest.rows:,} lines; the story stands on {manifest.today}")
    note(f"next: promoloop ingest {out}/*.xlsb")
