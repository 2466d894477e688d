"""One workbook file as RAW LINES (see `analytics.workbook_lines`): every row of its sheet.

This runs in a child process (`tools.workbooks.child`): the spreadsheet library can abort.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.workbook_lines import PROMO_COLUMNS, SALES_COLUMNS
from tools.errors import UnreadableWorkbook
from tools.workbooks.container import check_bytes, open_container
from tools.workbooks.csv_text import read_csv, top_of_csv
from tools.workbooks.header import Header, channel_of, find_header, role_of
from tools.workbooks.records import counted_rows, declared_rows, has_short_cells
from tools.workbooks.sheet import Workbook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from analytics.types import Channel
    from analytics.workbook_lines import Role
    from tools.workbooks.container import Container, Sheet

    Candidate = tuple[Sheet | None, tuple[int, Header] | None]

HEADER_WITHIN_ROWS = 50
_START_OF_SHEET = 64 * 1024


@dataclass(frozen=True)
class Found:
    """Where the lines of a file are: the sheet (None for CSV), the header and its 0-based row."""

    container: Container
    sheet: Sheet | None
    header_index: int
    header: Header
    role: Role

    @property
    def wanted(self) -> Mapping[str, pl.DataType]:
        """Our columns for this role, with their types."""
        return PROMO_COLUMNS if self.role == "promo" else SALES_COLUMNS


@dataclass(frozen=True)
class RawWorkbook:
    """A file's RAW LINES; `channel` is None where a column holds it."""

    found: Found
    lines: pl.DataFrame
    channel: Channel | None


def read_workbook(path: Path, *, channel: Channel | None = None) -> RawWorkbook:
    """Read every row of the sheet that has the retailer's columns.

    Args:
        path: .xlsb, .xlsx or .csv; its name tells the channel of Web_ and Stores_ files.
        channel: for a sales file whose name and columns do not say it.

    Raises:
        UnreadableWorkbook: the file cannot be read completely; says what is wrong and the repair.
    """
    container = open_container(path)
    if container.kind != "csv":
        check_bytes(path)
    found = find_lines(container)
    resolved = _resolve_channel(found, channel)
    if found.sheet is None:
        lines = read_csv(container, found.header_index, found.header, found.wanted)
    else:
        workbook = Workbook(container)
        lines = workbook.lines(found.sheet, found.header_index, found.header, found.wanted)
        _require_all_rows(found, lines)
    if lines.is_empty():
        problem = "has a header but no rows below it: export it again with its data"
        raise UnreadableWorkbook(path, problem)
    return RawWorkbook(found, lines, resolved)


def find_lines(container: Container) -> Found:
    """Find the one visible sheet, and the row in it, that has every needed column.

    Raises:
        UnreadableWorkbook: none has (says what is missing and what was found), or two have.
    """
    candidates = _candidates(container)
    complete = [(sheet, hit) for sheet, hit in candidates if hit and not hit[1].missing]
    if len(complete) > 1:
        names = " and ".join(f"'{sheet.name}'" for sheet, _ in complete if sheet)
        problem = f"has sales lines on several sheets ({names}): save each sheet as its own file"
        raise UnreadableWorkbook(container.path, problem)
    if not complete:
        _refuse_short_cells(container)
        raise UnreadableWorkbook(container.path, _what_is_missing(container, candidates))
    sheet, hit = complete[0]
    if hit is None:  # `complete` holds hits only
        raise AssertionError
    index, header = hit
    if header.doubled:
        problem = f"has the column {header.doubled[0]} twice: delete or rename one of them"
        raise UnreadableWorkbook(container.path, problem)
    return Found(container, sheet, index, header, role_of(container.path, header.columns))


def _candidates(container: Container) -> list[Candidate]:
    if container.kind == "csv":
        return [(None, find_header(container.path, top_of_csv(container)))]
    workbook = Workbook(container)
    visible = [sheet for sheet in container.sheets if sheet.visible]
    return [
        (sheet, find_header(container.path, workbook.top(sheet, HEADER_WITHIN_ROWS)))
        for sheet in visible
    ]


def top_rows(
    container: Container, sheet: Sheet | None, first: int, count: int
) -> tuple[tuple[str, ...], ...]:
    """Return `count` rows of a sheet (None: of the CSV file) from the 0-based row `first`."""
    if container.kind == "csv":
        rows = top_of_csv(container)[: first + count]
    else:
        rows = [] if sheet is None else Workbook(container).top(sheet, first + count)
    return tuple(tuple(cell or "" for cell in row) for row in rows[first:])


def _refuse_short_cells(container: Container) -> None:
    if container.kind != "xlsb":
        return
    with zipfile.ZipFile(container.path) as archive:
        for sheet in container.sheets:
            with archive.open(sheet.part) as part:
                if has_short_cells(part.read(_START_OF_SHEET)):
                    problem = (
                        f"was written by a program that packs the cells of sheet '{sheet.name}' "
                        "in a way that loses columns: open it in Excel and save it again"
                    )
                    raise UnreadableWorkbook(container.path, problem)


def _what_is_missing(container: Container, candidates: list[Candidate]) -> str:
    hits = [(sheet, hit) for sheet, hit in candidates if hit is not None]
    if not hits:
        where = f"in the first {HEADER_WITHIN_ROWS} rows"
        names = ", ".join(f"'{sheet.name}'" for sheet in container.sheets if sheet.visible)
        sheets = f" of {names}" if names else ""
        return (
            f"has no header row {where}{sheets}: DATE, DEPARTMENT, SALES VALUE, SALES QTY and "
            "MARGIN VALUE are needed in one row"
        )
    sheet, (index, header) = max(hits, key=lambda item: len(item[1][1].columns))
    place = f"row {index + 1}" + (f" of sheet '{sheet.name}'" if sheet else "")
    there = ", ".join(text for text in header.texts if text)
    columns = "column" if len(header.missing) == 1 else "columns"
    return (
        f"lacks the {columns} {' and '.join(header.missing)}; {place} has: {there}. "
        "Export the workbook with these columns, or rename them"
    )


def _resolve_channel(found: Found, given: Channel | None) -> Channel | None:
    """Channel of every row, or None if a column holds it: column, else file name, else `given`."""
    if "channel" in found.header.columns:
        return None
    channel = channel_of(found.container.path) or given
    if channel is None:
        problem = (
            "says nowhere whether it is online or offline: give channel='online' or "
            "channel='offline', or name the file Web_... or Stores_..."
        )
        raise UnreadableWorkbook(found.container.path, problem)
    return channel


def _require_all_rows(found: Found, lines: pl.DataFrame) -> None:
    """Refuse a binary sheet of which the library returned fewer rows than it holds."""
    if found.container.kind != "xlsb" or found.sheet is None:
        return
    read = found.header_index + 1 + lines.height
    with zipfile.ZipFile(found.container.path) as archive:
        with archive.open(found.sheet.part) as part:
            declared = declared_rows(part.read(_START_OF_SHEET))
        if declared is not None and declared <= read:
            return
        held = counted_rows(archive.read(found.sheet.part))
    if held > read:
        problem = f"has {held} rows, but only {read} can be read: save it again in Excel"
        raise UnreadableWorkbook(found.container.path, problem)
