"""What a cell's units cost, earn and how many of them a promotion covers, from its recent days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analytics.panel import Panel
    from analytics.types import Cell

RECENT_DAYS = 56
_MIN_SHARE = 0.01


@dataclass(frozen=True)
class PriceLevel:
    """Attributes are indexed by cell (channel, department).

    Attributes:
        price: sales per unit of the cell's last 56 unpromoted days; NaN where it sold no units.
        margin_rate: margin per sales of the same days; NaN where there are no sales or no margins.
    """

    price: pd.Series[float]
    margin_rate: pd.Series[float]


def price_level(days: Panel) -> PriceLevel:
    """Return the recent unpromoted price and margin rate of each cell.

    A cell without an unpromoted day takes its last 56 days of any kind: the price is then the
    promoted one.
    """
    sold = days.sales.notna()
    plain = sold & ~days.promo
    usable = plain | (sold & ~plain.any())
    recent = usable & (usable[::-1].cumsum()[::-1] <= RECENT_DAYS)
    sales, units = days.sales.where(recent).sum(), days.units.where(recent).sum()
    known = recent & days.margin.notna()
    earning = days.sales.where(known).sum()
    return PriceLevel(
        price=(sales / units.where(units > 0)).where(sales > 0),
        margin_rate=days.margin.where(known).sum() / earning.where(earning > 0),
    )


def promo_shares(days: Panel, cell: Cell) -> dict[str, float]:
    """Return the promoted share of the units on promo days by band, and overall as 'any'.

    A cell that was never promoted takes its department's, then its channel's, then everybody's
    share; without any promotion in the history it is 1.
    """
    bands = days.bands(cell)
    shares = {
        str(band): _share(days, [cell], bands == band)
        for band in bands.unique()
        if band and float(days.units[cell][bands == band].sum()) > 0
    }
    circles = (
        [cell],
        [c for c in days.cells if c.department == cell.department],
        [c for c in days.cells if c.channel == cell.channel],
        list(days.cells),
    )
    for circle in circles:
        if bool((days.promo[circle] & (days.units[circle] > 0)).to_numpy().any()):
            return shares | {"any": _share(days, circle)}
    return {"any": 1.0}


def _share(days: Panel, cells: list[Cell], on: pd.Series[bool] | None = None) -> float:
    """Return promoted units over all units of the promo days of some cells."""
    units = days.units[cells].where(days.promo[cells] & (days.units[cells] > 0))
    if on is not None:
        units = units[on]
    promoted = (units * days.promo_share[cells]).to_numpy()
    return float(np.clip(np.nansum(promoted) / np.nansum(units.to_numpy()), _MIN_SHARE, 1.0))
