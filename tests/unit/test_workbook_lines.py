"""Which lines are used, which are rejected and why, and what the cells add up to."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from analytics.exact_sums import nano_values
from analytics.rejects import REASONS, formula_safe, reject_csv, summarise
from analytics.workbook_lines import cell_sums, clean_lines, match_spellings, stored_cells
from tests.unit.line_cases import OCT_1, TODAY, raw_lines, sales_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.workbook_lines import Role
    from tests.unit.line_cases import Row


def reasons(rows: Sequence[Row], role: Role = "sales") -> list[str | None]:
    """Reason of each row, None for the accepted ones."""
    raw = raw_lines(rows, promo=role == "promo")
    cleaned = clean_lines(raw, role=role, today=TODAY, channel="online")
    found = dict(cleaned.rejected.select("row", "reason").iter_rows())
    return [found.get(row) for row in raw["row"]]


def test_returns_negative_margins_zero_quantity_and_equal_rows_stay() -> None:
    rows: list[Row] = [{}, {}, {"sales": -10.0, "units": -1.0}, {"margin": -7.0}, {"units": 0.0}]
    assert reasons(rows) == [None] * 5


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"date": None}, "date_missing"),
        ({"date": "n/d"}, "date_unreadable"),
        ({"date": "#N/A"}, "date_unreadable"),
        ({"date": dt.date(1999, 12, 31)}, "date_out_of_range"),
        ({"date": TODAY + dt.timedelta(days=367)}, "date_out_of_range"),
        ({"department": None}, "department_missing"),
        ({"department": " \u00a0 "}, "department_missing"),
        ({"department": "D" * 51}, "department_too_long"),
        ({"sales": None}, "value_missing"),
        ({"margin": None}, "value_missing"),
        ({"units": None}, "value_missing"),
        ({"sales": "#N/D"}, "value_unreadable"),
        ({"units": "true"}, "value_unreadable"),
        ({"sales": math.inf}, "value_unreadable"),
        ({"sales": math.nan}, "value_unreadable"),
        ({"sales": 1e11}, "value_unreadable"),
    ],
)
def test_each_reason(row: dict[str, Any], reason: str) -> None:
    assert reasons([{}, row]) == [None, reason]


@pytest.mark.parametrize("date", [dt.date(2000, 1, 1), TODAY + dt.timedelta(days=366)])
def test_the_first_and_the_last_day_that_count(date: dt.date) -> None:
    assert reasons([{"date": date}]) == [None]


def test_an_empty_row() -> None:
    empty = dict.fromkeys(["date", "department", "sales", "margin", "units", "sku"])
    assert reasons([empty]) == ["blank_row"]


def test_a_row_has_the_first_reason_that_applies() -> None:
    assert reasons([{"date": None, "department": None, "sales": None}]) == ["date_missing"]


def test_channels_of_a_column() -> None:
    rows: list[Row] = [
        {"channel": " WEB "},
        {"channel": "Stores"},
        {"channel": "FAX"},
        {"channel": None},
    ]
    raw = raw_lines(rows)
    cleaned = clean_lines(raw, role="sales", today=TODAY)
    assert cleaned.lines["channel"].to_list() == ["online", "offline"]
    assert cleaned.rejected["reason"].to_list() == ["channel_unknown"] * 2


def test_a_promotion_that_ends_before_it_starts() -> None:
    day = dt.timedelta(days=1)
    rows: list[Row] = [
        {"promo_start": OCT_1, "promo_end": OCT_1 - day},
        {"promo_start": OCT_1, "promo_end": OCT_1},
        {"promo_start": OCT_1},
    ]
    assert reasons(rows, role="promo") == ["promo_dates_upside_down", None, None]


def test_an_unreadable_promotion_date() -> None:
    rows: list[Row] = [{"promo_start": "soon"}, {"promo_start": "2024-10-01"}]
    assert reasons(rows, role="promo") == ["date_unreadable", None]


def test_read_is_accepted_and_rejected_exactly() -> None:
    rows: list[Row] = [{"sales": 12.3400001}, {"sales": 0.1, "date": None}, {"sales": -5.0}]
    cleaned = clean_lines(raw_lines(rows), role="sales", today=TODAY, channel="offline")
    read, accepted, rejected = (
        nano_values(sums, "sales")[0]
        for sums in (cleaned.read_sums, cleaned.accepted_sums, cleaned.rejected_sums)
    )
    assert (read, accepted, rejected) == (7_440_000_100, 7_340_000_100, 100_000_000)


def test_text_is_stripped_and_item_codes_are_alike() -> None:
    rows: list[Row] = [{"department": "  LARGE  DOMESTIC\u00a0APPLIANCES ", "sku": "1190760.0"}]
    lines = clean_lines(raw_lines(rows), role="sales", today=TODAY, channel="online").lines
    assert lines.select("department", "sku").row(0) == ("LARGE DOMESTIC APPLIANCES", "1190760")


@pytest.mark.parametrize(
    ("given", "read"),
    [([0.2, 0.5], [20.0, 50.0]), ([20.0, 5.0], [20.0, 5.0]), ([1.0, 0.0], [1.0, 0.0])],
)
def test_discounts_as_shares_or_per_cent(given: list[float], read: list[float]) -> None:
    raw = raw_lines([{"discount_pct": value} for value in given])
    lines = clean_lines(raw, role="sales", today=TODAY, channel="online").lines
    assert lines["discount_pct"].to_list() == read


def test_three_examples_with_row_and_text() -> None:
    rows: list[Row] = [{"date": f"n/d {i}"} for i in range(5)] + [
        {"department": None, "date": "20241001"}
    ]
    cleaned = clean_lines(raw_lines(rows), role="sales", today=TODAY, channel="online")
    unreadable, missing = summarise(cleaned.rejected)
    assert (unreadable.reason, unreadable.rows) == ("date_unreadable", 5)
    assert [(e.row, e.text) for e in unreadable.examples] == [
        (2, "date=n/d 0"),
        (3, "date=n/d 1"),
        (4, "date=n/d 2"),
    ]
    assert missing.examples[0].text == "date=20241001 sku=1 sales=10.0 margin=2.0 units=1.0"
    assert {unreadable.reason, missing.reason} <= set(REASONS)


def test_the_reject_file_runs_no_formula() -> None:
    rows: list[Row] = [
        {"date": "n/d", "department": "=1+1", "sku": "@SUM(A1)"},
        {"date": "n/d", "department": '+A "quoted"; x', "sku": "-12.5"},
        {"date": "n/d", "department": "-A1", "sku": "\U0001f600"},
    ]
    cleaned = clean_lines(raw_lines(rows), role="sales", today=TODAY, channel="online")
    written = list(csv.DictReader(io.StringIO(reject_csv(cleaned.rejected))))
    assert [row["department"] for row in written] == ["'=1+1", '\'+A "quoted"; x', "'-A1"]
    assert [row["sku"] for row in written] == ["'@SUM(A1)", "-12.5", "\U0001f600"]
    assert [row["row"] for row in written] == ["2", "3", "4"]


def test_padding_does_not_hide_a_formula() -> None:
    safe = formula_safe(pl.DataFrame({"a": ["  =1+1", "\t=1", "TV"]}))
    assert safe["a"].to_list() == ["'  =1+1", "'\t=1", "TV"]


def test_cents_per_cell_add_up_to_the_file() -> None:
    rows: list[Row] = [
        {"department": name, "sales": 0.333333, "margin": 0.004, "units": 1.0}
        for name in ("A", "B", "C")
    ]
    lines = sales_lines(rows)
    cells = stored_cells(cell_sums(lines), {"A": "A", "B": "B", "C": "C"})
    # 3 x 0.333333 = 0.999999, the file's 1.00: one cell gets the cent that is missing
    assert cells["sales_cents"].to_list() == [34, 33, 33]
    assert cells["margin_cents"].to_list() == [1, 0, 0]
    assert cells["units"].to_list() == [1, 1, 1]
    assert cells["lines"].to_list() == [1, 1, 1]


def test_one_spelling_per_department() -> None:
    rows: list[Row] = [{"department": "Tv"}, {"department": "TV"}]
    lines = sales_lines(rows)
    spelling = match_spellings(lines["department"], ["tv"], {})
    cells = stored_cells(cell_sums(lines), spelling)
    assert cells.select("department", "lines", "sales_cents").rows() == [("tv", 2, 2000)]


def test_spellings_do_not_depend_on_the_order() -> None:
    assert match_spellings(["tv", "TV", "Tv"], [], {}) == match_spellings(
        ["Tv", "tv", "TV"], [], {}
    )


def test_names_that_differ_in_more_than_case_stay_apart() -> None:
    assert match_spellings(["TVS", "TV"], ["TV"], {}) == {"TV": "TV", "TVS": "TVS"}


def test_one_italian_column_says_how_the_others_are_meant() -> None:
    lines = sales_lines([{"sales": "1.234,56", "units": "1.000", "margin": "2"}])
    assert lines.select("sales", "units", "margin").row(0) == (1234.56, 1000.0, 2.0)
    english = sales_lines([{"sales": "1,234.56", "units": "1.000", "margin": "2"}])
    assert english.select("sales", "units").row(0) == (1234.56, 1.0)
    both = [{"sales": "12,5", "margin": "0.25", "units": "1.000"}]  # nobody can tell
    assert sales_lines(both)["units"].to_list() == [1.0]
