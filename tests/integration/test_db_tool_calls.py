"""The ledger of tool calls: each written once, read back in order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from db import tool_calls
from db.errors import RefusedValueError
from db.tool_calls import ToolCall

if TYPE_CHECKING:
    import sqlalchemy as sa

NOON = dt.datetime(2025, 3, 3, 12, tzinfo=dt.UTC)


def a_call(**changes: Any) -> ToolCall:
    fields = {
        "thread_id": "thread-1",
        "call_id": "call-1",
        "agent": "planner",
        "tool": "what_if",
        "mode": "WRITE",
        "arguments": {"depth_pct": 20, "departments": ["TV"], "note": "è così"},
        "result": {"ebit": 1.25, "rows": [{"a": None}]},
        "error": None,
        "called_at": NOON,
    }
    return ToolCall.model_validate(fields | changes)


@pytest.mark.parametrize("result", [{"a": [1]}, [1, 2], "a sentence", 3.5, True, None])
def test_a_call_comes_back_as_it_was_recorded(engine: sa.Engine, result: object) -> None:
    call = a_call(result=result, error=None if result else "refused: no such department")
    with engine.begin() as conn:
        assert tool_calls.recorded(conn, "thread-1", "call-1") is None
        assert tool_calls.record(conn, call)
    with engine.connect() as conn:
        assert tool_calls.recorded(conn, "thread-1", "call-1") == call


def test_the_first_answer_stays(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        assert tool_calls.record(conn, a_call())
        assert not tool_calls.record(conn, a_call(result="another"))
        assert tool_calls.trail(conn, "thread-1") == [a_call()]


def test_a_trail_is_in_order_of_time_and_of_one_thread(engine: sa.Engine) -> None:
    calls = [
        a_call(call_id="z", called_at=NOON),
        a_call(call_id="a", called_at=NOON + dt.timedelta(microseconds=1)),
        a_call(call_id="b", called_at=NOON + dt.timedelta(microseconds=1)),
    ]
    with engine.begin() as conn:
        for call in (*reversed(calls), a_call(thread_id="thread-2")):
            assert tool_calls.record(conn, call)
        assert tool_calls.trail(conn, "thread-1") == calls
        assert tool_calls.trail(conn, "nobody") == []


def test_a_name_that_does_not_fit_is_refused(engine: sa.Engine) -> None:
    with (
        pytest.raises(RefusedValueError, match="thread_id holds at most 200"),
        engine.begin() as conn,
    ):
        tool_calls.record(conn, a_call(thread_id="x" * 201))
