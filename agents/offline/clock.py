"""The clock of a reading: which day is today, and where a date without a year belongs."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, Literal, NamedTuple

from babel.dates import get_month_names

from agents.offline.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable

Prefer = Literal["future", "past"]
Days = tuple[dt.date, dt.date]
RECENT_DAYS = 62
"""A yearless date that ended within this many days is that one, not next year's."""

_MONTHS = 12


class InvalidDateError(ValueError):
    """A date was written that no calendar has; the message says so in the user's language."""


class Clock(NamedTuple):
    """What dates are read against."""

    today: dt.date
    language: str
    prefer: Prefer = "future"


def month_days(year: int, month: int) -> Days:
    """Return the first and the last day of a month."""
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def shifted_month(day: dt.date, months: int) -> Days:
    """Return the first and the last day of the month `months` after that of `day`."""
    index = day.year * _MONTHS + day.month - 1 + months
    return month_days(index // _MONTHS, index % _MONTHS + 1)


def week_of(day: dt.date) -> Days:
    """Return Monday and Sunday of the week that contains `day`."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday, monday + dt.timedelta(days=6)


def month_label(day: dt.date, language: str) -> str:
    """Return the month of `day` with its year, as the language writes it.

    >>> month_label(dt.date(2025, 10, 1), "it")
    'ottobre 2025'
    """
    return f"{get_month_names('wide', 'stand-alone', language)[day.month]} {day.year}"


def checked_date(year: int, month: int, day: int, language: str) -> dt.date:
    """Return the date, or raise `InvalidDateError` with a sentence when there is none such."""
    if not 1 <= month <= _MONTHS:
        written = f"{day}.{month}.{year}"
        raise InvalidDateError(say("no_such_month", language, written=written, month=month))
    first, last = month_days(year, month)
    if not 1 <= day <= last.day:
        label = month_label(first, language)
        written = f"{day} {label}"
        message = say("no_such_day", language, written=written, month=label, days=last.day)
        raise InvalidDateError(message)
    return dt.date(year, month, day)


def nearest_year(make: Callable[[int], Days], clock: Clock) -> int:
    """Return the year in which the yearly period `make(year)` is meant.

    For planning (`prefer="future"`) that is the coming or running one, unless the last one
    ended within `RECENT_DAYS`: who names a week just gone by means that week, and should be
    told that it is over. Looking back (`prefer="past"`) it is the latest that has begun.
    """
    years = [clock.today.year + k for k in (-1, 0, 1)]
    if clock.prefer == "past":
        return [y for y in years if min(make(y)) <= clock.today][-1]
    coming = next(y for y in years if max(make(y)) >= clock.today)
    if coming - 1 < years[0] or min(make(coming)) <= clock.today:
        return coming
    since = (clock.today - max(make(coming - 1))).days
    return coming - 1 if since <= RECENT_DAYS else coming
