"""Every plan of a small market, listed and judged one constraint at a time, without a solver."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.kpi import BaselineTotals
from analytics.optimise import Constraints
from analytics.types import CHANNELS
from tests.unit.planning_cases import START

if TYPE_CHECKING:
    from analytics.money import BoolArray, FloatArray

DEPARTMENTS = ("A", "B")
DEPTHS = (5.0, 10.0, 15.0)
WINDOW_DAYS = 6
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Market:
    """Options of two departments in two channels on up to three runs, and every plan of them."""

    options: pd.DataFrame
    baseline: BaselineTotals

    @cached_property
    def plans(self) -> BoolArray:
        """(plans, options) every way to pick at most one option per cell; at most 10,000."""
        cells = self.options.groupby(["channel", "department"]).indices.values()
        ways = itertools.product(*([-1, *map(int, positions)] for positions in cells))
        picked = np.array(list(ways))
        result = np.zeros((len(picked), len(self.options)), dtype=bool)
        for column in picked.T:
            rows = np.flatnonzero(column >= 0)
            result[rows, column[rows]] = True
        return result

    def sums(self, column: str) -> FloatArray:
        """Return a column's total in every plan."""
        return np.asarray(self.plans @ self.options[column].to_numpy(dtype=np.float64))

    def uses(self, mask: object) -> BoolArray:
        """Say for every plan whether it picks an option under the mask."""
        return np.asarray(self.plans[:, np.asarray(mask, dtype=bool)].any(axis=1))

    def value(self, objective: str) -> FloatArray:
        """Return the net objective of every plan; EBIT pays what the campaign costs."""
        result = self.sums(f"net_{objective}")
        if objective == "ebit":
            result = result - self.baseline.scenario_cost * self.plans.any(axis=1)
            for channel, cost in self.baseline.channel_costs.items():
                result = result - cost * self.uses(self.options["channel"] == channel)
        return np.asarray(result)

    def holds(self, asked: Constraints) -> dict[str, BoolArray]:
        """Say for every plan which of the brief's constraints it meets, by name."""
        options, base = self.options, self.baseline
        promoted = {d: self.uses(options["department"] == d) for d in DEPARTMENTS}
        count = np.sum(list(promoted.values()), axis=0)
        sales = base.sales_value + self.sums("sales_delta")
        margin = base.margin_value + self.sums("margin_delta")
        spent = self.sums("markdown_value") - self.sums("funding_value")
        everything = np.ones(len(self.plans), dtype=bool)
        floor, budget, most = (
            asked.margin_floor_pct,
            asked.budget_value,
            asked.max_promoted_departments,
        )
        floors = [self._floor(d, f) for d, f in asked.department_margin_floors_pct.items()]
        caps = options["department"].map(asked.cap_pct)
        return {
            "margin_floor": everything if floor is None else margin >= floor / 100 * sales - 1e-9,
            "budget": everything if budget is None else spent <= budget + 1e-9,
            "department_margin_floors": np.all([everything, *floors], axis=0),
            "max_departments": everything if most is None else count <= most,
            "min_departments": count >= asked.min_promoted_departments,
            "required_departments": np.all(
                [everything, *(promoted[d] for d in asked.departments)], axis=0
            ),
            "depth_caps": ~self.uses(options["depth_pct"] > caps),
            "channels": ~self.uses(~options["channel"].isin(asked.channels)),
            "excluded_departments": ~self.uses(
                options["department"].isin(asked.excluded_departments)
            ),
            "blackouts": ~self.uses(options["in_blackout"]),
            "min_gap": ~self.uses(options["too_near"]) & self._apart(asked.min_gap_days),
        }

    def considered(self, asked: Constraints) -> BoolArray:
        """Say for every plan whether it promotes nothing but the departments of the brief."""
        if not asked.departments:
            return np.ones(len(self.plans), dtype=bool)
        return ~self.uses(~self.options["department"].isin(asked.departments))

    def _floor(self, name: str, floor: float) -> BoolArray:
        """Keep the floor, or when it is broken without promotions, do not break it further."""
        own = self.options["department"] == name
        sales, margin = self.options.loc[own, ["department_sales", "department_margin"]].to_numpy()[
            0
        ]
        mine = self.plans * own.to_numpy()
        sales_after = sales + mine @ self.options["sales_delta"].to_numpy()
        margin_after = margin + mine @ self.options["margin_delta"].to_numpy()
        excess = margin_after - floor / 100 * sales_after
        return np.asarray(excess >= min(0.0, margin - floor / 100 * sales) - 1e-9)

    def _apart(self, gap_days: int) -> BoolArray:
        """Compare, plan by plan, the days of a department's two channels."""
        meets = np.ones(len(self.plans), dtype=bool)
        records = self.options[["department", "start", "end"]].to_dict("records")
        for one, two in itertools.combinations(range(len(records)), 2):
            first, second = sorted([records[one], records[two]], key=lambda r: r["start"])
            if first["department"] != second["department"] or second["start"] <= first["end"]:
                continue
            if (second["start"] - first["end"]).days - 1 < gap_days:
                meets &= ~(self.plans[:, one] & self.plans[:, two])
        return meets


