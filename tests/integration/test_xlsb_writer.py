"""The XLSB writer: what independent readers see, and the records that Excel would have written."""

from __future__ import annotations

import datetime as dt
import shutil
import struct
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import fastexcel
import numpy as np
import pytest
import pyxlsb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sample_data.xlsb import MAX_ROWS, Column, NumberColumn, Sheet, TextColumn, write_workbook
from sample_data.xlsb_parts import DATE
from sample_data.xlsb_records import Brt, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Value = str | float | None
TRICKY_TEXTS = [
    "TV",
    "  padded both ways   ",
    "perché così",
    "😀 emoji 👩‍👩‍👧",
    "日本",
    "0x2a",
    "NA",
    "a\tb\nc",
]
TRICKY_NUMBERS = [0.0, 1.0, -1.0, -0.01, 12.34, -1234.56, 0.1 + 0.2, 1 / 3, 1e-300, -1e300, 2.0**29]
TRICKY_NUMBERS += [2.0**29 - 1, -(2.0**29), 2.0**53, 45_566.0, 1_190_760.0, 99_999_999.99, 5e-324]


def texts(values: Sequence[str | None]) -> TextColumn:
    strings = sorted({value for value in values if value is not None})
    codes = [-1 if value is None else strings.index(value) for value in values]
    return TextColumn(np.array(codes, dtype=np.int64), strings)


def numbers(values: Sequence[float | None], style: int = 0) -> NumberColumn:
    plain = [np.nan if value is None else value for value in values]
    return NumberColumn(np.array(plain, dtype=np.float64), style)


def by_pyxlsb(path: Path, sheet: str) -> list[list[Value]]:
    with pyxlsb.open_workbook(str(path)) as book, book.get_sheet(sheet) as page:
        return [[cell.v for cell in row] for row in page.rows()]


def by_fastexcel(path: Path, sheet: str) -> list[list[Any]]:
    """Values through calamine; a column of one kind keeps it, a mixed one becomes text."""
    page = fastexcel.read_excel(path).load_sheet(sheet, header_row=None, skip_rows=1)
    columns = page.to_arrow().to_pydict().values()
    return [list(row) for row in zip(*columns, strict=True)]


