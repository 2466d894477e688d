"""Days, ISO weeks, months, quarters and fiscal years as half-open ranges of days."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal, NamedTuple

Grain = Literal["day", "week", "month", "quarter", "year", "fiscal_year"]

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_FISCAL = re.compile(r"FY(\d{2})")
_FIRST_FISCAL_MONTH = 10  # FY25 runs from October 2024 to September 2025
_MONTHS = 12


class Span(NamedTuple):
    """From `start` (inside) to `end` (outside)."""

    start: dt.date
    end: dt.date


def span_of(value: object) -> Span | None:
    """Return the days that a value names, or None when it names none.

    Understands days (2025-10-22, also with a midnight time), ISO weeks (2025-W43), months
    (2025-10), quarters (2025-Q4) and fiscal years (FY25).
    """
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return _day(value.date()) if midnight else None
    if isinstance(value, dt.date):
        return _day(value)
    if not isinstance(value, str):
        return None
    try:
        return _span_of_text(value.strip())
    except ValueError:
        return None


def around(day: dt.date, grain: Grain) -> Span:
    """Return the day, week, month, quarter or year that a day lies in."""
    match grain:
        case "day":
            return _day(day)
        case "week":
            monday = day - dt.timedelta(days=day.weekday())
            return Span(monday, monday + dt.timedelta(days=7))
        case "month":
            return _months(day.year, day.month, 1)
        case "quarter":
            return _months(day.year, 3 * ((day.month - 1) // 3) + 1, 3)
        case "year":
            return _months(day.year, 1, _MONTHS)
        case "fiscal_year":
            year = day.year if day.month >= _FIRST_FISCAL_MONTH else day.year - 1
            return _months(year, _FIRST_FISCAL_MONTH, _MONTHS)


def _span_of_text(text: str) -> Span | None:
    if found := _WEEK.fullmatch(text):
        return around(dt.date.fromisocalendar(int(found[1]), int(found[2]), 1), "week")
    if found := _QUARTER.fullmatch(text):
        return _months(int(found[1]), 3 * int(found[2]) - 2, 3)
    if found := _MONTH.fullmatch(text):
        return _months(int(found[1]), int(found[2]), 1)
    if found := _FISCAL.fullmatch(text):
        return _months(2000 + int(found[1]) - 1, _FIRST_FISCAL_MONTH, _MONTHS)
    moment = dt.datetime.fromisoformat(text)
    return _day(moment.date()) if moment.time() == dt.time() else None


def _day(day: dt.date) -> Span:
    return Span(day, day + dt.timedelta(days=1))


def _months(year: int, month: int, count: int) -> Span:
    last = month + count - 1
    return Span(dt.date(year, month, 1), dt.date(year + last // _MONTHS, last % _MONTHS + 1, 1))
