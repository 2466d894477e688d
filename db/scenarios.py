"""`promo_scenarios`: promotion plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.types import Scenario
from db.errors import ConflictError
from db.rows import every, fields_of, id_begins, one, upsert
from db.tables import (
    creative_briefs,
    post_mortem_reports,
    promo_scenarios,
    scenario_kpis,
    validation_reports,
)

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

STORED = fields_of(promo_scenarios, Scenario)


def save(conn: sa.Connection, scenario: Scenario) -> None:
    """Save a scenario; one with the same id is overwritten."""
    row = scenario.model_dump()
    row["mechanics"] = [mechanic.model_dump(mode="json") for mechanic in scenario.mechanics]
    upsert(conn, promo_scenarios, [row], key=["id"])


def get(conn: sa.Connection, scenario_id: UUID) -> Scenario:
    """Return a scenario.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(promo_scenarios.c.id == scenario_id)
    return one(conn, wanted, Scenario, "scenario", scenario_id)


def list_scenarios(
    conn: sa.Connection,
    start: dt.date | None = None,
    end: dt.date | None = None,
    scenario_type: str | None = None,
    limit: int = 50,
) -> list[Scenario]:
    """Return the newest scenarios first.

    Args:
        conn: Connection to the store.
        start: Only those that run on this day or later.
        end: Only those that run on this day or earlier.
        scenario_type: Only this type.
        limit: At most so many.
    """
    wanted = sa.select(*STORED).order_by(promo_scenarios.c.created_at.desc(), promo_scenarios.c.id)
    if start is not None:
        wanted = wanted.where(promo_scenarios.c.date_range_end >= start)
    if end is not None:
        wanted = wanted.where(promo_scenarios.c.date_range_start <= end)
    if scenario_type is not None:
        wanted = wanted.where(promo_scenarios.c.scenario_type == scenario_type)
    return every(conn, wanted.limit(limit), Scenario)


def starting_with(conn: sa.Connection, prefix: str) -> list[Scenario]:
    """Return the scenarios whose id begins so, the newest first."""
    found = sa.select(*STORED).where(id_begins(promo_scenarios, prefix))
    newest_first = (promo_scenarios.c.created_at.desc(), promo_scenarios.c.id)
    return every(conn, found.order_by(*newest_first), Scenario)


def require(conn: sa.Connection, scenario_id: UUID) -> None:
    """Return if the scenario exists: DuckDB's tables have no foreign keys that would say so.

    Raises:
        NotFoundError: There is none with this id.
    """
    get(conn, scenario_id)


def delete(conn: sa.Connection, scenario_id: UUID) -> None:
    """Delete a scenario with its KPIs, validation and creative briefs.

    Raises:
        NotFoundError: There is none with this id.
        ConflictError: It has a post-mortem; what was learned is kept.
    """
    require(conn, scenario_id)
    learned = sa.select(post_mortem_reports.c.id).where(
        post_mortem_reports.c.scenario_id == scenario_id
    )
    if conn.execute(learned).first() is not None:
        message = (
            f"scenario {scenario_id} has a post-mortem, which is kept for learning: "
            "leave the scenario in place"
        )
        raise ConflictError(message)
    # KPIs may have been another scenario's when its report took them as forecast. PostgreSQL's key
    # sets NULL there; DuckDB has no such key.
    going = sa.select(scenario_kpis.c.id).where(scenario_kpis.c.scenario_id == scenario_id)
    forecast = post_mortem_reports.c.forecast_kpi_id
    conn.execute(
        post_mortem_reports.update().where(forecast.in_(going)).values(forecast_kpi_id=None)
    )
    for child in (creative_briefs, validation_reports, scenario_kpis):
        conn.execute(child.delete().where(child.c.scenario_id == scenario_id))
    conn.execute(promo_scenarios.delete().where(promo_scenarios.c.id == scenario_id))
