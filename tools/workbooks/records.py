"""The record stream of a binary workbook part: only as much of it as our own checks need.

A record is its type (one byte, or two if the first has its high bit set), its length (base 128,
least significant first, at most four bytes) and its body ([MS-XLSB] 2.1.4).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW_HEADER = 0
_FIRST_VALUE, _LAST_VALUE = 2, 18  # every cell record but BrtCellBlank (1)
_FIRST_SHORT = 12
_DIMENSION = 148
_CONTINUES = 0x80
_LENGTH_BYTES = 4


def walk_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (type, body) of each complete record; a record that is cut off ends the walk."""
    for kind, start, end in _spans(data):
        yield kind, data[start:end]


def length_of_complete(data: bytes) -> int:
    """Return how many bytes the complete records at the beginning take."""
    end = 0
    for _, _, end in _spans(data):  # noqa: B007  the last one counts
        pass
    return end


def _spans(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield type, start and end of the body of each complete record."""
    at, size = 0, len(data)
    while at < size:
        kind, at = data[at], at + 1
        if kind & _CONTINUES:
            if at >= size:
                return
            kind, at = (kind & 0x7F) | (data[at] << 7), at + 1
        length = 0
        for shift in range(_LENGTH_BYTES):
            if at >= size:
                return
            byte, at = data[at], at + 1
            length |= (byte & 0x7F) << (7 * shift)
            if not byte & _CONTINUES:
                break
        if at + length > size:
            return
        yield kind, at, at + length
        at += length


def has_short_cells(data: bytes) -> bool:
    """Tell a sheet with BrtShort... cells: Excel never writes them, no library reads them right."""
    return any(_FIRST_SHORT <= kind <= _LAST_VALUE for kind, _ in walk_records(data))


def declared_rows(data: bytes) -> int | None:
    """Rows up to the last used one, as the sheet says of itself (BrtWsDim), or None."""
    for kind, body in walk_records(data):
        if kind == _DIMENSION:
            _first, last = struct.unpack_from("<II", body)
            return int(last) + 1
        if kind == _ROW_HEADER:
            return None
    return None


def counted_rows(data: bytes) -> int:
    """Rows up to the last one that holds a value, counted record by record."""
    row = last = -1
    for kind, body in walk_records(data):
        if kind == _ROW_HEADER:
            (row,) = struct.unpack_from("<I", body)
        elif _FIRST_VALUE <= kind <= _LAST_VALUE:
            last = max(last, row)
    return last + 1
