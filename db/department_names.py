"""`department_names`: what departments of the workbooks are called in the store, as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.types import DepartmentName
from db.rows import every, fields_of, upsert
from db.tables import department_names

if TYPE_CHECKING:
    from collections.abc import Iterable

STORED = fields_of(department_names, DepartmentName)


def save_many(conn: sa.Connection, records: Iterable[DepartmentName]) -> None:
    """Save declared names; those of the same spelling are overwritten."""
    upsert(conn, department_names, [record.model_dump() for record in records], key=["found"])


def list_names(conn: sa.Connection) -> list[DepartmentName]:
    """Return all declared names by what the workbooks say."""
    return every(conn, sa.select(*STORED).order_by(department_names.c.found), DepartmentName)
