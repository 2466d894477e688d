"""What goes wrong in a retailer's files: which test has it, and those that no other test has.

| input | test |
|---|---|
| 0 bytes, not a zip, html, old .xls, password | test_workbook_reader: no_file_and_no_kind, content_that_is_no_workbook |
| renamed, truncated, flipped bytes, zip bomb | test_workbook_reader: wrong_extension, cut_off, flipped_byte, unpacks_to_far_too_much |
| no sheet, no header, header only, missing columns | here; test_workbook_reader: without_any_header, header_only, missing_columns |
| two header rows | test_workbook_reader: second_header_row |
| dates as text and serials, 1904 system | test_workbook_reader: dates_with_and_without, counts_from_1904; test_cell_text |
| the years 1900 and 2099, merged cells | here |
| Italian decimals, formula errors | test_ingest: italian_text; test_workbook_reader: formula_errors |
| a department of 200 characters, names that begin with = + - @ | here; test_ingest: reject_file_is_formula_safe |
| quotes, semicolons, emoji | here; test_workbook_reader: csv_of_windows |
| a sheet that is full | here (slow: `pytest -m torture`) |
| anything else | make torture-workbooks |
"""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from app.export import TEXT_STAYS_TEXT
from db.engine import open_engine
from db.migrate import migrate
from db.sales import cells
from tests.bench.workbooks import write_sales
from tests.integration.workbook_cases import SALES_HEADER, sale, with_part, write_csv, write_xlsb
from tools.errors import Refusal
from tools.ingest import ingest_workbooks

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

TODAY = dt.date(2025, 11, 1)
DAY = dt.date(2024, 10, 1)
FULL_SHEET = 1_048_576
ODD_NAMES = ("=1+1", "+1", "-1+1", "@SUM(A1)", 'A "B"; \U0001f600', "L'Aquila; Ü")


def departments(engine: sa.Engine) -> list[str]:
    """Departments of the store."""
    with engine.connect() as conn:
        return sorted({cell.department for cell in cells(conn)})


def test_a_workbook_without_a_sheet(engine: sa.Engine, tmp_path: Path) -> None:
    path = with_part(
        write_xlsb(tmp_path / "Web_x.xlsb", [sale(DAY)]), "xl/workbook.bin", lambda _: b""
    )
    with pytest.raises(
        Refusal, match=r"Web_x\.xlsb has no sheet that can be found: open it in Excel"
    ):
        ingest_workbooks(engine, [path], today=TODAY)
    assert departments(engine) == []


@pytest.mark.parametrize("year", [1900, 2099])
def test_the_years_1900_and_2099(engine: sa.Engine, tmp_path: Path, year: int) -> None:
    wrong = dt.date(year, 6, 1)
    for path in (
        write_xlsb(tmp_path / "Web_x.xlsb", [sale(DAY), sale(wrong)]),
        write_csv(tmp_path / "Stores_x.csv", [sale(DAY), sale(wrong)]),
    ):
        [file] = ingest_workbooks(engine, [path], today=TODAY).files
        [reject] = file.rejects
        assert (reject.reason, reject.rows) == ("date_out_of_range", 1)
        assert (reject.examples[0].row, reject.examples[0].text) == (3, f"date={wrong}")
        assert (file.sums.stored.rows, file.date_min, file.date_max) == (1, DAY, DAY)


def test_merged_cells(engine: sa.Engine, tmp_path: Path) -> None:
    # A merged cell holds its value in the first row only: the others have no department, and
    # nothing is filled in for them.
    path = tmp_path / "Web_x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Anon Data")
        sheet.merge_range(0, 0, 0, 5, "Sales of October")
        sheet.write_row(1, 0, SALES_HEADER)
        for row in (2, 3):
            sheet.write_row(row, 0, ["2024-10-01", row, None, 10.0, 1.0, 2.0])
        sheet.merge_range(2, 2, 3, 2, "TV")
    [file] = ingest_workbooks(engine, [path], today=TODAY).files
    assert file.header_row == 2
    [reject] = file.rejects
    assert (reject.reason, reject.examples[0].row) == ("department_missing", 4)
    assert (file.sums.read.rows, file.sums.stored.rows) == (2, 1)
    assert file.sums.balanced


def test_a_department_of_two_hundred_characters(engine: sa.Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", [sale(DAY), sale(DAY, department="D" * 200)])
    [file] = ingest_workbooks(engine, [path], today=TODAY).files
    [reject] = file.rejects
    assert (reject.reason, reject.rows) == ("department_too_long", 1)
    assert len(reject.examples[0].text) == 120
    assert departments(engine) == ["TV"]


def test_odd_names_are_kept_and_run_nowhere(engine: sa.Engine, tmp_path: Path) -> None:
    good = [sale(DAY, department=name) for name in ODD_NAMES]
    bad = [sale("n/d", department=name) for name in ODD_NAMES]
    path = write_xlsb(tmp_path / "Web_x.xlsb", [*good, *bad])
    [file] = ingest_workbooks(engine, [path], today=TODAY, rejects_dir=tmp_path / "r").files
    assert departments(engine) == sorted(ODD_NAMES)
    assert file.reject_file is not None
    with (tmp_path / "r" / file.reject_file).open(encoding="utf-8-sig", newline="") as opened:
        shown = [row["department"] for row in csv.DictReader(opened)]
    assert shown == [*(f"'{name}" for name in ODD_NAMES[:4]), *ODD_NAMES[4:]]


def test_the_exported_workbook_holds_text_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(path, TEXT_STAYS_TEXT) as book:
        book.add_worksheet().write_row(0, 0, ODD_NAMES)
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert archive.read("xl/sharedStrings.xml").count(b"<si>") == len(ODD_NAMES)


@pytest.mark.torture
def test_a_sheet_that_is_full(tmp_path: Path) -> None:
    path = write_sales(tmp_path / "Web_x.xlsb", FULL_SHEET - 1)
    engine = open_engine(f"duckdb:///{tmp_path}/store.duckdb")
    migrate(engine)
    [file] = ingest_workbooks(engine, [path], today=TODAY).files
    assert file.sums.stored.rows == FULL_SHEET - 1
    assert file.sums.balanced
    engine.dispose()
