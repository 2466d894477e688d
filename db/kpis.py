"""`scenario_kpis`: what a scenario is expected to bring; the newest of a scenario counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from analytics.types import Record, ScenarioKpis, ScenarioType, Verdict
from db import scenarios
from db.errors import NotFoundError
from db.rows import every, fields_of, first, one, upsert
from db.tables import scenario_kpis

if TYPE_CHECKING:
    from collections.abc import Sequence

STORED = fields_of(scenario_kpis, ScenarioKpis)


class Comparison(Record):
    """One row of scenario_comparison_view; None where nothing was computed or validated yet."""

    scenario_id: UUID
    label: str
    scenario_type: ScenarioType
    date_range_start: dt.date
    date_range_end: dt.date
    total_sales_value: float | None
    total_margin_pct: float | None
    total_ebit: float | None
    sales_value_delta: float | None
    validation_status: Verdict | None
    overall_score: int | None


comparison_view = sa.table(
    "scenario_comparison_view",
    sa.column("scenario_id", sa.Uuid),
    *(sa.column(name) for name in Comparison.model_fields if name != "scenario_id"),
)


def save(conn: sa.Connection, kpis: ScenarioKpis) -> None:
    """Save the KPIs of a scenario; those with the same id are overwritten.

    Raises:
        NotFoundError: The scenario does not exist.
        RefusedValueError: A figure does not fit its column.
    """
    scenarios.require(conn, kpis.scenario_id)
    upsert(conn, scenario_kpis, [kpis.model_dump()], key=["id"])


def get(conn: sa.Connection, kpi_id: UUID) -> ScenarioKpis:
    """Return KPIs by their own id.

    Raises:
        NotFoundError: There are none with this id.
    """
    wanted = sa.select(*STORED).where(scenario_kpis.c.id == kpi_id)
    return one(conn, wanted, ScenarioKpis, "KPI", kpi_id)


def latest_for(conn: sa.Connection, scenario_id: UUID) -> ScenarioKpis | None:
    """Return the newest KPIs of a scenario, None if none were computed yet."""
    wanted = (
        sa.select(*STORED)
        .where(scenario_kpis.c.scenario_id == scenario_id)
        .order_by(scenario_kpis.c.created_at.desc(), scenario_kpis.c.id.desc())
    )
    return first(conn, wanted, ScenarioKpis)


def comparison(conn: sa.Connection, scenario_ids: Sequence[UUID]) -> list[Comparison]:
    """Return one line per scenario, in the order asked, from its newest KPIs and its verdict.

    Raises:
        NotFoundError: One of the scenarios does not exist.
    """
    wanted = sa.select(comparison_view).where(comparison_view.c.scenario_id.in_(scenario_ids))
    found = {row.scenario_id: row for row in every(conn, wanted, Comparison)}
    for scenario_id in scenario_ids:
        if scenario_id not in found:
            raise NotFoundError(kind="scenario", key=scenario_id)
    return [found[scenario_id] for scenario_id in scenario_ids]
