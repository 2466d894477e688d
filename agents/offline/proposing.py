"""A brief as the call that plans it, or the sentence that says what is wrong or missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from agents.offline.brief import missing, problems
from agents.offline.moment import Call
from agents.offline.reading import vocabulary
from agents.offline.segments import are_members
from agents.offline.sentences import say
from analytics.figures import number
from tools.planning import DIP_DAYS, FORECAST_REACH_DAYS

if TYPE_CHECKING:
    from agents.offline.brief import Brief, Period
    from agents.offline.moment import Moment


def propose(moment: Moment, brief: Brief) -> str | list[Call]:
    """Call for scenarios, or for the one scenario that is stated to the last detail."""
    window = _checked_window(moment, brief)
    if isinstance(window, str):
        return window
    members = not brief.scenario_types and are_members(brief.segments, vocabulary(moment).segments)
    if members:
        brief = brief.model_copy(update={"scenario_types": ("member_only",)})
    if brief.segments and brief.scenario_types != ("member_only",):
        return say("only_for_segments", brief.language, segments=", ".join(brief.segments))
    if brief.exact_pct is not None and brief.departments:
        return [Call("create_scenario", _stated(brief, window))]
    return [Call("propose_scenarios", _filled(_limits(brief, window) | _free_choice(brief)))]


def explore(moment: Moment, brief: Brief) -> str | list[Call]:
    """Call for the efficient frontier of a brief; nothing is stored."""
    window = _checked_window(moment, brief)
    if isinstance(window, str):
        return window
    return [Call("efficient_frontier", _filled(_limits(brief, window)))]


def _checked_window(moment: Moment, brief: Brief) -> Period | str:
    """Return the window, or what must be said before anything can be planned."""
    if found := problems(brief, moment.today, vocabulary(moment)):
        return " ".join(found)
    window = brief.window
    if window is None:
        return missing(brief) or say("ask_window", brief.language)
    newest = dt.date.fromisoformat(moment.context["newest_sale"])
    last = newest + dt.timedelta(days=FORECAST_REACH_DAYS - DIP_DAYS)
    if window.end > last:
        return say("window_far", brief.language, end=window.end, newest=newest, last=last)
    return window


def _filled(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value not in (None, [])}


def _limits(brief: Brief, window: Period) -> dict[str, Any]:
    return {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "departments": list(brief.departments),
        "channels": list(brief.channels),
        "max_discount_pct": brief.cap_pct or brief.exact_pct,
        "min_discount_pct": brief.min_pct,
        "margin_floor_pct": brief.margin_floor_pct,
        "budget_value": brief.budget_value,
        "max_departments": brief.max_departments,
        "excluded_departments": list(brief.excluded),
        "department_caps": [
            {"department": name, "max_discount_pct": cap}
            for name, cap in brief.department_caps.items()
        ],
        "supplier_funding": _funding(brief),
        "run_days": brief.run_days,
        "min_gap_days": brief.min_gap_days,
    }


def _free_choice(brief: Brief) -> dict[str, Any]:
    return {"scenario_types": list(brief.scenario_types)}


def _funding(brief: Brief) -> list[dict[str, Any]]:
    """Return suppliers' part of the discount by department; one rate holds for all that are named."""
    rates = brief.department_funding or dict.fromkeys(brief.departments, brief.funding_pct)
    return [
        {"department": name, "funded_pct": rate} for name, rate in rates.items() if rate is not None
    ]


def _stated(brief: Brief, window: Period) -> dict[str, Any]:
    """Return the arguments of `create_scenario` for depths that the person stated exactly."""
    depths = dict.fromkeys(brief.departments, brief.exact_pct) | brief.department_depths
    funding = {one["department"]: one["funded_pct"] for one in _funding(brief)}
    label = ", ".join(
        f"{name} {number(depth, brief.language)} %"
        for name, depth in depths.items()
        if depth is not None
    )
    return {
        "label": label[:100],
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "mechanics": [
            {
                "department": name,
                **({"channel": channel} if channel else {}),
                "discount_pct": depth,
                **({"funded_pct": funding[name]} if name in funding else {}),
            }
            for name, depth in depths.items()
            for channel in (brief.channels if len(brief.channels) == 1 else (None,))
        ],
        **({"scenario_type": brief.scenario_types[0]} if brief.scenario_types else {}),
    }
