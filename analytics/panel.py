"""Day totals laid out as arrays, days x cells: what every estimate across cells starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.frames import DAY_TOTALS, by_cell, require_columns
from analytics.types import BANDS, Cell, band_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

DIP_DAYS = 14
UNKNOWN = "unknown"
KINDS: tuple[str, ...] = (*BANDS, UNKNOWN)
"""Kinds of promo days: the depth bands, and those whose depth is not known."""

_ARRAYS = ("sales", "margin", "units", "promo", "depth_pct", "promo_share", "kind", "after")


@dataclass(frozen=True)
class Panel:
    """All arrays are (days, cells), without a gap in the days.

    Attributes:
        dates: every day from the first to the last of the history.
        cells: sorted by channel and department.
        sales, margin, units: day totals; NaN where a cell has no row.
        promo: whether the day is a promo day of the cell.
        depth_pct: depth on promo days; NaN on others and where it is unknown. A promotion whose
            stated depth is 0 (a display, a leaflet) counts as unknown.
        promo_share: promoted share of the units on promo days, 0 on others.
        kind: position in `KINDS` on promo days, -1 on others.
        after: the 14 days after a promo day, other promo days excepted.
    """

    dates: pd.DatetimeIndex
    cells: tuple[Cell, ...]
    sales: FloatArray
    margin: FloatArray
    units: FloatArray
    promo: BoolArray
    depth_pct: FloatArray
    promo_share: FloatArray
    kind: IntArray
    after: BoolArray

    @property
    def last_day(self) -> dt.date:
        """The last day of the history."""
        return self.dates[-1].date()

    @property
    def plain(self) -> BoolArray:
        """Days with a row that are neither promo days nor within 14 days of one."""
        return ~np.isnan(self.sales) & ~self.promo & ~self.after

    def select(self, cells: Sequence[int]) -> Panel:
        """Return the panel of some of its cells, by position."""
        arrays = {name: getattr(self, name)[:, cells] for name in _ARRAYS}
        return replace(self, cells=tuple(self.cells[k] for k in cells), **arrays)

    def first(self, count: int) -> Panel:
        """Return the panel of its first days."""
        arrays = {name: getattr(self, name)[:count] for name in _ARRAYS}
        return replace(self, dates=self.dates[:count], **arrays)

    def last(self, count: int) -> Panel:
        """Return the panel of its last days."""
        arrays = {name: getattr(self, name)[-count:] for name in _ARRAYS}
        return replace(self, dates=self.dates[-count:], **arrays)


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
    cells, wide = by_cell(history, DAY_TOTALS[3:], dates)
    promo = wide["promo"] == 1
    depth = wide["depth_pct"]
    # Depths of 100 % and more would make a promoted price of nothing.
    depth = np.where(promo & (depth > 0) & (depth < 100), depth, np.nan)  # noqa: PLR2004  per cent
    return Panel(
        dates=dates,
        cells=cells,
        sales=wide["sales_value"],
        margin=wide["margin_value"],
        units=wide["units"],
        promo=promo,
        depth_pct=depth,
        promo_share=np.where(promo, wide["promo_share"], 0.0),
        kind=np.where(promo, _kinds(depth), -1),
        after=days_after(promo),
    )


def days_after(promo: BoolArray) -> BoolArray:
    """Mark the 14 days after a promo day that are no promo days themselves: (days, cells)."""
    recent = np.zeros_like(promo)
    for lag in range(1, DIP_DAYS + 1):
        recent[lag:] |= promo[:-lag]
    return recent & ~promo


def _kinds(depth_pct: FloatArray) -> IntArray:
    known = {depth: KINDS.index(band_of(depth)) for depth in np.unique(depth_pct[depth_pct > 0])}
    kinds = [known.get(depth, KINDS.index(UNKNOWN)) for depth in depth_pct.ravel()]
    return np.array(kinds, dtype=np.int64).reshape(depth_pct.shape)
