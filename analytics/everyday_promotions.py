"""Cells that are always on promotion: their usual promotion is part of what they usually sell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.panel import days_after

if TYPE_CHECKING:
    from analytics.panel import BoolArray, Panel

_EVERYDAY_SHARE = 0.8


def everyday_promotions(days: Panel) -> BoolArray:
    """Tell which cells were on promotion on at least four in five of the days they sold: (cells,).

    A supermarket's department has some article on offer every day. Nobody can tell what it would
    sell without, and nobody plans that: the few days without a promotion are no baseline.
    """
    sold = ~np.isnan(days.sales)
    promoted = (days.promo & sold).sum(axis=0)
    return np.asarray((promoted > 0) & (promoted >= _EVERYDAY_SHARE * sold.sum(axis=0)))


def with_usual_days(days: Panel, cells: BoolArray) -> Panel:
    """Return the panel with all days of some cells taken as days without a promotion."""
    if not cells.any():
        return days
    promo = days.promo & ~cells
    return replace(
        days,
        promo=promo,
        depth_pct=np.where(promo, days.depth_pct, np.nan),
        promo_share=np.where(promo, days.promo_share, 0.0),
        kind=np.where(promo, days.kind, -1),
        after=days_after(promo),
    )
