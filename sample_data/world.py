"""The true daily process of the sample retailer, by cell: what would sell, and what does sell.

Pure: a seed in, frames out. Everything that an estimate can be held against is an attribute.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from sample_data.effects import (
    DIP_DAYS,
    Effects,
    TrueCrossEffect,
    cross_factors,
    depth_grid,
    dip_factors,
)
from sample_data.parameters import CellTruth, draw_cross_effects, draw_truths
from sample_data.promotions import Promotion, build_calendar
from sample_data.season import day_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from analytics.types import Cell

    FloatArray = npt.NDArray[np.float64]
    BoolArray = npt.NDArray[np.bool_]
    DayArray = npt.NDArray[np.datetime64]

FIRST_DAY, LAST_DAY = dt.date(2023, 10, 1), dt.date(2025, 10, 14)

_PARAMETERS, _CALENDAR = 1, 2  # streams of random numbers under one seed
COMMON_SD, MIX_SD, COST_SD = 0.035, 0.010, 0.004
"""Noise, in logs: of the day (all cells alike), of the price of a unit, of its cost."""

AUTOCORRELATION = 0.3
"""Of the noise that each cell has for itself, from one day to the next."""

_LONGEST_CAMPAIGN_DAYS = 31
_PRICE_STEP_DAYS = ((2, 1), (9, 1))


class Noise(NamedTuple):
    """Mean-one factors on units, on price per unit (mix) and on unit cost, (days, cells)."""

    units: FloatArray
    price: FloatArray
    cost: FloatArray


@dataclass(frozen=True)
class World:
    """The retailer: true parameters, its calendar of campaigns, and the process they drive.

    `price_cut` is False in the null world: campaigns run, but neither prices nor units move.
    """

    seed: int
    first_day: dt.date
    last_day: dt.date
    truths: tuple[CellTruth, ...]
    cross_effects: tuple[TrueCrossEffect, ...]
    campaigns: tuple[Promotion, ...]
    price_cut: bool

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, online first, departments in the order of the retailer."""
        return tuple(truth.cell for truth in self.truths)

    def truth(self, cell: Cell) -> CellTruth:
        """Return the parameters of one cell."""
        return self.truths[self.cells.index(cell)]

    def sales_uplift_pct(self, cell: Cell, depth_pct: float) -> float:
        """Return the true uplift of a cell's sales value at a depth, per cent of baseline."""
        truth = self.truth(cell)
        units = 1 + truth.units_uplift_pct(depth_pct) / 100
        price = 1 - truth.promo_share * depth_pct / 100 * self.price_cut
        return 100 * (units * price - 1)

    def baseline(self, start: dt.date, end: dt.date) -> pd.DataFrame:
        """Return the expected day totals had no promotion run.

        Columns: date, channel, department, sales_value, margin_value, units (floats). Days on
        which the stores are closed have no rows offline.
        """
        return self.expected(start, end, ())

    def expected(
        self, start: dt.date, end: dt.date, campaigns: Sequence[Promotion]
    ) -> pd.DataFrame:
        """Return the expected day totals under campaigns, dips and cross effects included."""
        days = day_range(start, end)
        baseline, effects = self._process(days, campaigns)
        units = baseline * effects.factor
        price, cost = self._prices(days)
        sales = units * price * (1 - self._promo_share() * self._cut(effects))
        measures = {"sales_value": sales, "margin_value": sales - units * cost, "units": units}
        return self._frame(days, baseline > 0, measures)

    def simulate(
        self, start: dt.date, end: dt.date, campaigns: Sequence[Promotion], seed: int
    ) -> pd.DataFrame:
        """Draw the days from start to end, noise included, as rows like `sales_aggregated`.

        Columns: date, channel, department, promo_flag, discount_pct, sales_value, margin_value,
        units. A day on promotion has two rows: its promoted and its unpromoted part. A day's
        noise depends on the seed and the day only, not on the window asked for.

        Raises:
            ValueError: the window starts before the world does.
        """
        if start < self.first_day:
            message = f"the sample world begins on {self.first_day}: simulate from there"
            raise ValueError(message)
        days = day_range(start, end)
        baseline, effects = self._process(days, campaigns)
        noise = self._noise(days, seed)
        units = np.maximum(np.rint(baseline * effects.factor * noise.units), baseline > 0)
        on_promotion = effects.depth_pct > 0
        promoted = np.where(on_promotion, np.rint(units * self._promo_share()), 0)
        cut = self._cut(effects)
        depth = np.where(on_promotion, effects.depth_pct, np.nan)
        rows = pd.concat(
            [
                self._part(days, promoted, noise, 1 - cut, depth),
                self._part(days, units - promoted, noise, np.ones_like(cut), depth * np.nan),
            ]
        )
        return rows.sort_values(["date", "channel", "department", "promo_flag"], ignore_index=True)

    def _part(
        self, days: DayArray, units: FloatArray, noise: Noise, price: FloatArray, depth: FloatArray
    ) -> pd.DataFrame:
        """Return the promoted or the unpromoted part of the days as rows."""
        list_price, unit_cost = self._prices(days)
        sales = np.round(units * list_price * noise.price * price, 2)
        margin = np.round(sales - units * unit_cost * noise.price * noise.cost, 2)
        measures = {
            "promo_flag": ~np.isnan(depth),
            "discount_pct": depth,
            "sales_value": sales,
            "margin_value": margin,
            "units": units.astype(np.int64),
        }
        return self._frame(days, units > 0, measures)

    def list_price(self, days: DayArray) -> FloatArray:
        """Return the average list price of a unit, array (days, cells), in whole cents."""
        steps = np.zeros(len(days))
        for year in range(self.first_day.year, int(str(days[-1])[:4]) + 1):
            for month, day in _PRICE_STEP_DAYS:
                step = dt.date(year, month, day)
                steps += (days >= np.datetime64(step, "D")) & (step > self.first_day)
        prices = np.array([truth.department.price for truth in self.truths])
        rates = np.array([truth.price_step for truth in self.truths])
        return np.asarray(np.round(prices * np.exp(np.outer(steps, rates)), 2))

    def _prices(self, days: DayArray) -> tuple[FloatArray, FloatArray]:
        """Return list price and unit cost, arrays (days, cells)."""
        price = self.list_price(days)
        margin_rate = np.array([truth.department.margin_rate for truth in self.truths])
        return price, price * (1 - margin_rate)

    def _promo_share(self) -> FloatArray:
        return np.array([truth.promo_share for truth in self.truths])

    def _cut(self, effects: Effects) -> FloatArray:
        """Return the share taken off the price of promoted units."""
        return effects.depth_pct / 100 * self.price_cut

    def _process(
        self, days: DayArray, campaigns: Sequence[Promotion]
    ) -> tuple[FloatArray, Effects]:
        """Return baseline units and effects, as if computed for all time.

        Campaigns that ended before the window leave dips in it, and a dip is spread over open
        days, some of which lie behind the window.
        """
        before = DIP_DAYS + _LONGEST_CAMPAIGN_DAYS
        longer = np.arange(days[0] - before, days[-1] + DIP_DAYS + 1)
        window = slice(before, before + len(days))
        units = np.column_stack([truth.baseline_units(longer) for truth in self.truths])
        depth = depth_grid(longer, self.cells, campaigns)
        uplift = np.exp(np.array([truth.response for truth in self.truths]) * depth / 100)
        dip_share = np.array([truth.dip_share for truth in self.truths])
        effects = Effects(
            depth_pct=depth[window],
            uplift=uplift[window],
            cross=cross_factors(depth, self.cells, self.cross_effects)[window],
            dip=dip_factors(units, uplift, depth, dip_share)[window],
        )
        return units[window], effects

    def _noise(self, days: DayArray, seed: int) -> Noise:
        """Draw a day factor common to all cells, an AR(1) per cell, and white mix and cost."""
        origin = np.datetime64(self.first_day, "D")
        skip, total = int((days[0] - origin).astype(int)), int((days[-1] - origin).astype(int)) + 1
        cells = len(self.truths)
        draws = np.random.default_rng(seed).standard_normal((total, 1 + 3 * cells))
        common, own, mix, cost = np.split(draws, [1, 1 + cells, 1 + 2 * cells], axis=1)
        innovation = np.sqrt(1 - AUTOCORRELATION**2)
        for day in range(1, total):
            own[day] = AUTOCORRELATION * own[day - 1] + innovation * own[day]
        noise_sd = np.array([truth.noise_sd for truth in self.truths])
        units = COMMON_SD * common + np.sqrt(noise_sd**2 - COMMON_SD**2) * own
        return Noise(
            units=np.exp(units - noise_sd**2 / 2)[skip:],
            price=np.exp(MIX_SD * mix - MIX_SD**2 / 2)[skip:],
            cost=np.exp(COST_SD * cost - COST_SD**2 / 2)[skip:],
        )

    def _frame(
        self, days: DayArray, kept: BoolArray, measures: Mapping[str, npt.NDArray[np.generic]]
    ) -> pd.DataFrame:
        """Return the kept entries of arrays (days, cells) as a tidy frame."""
        day, cell = np.nonzero(kept)
        channels, departments = (np.array(names) for names in zip(*self.cells, strict=True))
        index = {
            "date": days[day].astype("datetime64[ns]"),
            "channel": channels[cell],
            "department": departments[cell],
        }
        return pd.DataFrame({**index, **{name: values[kept] for name, values in measures.items()}})


def build_world(
    seed: int,
    *,
    effects: bool = True,
    first_day: dt.date = FIRST_DAY,
    last_day: dt.date = LAST_DAY,
) -> World:
    """Draw the parameters of a retailer and its campaigns from a seed.

    With `effects=False` the same campaigns run in the same calendar, but prices are not cut and
    units do not move: every estimate of an effect should be zero.
    """
    rng = np.random.default_rng([seed, _PARAMETERS])
    truths = draw_truths(rng, effects=effects)
    calendar = build_calendar(np.random.default_rng([seed, _CALENDAR]), first_day, last_day)
    return World(
        seed=seed,
        first_day=first_day,
        last_day=last_day,
        truths=truths,
        cross_effects=draw_cross_effects(rng) if effects else (),
        campaigns=tuple(calendar),
        price_cut=effects,
    )
