"""Calendar features: known dates, no gaps, and days on which a channel is always closed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.calendar import (
    black_friday,
    calendar_features,
    days_until,
    fourier_terms,
    holiday_names,
    special_days,
)
from analytics.closed_days import closed_days
from analytics.panel import panel
from tests.unit.sales_cases import STORE_TV, TV, business


@pytest.mark.parametrize(
    ("year", "day"), [(2022, 25), (2023, 24), (2024, 29), (2025, 28), (2026, 27)]
)
def test_black_friday_follows_thanksgiving(year: int, day: int) -> None:
    assert black_friday(year) == dt.date(year, 11, day)


def test_holidays_of_a_country_have_names_and_none_has_none() -> None:
    dates = pd.DatetimeIndex(["2025-04-21", "2025-04-22"])
    italian = holiday_names(dates, "IT")
    assert italian[0]
    assert not italian[1]
    assert holiday_names(dates, None) == ["", ""]


def test_an_unknown_country_is_refused_with_the_repair() -> None:
    with pytest.raises(ValueError, match=r"no holiday calendar .*'XX'.* two-letter"):
        holiday_names(pd.DatetimeIndex(["2025-01-01"]), "XX")


def test_days_to_an_event_are_signed_and_limited() -> None:
    dates = pd.DatetimeIndex(["2025-11-26", "2025-11-28", "2025-12-01", "2025-06-01"])
    assert days_until(dates, black_friday).tolist() == [2, 0, -3, 28]


def test_special_days_of_a_december() -> None:
    days = special_days(pd.date_range("2025-11-20", "2026-01-07"), "IT")
    week = days.query("black_friday > 0").index
    assert (week.min(), week.max()) == (pd.Timestamp("2025-11-24"), pd.Timestamp("2025-12-01"))
    assert days.loc["2025-11-27", "advent"] == 0
    assert days.loc["2025-12-24", "advent"] == 1
    assert days.loc["2025-12-25", "advent"] == 0
    saturdays = days.query("advent_saturday > 0").index
    assert saturdays.tolist() == [
        pd.Timestamp(f"2025-{date}") for date in ("11-29", "12-06", "12-13", "12-20")
    ]
    assert days["between_years"].sum() == 7  # 25 to 31 December
    around = ("holiday", "holiday_eve", "holiday_after")
    assert [days.loc["2026-01-06", name] for name in around] == [1, 0, 0]
    assert days.loc["2026-01-05", "holiday_eve"] == 1
    assert days.loc["2026-01-07", "holiday_after"] == 1


def test_fourier_terms_return_after_a_year() -> None:
    terms = fourier_terms(pd.DatetimeIndex(["2023-03-05", "2025-03-05"]), 2)
    assert list(terms.columns) == ["sin_1", "cos_1", "sin_2", "cos_2"]
    np.testing.assert_allclose(terms.iloc[0], terms.iloc[1])


def test_features_are_complete_numbers_and_depend_on_the_date_only() -> None:
    year = calendar_features(pd.date_range("2024-01-01", "2024-12-31"), "IT")
    assert not year.isna().to_numpy().any()
    part = calendar_features(pd.DatetimeIndex(["2024-07-01"]), "IT")
    pd.testing.assert_frame_equal(part, year.loc[["2024-07-01"]], check_freq=False)


def _closed(
    missing: list[str], asked: list[str], country: str | None = "IT", days: int = 800
) -> list[bool]:
    """Return whether the stores are taken as closed when their rows of some dates are missing."""
    history = business([STORE_TV, TV], days=days)
    lost = (history["channel"] == "offline") & history["date"].isin(pd.to_datetime(missing))
    result = closed_days(panel(history[~lost]), pd.DatetimeIndex(asked), country)
    assert not result[:, 1].any()  # the web shop never closes
    return [bool(flag) for flag in result[:, 0]]


def test_a_holiday_on_which_the_stores_were_closed_is_closed_again() -> None:
    assert _closed(["2024-12-25"], ["2025-12-24", "2025-12-25"], days=400) == [False, True]


def test_a_moving_holiday_is_known_by_its_name() -> None:
    easter = ["2024-03-31", "2025-04-20"]
    assert _closed(easter, ["2026-03-31", "2026-04-05"]) == [False, True]


def test_a_holiday_on_which_they_opened_once_is_open() -> None:
    once = ["2024-08-15"]
    assert _closed(once, ["2026-08-15"], days=500) == [True]
    assert _closed(once, ["2026-08-15"], days=700) == [False]  # open on 15 August 2025


def test_a_lost_week_of_data_closes_nothing() -> None:
    week = [f"2024-12-{day}" for day in range(22, 29)]
    assert _closed(week, ["2025-12-25"], days=400) == [False]


def test_an_ordinary_date_is_closed_only_when_it_was_twice() -> None:
    assert _closed(["2024-07-09"], ["2026-07-09"], days=500) == [False]  # ends in May 2025
    assert _closed(["2024-07-09", "2025-07-09"], ["2026-07-09"]) == [True]


def test_without_a_country_christmas_is_known_by_its_date() -> None:
    both = ["2024-12-25", "2025-12-25"]
    assert _closed(both, ["2026-12-25"], country=None) == [True]


def test_closed_sundays_stay_closed() -> None:
    sundays = [str(day.date()) for day in pd.date_range("2024-01-07", periods=120, freq="7D")]
    assert _closed(sundays, ["2026-04-11", "2026-04-12"]) == [False, True]
