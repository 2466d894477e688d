"""From limits to plans: one way to draft for each scenario type."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

import pandas as pd

from analytics.bookings import Booking, bookings
from analytics.frontier import (
    FrontierPoint,
    PointName,
    distance_to_frontier,
    frontier,
    named_points,
)
from analytics.infeasible import explain_infeasible
from analytics.kpi import BaselineTotals, PlanningInputs, baseline_totals, cell_options
from analytics.optimise import Constraints, Objective, Solution, mechanics_of, optimise
from analytics.remarks import remark
from analytics.runs import Run, cell_runs
from analytics.types import Cell, Mechanic, Remark, Scenario, ScenarioKpis, ScenarioType
from db import catalog
from tools.approved import approved_scenarios
from tools.deps import Deps
from tools.errors import Refusal, refusing
from tools.memory import digest
from tools.planning import Basis

FRONTIER_TYPES: tuple[PointName, ...] = get_args(PointName)


@dataclass(frozen=True, eq=False)
class Market:
    """What can be promoted in one window, and what each option would bring.

    Attributes:
        booked: promotions with dates of their own, which a plan keeps away from.
        funding_pct: suppliers' part of the discount where the brief states it, by department.
    """

    basis: Basis
    start: dt.date
    end: dt.date
    limits: Constraints
    options: pd.DataFrame
    baseline: BaselineTotals
    booked: tuple[Booking, ...] = ()
    funding_pct: Mapping[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> PlanningInputs:
        """What the figures of a plan depend on, besides the plan."""
        return self.basis.inputs


@dataclass(frozen=True)
class Draft:
    """A plan that is not stored yet."""

    scenario_type: ScenarioType
    start: dt.date
    end: dt.date
    mechanics: tuple[Mechanic, ...]


def open_market(
    basis: Basis,
    start: dt.date,
    end: dt.date,
    limits: Constraints,
    scenario_type: ScenarioType = "balanced",
    *,
    booked: tuple[Booking, ...] = (),
    funding_pct: Mapping[str, float] | None = None,
) -> Market:
    """Return every option in a window, under the limits and the policy."""
    funded = dict(funding_pct or {})
    asked = (start, end, digest(limits), scenario_type, booked, tuple(sorted(funded.items())))
    return basis.derived.recall(
        ("market", *asked),
        lambda: _open_market(basis, start, end, limits, scenario_type, booked, funded),
    )


def _open_market(
    basis: Basis,
    start: dt.date,
    end: dt.date,
    limits: Constraints,
    scenario_type: ScenarioType,
    booked: tuple[Booking, ...],
    funding_pct: Mapping[str, float],
) -> Market:
    inputs = basis.inputs
    pairs = inputs.baseline[["channel", "department"]].drop_duplicates()
    known = {Cell(c.channel, c.department) for c in inputs.uplift.coefficients}
    everything = {Cell(*pair) for pair in pairs.itertuples(index=False)}
    # A department that the coefficients do not know yet cannot be promoted, only sold.
    cells = sorted(everything & known)
    departments = sorted({cell.department for cell in cells})
    tightened = limits.under(inputs.policy, departments, scenario_type)
    runs = cell_runs(
        cells,
        Run(start, end),
        inputs.policy,
        days=tightened.run_days,
        booked=booked,
        gap_days=tightened.min_gap_days,
    )
    options = cell_options(
        inputs,
        start,
        end,
        cells,
        tightened.depths(),
        scenario_type=scenario_type,
        runs=runs,
        funding_pct=funding_pct,
    )
    baseline = baseline_totals(inputs, start, end)
    return Market(basis, start, end, tightened, options, baseline, booked, funding_pct)


def other_promotions(
    deps: Deps, start: dt.date, end: dt.date, limits: Constraints, *, stated: bool
) -> tuple[Booking, ...]:
    """Return the promotions that a plan must keep away from.

    Departments that the brief names run as asked, and the Validator says what is too near, unless
    the free days were `stated` in the brief.
    """
    if limits.departments and not stated:
        return ()
    around = dt.timedelta(days=limits.min_gap_days)
    return bookings(
        catalog.list_campaigns(deps.conn, start - around, end + around),
        approved_scenarios(deps, start - around, end + around),
    )


def left_out(market: Market) -> tuple[Remark, ...]:
    """Say which departments had no free days."""
    closed = market.options.assign(
        closed=market.options["too_near"] | market.options["in_blackout"]
    )
    whole = closed.groupby("department")["closed"].all()
    names = sorted(str(name) for name in whole.index[whole])
    if not names:
        return ()
    return (remark("not_considered", days=market.limits.min_gap_days, departments=names),)


def _reopened(  # the same market for a variant of its brief
    market: Market, start: dt.date, end: dt.date, limits: Constraints, kind: ScenarioType
) -> Market:
    return open_market(
        market.basis,
        start,
        end,
        limits,
        kind,
        booked=market.booked,
        funding_pct=market.funding_pct,
    )


def market_frontier(market: Market) -> tuple[FrontierPoint, ...]:
    """Return the efficient frontier of a market.

    Raises:
        Refusal: no plan meets the limits; the sentence names the one that must give.
    """
    points = efficient_points(market)
    if not points:
        raise Refusal(_infeasible(market))
    return points


def efficient_points(market: Market) -> tuple[FrontierPoint, ...]:
    """Return the efficient frontier of a market; empty when no plan meets the limits."""
    with refusing():
        return market.basis.derived.recall(
            ("frontier", market),
            lambda: frontier(market.options, market.baseline, market.limits),
        )


def _infeasible(market: Market) -> str:
    least = max(1, market.limits.min_promoted_departments)
    asked = market.limits.model_copy(update={"min_promoted_departments": least})
    explanation = explain_infeasible(market.options, market.baseline, asked)
    if explanation is None:
        message = "the solver found no plan under limits that it can meet"
        raise RuntimeError(message)
    return f"no plan meets these limits: {explanation.sentence}"


def drafts(
    market: Market, types: tuple[ScenarioType, ...], points: tuple[FrontierPoint, ...]
) -> list[Draft]:
    """Draft one plan per scenario type; `points` is the market's frontier.

    Raises:
        Refusal: no plan meets the limits.
    """
    made: dict[ScenarioType, Draft] = {}
    for name, point in named_points(points).items():
        made[name] = Draft(
            name, market.start, market.end, mechanics_of(point.chosen, market.start, market.end)
        )
    if "flash" in types:
        made["flash"] = _flash(market)
    if "best_deal" in types:
        made["best_deal"] = _best_deal(market)
    for kind in ("coupon", "member_only"):
        if kind in types:
            made[kind] = _targeted(market, kind)
    return [made[kind] for kind in types]


def _solved(market: Market, objective: Objective) -> Solution:
    with refusing():
        solution = optimise(market.options, market.baseline, market.limits, objective)
    if solution.status == "infeasible":
        raise Refusal(_infeasible(market))
    return solution


def _flash(market: Market) -> Draft:
    """Return the best start of at most two days, as deep as a flash may go, for the most sales."""
    length = min(market.inputs.policy.flash.max_days, (market.end - market.start).days + 1)
    starts = [
        market.start + dt.timedelta(days=offset)
        for offset in range((market.end - market.start).days + 2 - length)
    ]
    limits = market.limits.model_copy(update={"run_days": None})
    best: tuple[float, Draft] | None = None
    refused: Refusal | None = None
    for start in starts:
        end = start + dt.timedelta(days=length - 1)
        try:
            solution = _solved(_reopened(market, start, end, limits, "flash"), "sales")
        except Refusal as error:
            refused = error
            continue
        value = solution.objective_value or 0.0
        if best is None or value > best[0]:
            best = (value, Draft("flash", start, end, mechanics_of(solution.chosen, start, end)))
    if best is not None:
        return best[1]
    raise refused or Refusal("the window has no day for a flash: make it at least one day long")


def _best_deal(market: Market) -> Draft:
    """Return few departments at the deepest discount allowed, chosen for the most EBIT."""
    limits = market.limits
    excluded = {
        department
        for department in market.options["department"].unique()
        if limits.departments and department not in limits.departments
    }
    few = limits.model_copy(
        update={
            "departments": (),
            "excluded_departments": (*limits.excluded_departments, *sorted(excluded)),
            "min_promoted_departments": 1,
        }
    )
    deals = _reopened(market, market.start, market.end, few, "best_deal")
    caps = deals.options["department"].map(deals.limits.cap_pct)
    allowed = deals.options[deals.options["depth_pct"] <= caps]
    deepest = allowed.groupby(["channel", "department"])["depth_pct"].transform("max")
    only_deepest = replace(
        deals, options=allowed[allowed["depth_pct"] == deepest].reset_index(drop=True)
    )
    solution = _solved(only_deepest, "ebit")
    chosen = mechanics_of(solution.chosen, market.start, market.end)
    return Draft("best_deal", market.start, market.end, chosen)


def _targeted(market: Market, kind: ScenarioType) -> Draft:
    """Return the plan with the most EBIT when only coupon users or members get the discount."""
    needs_choice = not market.limits.departments
    limits = market.limits.model_copy(update={"min_promoted_departments": int(needs_choice)})
    narrow = _reopened(market, market.start, market.end, limits, kind)
    chosen = mechanics_of(_solved(narrow, "ebit").chosen, market.start, market.end)
    policy = market.inputs.policy
    change: dict[str, object] = (
        {"redemption_rate": policy.coupon.default_redemption_rate}
        if kind == "coupon"
        else {"segments": policy.loyalty_segments}
    )
    return Draft(kind, market.start, market.end, tuple(m.model_copy(update=change) for m in chosen))


def below_frontier(
    points: tuple[FrontierPoint, ...], scenario: Scenario, kpis: ScenarioKpis
) -> float | None:
    """Return the net margin that a scenario misses to the frontier at its sales; 0 is on it.

    A flash runs on other days than the window, so its distance would compare different things.
    """
    if scenario.scenario_type == "flash" or not points:
        return None
    net = kpis.kpi_breakdown["net_effect"]["net_incremental"]
    missing = distance_to_frontier(points, net["sales_value"], net["margin_value"])
    # Stored figures are cents, the frontier's are not: a few cents apart is on it.
    return round(missing, 2) if missing >= 1 else 0.0
