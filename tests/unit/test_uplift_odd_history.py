"""Odd histories: a figure with its stated fallback, never one that is no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.uplift import backtest_uplift, fit_uplift
from tests.unit.sales_cases import FOUR_CELLS, TV, Promo, business

if TYPE_CHECKING:
    import pandas as pd

DAYS = 200
MEASURES = ["sales_value", "margin_value", "units"]


def _usual(days: int = DAYS, first: int = 100, length: int = 5) -> pd.DataFrame:
    return business(days=days, promos=[Promo(TV, first, length, 20.0, 1.5)])


def _zero(frame: pd.DataFrame, department: str | None = None) -> pd.DataFrame:
    chosen = frame["department"] == department
    frame.loc[chosen | (department is None), MEASURES] = 0
    return frame


def _nothing_to_tell() -> dict[str, pd.DataFrame]:
    free = _usual()
    free.loc[free["promo"], "depth_pct"] = 100.0
    stopped = _usual()
    stopped.loc[stopped["promo"], MEASURES] = 0
    always = [Promo(cell, 0, DAYS, 20.0, 1.5) for cell in FOUR_CELLS]
    return {
        "promotions every day": business(days=DAYS, promos=always),
        "the promoted cells sell nothing": _zero(_usual(), "TV"),
        "nothing is sold": _zero(_usual()),
        "every depth is 0": _usual().assign(depth_pct=0.0),
        "every depth is 100": free,
        "three weeks": _usual(21, 10, 3),
        "one day": business(days=1),
        "nothing is sold on promo days": stopped,
    }


@pytest.mark.parametrize("name", _nothing_to_tell())
def test_what_the_data_cannot_tell_is_0_with_a_wide_error_marked_and_said(name: str) -> None:
    history = _nothing_to_tell()[name]
    model = fit_uplift(history)
    assert {c.uplift_units_pct for c in model.coefficients} == {0.0}
    assert all(c.pooled and c.sample_size == 0 and c.confidence == 0.5 for c in model.coefficients)
    assert min(c.se_units_log for c in model.coefficients) > 0.1
    assert [note for note in model.notes if "every uplift is 0" in note]
    assert all(-100 < c.uplift_sales_pct <= 0 for c in model.coefficients)


def test_one_promo_day_in_all_history_is_one_observation() -> None:
    history = _usual(length=1)
    found = fit_uplift(history).coefficient(TV, 20.0)
    assert (found.sample_size, found.pooled) == (1, False)
    assert 25 < found.uplift_units_pct < 75  # the promotion gave 50
    assert found.se_units_log > 0.02
    assert backtest_uplift(history)["skill"] is None


@pytest.mark.parametrize("first", [0, DAYS - 5])
def test_a_promotion_on_the_first_or_the_last_days_is_measured(first: int) -> None:
    found = fit_uplift(_usual(first=first)).coefficient(TV, 20.0)
    assert found.sample_size == 5
    assert 30 < found.uplift_units_pct < 75


def test_a_constant_series_shows_no_uplift() -> None:
    history = _usual()
    history[MEASURES] = [100.0, 30.0, 10]
    found = fit_uplift(history).coefficient(TV, 20.0)
    assert found.uplift_units_pct == pytest.approx(0, abs=1e-6)
    assert found.confidence < 0.6


def test_days_of_more_returns_than_sales_are_left_out() -> None:
    history = _usual()
    returned = history.index[::9]
    history.loc[returned, MEASURES] *= -1
    found = fit_uplift(history).coefficient(TV, 20.0)
    left = history.loc[history["promo"] & (history["units"] > 0)]
    assert found.sample_size == len(left)
    assert np.isfinite(found.uplift_units_pct)
    assert 20 < found.uplift_units_pct < 90
