"""From limits to plans: one way to draft for each scenario type."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import get_args

import pandas as pd

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
from analytics.types import Cell, Mechanic, Scenario, ScenarioKpis, ScenarioType
from tools.errors import Refusal

FRONTIER_TYPES: tuple[PointName, ...] = get_args(PointName)


@dataclass(frozen=True)
class Market:
    """What can be promoted in one window, and what each option would bring."""

    inputs: PlanningInputs
    start: dt.date
    end: dt.date
    limits: Constraints
    options: pd.DataFrame
    baseline: BaselineTotals


@dataclass(frozen=True)
class Draft:
    """A plan that is not stored yet."""

    scenario_type: ScenarioType
    start: dt.date
    end: dt.date
    mechanics: tuple[Mechanic, ...]


def open_market(
    inputs: PlanningInputs,
    start: dt.date,
    end: dt.date,
    limits: Constraints,
    scenario_type: ScenarioType = "balanced",
) -> Market:
    """Work out every option in a window, under the limits and the policy."""
    pairs = inputs.baseline[["channel", "department"]].drop_duplicates()
    known = {Cell(c.channel, c.department) for c in inputs.uplift.coefficients}
    everything = {Cell(*pair) for pair in pairs.itertuples(index=False)}
    # A department that the coefficients do not know yet cannot be promoted, only sold.
    cells = sorted(everything & known)
    departments = sorted({cell.department for cell in cells})
    tightened = limits.under(inputs.policy, departments, scenario_type)
    options = cell_options(
        inputs, start, end, cells, tightened.depths(), scenario_type=scenario_type
    )
    return Market(inputs, start, end, tightened, options, baseline_totals(inputs, start, end))


def market_frontier(market: Market) -> tuple[FrontierPoint, ...]:
    """Return the efficient frontier of a market.

    Raises:
        Refusal: no plan meets the limits; the sentence names the one that must give.
    """
    points = frontier(market.options, market.baseline, market.limits)
    if not points:
        raise Refusal(_infeasible(market))
    return points


def _infeasible(market: Market) -> str:
    explanation = explain_infeasible(market.options, market.baseline, market.limits)
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
        made[name] = Draft(name, market.start, market.end, mechanics_of(point.chosen))
    if "flash" in types:
        made["flash"] = _flash(market)
    if "best_deal" in types:
        made["best_deal"] = _best_deal(market)
    for kind in ("coupon", "member_only"):
        if kind in types:
            made[kind] = _targeted(market, kind)
    return [made[kind] for kind in types]


def _solved(market: Market, objective: Objective) -> Solution:
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
    best: tuple[float, Draft] | None = None
    for start in starts:
        end = start + dt.timedelta(days=length - 1)
        short = open_market(market.inputs, start, end, market.limits, "flash")
        solution = _solved(short, "sales")
        value = solution.objective_value or 0.0
        if best is None or value > best[0]:
            best = (value, Draft("flash", start, end, mechanics_of(solution.chosen)))
    if best is None:
        message = "the window has no day for a flash: make it at least one day long"
        raise Refusal(message)
    return best[1]


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
    deals = open_market(market.inputs, market.start, market.end, few, "best_deal")
    caps = deals.options["department"].map(deals.limits.cap_pct)
    allowed = deals.options[deals.options["depth_pct"] <= caps]
    deepest = allowed.groupby(["channel", "department"])["depth_pct"].transform("max")
    only_deepest = replace(
        deals, options=allowed[allowed["depth_pct"] == deepest].reset_index(drop=True)
    )
    solution = _solved(only_deepest, "ebit")
    return Draft("best_deal", market.start, market.end, mechanics_of(solution.chosen))


def _targeted(market: Market, kind: ScenarioType) -> Draft:
    """Return the plan with the most EBIT when only coupon users or members get the discount."""
    needs_choice = not market.limits.departments
    limits = market.limits.model_copy(update={"min_promoted_departments": int(needs_choice)})
    narrow = open_market(market.inputs, market.start, market.end, limits, kind)
    chosen = mechanics_of(_solved(narrow, "ebit").chosen)
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
