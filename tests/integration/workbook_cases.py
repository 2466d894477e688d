"""Small workbooks as tests write them: rows of cells, as .xlsb, .xlsx or .csv."""

from __future__ import annotations

import csv
import datetime as dt
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import xlsxwriter

from sample_data.xlsb import NumberColumn, Sheet, TextColumn, write_workbook
from sample_data.xlsb_parts import DATE, GENERAL
from tools.workbooks.records import walk_records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Cell = str | float | dt.date | None
    Rows = Sequence[Sequence[Cell]]

TODAY = dt.date(2025, 11, 1)
SALES_HEADER = ("DATE", "COD SKU", "DEPARTMENT", "SALES VALUE", "SALES QTY", "MARGIN VALUE")
PROMO_HEADER = (
    "DATE",
    "COD SKU",
    "DEPARTMENT",
    "CHANNEL",
    "CODE PROMO",
    "DESC PROMO",
    "DATE START PROMO",
    "DATE END PROMO",
    "TYPE OF PROMO",
    "SALES VALUE ANON",
    "SALES QTY ANON",
    "MARGIN VALUE ANON",
)
_SHORT = {1: 12, 2: 13, 5: 16, 7: 18}  # blank, RK, real, shared string
_ROW, _REAL, _END_OF_ROWS, _WIDE = 0, 5, 146, 0x80
_EPOCH = dt.date(1899, 12, 30)


def sale(
    date: Cell, sku: Cell = 7.0, department: Cell = "TV", value: Cell = 10.0, qty: Cell = 1.0
) -> list[Cell]:
    """A sales row whose margin is 2."""
    return [date, sku, department, value, qty, 2.0]


def serial(date: dt.date) -> float:
    """Days as Excel counts them."""
    return float((date - _EPOCH).days)


def write_xlsb(
    path: Path,
    rows: Rows,
    header: Sequence[str] = SALES_HEADER,
    *,
    name: str = "Anon Data",
    date1904: bool = False,
) -> Path:
    """Write one sheet; a date becomes a serial with a date format."""
    write_workbook(path, [xlsb_sheet(rows, header, name=name)], date1904)
    return path


def xlsb_sheet(
    rows: Rows, header: Sequence[str], *, name: str = "Anon Data", hidden: bool = False
) -> Sheet:
    """Turn rows into the columns of the writer."""
    columns = [_column([row[at] for row in rows]) for at in range(len(header))]
    return Sheet(name, header, columns, hidden)


def _column(cells: Sequence[Cell]) -> NumberColumn | TextColumn:
    texts = {at: cell for at, cell in enumerate(cells) if isinstance(cell, str)}
    if texts and len(texts) + cells.count(None) == len(cells):
        words = sorted(set(texts.values()))
        codes = [-1 if cell is None else words.index(str(cell)) for cell in cells]
        return TextColumn(np.array(codes), words)
    dated = any(isinstance(cell, dt.date) for cell in cells)
    numbers = [_number(cell) for cell in cells]
    return NumberColumn(np.array(numbers, float), DATE if dated else GENERAL, texts)


def _number(cell: Cell) -> float:
    if cell is None or isinstance(cell, str):
        return float("nan")
    return serial(cell) if isinstance(cell, dt.date) else float(cell)


def write_xlsx(path: Path, rows: Rows, header: Sequence[str] = SALES_HEADER, top: int = 0) -> Path:
    """Write one sheet with the header in row `top` + 1."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Anon Data")
        date_format = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, row in enumerate([header, *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    sheet.write_datetime(top + at, column, cell, date_format)
                elif cell is not None:
                    sheet.write(top + at, column, cell)
    return path


def write_csv(
    path: Path, rows: Rows, header: Sequence[str] = SALES_HEADER, *, separator: str = ";"
) -> Path:
    """Write text: numbers with a point, dates in ISO form."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=separator).writerows([header, *rows])
    return path


def with_part(
    path: Path, part: str, change: Callable[[bytes], bytes], *, stored: bool = False
) -> Path:
    """Write the workbook again with one part changed and every checksum right."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[part] = change(contents[part])
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def far_cell(sheet: bytes) -> bytes:
    """Add one number in the last row and column that Excel has."""
    records = list(walk_records(sheet))
    last_row = max(at for at, (kind, _) in enumerate(records) if kind == _ROW)
    header = struct.pack("<I", 1_048_575) + records[last_row][1][4:]
    cell = struct.pack("<IId", 16_383, 0, 1.0)
    end = next(at for at, (kind, _) in enumerate(records) if kind == _END_OF_ROWS)
    return encoded([*records[:end], (_ROW, header), (_REAL, cell), *records[end:]])


def row_moved(sheet: bytes, which: int, row: int) -> bytes:
    """Give one of the rows another number."""
    records = list(walk_records(sheet))
    at = [at for at, (kind, _) in enumerate(records) if kind == _ROW][which]
    records[at] = (_ROW, struct.pack("<I", row) + records[at][1][4:])
    return encoded(records)


def short_cells(sheet: bytes) -> bytes:
    """Pack every cell but the first of each row as SheetJS does: without its column."""
    packed: list[tuple[int, bytes]] = []
    first = True
    for kind, body in walk_records(sheet):
        is_cell = kind in _SHORT
        if is_cell and not first:
            packed.append((_SHORT[kind], body[4:]))
        else:
            packed.append((kind, body))
        first = not is_cell
    return encoded(packed)


def encoded(records: Sequence[tuple[int, bytes]]) -> bytes:
    """Write records as a part holds them."""
    return b"".join(
        (bytes([kind]) if kind < _WIDE else bytes([kind & 0x7F | _WIDE, kind >> 7]))
        + _length(len(body))
        + body
        for kind, body in records
    )


def _length(size: int) -> bytes:
    parts = bytearray()
    while True:
        size, part = size >> 7, size & 0x7F
        parts.append(part | (_WIDE if size else 0))
        if not size:
            return bytes(parts)
