"""`tool_calls`: every tool call with its answer; the audit trail, and a replay's memory."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from analytics.types import Record
from db.rows import every, fields_of, first
from db.tables import tool_calls
from db.values import fit_row


class ToolCall(Record):
    """One call: who asked which tool for what, and the answer given to the model."""

    thread_id: str
    call_id: str
    agent: str
    tool: str
    mode: Literal["READ", "WRITE"]
    arguments: dict[str, Any]
    result: Any
    error: str | None
    called_at: dt.datetime


STORED = fields_of(tool_calls, ToolCall)


def record(conn: sa.Connection, call: ToolCall) -> bool:
    """Write a call down; False if it was written down before, which then stays as it was."""
    row = fit_row(tool_calls, call.model_dump())
    written = insert(tool_calls).values(row).on_conflict_do_nothing()
    return conn.execute(written.returning(tool_calls.c.call_id)).first() is not None


def recorded(conn: sa.Connection, thread_id: str, call_id: str) -> ToolCall | None:
    """Return a call made before, None if it was not."""
    wanted = sa.select(*STORED).where(
        tool_calls.c.thread_id == thread_id, tool_calls.c.call_id == call_id
    )
    return first(conn, wanted, ToolCall)


def trail(conn: sa.Connection, thread_id: str) -> list[ToolCall]:
    """Return the calls of a thread in their order."""
    wanted = (
        sa.select(*STORED)
        .where(tool_calls.c.thread_id == thread_id)
        .order_by(tool_calls.c.called_at, tool_calls.c.call_id)
    )
    return every(conn, wanted, ToolCall)
