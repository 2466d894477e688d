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
    from collections.abc import Callable, Mapping

    from agents.offline.intents import Intent
    from agents.offline.turn import Turn

_FIT = re.compile(
    r"\b(?:re)?(?:fit|train|estimat|learn|stima|aggiorna|calcol|schätz|schaetz|lern)", re.IGNORECASE
)
_PLAIN = {"quality": "data_quality", "targets": "list_targets", "segments": "list_segments"}
_LOADED_BY = {"targets": "load_targets", "segments": "load_segments"}
_DECIDED = re.compile(r"\b(?:who|chi|wer)\b", re.IGNORECASE)
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
    return _CALLS.get(intent.kind, _plain)(turn, intent)


def _gap(turn: Turn, intent: Intent) -> list[Call]:
    return [Call("month_gap", {"month": _month(turn, intent)})]


def _reference_data(turn: Turn, intent: Intent) -> list[Call]:
    """Load the files of targets or segments that are named, else list what is stored."""
    if not intent.paths:
        return _plain(turn, intent)
    return [Call(_LOADED_BY[intent.kind], {"file": file}) for file in intent.paths]


def _side_effects(_: Turn, intent: Intent) -> list[Call]:
    return [Call("show_side_effects", _of_department(intent))]


def _approvals(turn: Turn, _: Intent) -> list[Call]:
    """List what waits, or, asked who decided, everything."""
    return [Call("list_approvals", {} if _DECIDED.search(turn.text) else {"status": "pending"})]


def _plain(_: Turn, intent: Intent) -> list[Call]:
    return [Call(_PLAIN.get(intent.kind, "store_overview"), {})]


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
    return [Call("show_uplift", _of_department(intent))]


def _of_department(intent: Intent) -> dict[str, Any]:
    """Return the argument for the first department that is named; none for all of them."""
    named = intent.brief.departments
    return {"department": named[0]} if named else {}


def _ingest(_: Turn, intent: Intent) -> str | list[Call]:
    if not intent.paths:
        return say("which_files", intent.language)
    return [Call("ingest_workbooks", {"files": list(intent.paths)})]


_CALLS: Mapping[str, Callable[[Turn, Intent], str | list[Call]]] = {
    "gap": _gap,
    "forecast": _period_call,
    "sales": _period_call,
    "campaigns": _period_call,
    "uplift": _uplift,
    "side_effects": _side_effects,
    "jobs": _job,
    "targets": _reference_data,
    "segments": _reference_data,
    "ingest": _ingest,
    "approvals": _approvals,
}
