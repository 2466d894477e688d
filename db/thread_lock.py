"""One run at a time on a conversation: two at once would lose each other's messages."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from db.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


@dataclass
class _Holder:
    """The conversations that this process is in on one store.

    On PostgreSQL one connection carries all their advisory locks, which the server lets go when the
    process dies; it is open only while there are any. A DuckDB file has one process anyway.
    """

    threads: set[str]
    conn: sa.Connection | None


_holders: dict[sa.Engine, _Holder] = {}
_guard = threading.Lock()


@contextmanager
def hold(engine: sa.Engine, thread_id: str) -> Iterator[None]:
    """Hold a conversation while the block runs.

    Raises:
        ConflictError: somebody else is in it.
    """
    with _guard:
        _take(engine, thread_id)
    try:
        yield
    finally:
        with _guard:
            _let_go(engine, thread_id)


def _take(engine: sa.Engine, thread_id: str) -> None:
    holder = _holders.get(engine) or _Holder(set(), _server_session(engine))
    _holders[engine] = holder
    if thread_id in holder.threads or not _locked(holder.conn, thread_id):
        _close_if_unused(engine)
        message = (
            f"the conversation {thread_id} is answering somebody else: wait for the answer, or use "
            "another --thread"
        )
        raise ConflictError(message)
    holder.threads.add(thread_id)


def _let_go(engine: sa.Engine, thread_id: str) -> None:
    holder = _holders[engine]
    holder.threads.discard(thread_id)
    try:
        if holder.conn is not None:
            holder.conn.execute(_UNLOCK, {"name": thread_id})
    finally:
        _close_if_unused(engine)


def _server_session(engine: sa.Engine) -> sa.Connection | None:
    if engine.dialect.name == "duckdb":
        return None
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _locked(conn: sa.Connection | None, thread_id: str) -> bool:
    return conn is None or bool(conn.scalar(_LOCK, {"name": thread_id}))


def _close_if_unused(engine: sa.Engine) -> None:
    holder = _holders[engine]
    if not holder.threads:
        del _holders[engine]
        if holder.conn is not None:
            holder.conn.close()
