"""Day totals laid out as dates x cells: what every estimate across cells starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.frames import DAY_TOTALS, by_cell, require_columns
from analytics.types import Cell, band_of

if TYPE_CHECKING:
    import datetime as dt

DIP_DAYS = 14
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Panel:
    """All frames have one row per calendar day and one column per cell, in the order of `cells`.

    Attributes:
        sales, margin, units: day totals; NaN where a cell has no row.
        promo: whether the day is a promo day of the cell.
        depth_pct: depth on promo days; NaN on others and where it is unknown. A promotion whose
            stated depth is 0 (a display, a leaflet) counts as unknown.
        promo_share: promoted share of the units on promo days, 0 on others.
        after: the 14 days after a promo day, other promo days excepted.
    """

    cells: tuple[Cell, ...]
    sales: pd.DataFrame
    margin: pd.DataFrame
    units: pd.DataFrame
    promo: pd.DataFrame
    depth_pct: pd.DataFrame
    promo_share: pd.DataFrame
    after: pd.DataFrame

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Every day from the first to the last of the history."""
        return pd.DatetimeIndex(self.sales.index)

    @property
    def last_day(self) -> dt.date:
        """The last day of the history."""
        return self.dates[-1].date()

    @property
    def plain(self) -> pd.DataFrame:
        """Days with a row that are neither promo days nor within 14 days of one."""
        return self.sales.notna() & ~self.promo & ~self.after

    def bands(self, cell: Cell) -> pd.Series[str]:
        """Return the band of each promo day, 'unknown' without a depth, '' on other days."""
        depth = self.depth_pct[cell]
        names = [UNKNOWN if np.isnan(value) else band_of(value) for value in depth]
        return pd.Series(names, index=depth.index).where(self.promo[cell], "")


def panel(history: pd.DataFrame) -> Panel:
    """Lay DAY TOTALS out.

    Raises:
        ValueError: a column is missing, or there is no row.
    """
    require_columns(history, DAY_TOTALS, "the history")
    if history.empty:
        message = "there are no sales to learn from: load workbooks first"
        raise ValueError(message)
    dates = pd.date_range(history["date"].min(), history["date"].max())
    wide = {name: by_cell(history, name, dates) for name in DAY_TOTALS[3:]}
    promo = wide["promo"].eq(other=True)
    depth = wide["depth_pct"]
    return Panel(
        cells=tuple(Cell(*cell) for cell in wide["units"].columns),
        sales=wide["sales_value"].astype(float),
        margin=wide["margin_value"].astype(float),
        units=wide["units"].astype(float),
        promo=promo,
        depth_pct=depth.where(promo & (depth > 0) & (depth < 100)).astype(float),  # noqa: PLR2004  per cent
        promo_share=wide["promo_share"].where(promo, 0.0).astype(float),
        after=days_after(promo),
    )


def days_after(promo: pd.DataFrame) -> pd.DataFrame:
    """Mark the 14 days after a promo day that are no promo days themselves."""
    recent = promo.astype(float).rolling(DIP_DAYS + 1, min_periods=1).max() > 0
    return recent & ~promo
