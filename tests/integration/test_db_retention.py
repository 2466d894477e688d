"""What retention takes and what it leaves, on both engines; the days are counted by hand."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from db import retention, scenarios
from db.errors import ConflictError
from db.tables import (
    data_processing_jobs,
    metadata,
    post_mortem_reports,
    promo_scenarios,
    sales_aggregated,
    scenario_kpis,
)
from tests.integration.store_cases import (
    a_job,
    a_kpi,
    a_post_mortem,
    a_scenario,
    content,
    sales_days,
    uuid,
)

TODAY = dt.date(2026, 11, 22)
SECOND = dt.timedelta(seconds=1)


def midnight(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime(year, month, day, tzinfo=dt.UTC)


@pytest.fixture
def filled(engine: sa.Engine) -> sa.Engine:
    """Rows on either side of each limit: 2024-11-22, 2023-11-22 and 2026-08-24."""
    two, three, ninety = midnight(2024, 11, 22), midnight(2023, 11, 22), midnight(2026, 8, 24)
    with engine.begin() as conn:
        conn.execute(sa.insert(promo_scenarios), [a_scenario(n, three - SECOND) for n in (1, 2, 3)])
        conn.execute(
            sa.insert(scenario_kpis),
            [a_kpi(11, 1, two - SECOND), a_kpi(12, 1, two), a_kpi(13, 2, three)],
        )
        conn.execute(
            sa.insert(post_mortem_reports),
            [
                a_post_mortem(21, 1, 11, three),
                a_post_mortem(22, 1, 12, three),
                a_post_mortem(23, 2, 13, three - SECOND),
            ],
        )
        jobs = [
            a_job("old", ninety - SECOND),
            a_job("young", ninety),
            a_job("started over", ninety - SECOND, status="processing", started_at=ninety),
            a_job("long", ninety - SECOND, completed_at=ninety),
            a_job("long ago", ninety - 2 * SECOND, completed_at=ninety - SECOND),
        ]
        for job in jobs:
            conn.execute(sa.insert(data_processing_jobs), job)
        conn.execute(sa.insert(sales_aggregated), list(sales_days(3, dt.date(1990, 1, 1))))
    return engine


def ids(engine: sa.Engine, column: sa.Column[object]) -> set[object]:
    with engine.connect() as conn:
        return set(conn.execute(sa.select(column)).scalars())


def test_what_is_older_goes_and_what_is_as_old_stays(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        gone = retention.retire(conn, TODAY)
    assert [(found.table, found.before, found.rows) for found in gone] == [
        ("post_mortem_reports", dt.date(2023, 11, 22), 1),
        ("scenario_kpis", dt.date(2024, 11, 22), 2),
        ("data_processing_jobs", dt.date(2026, 8, 24), 2),
    ]
    assert gone[0].oldest == midnight(2023, 11, 22) - SECOND
    assert ids(filled, scenario_kpis.c.id) == {uuid(12)}
    assert ids(filled, post_mortem_reports.c.id) == {uuid(21), uuid(22)}
    assert ids(filled, data_processing_jobs.c.job_id) == {"young", "started over", "long"}
    assert len(ids(filled, sales_aggregated.c.id)) == 9
    assert ids(filled, promo_scenarios.c.id) == {uuid(1), uuid(2), uuid(3)}


def test_a_report_outlives_its_forecast(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        retention.retire(conn, TODAY)
        wanted = sa.select(post_mortem_reports.c.id, post_mortem_reports.c.forecast_kpi_id)
        assert {tuple(row) for row in conn.execute(wanted)} == {
            (uuid(21), None),
            (uuid(22), uuid(12)),
        }
        with pytest.raises(ConflictError, match="has a post-mortem"):
            scenarios.delete(conn, uuid(1))


def test_a_dry_run_says_the_same_and_changes_nothing(filled: sa.Engine) -> None:
    with filled.connect() as conn:
        before = [content(conn, table) for table in metadata.sorted_tables]
        said = retention.expired(conn, TODAY)
        assert [content(conn, table) for table in metadata.sorted_tables] == before
    with filled.begin() as conn:
        assert retention.retire(conn, TODAY) == said


def test_a_second_run_finds_nothing(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        retention.retire(conn, TODAY)
    with filled.begin() as conn:
        again = retention.retire(conn, TODAY)
    assert [(found.rows, found.oldest) for found in again] == [(0, None)] * 3


def test_a_failure_in_the_middle_leaves_everything(filled: sa.Engine) -> None:
    with filled.connect() as conn:
        before = [content(conn, table) for table in metadata.sorted_tables]
    with filled.connect() as conn:
        retention.retire(conn, TODAY)
        # Left without a commit, as by Ctrl-C or a kill.
    with filled.connect() as conn:
        assert [content(conn, table) for table in metadata.sorted_tables] == before


@pytest.mark.parametrize(
    ("today", "limits"),
    [
        (dt.date(2028, 2, 29), ["2025-02-28", "2026-02-28", "2027-12-01"]),
        (dt.date(2027, 3, 1), ["2024-03-01", "2025-03-01", "2026-12-01"]),
        (dt.date(1, 1, 2), ["0001-01-02", "0001-01-02", "0001-01-01"]),
    ],
)
def test_the_limits_of_a_day(today: dt.date, limits: list[str]) -> None:
    assert [rule.cutoff(today).isoformat() for rule in retention.RULES] == limits
