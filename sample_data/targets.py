"""The monthly targets of the sample retailer, as the CSV that planners keep."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sample_data.world import World

GEO = "IT"
LAST_MONTH = pd.Period("2025-12", "M")
GAP_SHARE = 0.05
"""By how much the current month's target exceeds what it is heading for."""

_STRETCH_RANGE = (0.97, 1.04)  # earlier targets over what was to be expected
_COMING_STRETCH = 1.03
_TARGETS = 3  # stream of random numbers
_MEASURES = ["sales_value", "margin_value", "units"]


def monthly_targets(world: World, sales: pd.DataFrame) -> pd.DataFrame:
    """Return a target for every month from the world's first day to December 2025.

    `sales` are the simulated rows. The target of the month in which they end lies GAP_SHARE
    above the sales so far plus what the rest of the month would bring without new campaigns.

    Columns: month, geo, sales_value_target, margin_pct_target, units_target.
    """
    current = pd.Period(world.last_day, "M")
    heading = _by_month(_heading(world, sales))
    stretch = np.random.default_rng([world.seed, _TARGETS]).uniform(*_STRETCH_RANGE, len(heading))
    stretch[heading.index == current] = 1 + GAP_SHARE
    stretch[heading.index > current] = _COMING_STRETCH
    return pd.DataFrame(
        {
            "month": heading.index.astype(str),
            "geo": GEO,
            "sales_value_target": (heading["sales_value"] * stretch).round(-3),
            "margin_pct_target": (100 * heading["margin_value"] / heading["sales_value"]).round(1),
            "units_target": (heading["units"] * stretch).round(-1).astype(np.int64),
        }
    )


def _heading(world: World, sales: pd.DataFrame) -> pd.DataFrame:
    """Return what each day should bring: expected, but in the current month what it brought."""
    end = LAST_MONTH.end_time.date()
    expected = world.expected(world.first_day, end, world.campaigns)
    month_start = pd.Timestamp(world.last_day).replace(day=1)
    next_day = pd.Timestamp(world.last_day) + dt.timedelta(days=1)
    is_open = (expected["date"] < month_start) | (expected["date"] >= next_day)
    done = sales[sales["date"] >= month_start]
    columns = ["date", *_MEASURES]
    return pd.concat([expected.loc[is_open, columns], done[columns]])


def _by_month(days: pd.DataFrame) -> pd.DataFrame:
    return days.groupby(days["date"].dt.to_period("M"))[_MEASURES].sum()
