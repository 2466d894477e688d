"""What flows between the agents: the conversation, who spoke last, how often a plan went back."""

from __future__ import annotations

from typing import Literal, TypedDict

from langgraph.graph import MessagesState

AgentName = Literal["analyst", "planner", "validator", "creative", "post_mortem"]


class Decision(TypedDict):
    """What a person decided about one request."""

    kind: Literal["scenario", "creative", "coefficients"]
    subject_id: str
    status: Literal["approved", "rejected"]
    by: str
    reason: str


class LoopState(MessagesState):
    """State of one conversation thread.

    Attributes:
        messages: everything said and every tool result; hand-overs are human messages
            named `router`.
        speaker: who spoke last: an agent, `approval`, or empty when the person did.
        revisions: how often the Validator sent this turn's plan back to the Planner.
        decision: what a person decided last in this turn.
        turn: number of the person's message, from 1.
    """

    speaker: AgentName | Literal["approval", ""]
    revisions: int
    decision: Decision | None
    turn: int


class TurnInput(TypedDict):
    """What starts a turn: the person's message; the counters begin anew."""

    messages: list[tuple[str, str]]
    speaker: Literal[""]
    revisions: Literal[0]
    decision: None
    turn: int
