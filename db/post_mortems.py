"""`post_mortem_reports`: what campaigns really did."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from analytics.types import Record
from db import kpis, scenarios
from db.errors import ConflictError
from db.rows import every, fields_of, first, one, upsert
from db.tables import post_mortem_reports


class PostMortemRow(Record):
    """One report with the columns of its table; an error is None where the forecast was 0."""

    id: UUID
    scenario_id: UUID
    period_start: dt.date
    period_end: dt.date
    forecast_kpi_id: UUID | None
    actual_sales_value: float
    actual_margin_value: float
    actual_margin_pct: float
    actual_ebit: float
    actual_units: int
    sales_value_error_pct: float | None
    margin_value_error_pct: float | None
    ebit_error_pct: float | None
    units_error_pct: float | None
    post_promo_dip: dict[str, Any] | list[Any] | None = None
    cannibalization_signals: dict[str, Any] | list[Any] | None = None
    insights: tuple[str, ...] = ()
    learning_points: tuple[str, ...] = ()


STORED = fields_of(post_mortem_reports, PostMortemRow)


def save(conn: sa.Connection, report: PostMortemRow) -> None:
    """Save a report; one with the same id is overwritten.

    Raises:
        NotFoundError: The scenario or the forecast does not exist.
        ConflictError: The forecast is one of another scenario.
        RefusedValueError: A figure does not fit its column.
    """
    scenarios.require(conn, report.scenario_id)
    if report.forecast_kpi_id is not None:
        owner = kpis.get(conn, report.forecast_kpi_id).scenario_id
        if owner != report.scenario_id:
            message = (
                f"KPI {report.forecast_kpi_id} belongs to scenario {owner}, "
                f"not to {report.scenario_id}: use the latest KPI of that scenario"
            )
            raise ConflictError(message)
    row = report.model_dump()
    row |= {name: list(row[name]) for name in ("insights", "learning_points")}
    upsert(conn, post_mortem_reports, [row], key=["id"])


def get(conn: sa.Connection, report_id: UUID) -> PostMortemRow:
    """Return a report.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(post_mortem_reports.c.id == report_id)
    return one(conn, wanted, PostMortemRow, "post-mortem", report_id)


def latest_for(conn: sa.Connection, scenario_id: UUID) -> PostMortemRow | None:
    """Return the newest report of a scenario, None if there is none yet."""
    wanted = _newest_first().where(post_mortem_reports.c.scenario_id == scenario_id)
    return first(conn, wanted, PostMortemRow)


def list_post_mortems(conn: sa.Connection, limit: int = 50) -> list[PostMortemRow]:
    """Return the newest reports first."""
    return every(conn, _newest_first().limit(limit), PostMortemRow)


def _newest_first() -> sa.Select[Any]:
    table = post_mortem_reports
    return sa.select(*STORED).order_by(table.c.created_at.desc(), table.c.id.desc())
