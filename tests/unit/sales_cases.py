"""Small seeded businesses with known effects for the tests of forecasts and uplifts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.frames import KEY
from analytics.types import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_DAY = dt.date(2024, 1, 1)  # a Monday
PRICE, COST = 10.0, 7.0
WEEKDAY = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 0.8])
TV, AUDIO = Cell("online", "TV"), Cell("online", "AUDIO")
STORE_TV, STORE_AUDIO = Cell("offline", "TV"), Cell("offline", "AUDIO")
FOUR_CELLS = (STORE_AUDIO, STORE_TV, AUDIO, TV)


@dataclass(frozen=True)
class Promo:
    """A cell on promotion for some days from the `first`-th on (0 = `FIRST_DAY`).

    Attributes:
        factor: by what it multiplies the cell's units.
        known: whether the sales state the depth.
        dip: by what it multiplies the units of the 14 days after.
        others: by what it multiplies the units of other cells while it runs.
    """

    cell: Cell
    first: int
    days: int
    depth_pct: float
    factor: float
    known: bool = True
    dip: float = 1.0
    others: tuple[tuple[Cell, float], ...] = ()


def business(
    cells: Sequence[Cell] = FOUR_CELLS,
    days: int = 300,
    promos: Sequence[Promo] = (),
    *,
    noise: float = 0.05,
    seed: int = 0,
    levels: Mapping[Cell, float] | None = None,
    first_day: dt.date = FIRST_DAY,
) -> pd.DataFrame:
    """Return DAY TOTALS: units = level x weekday x promotions x log-normal noise.

    A cell's noise does not depend on the number of days, so a longer history begins with a shorter
    one. A unit costs 7 and sells at 10, less the depth for all units of a promo day.
    """
    dates = pd.date_range(first_day, periods=days)
    frames = []
    for position, cell in enumerate(cells):
        rng = np.random.default_rng([seed, position])
        level = (levels or {}).get(cell, 200.0 * (position + 1))
        expected = level * WEEKDAY[dates.dayofweek] * _effects(cell, days, promos)
        units = np.rint(expected * np.exp(noise * rng.standard_normal(days)))
        depth, promo = _depths(cell, days, promos)
        sales = units * PRICE * (1 - np.abs(depth) / 100)
        frames.append(
            pd.DataFrame(
                {
                    "date": dates,
                    "channel": cell.channel,
                    "department": cell.department,
                    "sales_value": sales,
                    "margin_value": sales - units * COST,
                    "units": units.astype(np.int64),
                    "promo": promo,
                    "depth_pct": np.where(depth < 0, np.nan, depth),
                    "promo_share": promo * 1.0,
                }
            )
        )
    return pd.concat(frames).sort_values(KEY, ignore_index=True)


def _effects(cell: Cell, days: int, promos: Sequence[Promo]) -> np.ndarray:
    factor = np.ones(days)
    for promo in promos:
        running = slice(promo.first, promo.first + promo.days)
        if promo.cell == cell:
            factor[running] *= promo.factor
            factor[running.stop : running.stop + 14] *= promo.dip
        factor[running] *= dict(promo.others).get(cell, 1.0)
    return factor


def _depths(cell: Cell, days: int, promos: Sequence[Promo]) -> tuple[np.ndarray, np.ndarray]:
    """Return the depth, negative where it is not stated, and the promo days."""
    depth = np.zeros(days)
    for promo in promos:
        if promo.cell == cell:
            sign = 1 if promo.known else -1
            depth[promo.first : promo.first + promo.days] = sign * promo.depth_pct
    return depth, depth != 0


def every(
    cells: Sequence[Cell], gap: int, days: int, length: int, depths: Mapping[float, float]
) -> list[Promo]:
    """Return promotions of each cell in turn, `gap` days apart, through the depths and factors."""
    plans = list(depths.items())
    return [
        Promo(cell, first, length, *plans[(number + position) % len(plans)])
        for position, cell in enumerate(cells)
        for number, first in enumerate(range(10 + 3 * position, days - length, gap))
    ]


def day(number: int) -> dt.date:
    """Return the date of a day counted from `FIRST_DAY`."""
    return FIRST_DAY + dt.timedelta(days=number)