def random_market(rng: np.random.Generator) -> Market:
    """Return a market whose effects have nothing to do with each other."""
    run_days = int(rng.integers(1, 4))
    starts = sorted(rng.choice(WINDOW_DAYS - run_days + 1, size=3, replace=False).tolist())
    frame = pd.DataFrame(
        [
            {
                "channel": channel,
                "department": department,
                "start": START + offset * DAY,
                "end": START + (offset + run_days - 1) * DAY,
                "depth_pct": depth,
                "promo_share": 1.0,
                "funding_pct": None,
                "uplift_units_pct": 10.0,
            }
            for channel in CHANNELS
            for department in DEPARTMENTS
            for offset in starts
            for depth in DEPTHS
        ]
    )
    bounds = {"sales": (0, 9000), "margin": (-2500, 1500), "ebit": (-2500, 1200), "units": (0, 50)}
    for name, (low, high) in bounds.items():
        frame[f"{name}_delta"] = rng.uniform(low, high, len(frame))
        frame[f"net_{name}"] = frame[f"{name}_delta"] * rng.uniform(0.6, 1.1, len(frame))
    frame["markdown_value"] = rng.uniform(100, 2000, len(frame))
    frame["funding_value"] = frame["markdown_value"] * rng.uniform(0, 0.6, len(frame))
    frame["department_sales"] = 30_000.0
    frame["department_margin"] = frame["department"].map({"A": 6000.0, "B": 4000.0})
    for flag, share in (("in_blackout", 0.2), ("too_near", 0.2)):
        closed = {
            (d, s): rng.random() < share for d in DEPARTMENTS for s in frame["start"].unique()
        }
        frame[flag] = [closed[key] for key in zip(frame["department"], frame["start"], strict=True)]
    baseline = BaselineTotals(
        sales_value=100_000,
        margin_value=20_000,
        ebit=11_000,
        units=500,
        scenario_cost=300,
        channel_costs={"online": 100, "offline": 200},
    )
    return Market(frame, baseline)


def random_limits(rng: np.random.Generator) -> Constraints:
    """Return a brief in which every kind of constraint is there about every second time."""

    def maybe(thing: Any, otherwise: Any, chance: float = 0.5) -> Any:
        return thing if rng.random() < chance else otherwise

    return Constraints(
        departments=maybe(tuple(d for d in DEPARTMENTS if rng.random() < 0.5), ()),
        channels=maybe((str(rng.choice(CHANNELS)),), CHANNELS, 0.3),
        excluded_departments=maybe((str(rng.choice(DEPARTMENTS)),), (), 0.2),
        min_depth_pct=maybe(10.0, 5.0, 0.3),
        department_caps_pct=maybe({"A": 10.0, "B": 5.0}, {}),
        margin_floor_pct=maybe(float(rng.uniform(14, 21)), None),
        department_margin_floors_pct=maybe({"A": 15.0, "B": 12.0}, {}),
        budget_value=maybe(float(rng.uniform(300, 4000)), None),
        max_promoted_departments=maybe(int(rng.integers(0, 3)), None),
        min_promoted_departments=maybe(int(rng.integers(1, 3)), 0),
        min_gap_days=maybe(int(rng.integers(1, 6)), 0),
    )
