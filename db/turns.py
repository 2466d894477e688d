"""`turns`: what a person asked in a conversation, how far it came, and what it used.

The conversation's own record of whether a turn is finished: a checkpoint that shows no next step may
belong to a turn that died between two of its writes.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import sqlalchemy as sa

from analytics.types import Record
from db.rows import change_one, every, fields_of, first
from db.tables import turns
from db.values import fit_row

Status = Literal["running", "waiting", "done", "failed"]


class Turn(Record):
    """One turn.

    Attributes:
        turn: 1 for the first of its thread.
        text: what the person said.
        status: `running` until an answer stands (also when the process died), `waiting` for an
            approval, `done`, or `failed` with its error.
    """

    thread_id: str
    turn: int
    text: str
    status: Status
    error: str | None
    model_calls: int
    input_tokens: int
    output_tokens: int
    started_at: dt.datetime
    ended_at: dt.datetime | None


STORED = fields_of(turns, Turn)


def begin(conn: sa.Connection, thread_id: str, text: str, at: dt.datetime) -> int:
    """Write down that a turn begins; returns its number, the next of its thread."""
    newest = latest(conn, thread_id)
    number = 1 if newest is None else newest.turn + 1
    row = {"thread_id": thread_id, "turn": number, "text": text, "started_at": at}
    conn.execute(sa.insert(turns).values(fit_row(turns, row)))
    return number


def go_on(conn: sa.Connection, thread_id: str, turn: int) -> None:
    """Write down that a turn that waited runs again.

    Raises:
        NotFoundError: there is no such turn.
    """
    change = (
        sa.update(turns)
        .where(turns.c.thread_id == thread_id, turns.c.turn == turn)
        .values(status="running", ended_at=None)
    )
    change_one(conn, change, "turn", f"{turn} of {thread_id}")


def end(  # noqa: PLR0913  one argument per column
    conn: sa.Connection,
    thread_id: str,
    turn: int,
    *,
    status: Status,
    at: dt.datetime,
    error: str | None = None,
    model_calls: int = 0,
    input_tokens: int = 0,
    output_tokens: int = 0,
) -> None:
    """Write down how far a turn came; what it used is added to what it had used before.

    Raises:
        NotFoundError: there is no such turn.
    """
    change = (
        sa.update(turns)
        .where(turns.c.thread_id == thread_id, turns.c.turn == turn)
        .values(
            status=status,
            error=error,
            ended_at=at,
            model_calls=turns.c.model_calls + model_calls,
            input_tokens=turns.c.input_tokens + input_tokens,
            output_tokens=turns.c.output_tokens + output_tokens,
        )
    )
    change_one(conn, change, "turn", f"{turn} of {thread_id}")


def latest(conn: sa.Connection, thread_id: str) -> Turn | None:
    """Return the newest turn of a thread, None before the first."""
    wanted = sa.select(*STORED).where(turns.c.thread_id == thread_id).order_by(turns.c.turn.desc())
    return first(conn, wanted, Turn)


def of_thread(conn: sa.Connection, thread_id: str) -> list[Turn]:
    """Return the turns of a thread in their order."""
    wanted = sa.select(*STORED).where(turns.c.thread_id == thread_id).order_by(turns.c.turn)
    return every(conn, wanted, Turn)


def copy(conn: sa.Connection, source: str, target: str, *, until: int) -> None:
    """Give a thread the turns of another one, up to and with one of them; what waited is done."""
    copied = [
        turn.model_dump() | {"thread_id": target, "status": "done"}
        for turn in of_thread(conn, source)
        if turn.turn <= until
    ]
    for row in copied:
        conn.execute(sa.insert(turns).values(fit_row(turns, row)))
