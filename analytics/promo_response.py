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
from analytics.pull_forward import day_weights, missing_after, runs_ended
from analytics.response import response_curve
from analytics.types import band_of
from analytics.uplift_model import HALF_LIFE_DAYS

if TYPE_CHECKING:
    from analytics.panel import FloatArray, Panel
    from analytics.response import ResponseCurve
    from analytics.types import Cell


_DEEPEST_DIP = 0.9


@dataclass(frozen=True)
class PromoResponse:
    """The promotion effects of the cells of a panel.

    Depths are per cent, 0 on days without a promotion and NaN where a promotion's depth is unknown.

    Attributes:
        curve: log unit uplift by depth.
        cells: those of the panel.
        shares: (cells, kinds) typical promoted share of the units.
        log_unknown: (cells,) log unit uplift of a promotion of unknown depth.
        pulled_share: (cells,) which part of what a promotion brings in addition is missing in the
            days after; never negative, as a rise after a promotion is noise.
        dip_weights: (14,) how that is spread over these days.
    """

    curve: ResponseCurve
    cells: tuple[Cell, ...]
    shares: FloatArray
    log_unknown: FloatArray
    pulled_share: FloatArray
    dip_weights: FloatArray

    def log_units(self, depth_pct: FloatArray) -> FloatArray:
        """Return log(1 + unit uplift) of depths, both (days, cells)."""
        unknown = np.isnan(depth_pct)
        known = np.nan_to_num(depth_pct)
        columns = [self.curve.log_uplifts(cell, known[:, k]) for k, cell in enumerate(self.cells)]
        return np.where(unknown, self.log_unknown, np.column_stack(columns))

    def log_dip(self, depth_pct: FloatArray) -> FloatArray:
        """Return the log effect of the promotions on the days after them, both (days, cells)."""
        promo = depth_pct != 0
        extra = np.maximum(np.expm1(self.log_units(depth_pct)), 0.0)
        missing = self.pulled_share * missing_after(
            promo, runs_ended(promo, extra), self.dip_weights
        )
        return np.asarray(np.log1p(-np.minimum(missing, _DEEPEST_DIP)))

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
        log_unknown=effects.unknown["estimate"].to_numpy(dtype=np.float64),
        pulled_share=np.maximum(effects.dips["share"].to_numpy(dtype=np.float64), 0.0),
        dip_weights=day_weights(effects.decay_days),
    )


def log_sales_without_promotions(days: Panel, response: PromoResponse) -> FloatArray:
    """Return log sales with uplifts, price cuts and dips taken out: (days, cells).

    NaN where a cell has no row or no positive sales, and on promo days of unknown depth.
    """
    lift = np.log(promo_factor(response, np.nan_to_num(days.depth_pct), days.promo_share))
    known = (days.sales > 0) & ~(days.promo & np.isnan(days.depth_pct))
    sales = np.log(days.sales, out=np.full_like(days.sales, np.nan), where=known)
    return sales - lift - response.log_dip(promo_depth(days))


def promo_depth(days: Panel) -> FloatArray:
    """Return the depth of each day: 0 without a promotion, NaN where it is unknown."""
    return np.where(days.promo, days.depth_pct, 0.0)


def promo_factor(
    response: PromoResponse, depth_pct: FloatArray, promo_share: FloatArray
) -> FloatArray:
    """Return by what a promotion multiplies the sales of a day: all (days, cells)."""
    growth = np.exp(response.log_units(depth_pct))
    return np.asarray(growth * (1 - promo_share * depth_pct / 100))
