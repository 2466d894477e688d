"""The Scenario Planner's rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from agents.offline.brief import missing, problems
from agents.offline.figures import between, mechanics, money, percent, signed
from agents.offline.reading import intent_of, scenarios_in_play, vocabulary
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.brief import Brief, Period
    from agents.offline.intents import Intent
    from agents.offline.turn import Turn
    from agents.routing import Result

_HELP = (
    "I plan promotions. Tell me the dates, the departments and your limits, e.g. “Plan something for "
    "TV and Gaming from 22 to 27 October, at most 20 % off, keep margin above 18 %”. Then: “make it "
    "15 %”, “without Gaming”, “online only”, “why is B better than A?”, “go with the balanced one”. "
    "The team also answers “how far is October behind target?”, “how did last month's campaign do?”, "
    "“what did TV sell last week?”."
)
_DECLINE = (
    "That is outside my job. I plan promotions: gap against target, scenarios, validation, creative "
    "briefs and post-mortems. Say “help” to see examples."
)
_UNCLEAR = "I did not understand what you need. " + _HELP
_STEP_PCT = 5.0
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIX_DEPTH = re.compile(r"to (\d+(?:\.\d+)?) ?%")


def speak(turn: Turn) -> str | list[Call]:
    """Plan, change, compare or hand over for approval; say what came of it."""
    if turn.refusal:
        return f"That cannot be done: {turn.refusal}"
    if turn.done:
        return _after(turn, turn.done[-1])
    if turn.task is not None:
        return _apply_fixes(turn)
    return _first(turn, intent_of(turn))


def _first(turn: Turn, intent: Intent) -> str | list[Call]:
    if turn.context["newest_sale"] is None and intent.kind in {"plan", "whatif"}:
        return "The store holds no sales yet: load the workbooks first (promoloop ingest PATH...)."
    if intent.unresolved:
        return f"I do not know which scenario {intent.unresolved[0]!r} is. {_in_play(turn)}"
    match intent.kind:
        case "plan":
            return _propose(turn, intent.brief)
        case "whatif":
            return _change(turn, intent)
        case "compare" | "explain":
            return _compare(turn, intent)
        case "choose" | "approve":
            return _choose(turn, intent)
        case "reject":
            return "Nothing waits for a decision. Tell me which scenario to change, and how."
        case "help":
            return _HELP
        case "decline":
            return _DECLINE
        case _:
            return _UNCLEAR


def _propose(turn: Turn, brief: Brief) -> str | list[Call]:
    if found := problems(brief, turn.today, vocabulary(turn)):
        return " ".join(found)
    if question := missing(brief):
        return question
    window = brief.window
    if window is None:
        return "From which day to which day should the promotion run?"
    if unmet := _unmet(brief):
        return (
            f"I cannot plan {' or '.join(unmet)}: leave it out, or ask for a member-only scenario."
        )
    if brief.exact_pct is not None and brief.departments:
        return [Call("create_scenario", _stated(brief, window))]
    arguments: dict[str, Any] = {
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "departments": list(brief.departments),
        "excluded_departments": list(brief.excluded),
        "channels": list(brief.channels),
        "max_discount_pct": brief.cap_pct or brief.exact_pct,
        "min_discount_pct": brief.min_pct,
        "margin_floor_pct": brief.margin_floor_pct,
        "budget_value": brief.budget_value,
        "max_departments": brief.max_departments,
        "scenario_types": list(brief.scenario_types),
    }
    return [Call("propose_scenarios", {k: v for k, v in arguments.items() if v not in (None, [])})]


def _unmet(brief: Brief) -> list[str]:
    """Return what the brief asks for and no tool takes; silence would plan something else."""
    unmet = []
    if brief.segments and brief.scenario_types != ("member_only",):
        unmet.append(f"for {', '.join(brief.segments)} only")
    return unmet


def _stated(brief: Brief, window: Period) -> dict[str, Any]:
    """Return the arguments of `create_scenario` for a depth that the person stated exactly."""
    channels = brief.channels or (None,)
    return {
        "label": f"{', '.join(brief.departments)} at {brief.exact_pct:g} %"[:100],
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "mechanics": [
            {"department": name, "channel": channel, "discount_pct": brief.exact_pct}
            for name in brief.departments
            for channel in channels
        ],
        **({"scenario_type": brief.scenario_types[0]} if brief.scenario_types else {}),
    }


def _change(turn: Turn, intent: Intent) -> str | list[Call]:
    scenario = _meant(turn, intent)
    if scenario is None:
        return f"Which scenario should I change? {_in_play(turn)}"
    if unknown := intent.brief.unknown_departments:
        return f"There is no department {unknown[0]}: {', '.join(turn.context['departments'])}."
    arguments = _changes(turn, scenario, intent)
    if not arguments:
        return "What should change: the depth, the departments, the channels or the dates?"
    return [Call("change_scenario", {"scenario_id": scenario, **arguments})]


def _changes(turn: Turn, scenario: str, intent: Intent) -> dict[str, Any]:
    """Return the changes that a what-if names, as arguments of `change_scenario`."""
    brief = intent.brief
    depth = brief.exact_pct or brief.cap_pct
    arguments: dict[str, Any] = {}
    if brief.department_depths:
        arguments["depths"] = [
            {"department": name, "discount_pct": pct}
            for name, pct in brief.department_depths.items()
        ]
    elif depth is not None and brief.departments:
        arguments["depths"] = [
            {"department": name, "discount_pct": depth} for name in brief.departments
        ]
    elif depth is not None:
        arguments["discount_pct"] = depth
    elif brief.depth_change_pct or intent.direction:
        arguments["depths"] = _moved_depths(turn, scenario, intent)
    if brief.excluded:
        arguments["without_departments"] = list(brief.excluded)
    if brief.channels:
        arguments["channels"] = list(brief.channels)
    if brief.window is not None:
        arguments |= {"start": brief.window.start.isoformat(), "end": brief.window.end.isoformat()}
    return arguments


def _moved_depths(turn: Turn, scenario: str, intent: Intent) -> list[dict[str, Any]]:
    """Move each promoted cell by the points that were named, else by five, up or down."""
    points = intent.brief.depth_change_pct or (
        _STEP_PCT if intent.direction == "deeper" else -_STEP_PCT
    )
    shown = next(
        s
        for result in reversed(turn.past)
        for s in result.data.get("scenarios", [])
        if s["id"] == scenario
    )
    return [
        {
            "department": cell["department"],
            "channel": cell["channel"],
            "discount_pct": min(max(cell["discount_pct"] + points, 0.0), 100.0),
        }
        for cell in shown["mechanics"]
    ]


def _compare(turn: Turn, intent: Intent) -> str | list[Call]:
    ids = [str(i) for i in intent.scenario_ids] or [str(ref.id) for ref in scenarios_in_play(turn)]
    if not ids:
        return "There are no scenarios to compare yet: give me a brief first."
    return [Call("compare_scenarios", {"scenario_ids": ids})]


def _choose(turn: Turn, intent: Intent) -> str | list[Call]:
    scenario = _meant(turn, intent)
    if scenario is None:
        return f"Which one do you choose? {_in_play(turn)}"
    return [Call("request_approval", {"kind": "scenario", "subject_id": scenario})]


def _meant(turn: Turn, intent: Intent) -> str | None:
    """Return the scenario meant: the one named, else the only or the newest changed one."""
    if intent.scenario_ids:
        return str(intent.scenario_ids[0])
    newest = next((r for r in reversed(turn.past) if r.tool == "change_scenario" and r.data), None)
    if newest is not None:
        return str(newest.data["scenarios"][0]["id"])
    refs = scenarios_in_play(turn)
    balanced = [ref for ref in refs if ref.scenario_type == "balanced"]
    if intent.kind == "whatif" and balanced:
        return str(balanced[0].id)
    return str(refs[0].id) if len(refs) == 1 else None


def _in_play(turn: Turn) -> str:
    refs = scenarios_in_play(turn)
    if not refs:
        return "There are none yet: give me a brief first."
    return "There are " + "; ".join(
        f"{letter} {ref.label}" for letter, ref in zip(_LETTERS, refs, strict=False)
    )


def _apply_fixes(turn: Turn) -> list[Call] | str:
    """Apply what the Validator suggests where it is a depth; otherwise the person must decide."""
    calls = []
    for blocked in turn.task_data()["blocked"]:
        depths = [
            {
                "department": issue["affected_department"],
                "channel": issue["affected_channel"],
                "discount_pct": float(found[1]),
            }
            for issue in blocked["issues"]
            if issue["affected_department"] and (found := _FIX_DEPTH.search(issue["suggested_fix"]))
        ]
        if depths:
            calls.append(
                Call("change_scenario", {"scenario_id": blocked["scenario_id"], "depths": depths})
            )
    if calls:
        return calls
    reasons = [
        f"{issue['message']} {issue['suggested_fix']}"
        for blocked in turn.task_data()["blocked"]
        for issue in blocked["issues"]
        if issue["severity"] == "critical"
    ]
    return "The policy blocks this plan, and I cannot mend it without you: " + " ".join(reasons)


def _after(turn: Turn, result: Result) -> str | list[Call]:
    match result.tool:
        case "create_scenario":
            ids = [scenario["id"] for scenario in result.data["scenarios"]]
            return [Call("compare_scenarios", {"scenario_ids": ids})]
        case "propose_scenarios":
            return _told_proposal(result.data)
        case "change_scenario":
            ids = [result.data["changed_from"], result.data["scenarios"][0]["id"]]
            return [Call("compare_scenarios", {"scenario_ids": ids})]
        case "compare_scenarios":
            return _told_comparison(turn, result.data)
        case "request_approval":
            return f"{result.data['title']} needs your approval."
        case _:
            return _UNCLEAR


def _told_proposal(data: dict[str, Any]) -> str:
    scenarios = data["scenarios"]
    first = scenarios[0]
    lines = [f"Scenarios against the baseline of {first['start']} to {first['end']}:", ""]
    lines += [_line(letter, s) for letter, s in zip(_LETTERS, scenarios, strict=False)]
    if gap := data["gap"]:
        side = "behind" if gap["gap_value"] < 0 else "ahead of"
        lines += [
            "",
            f"{gap['month']} is expected at {money(gap['expected_value'])} against a target of "
            f"{money(gap['target_value'])}: {signed(gap['gap_value'])}, {side} target.",
        ]
    else:
        lines += [
            "",
            f"No target is stored for {first['start'][:7]}, so I cannot say what gap remains.",
        ]
    advised = next((s for s in scenarios if s["scenario_type"] == "balanced"), first)
    letter = _LETTERS[scenarios.index(advised)]
    lines += [
        "",
        f"I would take {letter}: {advised['label']}"
        + (
            ", the knee of the frontier: beyond it, more sales cost more and more margin."
            if advised["scenario_type"] == "balanced"
            else "."
        ),
        f"Coefficients {advised['model_version']}, policy {advised['policy_version']}.",
    ]
    lines += [
        f"{letter} would sell less than no promotion at all, the days after counted."
        for letter, s in zip(_LETTERS, scenarios, strict=False)
        if s["net_sales_value"] < 0
    ]
    if all(s["net_ebit"] < 0 for s in scenarios):
        lines.append("None of them pays for itself: each buys sales with EBIT.")
    lines += [f"Note: {remark}." for remark in data["remarks"]]
    return "\n".join(lines)


def _line(letter: str, scenario: dict[str, Any]) -> str:
    text = (
        f"- {letter} {scenario['label']} ({mechanics(scenario)}): sales "
        f"{signed(scenario['sales_value_delta'])} ({between(scenario['sales_delta_interval'])}), "
        f"margin {signed(scenario['margin_value_delta'])} to {percent(scenario['total_margin_pct'])}, "
        f"EBIT {signed(scenario['ebit_delta'])}; net of dip and cross-effects sales "
        f"{signed(scenario['net_sales_value'])}, EBIT {signed(scenario['net_ebit'])}"
    )
    if scenario["closes_gap_pct"] is not None:
        text += f"; closes {percent(scenario['closes_gap_pct'])} of the gap"
    return text


def _told_comparison(turn: Turn, data: dict[str, Any]) -> str:
    letters = {
        str(r.id): letter for letter, r in zip(_LETTERS, scenarios_in_play(turn), strict=False)
    }
    scenarios = data["scenarios"]
    lines = [_line(letters.get(s["id"], "·"), s) for s in scenarios]
    names = {s["id"]: f"{letters.get(s['id'], '')} {s['label']}".strip() for s in scenarios}
    lines += [
        "",
        f"Most net EBIT: {names[data['most_net_ebit']]}. Most net sales: "
        f"{names[data['most_net_sales']]}. Highest margin: {names[data['highest_margin_pct']]}.",
    ]
    return "\n".join(lines)
