"""`source_lines`: the lines of each workbook that judge its promotions, as one Arrow file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from db.tables import source_lines

if TYPE_CHECKING:
    from uuid import UUID


def save(conn: sa.Connection, file_id: UUID, content: bytes) -> None:
    """Keep a file's lines; saved again, they are replaced."""
    own = source_lines.c.source_file_id == file_id
    # DuckDB takes ten times as long over megabytes that an ON CONFLICT compares.
    if conn.execute(sa.select(own).where(own)).first() is None:
        conn.execute(source_lines.insert().values(source_file_id=file_id, content=content))
    else:
        conn.execute(source_lines.update().where(own).values(content=content))


def load(conn: sa.Connection, file_id: UUID) -> bytes | None:
    """Return a file's lines, None if it has none that judge anything (no item codes)."""
    wanted = sa.select(source_lines.c.content).where(source_lines.c.source_file_id == file_id)
    content = conn.execute(wanted).scalar()
    return None if content is None else bytes(content)
