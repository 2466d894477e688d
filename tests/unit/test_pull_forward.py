"""Demand pulled forward: how much a promotion brought, how its dip is spread, how fast it fades."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.effects import days_after
from analytics.forecast import fit_forecaster
from analytics.frames import PLAN
from analytics.pull_forward import day_weights, missing_after, runs_ended
from analytics.types import Cell
from analytics.uplift import fit_uplift
from tests.unit.sales_cases import FOUR_CELLS, TV, Promo, business, every

DAYS = 400
SHARE, FADES_IN_DAYS = 0.2, 5.0


def _column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, None]


def test_weights_add_up_and_fade_as_they_say() -> None:
    assert day_weights(None) == pytest.approx(np.full(14, 1 / 14))
    weights = day_weights(5.0)
    assert weights.sum() == pytest.approx(1)
    assert weights[5] / weights[0] == pytest.approx(1 / np.e)


def test_a_run_brings_the_sum_of_its_days_on_its_last() -> None:
    extra = _column(0, 0.5, 0.5, 0, 1.0, 0)
    promo = extra > 0
    assert runs_ended(promo, extra)[:, 0].tolist() == [0, 0, 1.0, 0, 1.0, 0]


def test_what_is_missing_is_spread_over_the_days_after_and_not_over_promo_days() -> None:
    """Two runs of 2 and of 1 day of baseline, one day apart; half on the first day after each."""
    extra = _column(0, 1.0, 1.0, 0, 1.0, 0, 0, 0)
    weights = np.zeros(14)
    weights[:3] = (0.5, 0.3, 0.2)
    missing = missing_after(extra > 0, runs_ended(extra > 0, extra), weights)
    # Day 3: .5 x 2. Day 4 is promoted. Day 5: .2 x 2 + .5 x 1. Day 6: .3 x 1. Day 7: .2 x 1.
    assert missing[:, 0] == pytest.approx([0, 0, 0, 1.0, 0, 0.9, 0.3, 0.2])


def test_a_plan_s_dip_lies_after_the_last_day_of_each_run() -> None:
    on = np.array([[True, True, False, False], [False, False, False, False]])
    weights = np.tile(np.arange(14.0, 0.0, -1.0), (2, 1))
    laid = days_after(on, weights)
    assert laid.shape == (2, 18)
    assert laid[0].tolist() == [0, 0, *range(14, 0, -1), 0, 0]
    assert not laid[1].any()


def _fading(seed: int) -> pd.DataFrame:
    """Return DAY TOTALS in which a fifth of the additional units is missing, fading in 5 days."""
    promos = [
        Promo(p.cell, p.first, 2 + 6 * (n % 2), p.depth_pct, p.factor)
        for n, p in enumerate(every(FOUR_CELLS, 35, DAYS - 20, 6, {20.0: 1.5, 30.0: 2.0}))
    ]
    history = business(days=DAYS, promos=promos, seed=seed)
    weights = np.exp(-np.arange(14) / FADES_IN_DAYS)
    first = history["date"].min()
    for promo in promos:
        missing = SHARE * (promo.factor - 1) * promo.days * weights / weights.sum()
        own = (history["channel"] == promo.cell.channel) & (
            history["department"] == promo.cell.department
        )
        for lag, part in enumerate(missing):
            day = first + pd.Timedelta(days=promo.first + promo.days + lag)
            on = own & (history["date"] == day)
            for name in ("sales_value", "margin_value", "units"):
                history.loc[on, name] = (history.loc[on, name] * (1 - part)).astype(
                    history[name].dtype
                )
    return history


@pytest.fixture(scope="module")
def fading() -> pd.DataFrame:
    """One history with such dips."""
    return _fading(3)


def test_size_and_fading_of_the_dips_are_recovered(fading: pd.DataFrame) -> None:
    for dip in fit_uplift(fading, None).dips:
        assert dip.decay_days in {3.0, 5.0, 7.0}
        assert dip.usual_load_days is not None
        share = -dip.dip_pct / 100 * dip.days / dip.usual_load_days
        assert share == pytest.approx(SHARE, abs=0.05)


def test_the_dip_of_a_short_run_is_as_much_smaller_as_what_it_brought(
    fading: pd.DataFrame,
) -> None:
    """A single day at +50 % brings half a day of baseline, of which a fifth is missing after it."""
    fitted = fit_forecaster(fading, None)
    start = fitted.trained_until + dt.timedelta(days=20)
    end = start + dt.timedelta(days=30)
    base = _tv(fitted.baseline(start, end))
    lost = {}
    for length in (1, 6):
        plan = pd.DataFrame(
            [(day, *TV, 20.0) for day in pd.date_range(start, periods=length)], columns=PLAN
        )
        planned = _tv(fitted.forecast(start, end, plan))
        lost[length] = float((1 - planned / base)[length : length + 14].sum())
    assert lost[1] == pytest.approx(SHARE * 0.5, abs=0.03)
    assert lost[6] == pytest.approx(6 * lost[1], rel=0.1)


def _tv(frame: pd.DataFrame) -> np.ndarray:
    own = [Cell(*pair) == TV for pair in zip(frame["channel"], frame["department"], strict=True)]
    return frame.loc[own, "sales_value"].to_numpy()
