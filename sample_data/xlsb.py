"""A writer of XLSB workbooks in the shape Excel gives them, for millions of rows.

Use: `write_workbook(path, [Sheet("Anon Data", ["DATE", "BRAND"], [dates, brands])])` with
`dates` a NumberColumn of serials and `brands` a TextColumn.
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

import numpy as np

from sample_data import xlsb_parts
from sample_data.xlsb_parts import GENERAL
from sample_data.xlsb_records import (
    Brt,
    CellRun,
    encode_rows,
    number_run,
    record,
    text_run,
    wide_string,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

MAX_ROWS = 1_048_576
"""Rows of a sheet, header included."""

_ROWS_PER_BLOCK = 32_768
_STRINGS_PER_BLOCK = 8_192
_SHEET_PROPERTIES = bytes.fromhex("c904020040000000000000") + b"\xff" * 8 + bytes(4)
_SHEET_VIEW = struct.pack("<HIIIB3xHHHHI", 0x3DC, 0, 0, 0, 0x40, 100, 0, 0, 0, 0)  # zoom 100 %
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: equal content gives equal bytes


@dataclass(frozen=True, eq=False)
class TextColumn:
    """Text as codes into a list of strings; a negative code is a blank cell."""

    codes: npt.NDArray[np.integer]
    strings: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Numbers (NaN is a blank cell), with a text in the place of the number in rows of `texts`."""

    values: npt.NDArray[np.float64]
    style: int = GENERAL
    texts: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)


Column = TextColumn | NumberColumn


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: a header row and its columns, all of one length."""

    name: str
    header: Sequence[str]
    columns: Sequence[Column]
    hidden: bool = False

    @property
    def rows(self) -> int:
        """Number of rows below the header."""
        return len(self.columns[0])


class _SharedStrings:
    """The string table of a workbook: each string once, every use counted."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._uses = 0

    def add(self, text: str) -> int:
        """Return the index of one string, once more used."""
        self._uses += 1
        return self._index.setdefault(text, len(self._index))

    def indices(self, column: TextColumn) -> npt.NDArray[np.int64]:
        """Return the index of every cell of a column, -1 for blanks; unused strings stay out."""
        present = column.codes >= 0
        uses = np.bincount(column.codes[present], minlength=len(column.strings))
        table = np.full(len(uses) + 1, -1, np.int64)  # the last entry serves the blank code -1
        for code in np.flatnonzero(uses).tolist():
            table[code] = self.add(column.strings[code])
        self._uses += int(uses.sum()) - int((uses > 0).sum())
        return table[np.where(present, column.codes, -1)]

    def write(self, out: IO[bytes]) -> None:
        """Write the part, piece by piece."""
        out.write(record(Brt.BEGIN_SST, struct.pack("<II", self._uses, len(self._index))))
        strings = list(self._index)
        for start in range(0, len(strings), _STRINGS_PER_BLOCK):
            piece = strings[start : start + _STRINGS_PER_BLOCK]
            out.write(b"".join(record(Brt.SST_ITEM, b"\0" + wide_string(text)) for text in piece))
        out.write(record(Brt.END_SST))


def write_workbook(path: Path, sheets: Sequence[Sheet], date1904: bool = False) -> None:  # noqa: FBT001, FBT002  the one switch of the format
    """Write sheets to an XLSB file; equal input gives equal bytes.

    With `date1904` the workbook says that serial 0 is 1904-01-01; the caller's serials are
    written as they are.

    Raises:
        ValueError: a sheet that Excel could not hold (see the message).
    """
    for sheet in sheets:
        _check(sheet)
    strings = _SharedStrings()
    with zipfile.ZipFile(path, "w") as package:
        _write_part(package, "[Content_Types].xml", xlsb_parts.content_types(len(sheets)).encode())
        _write_part(package, "_rels/.rels", xlsb_parts.package_relationships().encode())
        names = [(sheet.name, sheet.hidden) for sheet in sheets]
        _write_part(package, "xl/workbook.bin", xlsb_parts.book(names, date1904=date1904))
        relationships = xlsb_parts.book_relationships(len(sheets)).encode()
        _write_part(package, "xl/_rels/workbook.bin.rels", relationships)
        for number, sheet in enumerate(sheets, start=1):
            with package.open(_entry(f"xl/worksheets/sheet{number}.bin"), "w") as part:
                _write_sheet(part, sheet, strings)
        _write_part(package, "xl/styles.bin", xlsb_parts.styles())
        with package.open(_entry("xl/sharedStrings.bin"), "w") as part:
            strings.write(part)


