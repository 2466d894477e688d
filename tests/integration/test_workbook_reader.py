"""Reading one file: the shapes that are accepted, and the files that are refused."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xlsxwriter
from pyxlsb import open_workbook

from sample_data.xlsb import NumberColumn, Sheet, TextColumn, write_workbook
from tests.integration.workbook_cases import (
    PROMO_HEADER,
    SALES_HEADER,
    TODAY,
    far_cell,
    row_moved,
    sale,
    serial,
    short_cells,
    with_part,
    write_csv,
    write_xlsb,
    write_xlsx,
    xlsb_sheet,
)
from tools.errors import Refusal, UnreadableWorkbook
from tools.workbooks.answers import ReadTask
from tools.workbooks.container import open_container
from tools.workbooks.excerpt import excerpt
from tools.workbooks.header import channel_of, read_header, role_of
from tools.workbooks.inspect import inspect_workbook
from tools.workbooks.processes import Outcome, Readers
from tools.workbooks.reader import read_workbook
from tools.workbooks.records import counted_rows, declared_rows, walk_records
from tools.workbooks.sheet import Workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from analytics.types import Channel
    from tests.integration.workbook_cases import Cell, Rows

DAY = dt.date(2024, 10, 1)
GOOD = [sale(DAY), sale(DAY, 8.0, "AUDIO", 12.3400001, 2.0)]
SHEET = "xl/worksheets/sheet1.bin"

WRITERS: dict[str, Callable[[Path, Rows], Path]] = {
    "xlsb": write_xlsb,
    "xlsx": write_xlsx,
    "csv": write_csv,
}


def refusal(path: Path, channel: Channel | None = None) -> str:
    """The sentence with which a file is refused, in this process."""
    with pytest.raises(UnreadableWorkbook) as caught:
        read_workbook(path, channel=channel)
    return str(caught.value)


def read_in_child(path: Path, folder: Path, seconds: float = 100.0) -> Outcome:
    """What a child process makes of one file."""
    with Readers(workers=1, seconds=seconds) as readers:
        [outcome] = readers.read([ReadTask(path=path, today=TODAY)], folder / "out")
    return outcome


def refusal_of_child(path: Path, folder: Path) -> str:
    """The sentence with which a file is refused, when a child process reads it."""
    outcome = read_in_child(path, folder)
    assert outcome.answer is None
    assert outcome.problem is not None
    return outcome.problem


@pytest.mark.parametrize("kind", WRITERS)
def test_the_three_kinds_of_file_say_the_same(tmp_path: Path, kind: str) -> None:
    raw = read_workbook(WRITERS[kind](tmp_path / f"Web_Oct.{kind}", GOOD))
    assert (raw.found.role, raw.channel) == ("sales", "online")
    assert raw.lines["row"].to_list() == [2, 3]
    texts = raw.lines.select("sku", "department").rows()
    assert texts == [
        ("7.0" if kind == "csv" else "7", "TV"),
        ("8.0" if kind == "csv" else "8", "AUDIO"),
    ]
    assert [float(value) for value in raw.lines["sales"]] == [10.0, 12.3400001]
    assert [str(date)[:10] for date in raw.lines["date"]] == ["2024-10-01"] * 2


def test_every_cell_is_what_pyxlsb_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = [
        sale(serial(DAY) + i % 30, float(i), f"D{i % 7}", float(v), float(i % 5 - 1))
        for i, v in enumerate(rng.normal(100, 50, 500))
    ]
    path = write_xlsb(tmp_path / "Stores_x.xlsb", rows)
    with open_workbook(str(path)) as book, book.get_sheet(1) as sheet:
        independent = [[cell.v for cell in row] for row in sheet.rows()][1:]
    lines = read_workbook(path).lines
    assert [(d - dt.date(1899, 12, 30)).days for d in lines["date"]] == [r[0] for r in independent]
    assert lines["sales"].to_list() == [r[3] for r in independent]
    assert lines["units"].to_list() == [r[4] for r in independent]
    assert lines["department"].to_list() == [r[2] for r in independent]


def test_dates_with_and_without_a_date_format_mixed_with_text(tmp_path: Path) -> None:
    dates: list[Cell] = [serial(DAY), "2024-10-01", "01/10/2024", "n/d", None]
    lines = read_workbook(write_xlsb(tmp_path / "Web_x.xlsb", [sale(d) for d in dates])).lines
    assert lines["date"].to_list() == ["45566", "2024-10-01", "01/10/2024", "n/d", None]


def test_text_after_the_first_thousand_rows_is_not_lost(tmp_path: Path) -> None:
    rows = [sale(DAY, float(i)) for i in range(1500)]
    rows[1200][1], rows[1300][3], rows[1400][0] = "A-17", "1.234,56", "03/10/2024"
    lines = read_workbook(write_xlsb(tmp_path / "Web_x.xlsb", rows)).lines
    assert lines["sku"][1200] == "A-17"
    assert lines["sales"][1300] == "1.234,56"
    assert lines["date"][1400] == "03/10/2024"
    assert lines["sales"].null_count() == 0


@pytest.mark.parametrize("text", ["formatted", "plain"])
def test_a_workbook_that_counts_from_1904(tmp_path: Path, text: str) -> None:
    since_1904 = float((DAY - dt.date(1904, 1, 1)).days)
    rows = [sale(since_1904), sale(since_1904, 8.0)]
    path = write_xlsb(tmp_path / "Web_x.xlsb", rows, date1904=True)
    if text == "formatted":
        sheet = xlsb_sheet([sale(dt.date(1899, 12, 30) + dt.timedelta(since_1904))], SALES_HEADER)
        write_workbook(path, [sheet], True)
    outcome = read_in_child(path, tmp_path)
    assert outcome.answer is not None
    assert (outcome.answer.date_min, outcome.answer.date_max) == (DAY, DAY)


def test_formula_errors_come_back_as_text(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, SALES_HEADER)
        sheet.write_row(1, 0, [serial(DAY), 7, "TV", 10, 1, 2])
        sheet.write_row(2, 0, [serial(DAY), 7, "TV"])
        sheet.write_formula(2, 3, "=NA()", None, "#N/A")
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 2, "=X", None, "#NAME?")
        sheet.write_formula(2, 9, "=X", None, "#NAME?")  # a column that nobody needs
    lines = read_workbook(path).lines
    assert lines["sales"].to_list() == ["10", "#N/A"]
    assert lines["units"].to_list() == ["1", "#DIV/0!"]
    assert lines["department"].to_list() == ["TV", "#NAME?"]


@pytest.mark.parametrize("top", [0, 3])
def test_the_header_may_stand_lower(tmp_path: Path, top: int) -> None:
    raw = read_workbook(write_xlsx(tmp_path / "Web_x.xlsx", GOOD, top=top))
    assert raw.found.header_index == top
    assert raw.lines["row"].to_list() == [top + 2, top + 3]


def test_headers_in_other_spellings_order_and_padding(tmp_path: Path) -> None:
    header = ("  sales_value ", "Quantità", "Reparto", " Data ", "MARGINE", "x", "Canale")
    rows: Rows = [[10.0, 1.0, "TV", DAY, 2.0, "?", "WEB"]]
    raw = read_workbook(write_xlsb(tmp_path / "export.xlsb", rows, header))
    assert raw.channel is None  # a column tells it, row by row
    assert raw.lines.select("sales", "units", "department", "margin", "channel").row(0) == (
        10.0,
        1.0,
        "TV",
        2.0,
        "WEB",
    )


def test_the_sheet_is_chosen_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.xlsb"
    cover = Sheet("Cover", ["Sales of October"], [TextColumn(np.array([0]), ["x"])])
    hidden = xlsb_sheet([sale(DAY, value=99.0)], SALES_HEADER, name="Old", hidden=True)
    write_workbook(path, [cover, hidden, xlsb_sheet(GOOD, SALES_HEADER, name="Data")])
    raw = read_workbook(path)
    assert raw.found.sheet is not None
    assert raw.found.sheet.name == "Data"
    assert raw.lines["sales"].to_list() == [10.0, 12.3400001]


def test_sales_on_two_sheets_are_not_half_read(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.xlsb"
    write_workbook(path, [xlsb_sheet(GOOD, SALES_HEADER, name=name) for name in ("A", "B")])
    assert "on several sheets ('A' and 'B')" in refusal(path)


def test_a_promo_file_by_name_and_by_columns(tmp_path: Path) -> None:
    row: Sequence[Cell] = [DAY, 7.0, "TV", "WEB", "P1", "NO IVA", DAY, DAY, "PEAK", 10.0, 1.0, 2.0]
    for name in ("Promo_October.xlsb", "export.xlsb"):
        raw = read_workbook(write_xlsb(tmp_path / name, [row], PROMO_HEADER))
        assert raw.found.role == "promo"
        assert raw.lines.select("promo_code", "promo_start", "sales").row(0) == ("P1", DAY, 10.0)


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("Web_September_FY25.xlsb", "online"),
        ("Stores_October-January_FY25.xlsb", "offline"),
        ("raw_Web_September_FY25_Anon Data.csv", "online"),
        ("STORES.xlsx", "offline"),
        ("Webshop.xlsx", None),
        ("Web_Stores.xlsx", None),
        ("Promo_October.xlsb", None),
    ],
)
def test_the_channel_of_a_name(tmp_path: Path, name: str, channel: Channel | None) -> None:
    assert channel_of(tmp_path / name) == channel


def test_a_channel_that_nobody_tells_must_be_given(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "export.xlsb", GOOD)
    assert "give channel='online' or channel='offline'" in refusal(path)
    assert read_workbook(path, channel="offline").channel == "offline"


def test_the_name_goes_before_the_argument(tmp_path: Path) -> None:
    assert read_workbook(write_xlsb(tmp_path / "Web_x.xlsb", GOOD), channel="offline").channel == (
        "online"
    )


def test_role_of_a_name_goes_before_the_columns(tmp_path: Path) -> None:
    assert role_of(tmp_path / "Web_x.xlsb", {"promo_code": 3}) == "sales"


def test_missing_columns_are_named_with_what_is_there(tmp_path: Path) -> None:
    header = ("DATE", "COD SKU", "DEPARTMENT", "SALES VALUE", "PIECES", "MARGIN VALUE")
    said = refusal(write_xlsb(tmp_path / "Web_x.xlsb", GOOD, header))
    assert "Web_x.xlsb: lacks the column SALES QTY" in said
    assert "row 1 of sheet 'Anon Data' has: DATE, COD SKU, DEPARTMENT, SALES VALUE, PIECES" in said


def test_a_sku_is_needed_in_the_retailers_own_shape_only(tmp_path: Path) -> None:
    own = ("DATE", "x", "DEPARTMENT", "SALES VALUE", "SALES QTY", "MARGIN VALUE")
    assert read_header(tmp_path / "Web_x.csv", own).missing == ("COD SKU",)
    other = ("date", "channel", "department", "sales", "units", "margin")
    assert read_header(tmp_path / "x.csv", other).missing == ()


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    header = ("DATE", "COD SKU", "DEPARTMENT", "SALES VALUE", "SALES QTY", "SALES VALUE ANON")
    path = write_csv(tmp_path / "Web_x.csv", [], (*header, "MARGIN VALUE"))
    assert "has the column SALES VALUE twice" in refusal(path)


def test_header_only(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "Web_x.xlsx", [])
    assert "has a header but no rows below it" in refusal(path)
    assert "has a header but no rows below it" in refusal(write_csv(tmp_path / "Web_x.csv", []))


def test_a_second_header_row_is_a_row_like_any_other(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", [list(SALES_HEADER), *GOOD])
    outcome = read_in_child(path, tmp_path)
    assert outcome.answer is not None
    assert (outcome.answer.rows_read, outcome.answer.rows_accepted) == (3, 2)
    [reject] = outcome.answer.rejects
    assert (reject.reason, reject.examples[0].text) == ("date_unreadable", "date=DATE")


def test_a_sheet_without_any_header(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "Web_x.xlsx", GOOD, ("a", "b", "c", "d", "e", "f"))
    assert "has no header row in the first 50 rows of 'Anon Data'" in refusal(path)


# ---- files that are no workbooks, or damaged -------------------------------------------------


def test_no_file_and_no_kind_and_no_bytes(tmp_path: Path) -> None:
    for name, text in {"a.xlsb": None, "b.xls": b"x", "c.xlsb": b""}.items():
        path = tmp_path / name
        if text is not None:
            path.write_bytes(text)
        with pytest.raises(Refusal) as caught:
            open_container(path)
        expected = {"a": "there is no file", "b": "is no .xlsb, .xlsx or .csv", "c": "0 bytes"}
        assert expected[path.stem] in str(caught.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello, this is text", "is not a workbook"),
        (b"<html><table></table></html>", "is not a workbook"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 600, "is an old .xls workbook"),
        (
            bytes.fromhex("D0CF11E0A1B11AE1")
            + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "is password-protected",
        ),
        (b"PK\x03\x04" + b"\0" * 100, "is damaged or cut off"),
    ],
)
def test_content_that_is_no_workbook(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "Web_x.xlsb"
    path.write_bytes(content)
    assert sentence in refusal(path)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9, 0.999])
def test_a_workbook_that_is_cut_off(tmp_path: Path, kept: float) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", GOOD * 200)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert "is damaged or cut off" in refusal(path)


def test_one_flipped_byte_in_a_packed_sheet(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", GOOD * 200)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(SHEET)
    at = info.header_offset + 30 + len(SHEET) + info.compress_size // 2
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(bytes(content))
    assert "is damaged" in refusal(path)


def test_one_flipped_byte_in_a_stored_sheet(tmp_path: Path) -> None:
    # Every spreadsheet library gives one wrong sales value here, without a word.
    path = with_part(write_xlsb(tmp_path / "Web_x.xlsb", GOOD), SHEET, bytes, stored=True)
    content = path.read_bytes()
    wrong = content.replace(struct.pack("<d", 12.3400001), struct.pack("<d", 92.3400001))
    assert wrong != content
    path.write_bytes(wrong)
    assert f"the checksum of {SHEET} is wrong" in refusal(path)


@pytest.mark.parametrize(
    ("kind", "named", "sentence"),
    [
        ("xlsx", "xlsb", "is an .xlsx workbook named .xlsb: rename it to .xlsx"),
        ("xlsb", "xlsx", "is an .xlsb workbook named .xlsx: rename it to .xlsb"),
        ("xlsb", "csv", "is a workbook named .csv"),
    ],
)
def test_a_wrong_extension(tmp_path: Path, kind: str, named: str, sentence: str) -> None:
    path = WRITERS[kind](tmp_path / f"Web_x.{kind}", GOOD).rename(tmp_path / f"Web_x.{named}")
    assert sentence in refusal(path)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "no Excel workbook is in it" in refusal(path)


def test_a_part_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    path = with_part(
        write_xlsb(tmp_path / "Web_x.xlsb", GOOD), SHEET, lambda part: part + bytes(40 * 1024**2)
    )
    assert "unpacks from" in refusal(path)


def test_a_sheet_that_breaks_off_inside(tmp_path: Path) -> None:
    # The checksum is right: the sheet was written so. The library stops at the break.
    path = write_xlsb(tmp_path / "Web_x.xlsb", GOOD * 100)
    with_part(path, SHEET, lambda sheet: row_moved(sheet, 100, 2**20 + 5))
    assert "rows, but only" in refusal(path)


def test_a_stray_cell_at_the_end_of_the_sheet_ends_the_child_not_us(tmp_path: Path) -> None:
    path = with_part(write_xlsb(tmp_path / "Web_x.xlsb", GOOD), SHEET, far_cell)
    said = refusal_of_child(path, tmp_path)
    assert "open it in Excel and save it again" in said


def test_short_cells_are_named_as_the_reason(tmp_path: Path) -> None:
    # Read without a word by every library, with one column of six.
    path = with_part(write_xlsb(tmp_path / "Web_x.xlsb", GOOD), SHEET, short_cells)
    assert "in a way that loses columns: open it in Excel" in refusal(path)


def test_a_string_table_that_is_missing(tmp_path: Path) -> None:
    path = with_part(
        write_xlsb(tmp_path / "Web_x.xlsb", GOOD), "xl/sharedStrings.bin", lambda _: b""
    )
    assert "open it in Excel and save it again" in refusal_of_child(path, tmp_path)


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", GOOD)
    outcome = read_in_child(path, tmp_path, seconds=-1.0)
    assert outcome.problem is not None
    assert "took too long to read" in outcome.problem


def test_after_a_dead_child_the_next_file_is_read(tmp_path: Path) -> None:
    bad = with_part(write_xlsb(tmp_path / "Web_bad.xlsb", GOOD), SHEET, far_cell)
    good = write_xlsb(tmp_path / "Web_good.xlsb", GOOD)
    tasks = [ReadTask(path=path, today=TODAY) for path in (bad, good, bad, good)]
    with Readers(workers=1) as readers:
        outcomes = readers.read(tasks, tmp_path / "out")
    assert [outcome.answer is not None for outcome in outcomes] == [False, True, False, True]


def test_us_dates_are_refused_whole(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "Web_x.csv", [sale("10/13/2024"), sale("10/01/2024")])
    assert "month/day/year" in refusal_of_child(path, tmp_path)


def test_no_usable_row_at_all(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", [sale("n/d"), sale(None)])
    assert "1 x date_missing, 1 x date_unreadable" in refusal_of_child(path, tmp_path)


# ---- CSV --------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    path = write_csv(tmp_path / "Web_x.csv", GOOD, separator=separator)
    assert read_workbook(path).lines["department"].to_list() == ["TV", "AUDIO"]


def test_csv_of_windows_with_quotes_line_breaks_and_emoji(tmp_path: Path) -> None:
    rows = [sale(DAY, department='A "B"; \U0001f600\nC'), sale(DAY, department="CITTÀ")]
    path = write_csv(tmp_path / "Web_x.csv", rows)
    assert read_workbook(path).lines["department"].to_list() == ['A "B"; \U0001f600\nC', "CITTÀ"]
    windows = tmp_path / "Stores_x.csv"
    windows.write_bytes(
        "\r\n".join([";".join(SALES_HEADER), "2024-10-01;1;CITTÀ;1;1;1"]).encode("cp1252")
    )
    assert read_workbook(windows).lines["department"].to_list() == ["CITTÀ"]


def test_a_csv_row_with_too_many_cells_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.csv"
    path.write_text(";".join(SALES_HEADER) + "\n2024-10-01;1;TV;1;234,5;1;2;3\n")
    assert "is not a sound CSV file" in refusal(path)


def test_a_csv_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.csv"
    path.write_bytes(b"DATE;\0\0\0")
    assert "is not a text file" in refusal(path)


# ---- looking without loading ------------------------------------------------------------------


def test_inspect_says_what_is_there(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Stores_x.xlsb", [*GOOD, sale("n/d")])
    info = inspect_workbook(path, today=TODAY)
    assert (info.kind, info.sheets, info.sheet, info.header_row) == (
        "xlsb",
        ("Anon Data",),
        "Anon Data",
        1,
    )
    assert (info.role, info.channel) == ("sales", "offline")
    assert (info.rows, info.rows_usable) == (3, 2)
    assert (info.date_min, info.date_max) == (DAY, DAY)
    assert info.columns == SALES_HEADER
    assert info.first_rows[1][2:4] == ("AUDIO", "12.3400001")
    assert info.problem is None


def test_inspect_says_what_is_missing(tmp_path: Path) -> None:
    info = inspect_workbook(write_xlsx(tmp_path / "x.xlsx", [["a", 1.0]], ("DATE", "SALES")))
    assert info.problem is not None
    assert "lacks the columns DEPARTMENT and" in info.problem
    assert info.first_rows == (("DATE", "SALES"), ("a", "1"))


def test_inspect_refuses_what_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsb"
    path.write_bytes(b"text")
    with pytest.raises(UnreadableWorkbook, match="is not a workbook"):
        inspect_workbook(path)


# ---- large sheets -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsb", "xlsx"])
def test_the_top_of_a_large_sheet_is_read_without_the_rest(tmp_path: Path, kind: str) -> None:
    rows = [sale(DAY, float(i), f"D{i % 9}", i + 0.123456789) for i in range(20_000)]
    container = open_container(WRITERS[kind](tmp_path / f"Web_x.{kind}", rows))
    [sheet] = container.sheets
    shorter = excerpt(container, sheet)
    assert shorter is not None
    with zipfile.ZipFile(io.BytesIO(shorter)) as archive:
        assert len(archive.read(sheet.part)) < 300_000
    top = Workbook(container).top(sheet, 3)
    assert [row[2] for row in top] == ["DEPARTMENT", "D0", "D1"]
    assert read_workbook(container.path).lines.height == 20_000


def test_the_header_of_a_large_sheet_may_be_on_the_second_sheet(tmp_path: Path) -> None:
    path = tmp_path / "Web_x.xlsb"
    other = Sheet("Notes", ["n"], [NumberColumn(np.linspace(0.1, 9.9, 200_000))])
    rows = [sale(DAY, float(i), value=i + 0.123456789) for i in range(20_000)]
    write_workbook(path, [other, xlsb_sheet(rows, SALES_HEADER)])
    assert read_workbook(path).lines["sales"].sum() == pytest.approx(
        sum(range(20_000)) + 2469.13578
    )


def test_a_small_sheet_is_not_cut(tmp_path: Path) -> None:
    container = open_container(write_xlsb(tmp_path / "Web_x.xlsb", GOOD))
    assert excerpt(container, container.sheets[0]) is None


# ---- records ----------------------------------------------------------------------------------


def test_rows_of_a_binary_sheet_are_counted(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", [*GOOD, sale(None, None, None, None, None)])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(SHEET)
    assert declared_rows(sheet) == 4
    assert counted_rows(sheet) == 4  # the last row has its margin of 2
    no_values = Sheet("x", ["a"], [NumberColumn(np.full(5, np.nan))])
    write_workbook(path, [no_values])
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(SHEET)
    assert (declared_rows(sheet), counted_rows(sheet)) == (6, 1)


def test_a_record_that_is_cut_off_ends_the_walk() -> None:
    whole = bytes([5, 2]) + b"ab" + bytes([0x81, 0x01, 1]) + b"c"
    assert list(walk_records(whole)) == [(5, b"ab"), (129, b"c")]
    for cut in range(1, 4):
        assert list(walk_records(whole[:-cut])) == [(5, b"ab")]
    assert list(walk_records(b"\x85")) == []
