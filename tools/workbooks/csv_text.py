"""CSV files of the same shape: encoding and separator found, every cell kept as text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from typing import TYPE_CHECKING

import polars as pl

from tools.errors import UnreadableWorkbook
from tools.workbooks.container import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.workbooks.container import Container
    from tools.workbooks.header import Header

_SEPARATORS = ";,\t|"
_TOP_ROWS = 50
_FEWEST_CELLS = 5  # DATE, DEPARTMENT and three measures
_TOP_BYTES = 256 * 1024
_LARGEST_FILE = 1024**3


def top_of_csv(
    container: Container, *, rows: int = _TOP_ROWS, size: int = _TOP_BYTES
) -> list[list[str | None]]:
    """Return the first rows as text, split at the separator that the file uses."""
    with container.path.open("rb") as file:
        start = _decoded(container, file.read(size), cut=True)
    separator = _separator(start)
    records = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return [list(row) for _, row in zip(range(rows), records, strict=False)]
    except csv.Error as error:
        problem = f"is not a CSV file ({plain(error)}): export it again"
        raise UnreadableWorkbook(container.path, problem) from error


def read_csv(
    container: Container, header_index: int, header: Header, wanted: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Return RAW LINES, all text: every record below the header, absent columns null.

    `row` counts records (a quoted line break does not start a new one), from 1.

    Raises:
        UnreadableWorkbook: no text, too large, or a record with more cells than the header.
    """
    if container.path.stat().st_size > _LARGEST_FILE:
        problem = "is larger than 1 GiB: split it by month"
        raise UnreadableWorkbook(container.path, problem)
    text = _decoded(container, container.path.read_bytes(), cut=False)
    width = len(header.texts)
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            new_columns=[f"c{at}" for at in range(width)],
            schema={f"c{at}": pl.String for at in range(width)},
            separator=_separator(text[:_TOP_BYTES]),
        )
    except pl.exceptions.PolarsError as error:
        problem = f"is not a sound CSV file ({plain(error)}): export it again"
        raise UnreadableWorkbook(container.path, problem) from error
    lines = frame.slice(header_index + 1)
    first = header_index + 2
    return lines.select(
        pl.int_range(first, first + lines.height).alias("row"),
        *(
            pl.col(f"c{header.columns[name]}").alias(name)
            if name in header.columns
            else pl.lit(None, dtype=dtype).alias(name)
            for name, dtype in wanted.items()
        ),
    )


def _decoded(container: Container, data: bytes, *, cut: bool) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        return data[: len(data) // 2 * 2].decode("utf-16", "ignore" if cut else "replace")
    if b"\0" in data:
        problem = "is not a text file: save it as CSV (UTF-8) again"
        raise UnreadableWorkbook(container.path, problem)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if cut and error.start >= len(data) - 4:  # the last character was cut in two
            return data[: error.start].decode("utf-8-sig")
        return data.decode("cp1252", errors="replace")  # what Excel writes for "CSV" in the West


def _separator(text: str) -> str:
    """Return the separator of the first line that any splits into as many cells as we need.

    A line "sep=;" says it itself, as Excel has it. Lines of a title above the header count only if
    no line has enough cells.
    """
    lines = [line for line in text.splitlines()[:_TOP_ROWS] if line.strip()]
    if lines and (said := re.fullmatch(r"sep=(.)", lines[0].strip())):
        return said[1]
    best = {line: max(_SEPARATORS, key=line.count) for line in lines}
    wide = (mark for line, mark in best.items() if line.count(mark) + 1 >= _FEWEST_CELLS)
    return next(wide, next(iter(best.values()), _SEPARATORS[0]))
