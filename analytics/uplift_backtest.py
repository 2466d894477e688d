"""How well fitted uplifts predict promo days they have not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analytics.cell_regression import explain, regress
from analytics.coefficients import coefficients_of
from analytics.panel import panel
from analytics.price_level import price_level
from analytics.promo_effects import promo_effects
from analytics.response import response_curve
from analytics.uplift_model import HALF_LIFE_DAYS

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from analytics.panel import BoolArray, FloatArray, IntArray, Panel

_TRAIN_SHARE = 0.7
_MIN_TRAIN_DAYS = 84
_MIN_TEST_DAYS = 10


def backtest_uplift(
    history: pd.DataFrame,
    country: str | None = "IT",
    half_life_days: float | None = HALF_LIFE_DAYS,
) -> dict[str, Any]:
    """Fit on the first 70 % of the days and predict the units of the promo days after them.

    All methods get the same baseline (each cell's regression over the whole history, with its
    promotions taken out), so only the uplift is judged.

    Args:
        history: DAY TOTALS.
        country: for public holidays.
        half_life_days: as for `fit_uplift`.

    Returns:
        `cut` (first test day, ISO), `test_days` (promo days of known depth predicted), `wape` (sum
        of absolute errors over sum of units, 0-1), `wape_ratio` (the same with each cell's ratio
        of mean promo to mean other days), `wape_no_uplift` (with the baseline alone), `bias`
        (predicted over actual units - 1), `skill` (1 - wape / wape_no_uplift; what `better`
        compares) and `margin_impact_mae_points` (margin percentage on test days by the price
        arithmetic against the observed one). With fewer than 84 days to fit or 10 to test, the
        figures are None and `reason` says so.

    Raises:
        ValueError: a column is missing, or there is no row.
    """
    days = panel(history)
    first = int(len(days.dates) * _TRAIN_SHARE)
    before = days.first(first)
    test = _test_days(days, first, country)
    cut = days.dates[first].date()
    if first < _MIN_TRAIN_DAYS or len(test.day) < _MIN_TEST_DAYS:
        return _not_measured(cut, len(test.day), first)
    predicted = test.baseline * _growth(before, test, country, half_life_days)
    wape, plain = _wape(predicted, test.units), _wape(test.baseline, test.units)
    return {
        "cut": cut.isoformat(),
        "test_days": len(test.day),
        "wape": wape,
        "wape_ratio": _wape(test.baseline * _promo_ratios(before)[test.cell], test.units),
        "wape_no_uplift": plain,
        "bias": float(predicted.sum() / test.units.sum() - 1),
        "skill": 1 - wape / plain if plain > 0 else 0.0,
        "margin_impact_mae_points": _margin_error(before, test),
        "reason": None,
    }


def better(challenger: dict[str, Any], champion: dict[str, Any] | None) -> bool:
    """Tell whether a fit should replace the one in force.

    Fits of different months are tested on different promo days, so not their errors are compared
    but by how much each beats assuming no uplift on its own days (`skill`).

    Args:
        challenger: result of `backtest_uplift`.
        champion: that of the version in force; None when there is none.

    Returns:
        True when the challenger was measured, beats "no uplift", and has the greater skill.
    """
    skill = challenger["skill"]
    if skill is None or skill <= 0:
        return False
    in_force = None if champion is None else champion["skill"]
    return in_force is None or skill > in_force


class _TestDays(NamedTuple):
    """Promo days to predict, one entry each: day and cell are positions in the panel."""

    day: IntArray
    cell: IntArray
    depth_pct: FloatArray
    promo_share: FloatArray
    units: FloatArray
    margin_pct: FloatArray
    baseline: FloatArray


def _test_days(days: Panel, first: int, country: str | None) -> _TestDays:
    """Return the promo days of known depth from a position on.

    The baseline is the fitted one of the whole history, all days weighing alike.
    """
    data = explain(days, country, None)
    baseline = np.full(days.units.shape, np.nan)
    for k in range(len(days.cells)):
        fit = regress(data, k)
        if fit is not None:
            baseline[:, k] = np.exp(fit.baseline)
    chosen = ~np.isnan(days.depth_pct) & (days.units > 0) & ~np.isnan(baseline)
    chosen[:first] = False
    margin_pct = 100 * days.margin / np.where(days.sales > 0, days.sales, np.nan)
    day, cell = np.nonzero(chosen)
    return _TestDays(
        day=day,
        cell=cell,
        depth_pct=days.depth_pct[chosen],
        promo_share=days.promo_share[chosen],
        units=days.units[chosen],
        margin_pct=margin_pct[chosen],
        baseline=baseline[chosen],
    )


def _growth(
    before: Panel, test: _TestDays, country: str | None, half_life_days: float | None
) -> FloatArray:
    """Return 1 + the unit uplift that a fit on the days before predicts for each test day."""
    effects = promo_effects(explain(before, country, half_life_days))
    curve = response_curve(coefficients_of(before, effects)[0])
    weights = [
        curve.weights(before.cells[cell], float(depth))
        for cell, depth in zip(test.cell, test.depth_pct, strict=True)
    ]
    return np.asarray(np.exp(np.array(weights) @ curve.log_uplift))


def _promo_ratios(before: Panel) -> FloatArray:
    """Return each cell's mean units of promo days over other days; without any, the mean ratio."""
    ratios = _mean(before.units, before.promo) / _mean(before.units, ~before.promo)
    known = ratios[np.isfinite(ratios)]
    typical = float(known.mean()) if len(known) else 1.0
    return np.where(np.isfinite(ratios), ratios, typical)


def _mean(values: FloatArray, where: BoolArray) -> FloatArray:
    """Return the mean of each column over the chosen days that have a row; NaN without any."""
    on = where & ~np.isnan(values)
    total, count = np.where(on, values, 0.0).sum(axis=0), on.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0))


def _wape(predicted: FloatArray, actual: FloatArray) -> float:
    return float(np.abs(predicted - actual).sum() / actual.sum())


def _margin_error(before: Panel, test: _TestDays) -> float | None:
    """Return the mean absolute gap of margin percentages, points; None without margins."""
    cost = 1 - price_level(before).margin_rate[test.cell]
    expected = 100 * (1 - cost / (1 - test.promo_share * test.depth_pct / 100))
    gaps = np.abs(expected - test.margin_pct)
    known = gaps[~np.isnan(gaps)]
    return float(known.mean()) if len(known) else None


def _not_measured(cut: dt.date, test_days: int, trained: int) -> dict[str, Any]:
    figures = ("wape", "wape_ratio", "wape_no_uplift", "bias", "skill", "margin_impact_mae_points")
    reason = (
        f"{test_days} promo days of known depth after {cut} and {trained} days before it are too "
        f"few: it takes {_MIN_TEST_DAYS} and {_MIN_TRAIN_DAYS}"
    )
    none: dict[str, Any] = dict.fromkeys(figures)
    return {"cut": cut.isoformat(), "test_days": test_days, **none, "reason": reason}
