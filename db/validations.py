"""`validation_reports`: the verdict on a scenario, one per scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.types import ValidationReport
from db import scenarios
from db.rows import fields_of, first, upsert
from db.tables import validation_reports

if TYPE_CHECKING:
    from uuid import UUID

STORED = fields_of(validation_reports, ValidationReport)


def save(conn: sa.Connection, report: ValidationReport) -> None:
    """Save a verdict; an earlier one of the same scenario gives way.

    Raises:
        NotFoundError: The scenario does not exist.
    """
    scenarios.require(conn, report.scenario_id)
    table = validation_reports
    earlier = (table.c.scenario_id == report.scenario_id) & (table.c.id != report.id)
    conn.execute(table.delete().where(earlier))
    row = report.model_dump()
    row["issues"] = [issue.model_dump(mode="json") for issue in report.issues]
    upsert(conn, table, [row], key=["id"])


def get_for(conn: sa.Connection, scenario_id: UUID) -> ValidationReport | None:
    """Return the verdict on a scenario, None if it was not validated yet."""
    wanted = sa.select(*STORED).where(validation_reports.c.scenario_id == scenario_id)
    return first(conn, wanted, ValidationReport)
