"""Uplift: what discounts do to a cell's day total, fitted on its own history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.cell_regression import explain
from analytics.coefficients import coefficients_of, dips_of
from analytics.cross_effects import CrossEffect, cross_effects
from analytics.panel import panel
from analytics.promo_effects import promo_effects
from analytics.uplift_backtest import backtest_uplift, better
from analytics.uplift_model import HALF_LIFE_DAYS, Coefficient, Dip, UpliftModel

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Coefficient",
    "CrossEffect",
    "Dip",
    "UpliftModel",
    "backtest_uplift",
    "better",
    "fit_uplift",
]


def fit_uplift(
    history: pd.DataFrame,
    country: str | None = "IT",
    half_life_days: float | None = HALF_LIFE_DAYS,
) -> UpliftModel:
    """Estimate what promotions did, cell by cell, each drawn towards its peers.

    Each cell's log units are regressed on weekday, trend, season, its market and one effect per
    depth band (`cell_regression`); a promo day of unknown depth has an effect of its own, so that
    it contaminates neither the bands nor the baseline. The effects are then shrunk
    (`promo_effects`): a cell with three promo days gets no wild figure, and a band it never used
    gets what its other bands and its peers imply.

    Args:
        history: DAY TOTALS.
        country: for public holidays, e.g. "IT"; None for none.
        half_life_days: weight of older days, see `UpliftModel`; None weighs all alike.

    Raises:
        ValueError: a column is missing, or there is no row.
    """
    days = panel(history)
    data = explain(days, country, half_life_days)
    effects = promo_effects(data)
    coefficients, notes = coefficients_of(days, effects)
    return UpliftModel(
        coefficients=coefficients,
        dips=dips_of(effects),
        cross_effects=cross_effects(data),
        fitted_until=days.last_day,
        half_life_days=half_life_days,
        notes=notes,
    )
