"""The records of an XLSB workbook: their framing, and whole blocks of rows encoded with numpy.

Source: [MS-XLSB] 2.1.4 (framing), BrtRowHdr, BrtCell*, RkNumber; the order in which the four
RK forms are tried is the one seen in files that Excel saved. Only long cell records are
written: readers in wide use lose the cells of files with short ones.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    ByteArray = npt.NDArray[np.uint8]
    BoolArray = npt.NDArray[np.bool_]


class Brt(IntEnum):
    """Record numbers, by the names [MS-XLSB] gives them."""

    ROW_HDR = 0
    CELL_BLANK = 1
    CELL_RK = 2
    CELL_REAL = 5
    CELL_ISST = 7
    SST_ITEM = 19
    AC_BEGIN = 37
    AC_END = 38
    FONT = 43
    FILL = 45
    BORDER = 46
    XF = 47
    STYLE = 48
    FILE_VERSION = 128
    BEGIN_SHEET = 129
    END_SHEET = 130
    BEGIN_BOOK = 131
    END_BOOK = 132
    BEGIN_WS_VIEWS = 133
    END_WS_VIEWS = 134
    BEGIN_WS_VIEW = 137
    END_WS_VIEW = 138
    BEGIN_BUNDLE_SHEETS = 143
    END_BUNDLE_SHEETS = 144
    BEGIN_SHEET_DATA = 145
    END_SHEET_DATA = 146
    WS_PROP = 147
    WS_DIM = 148
    WB_PROP = 153
    BUNDLE_SHEET = 156
    BEGIN_SST = 159
    END_SST = 160
    BEGIN_STYLE_SHEET = 278
    END_STYLE_SHEET = 279
    MARGINS = 476
    PRINT_OPTIONS = 477
    WS_FMT_INFO = 485
    BEGIN_DXFS = 505
    END_DXFS = 506
    BEGIN_TABLE_STYLES = 508
    END_TABLE_STYLES = 509
    BEGIN_FILLS = 603
    END_FILLS = 604
    BEGIN_FONTS = 611
    END_FONTS = 612
    BEGIN_BORDERS = 613
    END_BORDERS = 614
    BEGIN_CELL_XFS = 617
    END_CELL_XFS = 618
    BEGIN_STYLES = 619
    END_STYLES = 620
    BEGIN_CELL_STYLE_XFS = 626
    END_CELL_STYLE_XFS = 627
    RW_DESCENT = 1024


def record(kind: int, payload: bytes = b"") -> bytes:
    """Frame a payload: record number in one or two bytes, length in up to four, seven bits each."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])  # noqa: PLR2004  seven bits
    size = bytearray()
    rest = len(payload)
    while rest > 0x7F:  # noqa: PLR2004  seven bits
        size.append(rest & 0x7F | 0x80)
        rest >>= 7
    size.append(rest)
    return head + bytes(size) + payload


def wide_string(text: str) -> bytes:
    """Encode an XLWideString: the count of UTF-16 code units, then the units."""
    units = text.encode("utf-16-le")
    return struct.pack("<I", len(units) // 2) + units


_ROW_HEIGHT = 300  # twips: Excel's default for Calibri 11
_ROW_PAYLOAD = struct.pack("<IIHBBBIII", 0, 0, _ROW_HEIGHT, 0, 0, 0, 1, 0, 0)
_ROW_PREFIX = (
    record(Brt.AC_BEGIN, bytes.fromhex("0100020e0080"))
    + record(Brt.RW_DESCENT, b"\x04\x00")
    + record(Brt.AC_END)
    + record(Brt.ROW_HDR, _ROW_PAYLOAD)
)
_ROW_NUMBER_AT = len(_ROW_PREFIX) - len(_ROW_PAYLOAD)
_LAST_COLUMN_AT = len(_ROW_PREFIX) - 4

_CELL_HEAD = 10  # record number, length, column (4), style (3) and phonetic flag (1)
_CELL_WIDTH = _CELL_HEAD + 8
_VALUE_BYTES = np.zeros(8, np.int64)
_VALUE_BYTES[[Brt.CELL_RK, Brt.CELL_REAL, Brt.CELL_ISST]] = 4, 8, 4
_RECORD_LENGTH = (_VALUE_BYTES + 8).astype(np.uint8)
_VALUE_KEPT = np.arange(8) < _VALUE_BYTES[:, None]

_RK_INT, _RK_HUNDREDTH = 2, 1
_RK_LIMIT = 2**29 - 1
_RK_LOST_BITS = np.uint64(2**34 - 1)


@dataclass(frozen=True, eq=False)
class CellRun:
    """Cells of one column in consecutive rows: record number and up to 8 value bytes of each."""

    kind: ByteArray
    value: ByteArray
    style: int = 0


def _as_bytes(values: npt.NDArray[np.generic], width: int) -> ByteArray:
    """Spread little-endian numbers over a (rows, 8) byte block."""
    block = np.zeros((len(values), 8), np.uint8)
    block[:, :width] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), width)
    return block


