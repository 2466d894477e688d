"""Creative's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.offline.copywriting import compose
from agents.offline.reading import intent_of, scenarios_in_play
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.turn import Turn


def speak(turn: Turn) -> str | list[Call]:
    """Compose the brief of an approved scenario, store it, and ask for its approval."""
    if turn.refusal:
        return f"That cannot be done: {turn.refusal}"
    if not turn.done:
        scenario = _wanted(turn)
        if scenario is None:
            return "Which scenario should I write the brief for? Name one that is approved."
        return [Call("creative_inputs", {"scenario_id": scenario})]
    newest = turn.done[-1]
    match newest.tool:
        case "creative_inputs":
            language = intent_of(turn).language
            return [Call("save_creative_brief", compose(newest.data, language))]
        case "save_creative_brief":
            subject = newest.data["id"]
            return [Call("request_approval", {"kind": "creative", "subject_id": subject})]
        case _:
            return _told(turn)


def _wanted(turn: Turn) -> str | None:
    if turn.task is not None:
        return str(turn.task_data()["scenario_id"])
    named = intent_of(turn).scenario_ids
    if named:
        return str(named[0])
    chosen = [
        result.data["subject_id"]
        for result in turn.past
        if result.tool == "request_approval" and result.data.get("kind") == "scenario"
    ]
    refs = scenarios_in_play(turn)
    return chosen[-1] if chosen else str(refs[0].id) if len(refs) == 1 else None


def _told(turn: Turn) -> str:
    stored = turn.result("save_creative_brief")
    if stored is None:
        return "The brief is not stored yet."
    lines = [
        f"- {asset['type']} ({asset['segment']}): {asset['headline']} — {asset['subheadline']}. "
        f"{asset['cta']}. {asset['legal']}"
        for asset in stored.data["assets"]
    ]
    return "\n".join(["The creative brief is stored and waits for approval:", "", *lines])
