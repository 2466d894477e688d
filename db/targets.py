"""`targets`: what each month should bring in each geography."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.types import Target
from db.rows import every, fields_of, one, upsert
from db.tables import targets

if TYPE_CHECKING:
    from collections.abc import Iterable

STORED = fields_of(targets, Target)


def save_many(conn: sa.Connection, records: Iterable[Target]) -> None:
    """Save targets; those of the same month and geography are overwritten."""
    upsert(conn, targets, [record.model_dump() for record in records], key=["month", "geo"])


def list_targets(conn: sa.Connection, geo: str | None = None) -> list[Target]:
    """Return targets by month and geography."""
    wanted = sa.select(*STORED).order_by(targets.c.month, targets.c.geo)
    if geo is not None:
        wanted = wanted.where(targets.c.geo == geo)
    return every(conn, wanted, Target)


def get(conn: sa.Connection, month: str, geo: str) -> Target:
    """Return the target of a month (`2024-10`) in a geography (`IT`).

    Raises:
        NotFoundError: None was set.
    """
    wanted = sa.select(*STORED).where(targets.c.month == month, targets.c.geo == geo)
    return one(conn, wanted, Target, "target", f"{month} {geo}")
