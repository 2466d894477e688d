"""Which scenario is being talked about, and under which letters the person knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.reading import scenarios_in_play
from agents.offline.sentences import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.offline.intents import Intent
    from agents.offline.moment import Moment

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def letters(moment: Moment) -> Mapping[str, str]:
    """Return id -> letter of the scenarios in play."""
    refs = scenarios_in_play(moment)
    return {str(ref.id): letter for letter, ref in zip(LETTERS, refs, strict=False)}


def in_play(moment: Moment, language: str) -> str:
    """Say which scenarios there are to choose from."""
    refs = scenarios_in_play(moment)
    if not refs:
        return say("none_in_play", language)
    named = (f"{letter} {ref.label}" for letter, ref in zip(LETTERS, refs, strict=False))
    return say("in_play", language, scenarios="; ".join(named))


def named_ids(intent: Intent) -> list[str]:
    """Return the scenarios that a message names: ids in play, else beginnings of stored ids."""
    return [str(i) for i in intent.scenario_ids] or list(intent.id_prefixes)


def current(moment: Moment) -> str | None:
    """Return the scenario that was changed, looked at or chosen last, since the last proposal."""
    for result in reversed(moment.past):
        if not result.data:
            continue
        match result.tool:
            case "propose_scenarios":
                return None
            case "change_scenario" | "create_scenario":
                return str(result.data["scenarios"][0]["id"])
            case "get_scenario":
                return str(result.data["id"])
            case "request_approval" if result.data.get("kind") == "scenario":
                return str(result.data["subject_id"])
    return None


def meant(moment: Moment, intent: Intent, *, guess: bool = False) -> str | None:
    """Return the scenario a message is about: the one named, else the current, else the only one.

    With `guess` (a what-if writes nothing final) the balanced one stands for a fresh proposal.
    """
    if named := named_ids(intent):
        return named[0]
    if (focus := current(moment)) is not None:
        return focus
    refs = scenarios_in_play(moment)
    balanced = [str(ref.id) for ref in refs if ref.scenario_type == "balanced"]
    if guess and balanced:
        return balanced[0]
    return str(refs[0].id) if len(refs) == 1 else None


def origin(moment: Moment, scenario: str) -> str | None:
    """Return the scenario that one was changed from in this conversation, if any."""
    for result in reversed(moment.past):
        if result.tool == "change_scenario" and result.data:
            made: Sequence[dict[str, Any]] = result.data["scenarios"]
            if made[0]["id"] == scenario:
                return str(result.data["changed_from"])
    return None


def shown(moment: Moment, scenario: str) -> dict[str, Any] | None:
    """Return what the conversation has seen of a scenario, the newest first; None if nothing."""
    for result in reversed(moment.past):
        seen = [result.data] if result.tool == "get_scenario" else result.data.get("scenarios", [])
        for candidate in seen:
            if candidate and str(candidate["id"]).startswith(scenario) and "mechanics" in candidate:
                found: dict[str, Any] = candidate
                return found
    return None