def _check(sheet: Sheet) -> None:
    lengths = {len(column) for column in sheet.columns}
    if len(lengths) != 1 or len(sheet.header) != len(sheet.columns):
        message = f"sheet {sheet.name!r} needs columns of one length and a header for each"
        raise ValueError(message)
    if sheet.rows >= MAX_ROWS:
        message = f"sheet {sheet.name!r} has {sheet.rows} rows: split it, {MAX_ROWS - 1} fit"
        raise ValueError(message)
    for title, column in zip(sheet.header, sheet.columns, strict=True):
        if isinstance(column, NumberColumn) and bool(np.isinf(column.values).any()):
            message = f"column {title!r} of sheet {sheet.name!r} has an infinity: write NaN"
            raise ValueError(message)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 0
    return entry


def _write_part(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    package.writestr(_entry(name), content)


def _write_sheet(out: IO[bytes], sheet: Sheet, strings: _SharedStrings) -> None:
    out.write(_sheet_start(sheet.rows, len(sheet.columns)))
    titles = [text_run(np.array([strings.add(title)])) for title in sheet.header]
    out.write(encode_rows(0, titles))
    encoders = [_encoder(column, strings) for column in sheet.columns]
    for start in range(0, sheet.rows, _ROWS_PER_BLOCK):
        piece = slice(start, min(start + _ROWS_PER_BLOCK, sheet.rows))
        out.write(encode_rows(start + 1, [encode(piece) for encode in encoders]))
    out.write(_sheet_end())


def _encoder(column: Column, strings: _SharedStrings) -> Callable[[slice], CellRun]:
    """Return the function that encodes a piece of a column."""
    if isinstance(column, TextColumn):
        indices = strings.indices(column)
        return lambda piece: text_run(indices[piece])
    if not column.texts:
        return lambda piece: number_run(column.values[piece], column.style)
    words = np.full(len(column), -1, np.int64)
    for row, text in sorted(column.texts.items()):
        words[row] = strings.add(text)
    return lambda piece: _overlay(
        number_run(column.values[piece], column.style), text_run(words[piece], column.style)
    )


def _overlay(numbers: CellRun, words: CellRun) -> CellRun:
    """Put the texts in the place of the numbers."""
    is_text = words.kind == Brt.CELL_ISST
    kind = np.where(is_text, words.kind, numbers.kind)
    return CellRun(kind, np.where(is_text[:, None], words.value, numbers.value), numbers.style)


def _sheet_start(rows: int, columns: int) -> bytes:
    """Encode what stands before the first row; the dimensions are trusted by some readers."""
    return b"".join(
        [
            record(Brt.BEGIN_SHEET),
            record(Brt.WS_PROP, _SHEET_PROPERTIES),
            record(Brt.WS_DIM, struct.pack("<IIII", 0, rows, 0, columns - 1)),
            record(Brt.BEGIN_WS_VIEWS),
            record(Brt.BEGIN_WS_VIEW, _SHEET_VIEW),
            record(Brt.END_WS_VIEW),
            record(Brt.END_WS_VIEWS),
            record(Brt.WS_FMT_INFO, bytes.fromhex("ffffffff08002c0100000000")),
            record(Brt.BEGIN_SHEET_DATA),
        ]
    )


def _sheet_end() -> bytes:
    margins = struct.pack("<6d", 0.7, 0.7, 0.75, 0.75, 0.3, 0.3)  # inches
    return b"".join(
        [
            record(Brt.END_SHEET_DATA),
            record(Brt.PRINT_OPTIONS, b"\x10\x00"),
            record(Brt.MARGINS, margins),
            record(Brt.END_SHEET),
        ]
    )
