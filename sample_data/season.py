"""The calendar of the sample retailer: weekdays, seasons, peaks, public holidays, closed days."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import holidays
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from sample_data.retailer import Department

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    DayArray = npt.NDArray[np.datetime64]

_CLOSED_NAMES = ("New Year's Day", "Easter Sunday", "Christmas Day")
_HOLIDAY_EFFECT = {"offline": -0.13, "online": 0.05}
_FERRAGOSTO_EFFECT = {"offline": -0.14, "online": -0.05}
_BLACK_FRIDAY_EFFECT, _CHRISTMAS_EFFECT = 0.28, 0.45


def day_range(start: dt.date, end: dt.date) -> DayArray:
    """Return the days from start to end, both included, as datetime64[D]."""
    return np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)


@cache
def _italian_holidays(year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
    """Return all public holidays of a year, and those on which stores are closed."""
    calendar = holidays.country_holidays("IT", years=year, language="en_US")
    named = {day: str(name) for day, name in calendar.items()}
    closed = {day for day, name in named.items() if any(word in name for word in _CLOSED_NAMES)}
    return frozenset(named), frozenset(closed)


def _are_in(days: DayArray, wanted: Iterable[dt.date]) -> BoolArray:
    return np.isin(days, np.array(sorted(wanted), dtype="datetime64[D]"))


def _years(days: DayArray) -> range:
    """Return the years of the days and their neighbours, whose seasons reach over New Year."""
    first, last = (int(str(day)[:4]) for day in (days[0], days[-1]))
    return range(first - 1, last + 2)


def store_is_closed(days: DayArray) -> BoolArray:
    """Tell on which days the stores are shut: New Year's Day, Easter Sunday, Christmas Day."""
    return _are_in(days, {day for year in _years(days) for day in _italian_holidays(year)[1]})


def _is_holiday(days: DayArray) -> BoolArray:
    return _are_in(days, {day for year in _years(days) for day in _italian_holidays(year)[0]})


def weekday(days: DayArray) -> npt.NDArray[np.int64]:
    """Return 0 for Monday ... 6 for Sunday."""
    return (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday


def black_friday(year: int) -> dt.date:
    """Return the day after the fourth Thursday of November."""
    first = dt.date(year, 11, 1)
    return first + dt.timedelta(days=(3 - first.weekday()) % 7 + 22)


def _bump(days: DayArray, centre: dt.date, before_days: float, after_days: float) -> FloatArray:
    """Return a bell of height 1 with its own width on each side of the centre."""
    distance = (days - np.datetime64(centre, "D")).astype(np.float64)
    width = np.where(distance < 0, before_days, after_days)
    return np.asarray(np.exp(-0.5 * (distance / width) ** 2))


def log_season(days: DayArray, channel: str, department: Department) -> FloatArray:
    """Return the log effect of the time of year, without weekday and trend, per day."""
    effect = np.zeros(len(days))
    for year in _years(days):
        effect += (
            _BLACK_FRIDAY_EFFECT * department.christmas * _bump(days, black_friday(year), 3.0, 2.0)
        )
        effect += (
            _CHRISTMAS_EFFECT * department.christmas * _bump(days, dt.date(year, 12, 21), 9.0, 1.7)
        )
        effect += department.summer * _bump(days, dt.date(year, 7, 5), 28.0, 24.0)
        effect += _FERRAGOSTO_EFFECT[channel] * _bump(days, dt.date(year, 8, 14), 6.0, 6.0)
        effect += 0.06 * _bump(days, dt.date(year, 9, 12), 10.0, 14.0)  # back to school
        effect += -0.08 * _bump(days, dt.date(year, 2, 15), 25.0, 25.0)
    return effect + _HOLIDAY_EFFECT[channel] * _is_holiday(days)
