"""Sales of every cell on the days after a history, were nothing promoted: model or fallback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analytics.closed_days import closed_days
from analytics.forecast_model import fit_model
from analytics.promo_response import promo_depth, promo_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.forecast_model import BaselineModel
    from analytics.panel import FloatArray, Panel
    from analytics.promo_response import PromoResponse

Method = Literal["lightgbm", "weekday_mean", "cell_mean", "no_history"]

MODEL_FROM_DAYS = 56
WEEKDAYS_FROM_DAYS = 14
_ALIVE_DAYS = 56
_RECENT_DAYS = 90  # whose promotions still cast a dip, and those that ended lately from their start
_MIN_POSITIVE_SHARE = 0.9
_CONSTANT = 1e-9
_OVERALL = 7


@dataclass(frozen=True)
class Baseline:
    """What continues a history; `model` is None where no cell has enough of it."""

    country: str | None
    response: PromoResponse
    model: BaselineModel | None

    def methods(self, days: Panel) -> tuple[Method, ...]:
        """Return how each cell of a history is continued."""
        modelled = () if self.model is None else self.model.modelled
        return tuple(
            "weekday_mean" if method == "lightgbm" and k not in modelled else method
            for k, method in enumerate(methods(days))
        )

    def sales(
        self, histories: Sequence[Panel], horizon: int, planned: Sequence[FloatArray]
    ) -> list[FloatArray]:
        """Predict the sales of the days after each history without the uplift of any promotion.

        Days after a promotion of the history, or of the plan, are lower by its dip; days on which
        the channel is always closed are 0.

        Args:
            histories: each has the cells of the one this was fitted on.
            horizon: number of days.
            planned: for each history (horizon, cells), the planned depths: 0 without a promotion,
                NaN where unknown.

        Returns:
            For each history (horizon, cells), >= 0.
        """
        if self.model is None:
            paths = [np.zeros(plan.shape) for plan in planned]
        else:
            paths = [np.exp(path) for path in self.model.log_paths(histories, horizon)]
        return [
            self._sales(history, path, plan)
            for history, path, plan in zip(histories, paths, planned, strict=True)
        ]

    def _sales(self, days: Panel, path: FloatArray, planned: FloatArray) -> FloatArray:
        future = pd.date_range(days.dates[-1], periods=len(path) + 1)[1:]
        chosen = np.array(self.methods(days))
        means = _means(days)
        sales = np.zeros_like(path)
        for method, values in (
            ("lightgbm", path),
            ("weekday_mean", means[future.dayofweek]),
            ("cell_mean", np.tile(means[_OVERALL], (len(path), 1))),
        ):
            sales[:, chosen == method] = values[:, chosen == method]
        depth = np.vstack([promo_depth(days.last(_RECENT_DAYS)), planned])
        sales *= np.exp(self.response.log_dip(depth)[-len(path) :])
        sales[closed_days(days, future, self.country)] = 0.0
        return np.maximum(sales, 0.0)


def fit_baseline(days: Panel, country: str | None, seed: int, trees: str | None = None) -> Baseline:
    """Fit the model on the cells that have enough history, and the promotion effects of all.

    `trees` are those of an earlier fit of the same history (see `fit_model`).
    """
    modelled = [k for k, method in enumerate(methods(days)) if method == "lightgbm"]
    if not modelled:
        return Baseline(country, promo_response(days, country), None)
    model = fit_model(days, modelled, country, seed, trees)
    return Baseline(country, model.response, model)


def methods(days: Panel) -> tuple[Method, ...]:
    """Return the method that each cell's history supports.

    'no_history' without a row in the last 56 days; 'cell_mean' with rows on fewer than 14 days;
    'weekday_mean' with fewer than 56, or when the sales are constant or often not positive (the
    model works on logs and would forecast the positive days only);
    else 'lightgbm'.
    """
    return tuple(_method(days.sales[:, k]) for k in range(len(days.cells)))


def _method(sales: FloatArray) -> Method:
    seen = sales[~np.isnan(sales)]
    if np.isnan(sales[-_ALIVE_DAYS:]).all():
        return "no_history"
    if len(seen) < WEEKDAYS_FROM_DAYS:
        return "cell_mean"
    constant = float(np.ptp(seen)) <= _CONSTANT * float(np.abs(seen).max())
    if len(seen) < MODEL_FROM_DAYS or constant or (seen > 0).mean() < _MIN_POSITIVE_SHARE:
        return "weekday_mean"
    return "lightgbm"


def _means(days: Panel) -> FloatArray:
    """Return mean sales by weekday (rows 0-6) and overall (row 7): (8, cells).

    Means over unpromoted days; a weekday that has none takes all its days. A weekday without any
    row is 0: the cell does not sell on it.
    """
    weekday = days.dates.dayofweek.to_numpy()
    sold = ~np.isnan(days.sales)
    plain = sold & ~days.promo
    result = np.zeros((_OVERALL + 1, len(days.cells)))
    for row in range(_OVERALL + 1):
        on = (weekday == row)[:, None] | (row == _OVERALL)
        used = plain & on
        used |= sold & on & ~used.any(axis=0)
        total, count = np.where(used, days.sales, 0.0).sum(axis=0), used.sum(axis=0)
        result[row] = total / np.maximum(count, 1)
    return result