def text_run(indices: IntArray, style: int = 0) -> CellRun:
    """Encode shared-string indices; a negative index is a blank cell."""
    kind = np.where(indices < 0, Brt.CELL_BLANK, Brt.CELL_ISST).astype(np.uint8)
    return CellRun(kind, _as_bytes(indices.clip(min=0).astype("<u4"), 4), style)


def number_run(values: FloatArray, style: int = 0) -> CellRun:
    """Encode numbers; NaN is a blank cell.

    Excel tries, in this order: the upper 30 bits of the double, a 30-bit integer, the upper
    30 bits of a hundredth, a 30-bit count of hundredths, and only then the whole double.
    """
    blank = np.isnan(values)
    whole = np.where(blank, 0.0, values).astype("<f8")
    rk, fits = _rk_numbers(whole)
    kind = np.where(blank, Brt.CELL_BLANK, np.where(fits, Brt.CELL_RK, Brt.CELL_REAL))
    value = np.where(fits[:, None], _as_bytes(rk, 4), _as_bytes(whole, 8))
    return CellRun(kind.astype(np.uint8), value, style)


def _rk_numbers(whole: FloatArray) -> tuple[npt.NDArray[np.int32], BoolArray]:
    """Return the RK form of each number and whether it has one."""
    small = np.where(np.abs(whole) < _RK_LIMIT, whole, 0.0)  # beyond it a hundredth cannot fit
    hundreds = np.rint(small * 100).astype("<f8")
    top, top_hundreds = _upper_half(whole), _upper_half(hundreds)
    is_short = _is_short(whole)
    is_integer = (np.rint(whole) == whole) & (np.abs(whole) < _RK_LIMIT)
    is_hundredth = ~is_integer & (hundreds / 100 == whole) & (np.abs(hundreds) < _RK_LIMIT)
    integer = np.where(is_integer, whole, 0).astype(np.int64) << 2 | _RK_INT
    hundredth = np.where(is_hundredth, hundreds, 0).astype(np.int64) << 2 | _RK_INT | _RK_HUNDREDTH
    rk = np.select(
        [is_short, is_integer, is_hundredth & _is_short(hundreds)],
        [top, integer, top_hundreds | _RK_HUNDREDTH],
        hundredth,
    )
    return rk.astype("<i4"), is_short | is_integer | is_hundredth


def _is_short(values: FloatArray) -> BoolArray:
    """Tell which doubles survive the loss of their lower 34 bits."""
    return np.asarray((values.view("<u8") & _RK_LOST_BITS) == 0)


def _upper_half(values: FloatArray) -> IntArray:
    """Return the upper 32 bits of each double as a signed number."""
    return (values.view("<i8") >> 32).astype(np.int64)


def encode_rows(first_row: int, columns: Sequence[CellRun]) -> bytes:
    """Return the bytes of consecutive rows: row prefix, row header, one record per cell."""
    rows, width = len(columns[0].kind), len(_ROW_PREFIX) + _CELL_WIDTH * len(columns)
    body = np.empty((rows, width), np.uint8)
    kept = np.ones((rows, width), np.bool_)
    body[:, : len(_ROW_PREFIX)] = np.frombuffer(_ROW_PREFIX, np.uint8)
    numbers = np.arange(first_row, first_row + rows, dtype="<u4")
    body[:, _ROW_NUMBER_AT : _ROW_NUMBER_AT + 4] = numbers.view(np.uint8).reshape(rows, 4)
    body[:, _LAST_COLUMN_AT : _LAST_COLUMN_AT + 4] = _four_bytes(len(columns) - 1)
    for index, run in enumerate(columns):
        at = len(_ROW_PREFIX) + _CELL_WIDTH * index
        body[:, at] = run.kind
        body[:, at + 1] = _RECORD_LENGTH[run.kind]
        body[:, at + 2 : at + 6] = _four_bytes(index)
        body[:, at + 6 : at + _CELL_HEAD] = _four_bytes(run.style)
        body[:, at + _CELL_HEAD : at + _CELL_WIDTH] = run.value
        kept[:, at + _CELL_HEAD : at + _CELL_WIDTH] = _VALUE_KEPT[run.kind]
    return body[kept].tobytes()


def _four_bytes(number: int) -> ByteArray:
    return np.frombuffer(struct.pack("<I", number), np.uint8)
