"""`segments`: customer segments of the CDP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.types import Segment
from db.rows import every, fields_of, one, upsert
from db.tables import segments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

STORED = fields_of(segments, Segment)


def save_many(conn: sa.Connection, records: Iterable[Segment]) -> None:
    """Save segments; those with the same segment_id are overwritten."""
    rows = [
        record.model_dump() | {"fav_categories": list(record.fav_categories)} for record in records
    ]
    upsert(conn, segments, rows, key=["segment_id"])


def remove(conn: sa.Connection, segment_ids: Collection[str]) -> None:
    """Delete segments; what is not there is no error."""
    conn.execute(segments.delete().where(segments.c.segment_id.in_(segment_ids)))


def list_segments(conn: sa.Connection) -> list[Segment]:
    """Return all segments by their id."""
    wanted = sa.select(*STORED).order_by(segments.c.segment_id)
    return every(conn, wanted, Segment)


def get(conn: sa.Connection, segment_id: str) -> Segment:
    """Return a segment.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(segments.c.segment_id == segment_id)
    return one(conn, wanted, Segment, "segment", segment_id)
