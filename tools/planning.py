"""Everything a plan for one window rests on, loaded once: baseline, coefficients, rules, segments."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from analytics.frames import day_totals
from analytics.kpi import PlanningInputs
from analytics.remarks import remark
from analytics.types import Remark, Scenario, ScenarioKpis
from analytics.uplift import UpliftModel
from db import creative, kpis, sales, scenarios, segments
from db.creative import CreativeBrief
from tools import uplift
from tools.arguments import check_period, known_until, newest_sale
from tools.deps import Deps
from tools.errors import NotStored, Refusal, refusing
from tools.memory import Memory, digest

Found = TypeVar("Found")

DIP_DAYS = 14
MAX_WINDOW_DAYS = 62
FORECAST_REACH_DAYS = 400
MOST_DERIVED = 32


@dataclass(frozen=True)
class Basis:
    """Planning inputs and what must be said about them.

    `derived` keeps what follows from these inputs alone, as long as they are kept themselves.
    """

    inputs: PlanningInputs
    remarks: tuple[Remark, ...]
    derived: Memory = field(default_factory=lambda: Memory(MOST_DERIVED))


def planning_basis(deps: Deps, start: dt.date, end: dt.date) -> Basis:
    """Load what a plan for a window needs: data from before the window, none from after today.

    Raises:
        Refusal: upside-down or too long a window, one too far ahead, or no sales to rest on.
    """
    check_period(start, end, max_days=MAX_WINDOW_DAYS)
    known_to = known_until(deps)
    if (end - known_to).days + DIP_DAYS > FORECAST_REACH_DAYS:
        message = (
            f"the window ends on {end}, {(end - known_to).days} days after the newest sale "
            f"({known_to}): load newer workbooks or plan for an earlier date"
        )
        raise Refusal(message)
    before = min(start, known_to + dt.timedelta(days=1))
    version, model, remarks = _coefficients(deps, before, newest_sale(deps))
    known = tuple(segments.list_segments(deps.conn))

    def make() -> Basis:
        forecaster = deps.forecaster(before)
        with refusing():
            baseline = forecaster.baseline(start, end + dt.timedelta(days=DIP_DAYS))
            errors = forecaster.error_draws(start, end, draws=400, seed=0)
        inputs = PlanningInputs(baseline, model, version, errors, deps.policy, known)
        return Basis(inputs, remarks)

    depends = digest(model, remarks, deps.policy, known)
    return deps.recall(("basis", start, end, version, depends), make)


def _coefficients(
    deps: Deps, before: dt.date, newest: dt.date
) -> tuple[str, UpliftModel, tuple[Remark, ...]]:
    """Return the coefficients in force, or those known before a day that newer sales follow."""
    if before > newest:
        version, model, unpromoted = uplift.in_force(deps)
        return version, model, (unpromoted,) if unpromoted else ()
    until = before - dt.timedelta(days=1)
    said = remark("coefficients_as_of", day=before)
    model = deps.recall(
        ("coefficients until", until),
        lambda: uplift.fit_history(day_totals(sales.sales_rows(deps.conn, end=until)), deps),
    )
    return f"as of {until}", model, (said,)


def load_scenario(deps: Deps, scenario_id: str) -> tuple[Scenario, ScenarioKpis]:
    """Return a stored scenario and its newest KPIs.

    Raises:
        Refusal: no such scenario.
    """
    scenario = find_scenario(deps, scenario_id)
    newest = kpis.latest_for(deps.conn, scenario.id)
    if newest is None:
        message = f"the scenario {scenario_id} has no KPIs: plan it again"
        raise Refusal(message)
    return scenario, newest


def find_scenario(deps: Deps, scenario_id: str) -> Scenario:
    """Return a stored scenario by its id, or by an unambiguous beginning of it.

    Raises:
        NotStored: no scenario fits.
        Refusal: several do.
    """
    found = _only(scenarios.starting_with(deps.conn, scenario_id.strip()), scenario_id, "scenarios")
    if found is not None:
        return found
    newest = [f"{s.id} ({s.label})" for s in scenarios.list_scenarios(deps.conn, limit=5)]
    known = "; ".join(newest) or "none yet, make one with promoloop plan"
    message = f"there is no scenario {scenario_id!r}; the newest are: {known}"
    raise NotStored(message)


def find_brief(deps: Deps, brief_id: str) -> CreativeBrief:
    """Return a stored creative brief by its id, or by an unambiguous beginning of it.

    Raises:
        NotStored: no brief fits.
        Refusal: several do.
    """
    found = _only(creative.starting_with(deps.conn, brief_id.strip()), brief_id, "creative briefs")
    if found is None:
        message = f"there is no creative brief {brief_id!r}: write one from an approved scenario"
        raise NotStored(message)
    return found


def _only(fitting: Sequence[Found], typed: str, what: str) -> Found | None:
    """Return the only record that fits what was typed, None if there is none."""
    if not typed.strip() or not fitting:
        return None
    if len(fitting) > 1:
        message = f"{len(fitting)} {what} begin with {typed!r}: give more of the id"
        raise Refusal(message)
    return fitting[0]
