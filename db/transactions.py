"""Transactions that are begun again when the server went away in the middle of one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeVar

from db.errors import StoreUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import sqlalchemy as sa

Result = TypeVar("Result")

# A server that is restarted or fails over is back within seconds; a dead one is soon reported.
WAITS_SECONDS: Final = (0.5, 2.0)


def in_transaction(
    engine: sa.Engine,
    work: Callable[[sa.Connection], Result],
    waits_seconds: Sequence[float] = WAITS_SECONDS,
) -> Result:
    """Do work in a transaction of its own; if the server goes away, do it again from the start.

    For work that may be done twice: when the connection breaks while it commits, nobody knows
    whether it was done. Every save of the stores can be repeated, a migration and retention too.

    Args:
        engine: The store.
        work: Given the connection; has no effect outside the store.
        waits_seconds: How long to wait before each new attempt.

    Raises:
        StoreUnreachableError: The server did not come back.
    """
    for wait in waits_seconds:
        try:
            return _once(engine, work)
        except StoreUnreachableError:
            time.sleep(wait)
    return _once(engine, work)


def _once(engine: sa.Engine, work: Callable[[sa.Connection], Result]) -> Result:
    with engine.begin() as conn:
        return work(conn)
