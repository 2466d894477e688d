"""One rule per agent: what to say, or which tools to call, at a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.offline import analyst, creative, planner, post_mortem, validator
from agents.offline.reading import MOST_CHARACTERS, intent_of
from agents.offline.turn import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.offline.intents import Kind
    from agents.offline.turn import Turn
    from agents.state import AgentName

_ANSWERED_BY: Mapping[Kind, AgentName] = {
    "gap": "analyst",
    "forecast": "analyst",
    "sales": "analyst",
    "quality": "analyst",
    "uplift": "analyst",
    "campaigns": "analyst",
    "jobs": "analyst",
    "targets": "analyst",
    "segments": "analyst",
    "side_effects": "analyst",
    "approvals": "analyst",
    "ingest": "analyst",
    "validate": "validator",
    "policy": "validator",
    "creative": "creative",
    "post_mortem": "post_mortem",
    "past_results": "post_mortem",
}


def route(turn: Turn) -> list[Call]:
    """Name the specialist who answers; everything without one of its own goes to the Planner."""
    too_long = len(turn.text) > MOST_CHARACTERS
    agent = "planner" if too_long else _ANSWERED_BY.get(intent_of(turn).kind, "planner")
    return [Call("Route", {"agent": agent})]


RULES: Mapping[str, Callable[[Turn], str | list[Call]]] = {
    "router": route,
    "analyst": analyst.speak,
    "planner": planner.speak,
    "validator": validator.speak,
    "creative": creative.speak,
    "post_mortem": post_mortem.speak,
}
