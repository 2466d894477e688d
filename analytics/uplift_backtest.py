"""How well fitted uplifts predict promo days they have not seen."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.cell_regression import explain, regress
from analytics.coefficients import coefficients_of
from analytics.panel import Panel, panel
from analytics.price_level import price_level
from analytics.promo_effects import promo_effects
from analytics.response import response_curve
from analytics.types import Cell
from analytics.uplift_model import HALF_LIFE_DAYS

if TYPE_CHECKING:
    from analytics.panel import BoolArray, FloatArray

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
    cut = days.dates[0] + pd.Timedelta(days=int(len(days.dates) * _TRAIN_SHARE))
    test = _test_days(days, cut, country)
    trained = int((days.dates < cut).sum())
    if trained < _MIN_TRAIN_DAYS or len(test) < _MIN_TEST_DAYS:
        return _not_measured(cut.date(), len(test), trained)
    before = panel(history[history["date"] < cut])
    test = test[test["cell"].isin(before.cells)]
    predicted = test["baseline"] * _growth(before, test, country, half_life_days)
    ratios = _promo_ratios(before)
    by_ratio = test["baseline"] * [ratios[cell] for cell in test["cell"]]
    actual = test["units"]
    wape, plain = _wape(predicted, actual), _wape(test["baseline"], actual)
    return {
        "cut": cut.date().isoformat(),
        "test_days": len(test),
        "wape": wape,
        "wape_ratio": _wape(by_ratio, actual),
        "wape_no_uplift": plain,
        "bias": float(predicted.sum() / actual.sum() - 1),
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


def _test_days(days: Panel, cut: pd.Timestamp, country: str | None) -> pd.DataFrame:
    """List promo days from the cut on: cell, depth_pct, promo_share, units, margin_pct, baseline.

    The baseline is the fitted one of the whole history, all days weighing alike.
    """
    data = explain(days, country, None)
    parts = []
    for k, cell in enumerate(days.cells):
        fit = regress(data, k)
        on = ~np.isnan(days.depth_pct[:, k]) & (days.units[:, k] > 0) & (days.dates >= cut)
        if fit is None or not on.any():
            continue
        parts.append(
            pd.DataFrame(
                {
                    "cell": [cell] * int(on.sum()),
                    "depth_pct": days.depth_pct[on, k],
                    "promo_share": days.promo_share[on, k],
                    "units": days.units[on, k],
                    "margin_pct": 100 * days.margin[on, k] / days.sales[on, k],
                    "baseline": np.exp(fit.baseline[on]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"cell": []})


def _growth(
    before: Panel, test: pd.DataFrame, country: str | None, half_life_days: float | None
) -> FloatArray:
    """Return 1 + the unit uplift that a fit on the days before predicts for each test day."""
    effects = promo_effects(explain(before, country, half_life_days))
    curve = response_curve(coefficients_of(before, effects)[0])
    kinds = test[["cell", "depth_pct"]].drop_duplicates()
    logs = {
        (cell, depth): float(curve.weights(cell, depth) @ curve.log_uplift)
        for cell, depth in kinds.itertuples(index=False)
    }
    pairs = zip(test["cell"], test["depth_pct"], strict=True)
    return np.exp([logs[pair] for pair in pairs])


def _promo_ratios(before: Panel) -> dict[Cell, float]:
    """Return the mean units of promo days over those of other days; without any, everybody's."""
    promoted = _mean(before.units, before.promo)
    ratios = promoted / _mean(before.units, ~before.promo)
    known = ratios[np.isfinite(ratios)]
    typical = float(known.mean()) if len(known) else 1.0
    return {
        cell: float(ratio) if np.isfinite(ratio) else typical
        for cell, ratio in zip(before.cells, ratios, strict=True)
    }


def _mean(values: FloatArray, where: BoolArray) -> FloatArray:
    """Return the mean of each column over the chosen days that have a row; NaN without any."""
    on = where & ~np.isnan(values)
    total, count = np.where(on, values, 0.0).sum(axis=0), on.sum(axis=0)
    return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def _wape(predicted: pd.Series[float], actual: pd.Series[float]) -> float:
    return float((predicted - actual).abs().sum() / actual.sum())


def _margin_error(before: Panel, test: pd.DataFrame) -> float | None:
    """Return the mean absolute gap of margin percentages, points; None without margins."""
    rates = dict(zip(before.cells, price_level(before).margin_rate, strict=True))
    cost = np.array([1 - float(rates[cell]) for cell in test["cell"]])
    expected = 100 * (1 - cost / (1 - test["promo_share"] * test["depth_pct"] / 100))
    gap = float((expected - test["margin_pct"]).abs().mean())
    return None if np.isnan(gap) else gap


def _not_measured(cut: dt.date, test_days: int, trained: int) -> dict[str, Any]:
    figures = ("wape", "wape_ratio", "wape_no_uplift", "bias", "skill", "margin_impact_mae_points")
    reason = (
        f"{test_days} promo days of known depth after {cut} and {trained} days before it are too "
        f"few: it takes {_MIN_TEST_DAYS} and {_MIN_TRAIN_DAYS}"
    )
    none: dict[str, Any] = dict.fromkeys(figures)
    return {"cut": cut.isoformat(), "test_days": test_days, **none, "reason": reason}