def records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk a part record by record, as [MS-XLSB] 2.1.4 describes the framing."""
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind & 0x80:
            kind, at = (kind & 0x7F) | (part[at] << 7), at + 1
        size = shift = 0
        while True:
            byte, at = part[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, part[at : at + size]
        at += size


def sheet_records(path: Path, number: int = 1) -> list[tuple[int, bytes]]:
    with zipfile.ZipFile(path) as package:
        return list(records(package.read(f"xl/worksheets/sheet{number}.bin")))


def test_three_sheets_of_every_kind_of_cell_come_back(tmp_path: Path) -> None:
    path = tmp_path / "three.xlsb"
    words: list[str | None] = [*TRICKY_TEXTS, None, "TV"]
    values: list[float | None] = [None, *TRICKY_NUMBERS]
    days = [45_566.0, 45_567.0, None, 45_900.0]
    write_workbook(
        path,
        [
            Sheet("Words", ["WORD", "AGAIN"], [texts(words), texts(words[::-1])]),
            Sheet("Numbers", ["N"], [numbers(values)]),
            Sheet("Days", ["DAY", "SERIAL"], [numbers(days, DATE), numbers(days)]),
        ],
    )
    with pyxlsb.open_workbook(str(path)) as book:
        assert book.sheets == ["Words", "Numbers", "Days"]
    both = [list(pair) for pair in zip(words, words[::-1], strict=True)]
    assert by_pyxlsb(path, "Words") == [["WORD", "AGAIN"], *both]
    assert by_pyxlsb(path, "Numbers") == [["N"], *([value] for value in values)]
    assert by_pyxlsb(path, "Days") == [["DAY", "SERIAL"], *([day, day] for day in days)]
    assert by_fastexcel(path, "Words") == both
    assert by_fastexcel(path, "Numbers") == [[value] for value in values]
    dates = [dt.datetime(2024, 10, 1), dt.datetime(2024, 10, 2), None, dt.datetime(2025, 8, 31)]  # noqa: DTZ001  Excel knows no zones
    assert by_fastexcel(path, "Days") == [list(pair) for pair in zip(dates, days, strict=True)]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(float),
            st.none() | st.integers(-(2**53), 2**53).map(float),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_any_table_comes_back(
    tmp_path: Path, rows: list[tuple[str | None, float | None, float | None, float | None]]
) -> None:
    path = tmp_path / "any.xlsb"
    word, real, cents, whole = zip(*rows, strict=True)
    columns: list[Column] = [texts(word), numbers(real), numbers(cents), numbers(whole)]
    write_workbook(path, [Sheet("S", ["A", "B", "C", "D"], columns)])
    found = by_pyxlsb(path, "S")
    assert found == [["A", "B", "C", "D"], *map(list, rows)]
    for got, wanted in zip(found[1:], rows, strict=True):
        for one, other in zip(got[1:], wanted[1:], strict=True):
            assert one is None or struct.pack("<d", one) == struct.pack("<d", other)


def test_many_rows_of_random_values_agree_in_both_readers(tmp_path: Path) -> None:
    path, count = tmp_path / "many.xlsb", 70_000  # more than two blocks of rows
    rng = np.random.default_rng(5)
    codes = rng.integers(-1, 50, count)
    cents = np.round(rng.normal(0, 500, count), 2)
    names = [f"ART {number:04d} ".ljust(30) for number in range(50)]
    sheet = Sheet("Anon Data", ["BRAND", "VALUE"], [TextColumn(codes, names), NumberColumn(cents)])
    write_workbook(path, [sheet])
    wanted = [
        [None if code < 0 else names[code], value] for code, value in zip(codes, cents, strict=True)
    ]
    assert by_fastexcel(path, "Anon Data") == wanted
    assert by_pyxlsb(path, "Anon Data")[1:] == wanted


def test_texts_take_the_place_of_single_numbers(tmp_path: Path) -> None:
    path = tmp_path / "mixed.xlsb"
    column = NumberColumn(np.array([1.5, 2.0, np.nan, 4.0]), texts={1: "n/d", 2: "#N/D"})
    write_workbook(path, [Sheet("S", ["V"], [column])])
    assert by_pyxlsb(path, "S") == [["V"], [1.5], ["n/d"], ["#N/D"], [4.0]]


def test_the_1904_flag_moves_dates_and_nothing_else(tmp_path: Path) -> None:
    sheet = Sheet("S", ["DAY", "N"], [numbers([100.0], DATE), numbers([100.0])])
    write_workbook(tmp_path / "1904.xlsb", [sheet], date1904=True)
    # day 0 is 1904-01-01, and 1904 was a leap year: day 100 is 10 April
    assert by_fastexcel(tmp_path / "1904.xlsb", "S") == [[dt.datetime(1904, 4, 10), 100.0]]  # noqa: DTZ001  Excel knows no zones
    assert by_pyxlsb(tmp_path / "1904.xlsb", "S")[1] == [100.0, 100.0]


def test_a_hidden_sheet_is_marked_as_such(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsb"
    sheets = [
        Sheet("Notes", ["A"], [numbers([1.0])], hidden=True),
        Sheet("S", ["A"], [numbers([2.0])]),
    ]
    write_workbook(path, sheets)
    reader = fastexcel.read_excel(path)
    assert [reader.load_sheet(name).visible for name in ("Notes", "S")] == ["hidden", "visible"]


def test_a_sheet_without_rows_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsb"
    write_workbook(path, [Sheet("S", ["A", "B"], [numbers([]), texts([])])])
    assert by_pyxlsb(path, "S") == [["A", "B"]]


# The records


@pytest.mark.parametrize(
    ("value", "kind", "payload"),
    [
        # an integer of few significant bits is a cut double: upper half of 45566.0
        (45_566.0, Brt.CELL_RK, struct.pack("<d", 45_566.0)[4:]),
        # one of more bits than a cut double holds is an integer, shifted, flag 2
        (1_190_761.0, Brt.CELL_RK, struct.pack("<i", 1_190_761 << 2 | 2)),
        (-1_190_761.0, Brt.CELL_RK, struct.pack("<i", -1_190_761 << 2 | 2)),
        # hundredths: 1234 fits a cut double, flag 1; 119076133 does not, flag 3
        (
            12.34,
            Brt.CELL_RK,
            bytes([struct.pack("<d", 1234.0)[4] | 1, *struct.pack("<d", 1234.0)[5:]]),
        ),
        (1_190_761.33, Brt.CELL_RK, struct.pack("<i", 119_076_133 << 2 | 3)),
        # nothing else is short enough
        (0.125, Brt.CELL_RK, struct.pack("<d", 0.125)[4:]),
        (1 / 3, Brt.CELL_REAL, struct.pack("<d", 1 / 3)),
        (536_870_913.0, Brt.CELL_REAL, struct.pack("<d", 536_870_913.0)),
    ],
)
def test_numbers_take_the_form_excel_gives_them(
    tmp_path: Path, value: float, kind: int, payload: bytes
) -> None:
    path = tmp_path / "number.xlsb"
    write_workbook(path, [Sheet("S", ["N"], [numbers([value])])])
    cells = [(k, body) for k, body in sheet_records(path) if k in {Brt.CELL_RK, Brt.CELL_REAL}]
    assert cells == [(kind, bytes(8) + payload)]


def test_each_row_is_written_as_excel_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.xlsb"
    columns: list[Column] = [
        numbers([1.0, None]),
        texts(["A", "B"]),
        numbers([45_566.0, 45_567.0], DATE),
    ]
    write_workbook(path, [Sheet("S", ["X", "Y", "Z"], columns)])
    found = sheet_records(path)
    kinds = [kind for kind, _ in found]
    row = [Brt.AC_BEGIN, Brt.RW_DESCENT, Brt.AC_END, Brt.ROW_HDR]
    start, end = kinds.index(Brt.BEGIN_SHEET_DATA), kinds.index(Brt.END_SHEET_DATA)
    assert kinds[start + 1 : end] == [
        *row, Brt.CELL_ISST, Brt.CELL_ISST, Brt.CELL_ISST,
        *row, Brt.CELL_RK, Brt.CELL_ISST, Brt.CELL_RK,
        *row, Brt.CELL_BLANK, Brt.CELL_ISST, Brt.CELL_RK,
    ]  # fmt: skip
    assert not set(kinds) & set(range(12, 19))  # never a short cell record
    headers = [struct.unpack("<IIHBBBIII", body) for kind, body in found if kind == Brt.ROW_HDR]
    assert [(h[0], *h[-2:]) for h in headers] == [(0, 0, 2), (1, 0, 2), (2, 0, 2)]
    dimension = next(body for kind, body in found if kind == Brt.WS_DIM)
    assert struct.unpack("<IIII", dimension) == (0, 2, 0, 2)
    cells = [struct.unpack("<II", body[:8]) for kind, body in found if kind == Brt.CELL_RK]
    assert cells == [(0, 0), (2, DATE), (2, DATE)]  # column and style


def test_strings_are_stored_once_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "strings.xlsb"
    column = TextColumn(np.array([2, 0, 2, -1]), ["a", "never used", "c"])
    write_workbook(path, [Sheet("S", ["c"], [column]), Sheet("T", ["a"], [column])])
    with zipfile.ZipFile(path) as package:
        parts = list(records(package.read("xl/sharedStrings.bin")))
    assert struct.unpack("<II", parts[0][1]) == (8, 2)  # 2 headers and 6 cells; 2 strings
    assert [body[5:].decode("utf-16-le") for kind, body in parts if kind == Brt.SST_ITEM] == [
        "c",
        "a",
    ]


@pytest.mark.parametrize(
    ("kind", "size", "head"),
    [
        (7, 12, "070c"),
        (128, 0, "800100"),
        (1024, 2, "800802"),
        (19, 127, "137f"),
        (19, 128, "138001"),
        (0, 20_000, "00a09c01"),
    ],
)
def test_record_heads_by_hand(kind: int, size: int, head: str) -> None:
    assert record(kind, bytes(size)) == bytes.fromhex(head) + bytes(size)


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.xlsb", "two.xlsb"):
        write_workbook(tmp_path / name, [Sheet("S", ["A"], [numbers([1.0, 2.5])])])
    assert (tmp_path / "one.xlsb").read_bytes() == (tmp_path / "two.xlsb").read_bytes()


# What Excel could not hold


@pytest.mark.parametrize(
    ("header", "columns", "sentence"),
    [
        (["A", "B"], [numbers([1.0]), numbers([1.0, 2.0])], "columns of one length"),
        (["A"], [numbers([1.0]), numbers([2.0])], "a header for each"),
        ([], [], "columns of one length"),
        (["A"], [numbers([float("inf")])], "column 'A' of sheet 'S' has an infinity"),
        (["A"], [NumberColumn(np.zeros(MAX_ROWS))], "split it, 1048575 fit"),
    ],
)
def test_impossible_sheets_are_refused(
    tmp_path: Path, header: list[str], columns: list[NumberColumn], sentence: str
) -> None:
    path = tmp_path / "refused.xlsb"
    with pytest.raises(ValueError, match=sentence):
        write_workbook(path, [Sheet("S", header, columns)])
    assert not path.exists()


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed here")
def test_libreoffice_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "office.xlsb"
    days = numbers([45_566.0, 45_567.0], DATE)
    columns: list[Column] = [texts(["  TV ", "perché"]), numbers([-12.34, 1_190_761.0]), days]
    write_workbook(path, [Sheet("S", ["NAME", "VALUE", "DAY"], columns)])
    office = str(shutil.which("soffice"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    # By itself it writes in the encoding of the locale.
    utf8_csv = "csv:Text - txt - csv (StarCalc):44,34,76"
    command = [office, profile, "--headless", "--convert-to", utf8_csv, "--outdir", str(tmp_path)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=120)  # noqa: S603  fixed arguments
    lines = (tmp_path / "office.csv").read_text("utf-8").splitlines()
    name, value, day = zip(*(line.split(",") for line in lines), strict=True)
    assert name == ("NAME", "  TV ", "perché")
    assert value == ("VALUE", "-12.34", "1190761")
    assert not set(day[1:]) & {"45566", "45567"}  # shown as dates
