"""The true parameters of each cell of the sample retailer, and how a seed draws them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.types import CHANNELS, Cell
from sample_data.effects import TrueCrossEffect
from sample_data.retailer import (
    DAILY_SALES_VALUE,
    DEPARTMENT,
    DEPARTMENTS,
    HALO_AND_CANNIBALIZATION,
    ONLINE_TAKES_FROM_STORES,
    WEEKDAY_PROFILE,
    Department,
)
from sample_data.season import day_range, log_season, store_is_closed, weekday

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    DayArray = npt.NDArray[np.datetime64]

_REFERENCE_YEAR = day_range(dt.date(2024, 10, 1), dt.date(2025, 9, 30))
_RESPONSE_RANGE = (1.55, 2.90)
_NOISE_SD_RANGE = (0.060, 0.085)
_DIP_RANGE = (0.05, 0.20)


@dataclass(frozen=True)
class CellTruth:
    """True parameters of one cell.

    Attributes:
        cell: channel and department.
        level_units: units of an average day of FY25 without promotion.
        weekday: log effect of Monday to Sunday.
        price_step: log change of list prices every 1 February and 1 September.
        elasticity: log unit uplift of the *promoted* units per unit of depth.
        promo_share: share of the cell's units on promotion while a campaign runs.
        dip_share: share of a campaign's extra units that is missing in the 14 days after.
        noise_sd: standard deviation of log units of a day around the expectation.
    """

    cell: Cell
    level_units: float
    weekday: tuple[float, ...]
    price_step: float
    elasticity: float
    promo_share: float
    dip_share: float
    noise_sd: float

    @property
    def department(self) -> Department:
        """The department's story."""
        return DEPARTMENT[self.cell.department]

    @property
    def response(self) -> float:
        """Log uplift of all units of the cell per unit of depth."""
        return self.elasticity * self.promo_share

    def units_uplift_pct(self, depth_pct: float) -> float:
        """Return the true uplift of the cell's units at a depth, per cent of baseline."""
        return 100 * float(np.expm1(self.response * depth_pct / 100))

    def baseline_units(self, days: DayArray) -> FloatArray:
        """Return the expected units of each day without promotion; 0 where stores are closed."""
        years = (days - _REFERENCE_YEAR[0]).astype(np.float64) / 365.25
        trend = self.department.growth * years
        units = self.level_units * np.exp(trend + _log_calendar(self.cell, self.weekday, days))
        if self.cell.channel == "offline":
            units[store_is_closed(days)] = 0.0
        return np.asarray(units)


def _log_calendar(cell: Cell, weekdays: tuple[float, ...], days: DayArray) -> FloatArray:
    season = log_season(days, cell.channel, DEPARTMENT[cell.department])
    return np.asarray(season + np.array(weekdays)[weekday(days)])


def draw_truths(rng: np.random.Generator, *, effects: bool) -> tuple[CellTruth, ...]:
    """Draw the parameters of every cell, online first; without effects nothing responds."""
    price_steps = {department.name: float(rng.uniform(-0.02, 0.01)) for department in DEPARTMENTS}
    return tuple(
        _draw_truth(rng, Cell(channel, name), price_step, effects=effects)
        for channel in CHANNELS
        for name, price_step in price_steps.items()
    )


def _draw_truth(
    rng: np.random.Generator, cell: Cell, price_step: float, *, effects: bool
) -> CellTruth:
    department = DEPARTMENT[cell.department]
    profile = np.log(WEEKDAY_PROFILE[cell.channel]) + rng.normal(0, 0.03, 7)
    weekdays = tuple((profile - profile.mean()).tolist())
    channel_factor = 1.05 if cell.channel == "online" else 0.98
    response = department.response * channel_factor * float(np.exp(rng.normal(0, 0.06)))
    response = float(np.clip(response, *_RESPONSE_RANGE))
    dip_share, noise_sd = float(rng.uniform(*_DIP_RANGE)), float(rng.uniform(*_NOISE_SD_RANGE))
    return CellTruth(
        cell=cell,
        level_units=_mean_units(cell) / _mean_calendar(cell, weekdays),
        weekday=weekdays,
        price_step=price_step,
        elasticity=response / department.promo_share * effects,
        promo_share=department.promo_share,
        dip_share=dip_share * effects,
        noise_sd=noise_sd,
    )


def _mean_units(cell: Cell) -> float:
    """Return the units of an average day that give the cell its share of the sales."""
    department = DEPARTMENT[cell.department]
    online = department.online_share
    share = online if cell.channel == "online" else 1 - online
    return DAILY_SALES_VALUE * department.sales_share * share / department.price


def _mean_calendar(cell: Cell, weekdays: tuple[float, ...]) -> float:
    return float(np.exp(_log_calendar(cell, weekdays, _REFERENCE_YEAR)).mean())


def draw_cross_effects(rng: np.random.Generator) -> tuple[TrueCrossEffect, ...]:
    """Draw the few pairs of cells where a promotion of one moves the other."""
    pairs = [
        (Cell(channel, source), Cell(channel, target), low, high)
        for source, target, low, high in HALO_AND_CANNIBALIZATION
        for channel in CHANNELS
    ] + [
        (Cell("online", name), Cell("offline", name), -8.0, -5.0)
        for name in ONLINE_TAKES_FROM_STORES
    ]
    return tuple(
        TrueCrossEffect(source, target, round(float(rng.uniform(low, high)), 2))
        for source, target, low, high in pairs
    )
