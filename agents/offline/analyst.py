"""The Data Analyst's rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from agents.offline.analyst_lines import TOLD
from agents.offline.moment import Call
from agents.offline.reading import intent_of
from agents.offline.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.offline.intents import Intent
    from agents.offline.moment import Moment

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


def speak(moment: Moment) -> str | list[Call]:
    """Call the tool that has the answer, then say what it found."""
    intent = intent_of(moment)
    if moment.refusal:
        return say("refused", intent.language, reason=moment.refusal)
    if not moment.done:
        return _first(moment, intent)
    newest = moment.done[-1]
    if newest.tool == "fit_uplift" and newest.data["better_than_in_force"]:
        version = newest.data["model_version"]
        return [Call("request_approval", {"kind": "coefficients", "subject_id": version})]
    return TOLD[newest.tool](newest.data, intent)


def _first(moment: Moment, intent: Intent) -> str | list[Call]:
    if problem := intent.brief.date_problem:
        return problem
    if unknown := intent.brief.unknown_departments:
        known = ", ".join(moment.context["departments"])
        return say("unknown_department", intent.language, unknown=unknown[0], known=known)
    return _CALLS.get(intent.kind, _plain)(moment, intent)


def _gap(moment: Moment, intent: Intent) -> list[Call]:
    return [Call("month_gap", {"month": _month(moment, intent)})]


def _reference_data(moment: Moment, intent: Intent) -> list[Call]:
    """Load the files of targets or segments that are named, else list what is stored."""
    if not intent.paths:
        return _plain(moment, intent)
    return [Call(_LOADED_BY[intent.kind], {"file": file}) for file in intent.paths]


def _side_effects(_: Moment, intent: Intent) -> list[Call]:
    return [Call("show_side_effects", _of_department(intent))]


def _opportunities(moment: Moment, intent: Intent) -> list[Call]:
    """Look at the days that are named, else at the next four weeks."""
    period, brief = intent.period, intent.brief
    start = max(period.start, moment.today) if period else moment.today
    end = period.end if period else moment.today + dt.timedelta(days=27)
    arguments: dict[str, Any] = {"start": start.isoformat(), "end": end.isoformat()}
    if brief.departments:
        arguments["departments"] = list(brief.departments)
    if len(brief.channels) == 1:
        arguments["channel"] = brief.channels[0]
    return [Call("find_opportunities", arguments)]


def _approvals(moment: Moment, _: Intent) -> list[Call]:
    """List what waits, or, asked who decided, everything."""
    return [Call("list_approvals", {} if _DECIDED.search(moment.text) else {"status": "pending"})]


def _plain(_: Moment, intent: Intent) -> list[Call]:
    return [Call(_PLAIN.get(intent.kind, "store_overview"), {})]


def _job(moment: Moment, intent: Intent) -> str | list[Call]:
    """Look up the job that is named, else the newest of this conversation."""
    loaded = [r.data["job_id"] for r in moment.past if r.tool == "ingest_workbooks" and r.data]
    named = [str(i) for i in intent.scenario_ids] or loaded[-1:]
    return [Call("job_status", {"job_id": named[0]})] if named else say("jobs", intent.language)


def _month(moment: Moment, intent: Intent) -> str:
    if intent.brief.month is not None:
        return intent.brief.month
    day = intent.period.start if intent.period else moment.today
    return f"{day:%Y-%m}"


def _period_call(moment: Moment, intent: Intent) -> list[Call]:
    """Ask about the period that was named, else about the next or the last four weeks."""
    reach = dt.timedelta(days=28)
    ahead = intent.kind == "forecast"
    start, end = (
        (moment.today, moment.today + reach) if ahead else (moment.today - reach, moment.today)
    )
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


def _uplift(moment: Moment, intent: Intent) -> list[Call]:
    if _FIT.search(moment.text):
        return [Call("fit_uplift", {})]
    return [Call("show_uplift", _of_department(intent))]


def _of_department(intent: Intent) -> dict[str, Any]:
    """Return the argument for the first department that is named; none for all of them."""
    named = intent.brief.departments
    return {"department": named[0]} if named else {}


def _ingest(_: Moment, intent: Intent) -> str | list[Call]:
    if not intent.paths:
        return say("which_files", intent.language)
    return [Call("ingest_workbooks", {"files": list(intent.paths)})]


_CALLS: Mapping[str, Callable[[Moment, Intent], str | list[Call]]] = {
    "gap": _gap,
    "forecast": _period_call,
    "sales": _period_call,
    "campaigns": _period_call,
    "uplift": _uplift,
    "side_effects": _side_effects,
    "opportunities": _opportunities,
    "jobs": _job,
    "targets": _reference_data,
    "segments": _reference_data,
    "ingest": _ingest,
    "approvals": _approvals,
}
