"""Parts of cell-days: what the world sold, ready to be split into sales lines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from analytics.types import CHANNELS, Cell
from sample_data.retailer import DEPARTMENTS
from sample_data.season import day_range

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from sample_data.world import World

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]

_LINES_PER_UNIT = 0.7  # at most: quantities need some room to meet the average price
_BISECTIONS = 60


@dataclass(frozen=True, eq=False)
class Parts:
    """Promoted or unpromoted parts of cell-days, arrays of one length.

    Attributes:
        day: days since 1970-01-01.
        channel: index into CHANNELS.
        department: index into DEPARTMENTS.
        campaign: index of the campaign that runs in the cell that day, -1 for none.
        promoted: whether this is the part on promotion.
        units: units sold, at least 1.
        sales_cents: sales value.
        margin_cents: margin value.
        price: average list price of these units (before the discount), EUR.
        price_index: today's list prices over those of the catalogue.
        lines: number of lines to make.
    """

    day: IntArray
    channel: IntArray
    department: IntArray
    campaign: IntArray
    promoted: BoolArray
    units: IntArray
    sales_cents: IntArray
    margin_cents: IntArray
    price: FloatArray
    price_index: FloatArray
    lines: IntArray

    def take(self, rows: BoolArray) -> Parts:
        """Return the chosen parts."""
        return Parts(*(getattr(self, field.name)[rows] for field in fields(self)))


def build_parts(world: World, sales: pd.DataFrame, rows: int) -> Parts:
    """Describe simulated rows (see `World.simulate`) as parts with about `rows` lines in all."""
    day = sales["date"].to_numpy().astype("datetime64[D]")
    channel = _index_of(sales["channel"], list(CHANNELS))
    department = _index_of(sales["department"], [d.name for d in DEPARTMENTS])
    units = sales["units"].to_numpy(np.int64)
    promoted = sales["promo_flag"].to_numpy(np.bool_)
    cut = sales["discount_pct"].fillna(0.0).to_numpy(np.float64) / 100 * world.price_cut
    days = day_range(world.first_day, world.last_day)
    at = (np.searchsorted(days, day), channel * len(DEPARTMENTS) + department)
    list_price = world.list_price(days)[at]
    return Parts(
        day=day.astype(np.int64),
        channel=channel,
        department=department,
        campaign=_campaign_grid(world, days)[at],
        promoted=promoted,
        units=units,
        sales_cents=_cents(sales["sales_value"]),
        margin_cents=_cents(sales["margin_value"]),
        price=sales["sales_value"].to_numpy(np.float64) / units / (1 - cut),
        price_index=list_price / np.array([d.price for d in DEPARTMENTS])[department],
        lines=allot_lines(units, rows),
    )


def _index_of(names: pd.Series[str], known: list[str]) -> IntArray:
    position = {name: index for index, name in enumerate(known)}
    return np.asarray(names.map(position), np.int64)


def _cents(values: pd.Series[float]) -> IntArray:
    return np.asarray(np.rint(values.to_numpy(np.float64) * 100), np.int64)


def _campaign_grid(world: World, days: npt.NDArray[np.datetime64]) -> IntArray:
    """Return the index of the campaign in force by day and cell, -1 for none."""
    column = {cell: index for index, cell in enumerate(world.cells)}
    grid = np.full((len(days), len(column)), -1, np.int64)
    for index, campaign in enumerate(world.campaigns):
        runs = np.isin(days, day_range(campaign.date_start, campaign.date_end))
        for cell in campaign.cells:
            grid[runs, column[Cell(*cell)]] = index
    return grid


def allot_lines(units: IntArray, rows: int) -> IntArray:
    """Return how many lines each part gets: about `rows` in all, as the root of its units."""
    most = np.maximum(1, np.floor(_LINES_PER_UNIT * units)).astype(np.int64)
    low, high = 0.0, float(rows)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        lines = np.rint(middle * np.sqrt(units)).clip(1, most)
        low, high = (middle, high) if lines.sum() < rows else (low, middle)
    return np.rint(high * np.sqrt(units)).clip(1, most).astype(np.int64)
