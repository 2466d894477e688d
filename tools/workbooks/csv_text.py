"""CSV files of the same shape: encoding and separator found, every cell kept as text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import polars as pl

from tools.errors import UnreadableWorkbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.workbooks.container import Container
    from tools.workbooks.header import Header

_SEPARATORS = ";,\t|"
_TOP_ROWS = 50
_TOP_BYTES = 256 * 1024
_LARGEST_FILE = 1024**3


def top_of_csv(container: Container) -> list[list[str | None]]:
    """Return the first rows as text, split at the separator that the file uses."""
    with container.path.open("rb") as file:
        start = _decoded(container, file.read(_TOP_BYTES), cut=True)
    separator = _separator(start)
    rows = csv.reader(io.StringIO(start, newline=""), delimiter=separator)
    try:
        return [list(row) for _, row in zip(range(_TOP_ROWS), rows, strict=False)]
    except csv.Error as error:
        problem = f"is not a CSV file ({error}): export it again"
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
        reason = str(error).splitlines()[0]
        problem = f"is not a sound CSV file ({reason}): export it again"
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
    """Return the separator that splits the first line with text into the most cells."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=line.count)
