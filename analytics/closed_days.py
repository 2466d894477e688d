"""Days on which a channel is always closed, learned from its history: Christmas, Sundays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.calendar import holiday_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from analytics.panel import BoolArray, Panel

_LONGEST_CLOSING = 3
_WEEKDAY_WEEKS = 8
_MIN_OCCURRENCES = 2


def closed_days(days: Panel, dates: pd.DatetimeIndex, country: str | None) -> BoolArray:
    """Tell on which future dates each cell's channel is closed: (dates, cells).

    A channel was closed on a day on which none of its cells has a row, between days on which some
    have, at most 3 days in a row (more is a gap in the data). A date is taken as closed when it is
    a public holiday on which the channel was closed every time the history holds it, another date
    of the year that was closed every time and at least twice, or a weekday that was closed in each
    of the last 8 weeks.

    Args:
        days: the history.
        dates: the dates asked about.
        country: for the names of public holidays; None for none.
    """
    result = np.zeros((len(dates), len(days.cells)), dtype=bool)
    channels = np.array([cell.channel for cell in days.cells])
    for channel in np.unique(channels):
        sold = np.asarray((~np.isnan(days.sales[:, channels == channel])).any(axis=1))
        if not sold.any():
            continue
        first, last = np.flatnonzero(sold)[[0, -1]]
        known = days.dates[first : last + 1]
        closed = _short_gaps(~sold[first : last + 1])
        always = _always(_holiday_keys(known, country), closed, least=1)
        always |= _always(_date_keys(known), closed, least=_MIN_OCCURRENCES)
        weeks = slice(-7 * _WEEKDAY_WEEKS, None)
        always |= _always(known.dayofweek[weeks].tolist(), closed[weeks], least=_WEEKDAY_WEEKS)
        keys = zip(
            _holiday_keys(dates, country), _date_keys(dates), dates.dayofweek.tolist(), strict=True
        )
        on = np.array([bool(always.intersection(key)) for key in keys], dtype=bool)
        result[:, channels == channel] = on[:, None]
    return result


def _short_gaps(missing: BoolArray) -> BoolArray:
    """Return the missing days that are part of a run of at most 3."""
    changes = np.diff(missing.astype(np.int8), prepend=0) != 0
    run = np.cumsum(changes)
    short = np.bincount(run) <= _LONGEST_CLOSING
    return np.asarray(missing & short[run])


def _always(keys: Iterable[Hashable], closed: BoolArray, least: int) -> set[Hashable]:
    """Return the keys all of whose days were closed, if there are at least so many."""
    table = pd.DataFrame({"key": list(keys), "closed": closed}).dropna()
    summed = table.groupby("key", sort=False)["closed"].agg(["all", "count"])
    return set(summed.index[summed["all"] & (summed["count"] >= least)])


def _holiday_keys(dates: pd.DatetimeIndex, country: str | None) -> list[str | None]:
    return [name or None for name in holiday_names(dates, country)]


def _date_keys(dates: pd.DatetimeIndex) -> list[tuple[int, int]]:
    return list(zip(dates.month, dates.day, strict=True))
