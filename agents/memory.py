"""What of a long thread a model is still shown: the latest turns, the plan in play, the decisions.

A turn is a person's message and what followed. The newest ones stay whole. Of the older ones stay those
since the newest proposal that made, changed or put forward a scenario (the brief and what became
of it), and those that ended in a decision; questions answered long ago go. Nothing is summarised: what
stays is as it was said, and the thread itself keeps everything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agents.routing import PLAN_TOOLS, ROUTER, results

if TYPE_CHECKING:
    from collections.abc import Sequence

Message = TypeVar("Message", bound=BaseMessage)

RECENT_TURNS = 12
_PROPOSALS = frozenset({"propose_scenarios", "create_scenario"})
_APPROVAL = "approval"


def remembered(messages: Sequence[Message], recent_turns: int = RECENT_TURNS) -> list[Message]:
    """Return the messages that a model is shown, in order, each turn whole or not at all."""
    turns = _turns(messages)
    old, recent = turns[:-recent_turns], turns[-recent_turns:]
    since = next((i for i in range(len(old) - 1, -1, -1) if _made(old[i], _PROPOSALS)), 0)
    kept = [
        turn
        for i, turn in enumerate(old)
        if _decided(turn) or (i >= since and _made(turn, PLAN_TOOLS | {"request_approval"}))
    ]
    return [message for turn in (*kept, *recent) for message in turn]


def _turns(messages: Sequence[Message]) -> list[list[Message]]:
    turns: list[list[Message]] = []
    for message in messages:
        person = isinstance(message, HumanMessage) and message.name != ROUTER
        if person or not turns:
            turns.append([])
        turns[-1].append(message)
    return turns


def _made(turn: Sequence[BaseMessage], tools: frozenset[str]) -> bool:
    """Return whether a call of one of the tools succeeded in a turn."""
    return any(result.tool in tools and result.data for result in results(turn))


def _decided(turn: Sequence[BaseMessage]) -> bool:
    return any(isinstance(m, AIMessage) and m.name == _APPROVAL for m in turn)
