"""The Scenario Planner's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.changes import change
from agents.offline.focus import current, in_play, meant, named_ids, origin
from agents.offline.moment import Call
from agents.offline.proposing import explore, propose
from agents.offline.reading import MOST_CHARACTERS, intent_of, scenarios_in_play
from agents.offline.scenario_lines import (
    told_comparison,
    told_frontier,
    told_list,
    told_proposal,
    told_undone,
)
from agents.offline.sentences import needs_approval, say
from agents.offline.validator import told_issue
from analytics.figures import money

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.moment import Moment
    from agents.routing import Result


def speak(moment: Moment) -> str | list[Call]:
    """Plan, change, compare or hand over for approval; say what came of it."""
    intent = intent_of(moment)
    if moment.refusal:
        return say("refused", intent.language, reason=moment.refusal)
    if moment.done:
        return _after(moment, intent, moment.done[-1])
    if moment.task is not None:
        return _apply_fixes(moment, intent)
    if len(moment.text) > MOST_CHARACTERS:
        return _too_long(moment, intent)
    return _first(moment, intent)


def _too_long(moment: Moment, intent: Intent) -> str:
    length, most = (money(n, intent.language) for n in (len(moment.text), MOST_CHARACTERS))
    return say("too_long", intent.language, length=length, most=most)


def _first(moment: Moment, intent: Intent) -> str | list[Call]:
    language = intent.language
    if moment.context["newest_sale"] is None and intent.kind in {"plan", "whatif", "frontier"}:
        return say("no_sales_yet", language)
    if intent.unresolved:
        said, refs = intent.unresolved[0], in_play(moment, language)
        return say("unknown_scenario", language, said=said, in_play=refs)
    if intent.kind in {"choose", "approve", "reject"}:
        return _decide(moment, intent)
    match intent.kind:
        case "plan":
            return propose(moment, intent.brief)
        case "frontier":
            return explore(moment, intent.brief)
        case "whatif":
            return change(moment, intent)
        case "compare" | "explain":
            return _compare(moment, intent)
        case "undo":
            return _undo(moment, intent)
        case "scenarios":
            return [Call("list_scenarios", {})]
        case _:
            return _said_only(intent)


def _said_only(intent: Intent) -> str:
    """Answer what needs no tool: help, what is not our job, what was not understood."""
    language, helps = intent.language, say("help", intent.language)
    match intent.kind:
        case "help":
            return helps
        case "decline":
            return say("decline", language)
        case _:
            return say("unclear", language, help=helps)


def _compare(moment: Moment, intent: Intent) -> str | list[Call]:
    ids = named_ids(intent)
    focus = current(moment)
    before = origin(moment, focus) if focus is not None else None
    if not ids and intent.as_before and focus is not None and before is not None:
        ids = [focus, before]
    ids = ids or [str(ref.id) for ref in scenarios_in_play(moment)]
    if not ids:
        return say("no_to_compare", intent.language)
    return [Call("compare_scenarios", {"scenario_ids": ids})]


def _decide(moment: Moment, intent: Intent) -> str | list[Call]:
    return _reject(moment, intent) if intent.kind == "reject" else _choose(moment, intent)


def _choose(moment: Moment, intent: Intent) -> str | list[Call]:
    named = named_ids(intent)
    waiting = moment.waiting if intent.kind == "approve" and not named else None
    scenario = waiting or meant(moment, intent)
    if scenario is None:
        return say("which_choose", intent.language, in_play=in_play(moment, intent.language))
    return [Call("request_approval", {"kind": _kind_of(moment, scenario), "subject_id": scenario})]


def _kind_of(moment: Moment, subject: str) -> str:
    """Return what kind of thing was asked about before under this id; a scenario if nothing was."""
    asked = (r for r in moment.past if r.tool == "request_approval" and r.data)
    kinds = [r.data["kind"] for r in asked if str(r.data["subject_id"]) == subject]
    return str(kinds[-1]) if kinds else "scenario"


def _reject(moment: Moment, intent: Intent) -> str:
    language = intent.language
    if moment.waiting is None:
        return say("nothing_waits", language)
    reason = intent.reason or say("your_reason", language)
    return say("reject_there", language, id=moment.waiting[:8], reason=reason)


def _undo(moment: Moment, intent: Intent) -> str | list[Call]:
    focus = current(moment)
    before = origin(moment, focus) if focus is not None else None
    if before is None:
        refs = in_play(moment, intent.language)
        return say("nothing_to_undo", intent.language, in_play=refs)
    return [Call("get_scenario", {"scenario_id": before})]


def _apply_fixes(moment: Moment, intent: Intent) -> list[Call] | str:
    """Apply what the Validator suggests where it is a depth; otherwise the person must decide."""
    calls = [
        Call("change_scenario", {"scenario_id": blocked["scenario_id"], "depths": depths})
        for blocked in moment.task_data()["blocked"]
        if (depths := _suggested_depths(blocked["issues"]))
    ]
    if calls:
        return calls
    reasons = [
        told_issue(issue, intent.language)
        for blocked in moment.task_data()["blocked"]
        for issue in blocked["issues"]
        if issue["severity"] == "critical"
    ]
    return say("cannot_mend", intent.language, reasons=" ".join(reasons))


def _suggested_depths(issues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the depths that fixes suggest, the lowest of each promoted cell."""
    steps = [
        step["facts"]
        for issue in issues
        for fix in [issue["fix_facts"]]
        for step in (fix["facts"]["steps"] if fix["sentence"] == "fix_steps" else [fix])
        if step["sentence"] == "fix_depth"
    ]
    lowest: dict[tuple[str, str], float] = {}
    for step in steps:
        cell = step["department"], step["channel"]
        lowest[cell] = min(step["to_pct"], lowest.get(cell, step["to_pct"]))
    return [
        {"department": department, "channel": channel, "discount_pct": depth}
        for (department, channel), depth in lowest.items()
    ]


def _after(moment: Moment, intent: Intent, result: Result) -> str | list[Call]:
    match result.tool:
        case "create_scenario":
            ids = [scenario["id"] for scenario in result.data["scenarios"]]
            return [Call("compare_scenarios", {"scenario_ids": ids})]
        case "propose_scenarios":
            return told_proposal(moment, result.data)
        case "change_scenario":
            ids = [result.data["changed_from"], result.data["scenarios"][0]["id"]]
            return [Call("compare_scenarios", {"scenario_ids": ids})]
        case "compare_scenarios":
            return told_comparison(moment, result.data)
        case "get_scenario" if intent.kind == "undo":
            return told_undone(moment, result.data)
        case "get_scenario":
            return change(moment, intent)
        case "efficient_frontier":
            return told_frontier(result.data, intent.language)
        case "list_scenarios":
            return told_list(result.data, intent.language)
        case "request_approval":
            return needs_approval(result.data, intent.language)
        case _:
            return say("unclear", intent.language, help=say("help", intent.language))
