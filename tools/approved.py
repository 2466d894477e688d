"""Scenarios that a person has approved."""

import datetime as dt

from analytics.types import Scenario
from db import approvals, scenarios
from tools.deps import Deps

MOST = 10_000


def approved_scenarios(deps: Deps, start: dt.date, end: dt.date) -> tuple[Scenario, ...]:
    """Return the approved scenarios that run on any day of a period."""
    approved = approvals.approved_subjects(deps.conn, "scenario")
    if not approved:
        return ()
    near = scenarios.list_scenarios(deps.conn, start, end, limit=MOST)
    return tuple(scenario for scenario in near if str(scenario.id) in approved)
