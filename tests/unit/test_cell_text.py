"""Dates and numbers that are text."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from analytics.cell_text import MonthFirstDatesError, parse_dates, parse_numbers

OCT_1 = dt.date(2024, 10, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2024-10-01",
        "2024-10-01 00:00:00",
        "2024-10-01T12:30:00Z",
        "2024/10/01",
        "01/10/2024",
        "1/10/2024",
        "01.10.2024",
        "1-10-2024",
        "  01/10/2024  ",
        "20241001",
        "45566",  # days from 1899-12-30 to 2024-10-01, by the calendar
        "45566.75",
    ],
)
def test_every_declared_form(text: str) -> None:
    assert parse_dates(pl.Series("d", [text])).to_list() == [OCT_1]


@pytest.mark.parametrize(
    "text", ["n/d", "31/02/2024", "2024-13-01", "1.10.24", "0", "-5", "123456789", "#N/A"]
)
def test_what_is_no_date_is_null(text: str) -> None:
    assert parse_dates(pl.Series("d", [text])).to_list() == [None]


def test_serials_of_the_1904_system() -> None:
    # 1904-01-01 is day 0 there and 1462 in the 1900 system.
    serial = (OCT_1 - dt.date(1904, 1, 1)).days
    assert parse_dates(pl.Series("d", [str(serial)]), date1904=True).to_list() == [OCT_1]


def test_month_first_dates_are_refused_where_they_would_swap() -> None:
    with pytest.raises(MonthFirstDatesError, match="month/day/year"):
        parse_dates(pl.Series("d", ["10/13/2024", "10/01/2024"]))


def test_one_impossible_date_among_day_first_ones_is_only_unreadable() -> None:
    read = parse_dates(pl.Series("d", ["10/13/2024", "13/10/2024"]))
    assert read.to_list() == [None, dt.date(2024, 10, 13)]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.234,56", "12,5", "1.234"], [1234.56, 12.5, 1234.0]),
        (["1.234,56", "12.5", "1.234"], [1234.56, 12.5, 1.234]),
        (["1,234.56", "1,234"], [1234.56, 1234.0]),
        (["1,234.56", "1.234,56", "1,234"], [1234.56, 1234.56, None]),
        (["1,234"], [1.234]),
        (["1.234"], [1.234]),
        (["1.234.567", "1,234,567"], [1234567.0, 1234567.0]),
        (["-3,50", "3,50-", "\u22123,50"], [-3.5, -3.5, -3.5]),
        (["€ 12,00", "12,00 EUR", "1 234,5"], [12.0, 12.0, 1234.5]),
        (["1e-3", ".5", "5.", "+7"], [0.001, 0.5, 5.0, 7.0]),
        (["", " ", None], [None, None, None]),
        (["abc", "nan", "inf", "true", "1,2,3", "12%", "#N/A", "--1"], [None] * 8),
    ],
)
def test_italian_english_and_neither(texts: list[str | None], values: list[float | None]) -> None:
    assert parse_numbers(pl.Series("v", texts, dtype=pl.String)).to_list() == values
