"""The Data Analyst's rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from agents.offline.analyst_lines import TOLD
from agents.offline.reading import intent_of
from agents.offline.sentences import say
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.turn import Turn

_FIT = re.compile(
    r"\b(?:re)?(?:fit|train|estimat|learn|stima|aggiorna|calcol|schätz|schaetz|lern)", re.IGNORECASE
)
_PLAIN = {"quality": "data_quality", "targets": "list_targets", "segments": "list_segments"}
_BY_PERIOD = {
    "forecast": "forecast_baseline",
    "sales": "sales_summary",
    "campaigns": "list_campaigns",
}


def speak(turn: Turn) -> str | list[Call]:
    """Call the tool that has the answer, then say what it found."""
    intent = intent_of(turn)
    if turn.refusal:
        return say("refused", intent.language, reason=turn.refusal)
    if not turn.done:
        return _first(turn, intent)
    newest = turn.done[-1]
    if newest.tool == "fit_uplift" and newest.data["better_than_in_force"]:
        version = newest.data["model_version"]
        return [Call("request_approval", {"kind": "coefficients", "subject_id": version})]
    return TOLD[newest.tool](newest.data, intent)


def _first(turn: Turn, intent: Intent) -> str | list[Call]:
    if problem := intent.brief.date_problem:
        return problem
    if unknown := intent.brief.unknown_departments:
        known = ", ".join(turn.context["departments"])
        return say("unknown_department", intent.language, unknown=unknown[0], known=known)
    match intent.kind:
        case "gap":
            return [Call("month_gap", {"month": _month(turn, intent)})]
        case "forecast" | "sales" | "campaigns":
            return _period_call(turn, intent)
        case "uplift":
            return _uplift(turn, intent)
        case "jobs":
            return _job(turn, intent)
        case "targets" | "segments" if intent.paths:
            what, file = intent.kind, intent.paths[0]
            return say("import_by_hand", intent.language, what=what, file=file)
        case "ingest":
            return _ingest(intent)
        case kind:
            return [Call(_PLAIN.get(kind, "store_overview"), {})]


def _job(turn: Turn, intent: Intent) -> str | list[Call]:
    """Look up the job that is named, else the newest of this conversation."""
    loaded = [r.data["job_id"] for r in turn.past if r.tool == "ingest_workbooks" and r.data]
    named = [str(i) for i in intent.scenario_ids] or loaded[-1:]
    return [Call("job_status", {"job_id": named[0]})] if named else say("jobs", intent.language)


def _month(turn: Turn, intent: Intent) -> str:
    if intent.brief.month is not None:
        return intent.brief.month
    day = intent.period.start if intent.period else turn.today
    return f"{day:%Y-%m}"


def _period_call(turn: Turn, intent: Intent) -> list[Call]:
    """Ask about the period that was named, else about the next or the last four weeks."""
    reach = dt.timedelta(days=28)
    ahead = intent.kind == "forecast"
    start, end = (turn.today, turn.today + reach) if ahead else (turn.today - reach, turn.today)
    if intent.period is not None:
        start, end = intent.period.start, intent.period.end
    arguments: dict[str, Any] = {"start": start.isoformat(), "end": end.isoformat()}
    brief = intent.brief
    if len(brief.departments) == 1:
        arguments["department"] = brief.departments[0]
    elif intent.kind == "sales":
        arguments["by"] = "department"
    if len(brief.channels) == 1:
        arguments["channel"] = brief.channels[0]
    return [Call(_BY_PERIOD[intent.kind], arguments)]


def _uplift(turn: Turn, intent: Intent) -> list[Call]:
    if _FIT.search(turn.text):
        return [Call("fit_uplift", {})]
    department = intent.brief.departments[:1]
    return [Call("show_uplift", {"department": department[0]} if department else {})]


def _ingest(intent: Intent) -> str | list[Call]:
    if not intent.paths:
        return say("which_files", intent.language)
    return [Call("ingest_workbooks", {"files": list(intent.paths)})]
