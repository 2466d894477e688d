"""What an answer stands on: the calls behind it, and the versions of data and rules they used."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

from analytics.types import Record
from db import tool_calls, turns
from tools.deps import Deps
from tools.errors import NotStored

# Keys of tool results that say what a figure was worked out with.
VERSIONS = ("model_version", "policy_version", "uses_sales_until", "sold_until")


class TrailCall(Record):
    """One tool call and what it was answered."""

    agent: str
    tool: str
    mode: Literal["READ", "WRITE"]
    arguments: dict[str, Any]
    result: Any
    refusal: str | None
    called_at: dt.datetime


class Trail(Record):
    """One turn: what was asked, which calls answered it, what they used."""

    thread_id: str
    turn: int
    asked: str
    status: turns.Status
    calls: tuple[TrailCall, ...]
    used: dict[str, tuple[str, ...]]
    model_calls: int
    input_tokens: int
    output_tokens: int


def trail(deps: Deps, thread_id: str, turn: int | None = None) -> Trail:
    """Return what the answer of a turn stands on; the newest turn if none is named.

    Raises:
        NotStored: there is no such conversation or turn.
    """
    said = {item.turn: item for item in turns.of_thread(deps.conn, thread_id)}
    asked = said.get(turn or max(said, default=0))
    if asked is None:
        message = (
            f"the conversation {thread_id} has {len(said)} turns, there is no turn {turn or 1}: name "
            "another one"
        )
        raise NotStored(message)
    calls = tuple(
        TrailCall(
            agent=call.agent,
            tool=call.tool,
            mode=call.mode,
            arguments=call.arguments,
            result=call.result,
            refusal=call.error,
            called_at=call.called_at,
        )
        for call in tool_calls.trail(deps.conn, thread_id)
        if asked.started_at <= call.called_at <= (asked.ended_at or call.called_at)
    )
    found = [pair for call in calls for pair in _versions(call.result)]
    return Trail(
        thread_id=thread_id,
        turn=asked.turn,
        asked=asked.text,
        status=asked.status,
        calls=calls,
        used={
            name: tuple(dict.fromkeys(value for key, value in found if key == name))
            for name in VERSIONS
            if any(key == name for key, _ in found)
        },
        model_calls=asked.model_calls,
        input_tokens=asked.input_tokens,
        output_tokens=asked.output_tokens,
    )


def _versions(value: object) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                if key in VERSIONS and inner is not None:
                    yield key, str(inner)
                yield from _versions(inner)
        case list():
            for inner in value:
                yield from _versions(inner)
        case _:
            pass
