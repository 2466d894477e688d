"""One rule per agent: what to say, or which tools to call, at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.offline import analyst, creative, planner, post_mortem, validator
from agents.offline.moment import Call
from agents.offline.reading import MOST_CHARACTERS, intent_of
from agents.offline.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.offline.intents import Kind
    from agents.offline.moment import Moment
    from agents.state import AgentName

    Rule = Callable[[Moment], str | list[Call]]

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
    "opportunities": "analyst",
    "approvals": "analyst",
    "ingest": "analyst",
    "validate": "validator",
    "policy": "validator",
    "creative": "creative",
    "post_mortem": "post_mortem",
    "past_results": "post_mortem",
}


def route(moment: Moment) -> list[Call]:
    """Name the specialist who answers; everything without one of its own goes to the Planner."""
    too_long = len(moment.text) > MOST_CHARACTERS
    agent = "planner" if too_long else _ANSWERED_BY.get(intent_of(moment).kind, "planner")
    return [Call("Route", {"agent": agent})]


def _says_the_rest(rule: Rule) -> Rule:
    """Let the agent who was asked add what else the person asked for, which is not done yet."""

    def speak(moment: Moment) -> str | list[Call]:
        said = rule(moment)
        rest = intent_of(moment).rest
        if isinstance(said, list) or moment.task is not None or rest is None:
            return said
        return f"{said}\n\n{say('also_asked', intent_of(moment).language, rest=rest)}"

    return speak


RULES: Mapping[str, Rule] = {
    "router": route,
    "analyst": _says_the_rest(analyst.speak),
    "planner": _says_the_rest(planner.speak),
    "validator": _says_the_rest(validator.speak),
    "creative": _says_the_rest(creative.speak),
    "post_mortem": _says_the_rest(post_mortem.speak),
}
