"""What the person wants, read in the light of the conversation so far."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from agents.offline.brief import Vocabulary
from agents.offline.intents import Context, Intent
from agents.offline.kinds import ELLIPTIC
from agents.offline.references import ScenarioRef
from agents.offline.requests import read_requests
from agents.routing import PLAN_TOOLS

if TYPE_CHECKING:
    import datetime as dt

    from agents.offline.language import Language
    from agents.offline.moment import Moment

MOST_CHARACTERS = 4_000
"""A longer message is not read: no brief is so long, and reading it would take seconds."""

# A question and its answer are never further apart than this.
_REMEMBERED = 6


def vocabulary(moment: Moment) -> Vocabulary:
    """Return the names the store knows."""
    return Vocabulary(
        departments=tuple(moment.context["departments"]), segments=moment.context["segments"]
    )


def scenarios_in_play(moment: Moment) -> tuple[ScenarioRef, ...]:
    """Return the scenarios the person was shown last: the newest proposal and what came of it."""
    shown: dict[UUID, ScenarioRef] = {}
    for result in moment.past:
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


def language_of(moment: Moment) -> Language:
    """Return the language to answer in."""
    return intent_of(moment).language


def intent_of(moment: Moment) -> Intent:
    """Return what the person's last message wants.

    Earlier messages give the brief that a short answer completes ("22 to 27 October").
    """
    texts = tuple(text for text in moment.earlier[-_REMEMBERED:] if len(text) <= MOST_CHARACTERS)
    return _read(
        texts,
        moment.text[:MOST_CHARACTERS],
        moment.today,
        json.dumps([moment.context["departments"], moment.context["segments"]]),
        scenarios_in_play(moment),
        waiting=moment.waiting is not None,
    )


@lru_cache(maxsize=64)
def _read(  # noqa: PLR0913  what a reading depends on, and nothing else
    earlier: tuple[str, ...],
    text: str,
    today: dt.date,
    names: str,
    scenarios: tuple[ScenarioRef, ...],
    *,
    waiting: bool,
) -> Intent:
    """Read a message once: each agent that speaks in a turn asks for the same reading."""
    departments, segments = json.loads(names)
    known = Vocabulary(departments=tuple(departments), segments=segments)
    context = Context(scenarios=scenarios)
    for said in earlier:
        context = _after(context, read_requests(said, today, known, context))
    context = context.model_copy(update={"pending_approval": waiting})
    return read_requests(text, today, known, context)


def _after(context: Context, said: Intent) -> Context:
    """Return the context that a message leaves for the next one."""
    return context.model_copy(
        update={
            "language": said.language,
            "last_brief": said.brief if said.kind == "plan" else context.last_brief,
            "last_kind": said.kind if said.kind in (*ELLIPTIC, "whatif") else None,
            "last_said": said.brief,
        }
    )
