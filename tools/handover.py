"""Everything about one scenario in one pack, for the file that is handed over."""

from analytics.types import Record, Scenario, ScenarioKpis, ValidationReport
from db import creative, validations
from tools.approvals import is_approved
from tools.creative import StoredBrief, as_stored
from tools.deps import Deps
from tools.errors import Refusal
from tools.planning import load_scenario


class Handover(Record):
    """One scenario with all that was worked out about it."""

    scenario: Scenario
    kpis: ScenarioKpis
    validation: ValidationReport | None
    approved: bool
    brief: StoredBrief | None
    brief_approved: bool


def handover(deps: Deps, scenario_id: str) -> Handover:
    """Collect a scenario, its KPIs, validation, approval and newest brief; refuses an unknown id."""
    scenario, kpis = load_scenario(deps, scenario_id)
    newest = creative.latest_for(deps.conn, scenario.id)
    brief = as_stored(newest) if newest else None
    return Handover(
        scenario=scenario,
        kpis=kpis,
        validation=validations.get_for(deps.conn, scenario.id),
        approved=_approved(deps, "scenario", str(scenario.id)),
        brief=brief,
        brief_approved=brief is not None and _approved(deps, "creative", brief.id),
    )


def _approved(deps: Deps, kind: str, subject_id: str) -> bool:
    """Say whether a subject is approved; one that may not be approved at all is not."""
    try:
        return is_approved(deps, "scenario" if kind == "scenario" else "creative", subject_id)
    except Refusal:
        return False
