"""The calendar of a retailer as features: season, public holidays, Black Friday, Christmas."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    FloatArray = npt.NDArray[np.float64]

_YEAR_DAYS = 365.25
_FAR_DAYS = 28
_SATURDAY = 5


@cache
def public_holidays(country: str | None, year: int) -> dict[dt.date, str]:
    """Return the public holidays of a year with their names; none without a country.

    Args:
        country: ISO 3166 code of two letters, e.g. "IT"; None for no holidays.
        year: calendar year.

    Raises:
        ValueError: the country is not known.
    """
    if country is None:
        return {}
    try:
        known = holidays.country_holidays(country, years=year)
    except NotImplementedError as error:
        message = (
            f"there is no holiday calendar for the country {country!r}: give a two-letter code "
            "such as IT or DE, or none"
        )
        raise ValueError(message) from error
    return {day: str(name) for day, name in known.items()}


def holiday_names(dates: pd.DatetimeIndex, country: str | None) -> list[str]:
    """Return the holiday's name for each date, empty on ordinary days."""
    named: dict[dt.date, str] = {}
    for year in set(dates.year):
        named |= public_holidays(country, year)
    return [named.get(day, "") for day in dates.date]


def black_friday(year: int) -> dt.date:
    """Return the Friday after the fourth Thursday of November.

    >>> black_friday(2024), black_friday(2025)
    (datetime.date(2024, 11, 29), datetime.date(2025, 11, 28))
    """
    first = dt.date(year, 11, 1)
    return first + dt.timedelta(days=(3 - first.weekday()) % 7 + 22)


def christmas(year: int) -> dt.date:
    """Return 25 December."""
    return dt.date(year, 12, 25)


def days_until(dates: pd.DatetimeIndex, event: Callable[[int], dt.date]) -> FloatArray:
    """Return the days from each date to the nearest occurrence of a yearly event.

    Args:
        dates: (n,) dates.
        event: gives the event's date for a year.

    Returns:
        (n,) positive before the event, negative after it, at most 28 either way.
    """
    near = np.full(len(dates), np.inf)
    for year in range(dates.min().year - 1, dates.max().year + 2) if len(dates) else ():
        distance = (pd.Timestamp(event(year)) - dates).days.to_numpy(dtype=np.float64)
        near = np.where(np.abs(distance) < np.abs(near), distance, near)
    return near.clip(-_FAR_DAYS, _FAR_DAYS)


def fourier_terms(dates: pd.DatetimeIndex, order: int) -> pd.DataFrame:
    """Return `order` pairs of yearly sine and cosine terms, index `dates`."""
    angle = 2 * np.pi * (dates.dayofyear.to_numpy() - 1) / _YEAR_DAYS
    return pd.DataFrame(
        {
            f"{name}_{k}": function(k * angle)
            for k in range(1, order + 1)
            for name, function in (("sin", np.sin), ("cos", np.cos))
        },
        index=dates,
    )


def special_days(dates: pd.DatetimeIndex, country: str | None) -> pd.DataFrame:
    """Return what is special about each date, as numbers from 0 to 1.

    Args:
        dates: any dates, each without a time of day.
        country: for public holidays; None leaves them at 0.

    Returns:
        Index `dates`; `holiday`, `holiday_eve`, `holiday_after` (the days around it that are none
        themselves); `black_friday` (Monday before it to Monday after); `advent` rises from 0 on
        27 November to 1 on 24 December, `advent_saturday` is that rise on Saturdays only;
        `between_years` is 25 to 31 December.
    """
    holiday = _is_holiday(dates, country)
    to_christmas = days_until(dates, christmas)
    advent = np.where(to_christmas > 0, (_FAR_DAYS - to_christmas) / (_FAR_DAYS - 1), 0.0)
    to_friday = days_until(dates, black_friday)
    day = pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "holiday": holiday,
            "holiday_eve": _is_holiday(dates + day, country) * (1 - holiday),
            "holiday_after": _is_holiday(dates - day, country) * (1 - holiday),
            "black_friday": _between(to_friday, -3, 4),
            "advent": advent,
            "advent_saturday": advent * (dates.dayofweek.to_numpy() == _SATURDAY),
            "between_years": _between(to_christmas, -6, 0),
        },
        index=dates,
    )


def calendar_features(dates: pd.DatetimeIndex, country: str | None) -> pd.DataFrame:
    """Return what the forecast model knows about each date before it comes.

    Args:
        dates: any dates, each without a time of day.
        country: for public holidays; None leaves them out.

    Returns:
        Index `dates`, floats without NaN: weekday (0 Monday), day of the month, month, two pairs
        of Fourier terms, signed days to Black Friday and to Christmas (at most 28 either way), and
        the columns of `special_days`.
    """
    own = pd.DataFrame(
        {
            "weekday": dates.dayofweek,
            "day": dates.day,
            "month": dates.month,
            "to_black_friday": days_until(dates, black_friday),
            "to_christmas": days_until(dates, christmas),
        },
        index=dates,
        dtype=float,
    )
    return own.join(fourier_terms(dates, 2)).join(special_days(dates, country))


def _is_holiday(dates: pd.DatetimeIndex, country: str | None) -> FloatArray:
    known = [day for year in set(dates.year) for day in public_holidays(country, year)]
    return np.asarray(dates.normalize().isin(pd.DatetimeIndex(known)), dtype=np.float64)


def _between(values: FloatArray, low: float, high: float) -> FloatArray:
    return np.asarray((values >= low) & (values <= high), dtype=np.float64)
