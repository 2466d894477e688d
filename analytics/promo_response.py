"""What promotions do to a day total at any depth: put into a forecast, taken out of a history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.cell_regression import explain
from analytics.coefficients import coefficients_of
from analytics.panel import KINDS
from analytics.price_level import promo_shares
from analytics.promo_effects import promo_effects
from analytics.response import response_curve
from analytics.types import band_of
from analytics.uplift_model import HALF_LIFE_DAYS

if TYPE_CHECKING:
    from analytics.panel import FloatArray, Panel
    from analytics.response import ResponseCurve
    from analytics.types import Cell


@dataclass(frozen=True)
class PromoResponse:
    """The promotion effects of the cells of a panel.

    Attributes:
        curve: log unit uplift by depth.
        cells: those of the panel.
        shares: (cells, kinds) typical promoted share of the units.
        log_dip: (cells,) effect on each of the 14 days after; never positive, as a rise after a
            promotion is noise.
    """

    curve: ResponseCurve
    cells: tuple[Cell, ...]
    shares: FloatArray
    log_dip: FloatArray

    def log_units(self, depth_pct: FloatArray) -> FloatArray:
        """Return log(1 + unit uplift) of depths, both (days, cells); 0 for 0 and NaN."""
        result = np.zeros_like(depth_pct)
        for k, cell in enumerate(self.cells):
            for depth in np.unique(depth_pct[depth_pct[:, k] > 0, k]):
                weights = self.curve.weights(cell, float(depth))
                result[depth_pct[:, k] == depth, k] = weights @ self.curve.log_uplift
        return result

    def share(self, depth_pct: FloatArray) -> FloatArray:
        """Return the typical promoted share at depths, both (days, cells); 0 for 0."""
        result = np.zeros_like(depth_pct)
        for depth in np.unique(depth_pct[depth_pct > 0]):
            day, cell = np.nonzero(depth_pct == depth)
            result[day, cell] = self.shares[cell, KINDS.index(band_of(float(depth)))]
        return result


def promo_response(days: Panel, country: str | None) -> PromoResponse:
    """Estimate the effects of promotions from a history."""
    effects = promo_effects(explain(days, country, HALF_LIFE_DAYS))
    return PromoResponse(
        curve=response_curve(coefficients_of(days, effects)[0]),
        cells=days.cells,
        shares=promo_shares(days),
        log_dip=np.minimum(effects.dips["estimate"].to_numpy(), 0.0),
    )


def log_sales_without_promotions(days: Panel, response: PromoResponse) -> FloatArray:
    """Return log sales with uplifts, price cuts and dips taken out: (days, cells).

    NaN where a cell has no row or no positive sales, and on promo days of unknown depth.
    """
    depth = np.nan_to_num(days.depth_pct)
    lift = np.log(promo_factor(response, depth, days.promo_share))
    known = (days.sales > 0) & ~(days.promo & np.isnan(days.depth_pct))
    sales = np.log(days.sales, out=np.full_like(days.sales, np.nan), where=known)
    return sales - lift - days.after * response.log_dip


def promo_factor(
    response: PromoResponse, depth_pct: FloatArray, promo_share: FloatArray
) -> FloatArray:
    """Return by what a promotion multiplies the sales of a day: all (days, cells)."""
    growth = np.exp(response.log_units(depth_pct))
    return np.asarray(growth * (1 - promo_share * depth_pct / 100))
