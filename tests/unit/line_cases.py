"""Lines of workbooks as the tests make them: good ones unless a row says otherwise."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl

from analytics.sku_days import as_text
from analytics.workbook_lines import PROMO_COLUMNS, SALES_COLUMNS, clean_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, Any]

TODAY = dt.date(2025, 11, 1)
OCT_1 = dt.date(2024, 10, 1)
GOOD: Row = {
    "date": OCT_1,
    "department": "TV",
    "sku": "1",
    "sales": 10.0,
    "margin": 2.0,
    "units": 1.0,
}
GOOD_PROMO: Row = {
    "channel": "WEB",
    "promo_code": "P1",
    "promo_name": "VOLANTINO",
    "promo_type": "PEAK",
}


def raw_lines(rows: Sequence[Row], *, promo: bool = False) -> pl.DataFrame:
    """RAW LINES: a column that has any text is text, as a reader gives it."""
    filled = [{**GOOD, **row} for row in rows]
    series = []
    for name, dtype in (PROMO_COLUMNS if promo else SALES_COLUMNS).items():
        values = [row.get(name) for row in filled]
        is_text = any(isinstance(value, str) for value in values)
        texts = [None if value is None else str(value) for value in values]
        series.append(
            pl.Series(name, texts if is_text else values, pl.String if is_text else dtype)
        )
    return pl.DataFrame([pl.Series("row", range(2, len(rows) + 2), dtype=pl.Int64), *series])


def sales_lines(rows: Sequence[Row]) -> pl.DataFrame:
    """CLEAN LINES of a Web file."""
    return as_text(clean_lines(raw_lines(rows), role="sales", today=TODAY, channel="online").lines)


def promo_lines(rows: Sequence[Row]) -> pl.DataFrame:
    """CLEAN LINES of a Promo file."""
    raw = raw_lines([{**GOOD_PROMO, **row} for row in rows], promo=True)
    return as_text(clean_lines(raw, role="promo", today=TODAY).lines)


def day(offset: int) -> dt.date:
    """A day before or after 1 October 2024."""
    return OCT_1 + dt.timedelta(days=offset)
