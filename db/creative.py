"""`creative_briefs`: what the creative team gets for a scenario."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from analytics.types import Record
from db import scenarios
from db.rows import every, fields_of, first, id_begins, one, upsert
from db.tables import creative_briefs


class CreativeBrief(Record):
    """A brief and its assets."""

    id: UUID
    scenario_id: UUID
    brief: dict[str, Any]
    assets: tuple[dict[str, Any], ...] = ()


STORED = fields_of(creative_briefs, CreativeBrief)


def save(conn: sa.Connection, brief: CreativeBrief) -> None:
    """Save a brief; one with the same id is overwritten.

    Raises:
        NotFoundError: The scenario does not exist.
    """
    scenarios.require(conn, brief.scenario_id)
    upsert(conn, creative_briefs, [brief.model_dump()], key=["id"])


def get(conn: sa.Connection, brief_id: UUID) -> CreativeBrief:
    """Return a brief.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(creative_briefs.c.id == brief_id)
    return one(conn, wanted, CreativeBrief, "creative brief", brief_id)


def starting_with(conn: sa.Connection, prefix: str) -> list[CreativeBrief]:
    """Return the briefs whose id begins so."""
    found = sa.select(*STORED).where(id_begins(creative_briefs, prefix))
    return every(conn, found.order_by(creative_briefs.c.id), CreativeBrief)


def latest_for(conn: sa.Connection, scenario_id: UUID) -> CreativeBrief | None:
    """Return the newest brief of a scenario, None if there is none yet."""
    table = creative_briefs
    wanted = (
        sa.select(*STORED)
        .where(table.c.scenario_id == scenario_id)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    return first(conn, wanted, CreativeBrief)
