"""The exact optimiser: which cells to promote and how deep, under the brief's constraints."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from analytics.plans import plan_table
from analytics.programme import Programme, programme
from analytics.types import CHANNELS, Cell, Channel, Mechanic, Record, ScenarioType

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from analytics.kpi import BaselineTotals
    from analytics.policy import Policy

Objective = Literal["ebit", "margin", "sales"]
Status = Literal["optimal", "time_limit", "infeasible"]


class Constraints(Record):
    """What a plan must respect. None and empty mean: no such constraint.

    `departments` are the brief's: each of them is promoted in at least one allowed channel, and no
    other is; without any the choice is free. `budget_value` limits the discount given, net of
    supplier funding; `margin_floor_pct` the margin of the whole business in the window;
    `department_margin_floors_pct` the margin of a promoted department over both channels.
    `run_days` is the length of each cell's run within the window (None: as long as it can be);
    `min_gap_days` the free days between two runs of a department that do not overlap.
    """

    departments: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = CHANNELS
    excluded_departments: tuple[str, ...] = ()
    min_depth_pct: float = Field(default=5, gt=0, le=100)
    max_depth_pct: float = Field(default=100, gt=0, le=100)
    depth_step_pct: float = Field(default=5, gt=0, le=100)
    department_caps_pct: dict[str, float] = Field(default_factory=dict)
    margin_floor_pct: float | None = None
    department_margin_floors_pct: dict[str, float] = Field(default_factory=dict)
    budget_value: float | None = Field(default=None, ge=0)
    max_promoted_departments: int | None = Field(default=None, ge=0)
    min_promoted_departments: int = Field(default=0, ge=0)
    run_days: int | None = Field(default=None, ge=1)
    min_gap_days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.max_depth_pct < self.min_depth_pct:
            message = (
                f"the deepest discount of {self.max_depth_pct:g} % is below the shallowest of "
                f"{self.min_depth_pct:g} %: raise the one or lower the other"
            )
            raise ValueError(message)
        return self

    def depths(self) -> tuple[float, ...]:
        """Return the grid of depths, per cent.

        >>> Constraints(min_depth_pct=5, max_depth_pct=18).depths()
        (5.0, 10.0, 15.0)
        """
        steps = math.floor((self.max_depth_pct - self.min_depth_pct) / self.depth_step_pct + 1e-9)
        return tuple(
            round(self.min_depth_pct + n * self.depth_step_pct, 6) for n in range(steps + 1)
        )

    def cap_pct(self, department: str) -> float:
        """Return the deepest discount of a department."""
        return min(self.max_depth_pct, self.department_caps_pct.get(department, 100.0))

    def under(
        self, policy: Policy, departments: Collection[str], scenario_type: ScenarioType
    ) -> Constraints:
        """Return these constraints tightened by the company's policy for the departments."""
        floors = [policy.min_margin_pct.total, self.margin_floor_pct]
        limits = [policy.departments_limit(scenario_type), self.max_promoted_departments]
        own = self.department_margin_floors_pct
        return self.model_copy(
            update={
                "department_caps_pct": {
                    d: min(policy.cap_pct(d, scenario_type), self.cap_pct(d)) for d in departments
                },
                "department_margin_floors_pct": {
                    d: max(policy.margin_floor_pct(d), own.get(d, -100.0)) for d in departments
                },
                "margin_floor_pct": max(f for f in floors if f is not None),
                "max_promoted_departments": min(n for n in limits if n is not None),
            }
        )


class Choice(Record):
    """One cell of a plan: its days, its depth, and the share of its units that is promoted.

    `funding_pct` is the suppliers' part of the discount; None stands for the policy's.
    """

    channel: Channel
    department: str
    start: dt.date
    end: dt.date
    discount_pct: float
    promo_share: float
    funding_pct: float | None = None


class PlanTotals(Record):
    """What a plan adds up to, before rounding: the window's totals as `evaluate` has them, and net.

    `net_*` are changes against the baseline with dip and cross effects (and the fixed cost in
    EBIT): what is optimised.
    """

    sales_value: float
    margin_value: float
    margin_pct: float
    ebit: float
    units: float
    net_sales: float
    net_margin: float
    net_ebit: float
    net_units: float
    markdown_value: float
    funding_value: float
    fixed_cost: float


class Solution(Record):
    """Answer of the optimiser with its proof.

    `mip_gap` is the proven relative distance to the best possible value (0: exact optimum).
    `differs_from_start` is False when the best plan is to promote nothing. An infeasible brief has
    no plan, no value and no totals: see `infeasible.explain_infeasible`.
    """

    status: Status
    objective: Objective
    chosen: tuple[Choice, ...] = ()
    objective_value: float | None = None
    mip_gap: float | None = None
    differs_from_start: bool = False
    totals: PlanTotals | None = None

    @property
    def depths(self) -> dict[Cell, float]:
        """Depth of each promoted cell."""
        return {Cell(c.channel, c.department): c.discount_pct for c in self.chosen}


def optimise(
    options: pd.DataFrame,
    baseline: BaselineTotals,
    constraints: Constraints,
    objective: Objective = "ebit",
) -> Solution:
    """Choose at most one depth per cell so that the net incremental objective is highest.

    Args:
        options: as `kpi.cell_options` gives them.
        baseline: the business without promotions and the fixed costs of a campaign.
        constraints: see there.
        objective: net incremental EBIT (with fixed cost), margin or sales.

    Returns:
        The exact optimum, or the status `infeasible`; never a relaxed answer.

    Raises:
        ValueError: when a required department has no option in the frame.
    """
    problem = programme(options, baseline, constraints)
    result = problem.maximise(problem.gain(objective))
    if result is None:
        return Solution(status="infeasible", objective=objective)
    totals = plan_totals(problem, result.picked)
    return Solution(
        status="optimal" if result.proven else "time_limit",
        objective=objective,
        chosen=choices(problem, result.picked),
        objective_value=getattr(totals, f"net_{objective}"),
        mip_gap=result.gap,
        differs_from_start=bool(len(result.picked)),
        totals=totals,
    )


def mechanics_of(chosen: Sequence[Choice], start: dt.date, end: dt.date) -> tuple[Mechanic, ...]:
    """Turn a plan for a window into the mechanics of a scenario; runs of the whole window say none."""
    return tuple(
        Mechanic(
            department=c.department,
            channel=c.channel,
            discount_pct=c.discount_pct,
            promo_share=c.promo_share,
            supplier_funding_pct=c.funding_pct,
            start=None if (c.start, c.end) == (start, end) else c.start,
            end=None if (c.start, c.end) == (start, end) else c.end,
        )
        for c in chosen
    )


def choices(problem: Programme, picked: np.ndarray) -> tuple[Choice, ...]:
    """Return the options at the picked positions as a plan."""
    rows = problem.options.iloc[picked].rename(columns={"depth_pct": "discount_pct"})
    fields = rows[list(Choice.model_fields)].to_dict("records")
    return tuple(Choice.model_validate(row) for row in fields)


def plan_totals(problem: Programme, picked: np.ndarray) -> PlanTotals:
    """Add the picked options up."""
    table = plan_table(problem.options, problem.baseline, np.atleast_2d(picked))
    return PlanTotals.model_validate(table.iloc[0].to_dict())
