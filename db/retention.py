"""What is kept for how long: old KPIs, post-mortems and jobs go, sales and scenarios stay."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from analytics.types import Record
from db.tables import data_processing_jobs, post_mortem_reports, scenario_kpis

jobs = data_processing_jobs


class Rule(NamedTuple):
    """How long the rows of a table are kept, counted from a moment of the row."""

    table: sa.Table
    moment: sa.ColumnElement[Any]
    kept: str
    years: int = 0
    days: int = 0

    def cutoff(self, today: dt.date) -> dt.date:
        """Return the first day whose rows are kept; 29 February counts back to the 28th."""
        year = max(today.year - self.years, dt.MINYEAR)
        leap_day = (today.month, today.day) == (2, 29)
        day = today.replace(year=year, day=28 if self.years and leap_day else today.day)
        return day - min(dt.timedelta(self.days), day - dt.date.min)

    def expired(self, today: dt.date) -> sa.ColumnElement[bool]:
        """Return the condition that a row goes."""
        return self.moment < dt.datetime.combine(self.cutoff(today), dt.time(), dt.UTC)


# Reports before the forecasts they point to. A job that was started over keeps its created_at.
RULES: Final = (
    Rule(post_mortem_reports, post_mortem_reports.c.created_at, "3 years", years=3),
    Rule(scenario_kpis, scenario_kpis.c.created_at, "2 years", years=2),
    Rule(
        jobs,
        sa.func.greatest(
            jobs.c.created_at,
            sa.func.coalesce(jobs.c.started_at, jobs.c.created_at),
            sa.func.coalesce(jobs.c.completed_at, jobs.c.created_at),
            type_=jobs.c.created_at.type,
        ),
        "90 days",
        days=90,
    ),
)


class Expired(Record):
    """The rows of one table that go; `oldest` is None where none do."""

    table: str
    kept: str
    before: dt.date
    rows: int
    oldest: dt.datetime | None


def expired(conn: sa.Connection, today: dt.date) -> list[Expired]:
    """Say what retention would delete on a day, changing nothing."""
    found = []
    for rule in RULES:
        wanted = sa.select(sa.func.count(), sa.func.min(rule.moment, type_=rule.moment.type))
        rows, oldest = conn.execute(wanted.where(rule.expired(today))).one()
        found.append(
            Expired(
                table=rule.table.name,
                kept=rule.kept,
                before=rule.cutoff(today),
                rows=rows,
                oldest=oldest,
            )
        )
    return found


def retire(conn: sa.Connection, today: dt.date) -> list[Expired]:
    """Delete what has been kept long enough and say what went; a second run finds nothing.

    A post-mortem outlives its forecast: its `forecast_kpi_id` becomes NULL. Scenarios are never
    deleted here, with or without a post-mortem, and sales are kept for good.
    """
    gone = []
    for rule, found in zip(RULES, expired(conn, today), strict=True):
        if rule.table is scenario_kpis:
            _forget_forecasts(conn, rule.expired(today))
        # Counted anew: another process may have retired some in between.
        deleted = conn.execute(rule.table.delete().where(rule.expired(today)))
        gone.append(found.model_copy(update={"rows": deleted.rowcount}))
    return gone


def _forget_forecasts(conn: sa.Connection, going: sa.ColumnElement[bool]) -> None:
    """Do what ON DELETE SET NULL does on PostgreSQL: DuckDB's foreign keys cannot."""
    forecast = post_mortem_reports.c.forecast_kpi_id
    old = sa.select(scenario_kpis.c.id).where(going)
    conn.execute(post_mortem_reports.update().where(forecast.in_(old)).values(forecast_kpi_id=None))
