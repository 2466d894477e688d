"""`source_lines`: the lines of each workbook that judge its promotions, as one Arrow file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db.rows import on_conflict_update
from db.tables import source_lines

if TYPE_CHECKING:
    from uuid import UUID


def save(conn: sa.Connection, file_id: UUID, content: bytes) -> None:
    """Keep a file's lines; saved again, they are replaced."""
    names = ["source_file_id", "content"]
    row = insert(source_lines).values(source_file_id=file_id, content=content)
    conn.execute(on_conflict_update(row, source_lines, names, ["source_file_id"]))


def load(conn: sa.Connection, file_id: UUID) -> bytes | None:
    """Return a file's lines, None if it has none that judge anything (no item codes)."""
    wanted = sa.select(source_lines.c.content).where(source_lines.c.source_file_id == file_id)
    content = conn.execute(wanted).scalar()
    return None if content is None else bytes(content)
