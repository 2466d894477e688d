"""The range that promotions have seen so far."""

from __future__ import annotations

import pandas as pd
import pytest

from analytics.promo_history import highest_unit_uplift


def history(units: dict[str, int], promo: set[str], department: str = "TV") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.to_datetime(list(units)),
            "channel": "online",
            "department": department,
            "units": list(units.values()),
            "promo": [day in promo for day in units],
        }
    )


def test_a_run_is_compared_with_the_same_weekdays_around_it() -> None:
    # Wednesdays 100 and 140, mean 120; the promo Wednesday sells 180: +50 %. The Thursday between
    # says nothing, and a Wednesday 35 days away is too far.
    days = history(
        {
            "2025-09-03": 1000,
            "2025-10-01": 100,
            "2025-10-08": 180,
            "2025-10-09": 900,
            "2025-10-15": 140,
        },
        {"2025-10-08"},
    )
    assert highest_unit_uplift(days) == {"TV": pytest.approx(50.0)}


def test_the_highest_run_of_a_department_counts() -> None:
    # Run of two days: (220 + 110) / (100 + 100) = +65 %; the later single day is +20 %.
    days = history(
        {
            "2025-10-01": 100,
            "2025-10-02": 100,
            "2025-10-08": 220,
            "2025-10-09": 110,
            "2025-10-15": 100,
            "2025-10-16": 120,
        },
        {"2025-10-08", "2025-10-09", "2025-10-16"},
    )
    assert highest_unit_uplift(days)["TV"] == pytest.approx(65.0)


def test_a_run_without_days_to_compare_with_says_nothing() -> None:
    days = history({"2025-10-01": 100, "2025-10-09": 500}, {"2025-10-09"})
    assert highest_unit_uplift(days) == {}


def test_a_department_that_was_never_promoted_is_missing() -> None:
    days = pd.concat(
        [
            history({"2025-10-01": 100, "2025-10-08": 130}, {"2025-10-08"}),
            history({"2025-10-01": 100, "2025-10-08": 130}, set(), "AUDIO"),
        ]
    )
    assert set(highest_unit_uplift(days)) == {"TV"}
