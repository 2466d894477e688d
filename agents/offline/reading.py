"""What the person wants, read in the light of the conversation so far."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from agents.offline.brief import Vocabulary
from agents.offline.intents import Context, Intent, read_intent
from agents.offline.references import ScenarioRef
from agents.routing import PLAN_TOOLS

if TYPE_CHECKING:
    from agents.offline.turn import Turn

# A question and its answer are never further apart than this.
_REMEMBERED = 6


def vocabulary(turn: Turn) -> Vocabulary:
    """Return the names the store knows."""
    return Vocabulary(
        departments=tuple(turn.context["departments"]), segments=turn.context["segments"]
    )


def scenarios_in_play(turn: Turn) -> tuple[ScenarioRef, ...]:
    """Return the scenarios the person was shown last: the newest proposal and what came of it."""
    shown: dict[UUID, ScenarioRef] = {}
    for result in turn.past:
        if result.tool not in PLAN_TOOLS or not result.data:
            continue
        if result.tool == "propose_scenarios":
            shown.clear()
        for scenario in result.data["scenarios"]:
            ref = ScenarioRef(
                id=UUID(scenario["id"]),
                label=scenario["label"],
                scenario_type=scenario["scenario_type"],
            )
            shown[ref.id] = ref
    return tuple(shown.values())


def intent_of(turn: Turn) -> Intent:
    """Return what the person's last message wants.

    Earlier messages give the brief that a short answer completes ("22 to 27 October").
    """
    context = Context(scenarios=scenarios_in_play(turn))
    for text in turn.earlier[-_REMEMBERED:]:
        said = read_intent(text, turn.today, vocabulary(turn), context)
        context = context.model_copy(
            update={
                "language": said.language,
                "last_brief": said.brief if said.kind == "plan" else context.last_brief,
            }
        )
    return read_intent(turn.text, turn.today, vocabulary(turn), context)
