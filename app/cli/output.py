"""How results are shown: a table for people, one JSON document with `--json`, notes on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from analytics.figures import money, percent, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pydantic import BaseModel

__all__ = ["console", "emit_json", "metric", "money", "note", "percent", "show_table", "signed"]

console = Console()
_stderr = Console(stderr=True)


def emit_json(result: BaseModel) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(result.model_dump_json(indent=2) + "\n")


def note(text: str) -> None:
    """Tell the person something beside the result; it never mixes with `--json`."""
    _stderr.print(f"[dim]{escape(text)}[/dim]", highlight=False)


def draw(path: Path | None, picture: Callable[[], Any]) -> None:
    """Write a picture where one was asked for, and say so beside the result."""
    if path is None:
        return
    from app.pictures.files import save_picture

    save_picture(picture(), path)
    note(f"picture: {path}")


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; columns whose name ends in `>` are right-aligned (figures)."""
    table = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for column in columns:
        name = escape(column.removesuffix(">"))
        table.add_column(name, justify="right" if column.endswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape("" if value is None else str(value)) for value in row))
    console.print(table)


def metric(value: object) -> str:
    """Write a measure of quality for people: three significant digits."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
