"""The company's rules applied to a scenario."""

import datetime as dt
import uuid
from typing import Annotated, Any

from pydantic import Field

from analytics.frames import day_totals
from analytics.promo_history import highest_unit_uplift
from analytics.rules import RuleInputs, validate
from analytics.types import Record, Scenario, ValidationReport
from db import catalog, sales, validations
from tools.approved import approved_scenarios
from tools.deps import Deps
from tools.errors import Refusal
from tools.planning import find_scenario, load_scenario, planning_basis

ScenarioId = Annotated[str, Field(description="id of the scenario, or its first characters")]


class PolicyText(Record):
    """The policy in force."""

    version: str
    rules: dict[str, Any]


def validate_scenario(deps: Deps, scenario_id: ScenarioId) -> ValidationReport:
    """Check one scenario against the company's policy and store the report.

    `status` is BLOCK when any finding is critical, WARN when there is any other, else PASS;
    `overall_score` is 0-100. Each finding names the rule, the figures and a suggested fix.
    Validating again replaces the report. Refuses an unknown scenario.
    """
    scenario, kpis = load_scenario(deps, scenario_id)
    report = validate(
        scenario, kpis, _rule_inputs(deps, scenario), uuid.uuid5(scenario.id, "validation")
    )
    validations.save(deps.conn, report)
    return report


def get_validation(deps: Deps, scenario_id: ScenarioId) -> ValidationReport:
    """Return the stored validation report of a scenario; refuses when it has not been validated."""
    scenario = find_scenario(deps, scenario_id)
    report = validations.get_for(deps.conn, scenario.id)
    if report is None:
        message = f"the scenario {scenario.id} has not been validated yet: validate it first"
        raise Refusal(message)
    return report


def show_policy(deps: Deps) -> PolicyText:
    """Show the company's policy: limits, cost rates, blackouts, brand rules. Takes no arguments."""
    return PolicyText(
        version=deps.policy.version, rules=deps.policy.model_dump(mode="json", exclude={"version"})
    )


def _rule_inputs(deps: Deps, scenario: Scenario) -> RuleInputs:
    """Load what a scenario is judged against: policy, coefficients, history, other promotions."""
    start, end = scenario.date_range_start, scenario.date_range_end
    around = dt.timedelta(days=deps.policy.min_gap_days)
    basis = planning_basis(deps, start, end)
    until = start - dt.timedelta(days=1)
    return RuleInputs(
        policy=deps.policy,
        coefficients=basis.inputs.uplift.coefficients,
        catalog=tuple(catalog.list_campaigns(deps.conn, start - around, end + around)),
        history_max_uplift=deps.recall(
            ("highest uplift until", until),
            lambda: highest_unit_uplift(day_totals(sales.sales_rows(deps.conn, end=until))),
        ),
        approved=approved_scenarios(deps, start - around, end + around),
    )
