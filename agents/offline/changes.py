"""A what-if as arguments of `change_scenario`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from agents.offline.focus import in_play, meant, origin, shown
from agents.offline.moment import Call
from agents.offline.sentences import say
from analytics.figures import money, number

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.moment import Moment

_STEP_PCT = 5.0


def change(moment: Moment, intent: Intent) -> str | list[Call]:
    """Call for the changed copy, or ask what is missing; looks the scenario up when it must."""
    language = intent.language
    if (refused := _impossible(moment, intent)) is not None:
        return refused
    scenario = meant(moment, intent, guess=True)
    if scenario is None:
        return say("which_change", language, in_play=in_play(moment, language))
    scenario = _with_channels(moment, intent, scenario)
    plan = shown(moment, scenario)
    if plan is None:
        return [Call("get_scenario", {"scenario_id": scenario})]
    new = [d for d in intent.brief.departments if d not in _promoted(plan)]
    if new and not _depth_said(intent):
        return say("ask_depth", language, departments=", ".join(new))
    arguments = _changes(plan, intent)
    if not arguments:
        return say("what_change", language)
    return [Call("change_scenario", {"scenario_id": scenario, **arguments})]


def _impossible(moment: Moment, intent: Intent) -> str | None:
    """Return the sentence about what no change of a scenario can do; silence would drop it."""
    brief, language = intent.brief, intent.language
    if problem := brief.date_problem or brief.number_problem:
        return problem
    if unknown := brief.unknown_departments:
        known = ", ".join(moment.context["departments"])
        return say("unknown_department", language, unknown=unknown[0], known=known)
    for depth in (brief.exact_pct, brief.cap_pct):
        if depth is not None and not 0 < depth <= 100:  # noqa: PLR2004  per cent
            return say("cap_range", language, value=number(depth, language))
    limits = []
    if brief.margin_floor_pct is not None:
        value = number(brief.margin_floor_pct, language)
        limits.append(say("limit_margin", language, value=value))
    if brief.budget_value is not None:
        limits.append(say("limit_budget", language, value=money(brief.budget_value, language)))
    if brief.segments:
        limits.append(say("limit_segments", language, value=", ".join(brief.segments)))
    return say("cannot_change", language, what=", ".join(limits)) if limits else None


def _with_channels(moment: Moment, intent: Intent, scenario: str) -> str:
    """Return the scenario, or the one it came from where only that has the channels asked for.

    `And for offline?` after `online only` means the plan that had both.
    """
    wanted = set(intent.brief.channels)
    found: str | None = scenario
    while wanted and found is not None:
        plan = shown(moment, found)
        if plan is None or wanted & {cell["channel"] for cell in plan["mechanics"]}:
            return found
        found = origin(moment, found)
    return scenario


def _promoted(plan: dict[str, Any]) -> list[str]:
    return sorted({cell["department"] for cell in plan["mechanics"]})


def _depth_said(intent: Intent) -> bool:
    brief = intent.brief
    return any((brief.exact_pct, brief.cap_pct, brief.department_depths))


def _changes(plan: dict[str, Any], intent: Intent) -> dict[str, Any]:
    """Return the changes that a what-if names, as arguments of `change_scenario`."""
    brief = intent.brief
    arguments = _depths(plan, intent)
    without = list(brief.excluded)
    if brief.departments and (intent.only or not _depth_said(intent)):
        without += [d for d in _promoted(plan) if d not in (*brief.departments, *without)]
    if without:
        arguments["without_departments"] = without
    if brief.channels:
        arguments["channels"] = list(brief.channels)
    return arguments | _dates(plan, intent)


def _depths(plan: dict[str, Any], intent: Intent) -> dict[str, Any]:
    brief, depth = intent.brief, intent.brief.exact_pct
    if brief.department_depths:
        return {
            "depths": [
                {"department": name, "discount_pct": pct}
                for name, pct in brief.department_depths.items()
            ]
        }
    if depth is not None and brief.departments:
        return {"depths": [{"department": d, "discount_pct": depth} for d in brief.departments]}
    if depth is not None:
        return {"discount_pct": depth}
    if brief.cap_pct is not None:
        return _capped(plan, intent, brief.cap_pct)
    if brief.depth_change_pct or intent.direction:
        return {"depths": _moved(plan, intent)}
    return {}


def _capped(plan: dict[str, Any], intent: Intent, cap: float) -> dict[str, Any]:
    """Return the depths that a cap lowers; a department that is not promoted yet starts at it."""
    named = intent.brief.departments
    cells = [c for c in plan["mechanics"] if not named or c["department"] in named]
    new = [{"department": d, "discount_pct": cap} for d in named if d not in _promoted(plan)]
    deeper = [c for c in cells if c["discount_pct"] > cap]
    if not new and len(deeper) == len(plan["mechanics"]):
        return {"discount_pct": cap}
    lowered = [
        {"department": c["department"], "channel": c["channel"], "discount_pct": cap}
        for c in deeper
    ]
    return {"depths": lowered + new} if lowered or new else {}


def _moved(plan: dict[str, Any], intent: Intent) -> list[dict[str, Any]]:
    """Move each promoted cell, or those named, by the points said, else by five, up or down."""
    points = intent.brief.depth_change_pct or (
        _STEP_PCT if intent.direction == "deeper" else -_STEP_PCT
    )
    named = intent.brief.departments
    return [
        {
            "department": cell["department"],
            "channel": cell["channel"],
            "discount_pct": min(max(cell["discount_pct"] + points, 0.0), 100.0),
        }
        for cell in plan["mechanics"]
        if not named or cell["department"] in named
    ]


def _dates(plan: dict[str, Any], intent: Intent) -> dict[str, Any]:
    """Return the new first or last day: named, or moved by a number of days."""
    brief = intent.brief
    if brief.window is not None:
        return {"start": brief.window.start.isoformat(), "end": brief.window.end.isoformat()}
    days: dict[str, dt.date | None] = {"start": brief.open_start, "end": brief.open_end}
    if (shift := brief.shift) is not None:
        for end, moved in (("start", shift.start_days), ("end", shift.end_days)):
            if moved:
                days[end] = dt.date.fromisoformat(plan[end]) + dt.timedelta(days=moved)
    return {end: day.isoformat() for end, day in days.items() if day is not None}
