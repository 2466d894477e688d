"""Schema 1.0.0 as specified and ours, side by side: plans, what hangs on them, reference data.

As test_schema_faults_sales.py; the numbers are those of the table in db/README.md.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pydantic
import pytest
import sqlalchemy as sa

from analytics.types import Campaign, Target
from db import (
    catalog,
    health,
    kpis,
    partition,
    post_mortems,
    render,
    scenarios,
    summary,
    targets,
)
from db.errors import ConflictError, RefusedValueError
from db.tables import post_mortem_reports, promo_scenarios, scenario_kpis
from tests.integration.plan_cases import a_report, a_scenario, some_kpis

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENARIO = """
INSERT INTO promo_scenarios (label, date_range_start, date_range_end, scenario_type, mechanics)
VALUES ('October', '2024-10-22', '2024-10-27', 'balanced', '[]') RETURNING id
"""
KPI = """
INSERT INTO scenario_kpis (scenario_id, period_start, period_end, total_sales_value,
    total_margin_value, total_margin_pct, total_ebit, total_units, sales_value_delta,
    margin_value_delta, ebit_delta, units_delta, kpi_breakdown)
VALUES (%s, '2024-10-22', '2024-10-27', 1, 1, 1, 1, 1, 1, 1, 1, 1, '{}') RETURNING id
"""
REPORT = """
INSERT INTO post_mortem_reports (scenario_id, forecast_kpi_id, period_start, period_end,
    actual_sales_value, actual_margin_value, actual_margin_pct, actual_ebit, actual_units,
    sales_value_error_pct, margin_value_error_pct, ebit_error_pct, units_error_pct)
VALUES (%s, %s, '2024-10-22', '2024-10-27', 1, 1, 1, 1, 1, %s, 0, 0, 0)
"""
Specified = psycopg.Connection[Any]


@pytest.fixture
def ours(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connection to our store, in a transaction that is never committed."""
    with engine.connect() as conn:
        yield conn


def made(conn: Specified, statement: str, *values: object) -> UUID:
    """Insert a row of the specified schema and return its id."""
    found = conn.execute(statement.encode(), values).fetchone()
    assert found is not None
    identity: UUID = found[0]
    return identity


def value(conn: Specified, statement: str) -> Any:
    """Return the only value of a query."""
    found = conn.execute(statement.encode()).fetchone()
    assert found is not None
    return found[0]


def count(conn: sa.Connection, table: sa.Table) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_12_a_scenario_is_one_line_with_its_newest_kpis(
    specified: Specified, ours: sa.Connection
) -> None:
    scenario_id = made(specified, SCENARIO)
    for _ in range(3):
        made(specified, KPI, scenario_id)
    assert value(specified, "SELECT COUNT(*) FROM scenario_comparison_view") == 3
    scenario = a_scenario()
    scenarios.save(ours, scenario)
    for total in (1, 2, 3):
        kpis.save(ours, some_kpis(scenario.id, total_sales_value=total))
    assert [c.total_sales_value for c in kpis.comparison(ours, [scenario.id])] == [3]
    assert ours.exec_driver_sql("SELECT COUNT(*) FROM scenario_comparison_view").scalar() == 1


def test_12_two_kpis_of_one_transaction_have_a_first_and_a_last(
    specified: Specified, ours: sa.Connection
) -> None:
    scenario_id = made(specified, SCENARIO)
    for _ in range(2):
        made(specified, KPI, scenario_id)
    assert value(specified, "SELECT COUNT(DISTINCT created_at) FROM scenario_kpis") == 1
    scenario = a_scenario()
    scenarios.save(ours, scenario)
    for _ in range(2):
        kpis.save(ours, some_kpis(scenario.id))
    moments = sa.select(sa.func.count(scenario_kpis.c.created_at.distinct()))
    assert ours.execute(moments).scalar() == 2


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_14_old_kpis_can_go_while_their_post_mortem_stays(
    specified: Specified, ours: sa.Connection
) -> None:
    scenario_id = made(specified, SCENARIO)
    specified.execute(REPORT.encode(), (scenario_id, made(specified, KPI, scenario_id), 0))
    old = "DELETE FROM scenario_kpis WHERE created_at < now() + INTERVAL '1 day'"
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="post_mortem_reports"):
        specified.execute(old)
    scenario = a_scenario()
    forecast = some_kpis(scenario.id)
    scenarios.save(ours, scenario)
    kpis.save(ours, forecast)
    post_mortems.save(ours, a_report(scenario.id, forecast_kpi_id=forecast.id))
    assert ours.exec_driver_sql(old).rowcount == 1
    latest = post_mortems.latest_for(ours, scenario.id)
    assert latest is not None
    assert latest.forecast_kpi_id is None


def test_15_what_was_learned_is_not_deleted_with_its_scenario(
    specified: Specified, ours: sa.Connection
) -> None:
    scenario_id = made(specified, SCENARIO)
    specified.execute(REPORT.encode(), (scenario_id, None, 0))
    specified.execute("DELETE FROM promo_scenarios")
    assert value(specified, "SELECT COUNT(*) FROM post_mortem_reports") == 0
    scenario = a_scenario()
    scenarios.save(ours, scenario)
    post_mortems.save(ours, a_report(scenario.id))
    with pytest.raises(ConflictError, match="kept for learning"):
        scenarios.delete(ours, scenario.id)
    assert count(ours, post_mortem_reports) == 1
    assert count(ours, promo_scenarios) == 1


def test_15_a_forecast_of_another_scenario_is_refused(
    specified: Specified, ours: sa.Connection
) -> None:
    ids = [made(specified, SCENARIO) for _ in range(2)]
    foreign_kpi = made(specified, KPI, ids[1])
    specified.execute(REPORT.encode(), (ids[0], foreign_kpi, 0))  # taken
    reviewed, other = a_scenario(), a_scenario()
    forecast = some_kpis(other.id)
    for scenario in (reviewed, other):
        scenarios.save(ours, scenario)
    kpis.save(ours, forecast)
    with pytest.raises(ConflictError, match=f"belongs to scenario {other.id}"):
        post_mortems.save(ours, a_report(reviewed.id, forecast_kpi_id=forecast.id))


def test_16_an_error_may_be_large_or_unknown(specified: Specified, ours: sa.Connection) -> None:
    scenario_id = made(specified, SCENARIO)
    for error, refused in (
        (10_000, psycopg.errors.NumericValueOutOfRange),
        (None, psycopg.errors.NotNullViolation),
    ):
        with pytest.raises(refused), specified.transaction():
            specified.execute(REPORT.encode(), (scenario_id, None, error))
    scenario = a_scenario()
    scenarios.save(ours, scenario)
    for stored in (10_000.0, None):
        report = a_report(scenario.id, sales_value_error_pct=stored)
        post_mortems.save(ours, report)
        assert post_mortems.get(ours, report.id).sales_value_error_pct == stored


TARGET = (
    "INSERT INTO targets (month, geo, sales_value_target, margin_pct_target)"
    " VALUES ('{month}', '{geo}', 1, 1)"
)
APART = (
    "SELECT EXTRACT(EPOCH FROM MAX(created_at)) - EXTRACT(EPOCH FROM MIN(created_at)) FROM targets"
)


def test_17_a_moment_is_the_same_in_every_time_zone(
    specified: Specified, ours: sa.Connection
) -> None:
    """Two rows written one after the other by sessions in Los Angeles and in Auckland."""
    for zone, geo in (("America/Los_Angeles", "US"), ("Pacific/Auckland", "NZ")):
        for conn in (specified.execute, ours.exec_driver_sql):
            conn(f"SET TimeZone = '{zone}'")
            conn(TARGET.format(month="2024-10", geo=geo))
    assert value(specified, APART) > 18 * 3600
    assert ours.exec_driver_sql(APART).scalar_one() < 60
    stored = ours.exec_driver_sql("SELECT MAX(created_at) FROM targets").scalar_one()
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    assert abs(now - stored) < dt.timedelta(minutes=1)


def test_18_a_change_moves_updated_at(specified: Specified, engine: sa.Engine) -> None:
    specified.execute(TARGET.format(month="2024-10", geo="IT").encode())
    specified.commit()
    try:
        specified.execute("UPDATE targets SET sales_value_target = 2")
        assert value(specified, "SELECT updated_at = created_at FROM targets") is True
    finally:
        specified.rollback()
        specified.execute("DELETE FROM targets")
        specified.commit()
    target = Target(month="2024-10", geo="IT", sales_value_target=1, margin_pct_target=1)
    for wanted in (target, target, target.model_copy(update={"sales_value_target": 2})):
        with engine.begin() as conn:
            targets.save_many(conn, [wanted])
    with engine.connect() as conn:
        moved = "SELECT updated_at > created_at FROM targets"
        assert conn.exec_driver_sql(moved).scalar() is True


SALE = (
    "INSERT INTO sales_aggregated"
    " (date, channel, department, discount_pct, sales_value, margin_value, units)"
    " VALUES ('2024-10-01', 'online', 'TV', -999.99, 1, 1, 1)"
)
UNTYPED = (
    "INSERT INTO promo_scenarios (label, date_range_start, date_range_end, mechanics)"
    " VALUES ('x', '2024-10-01', '2024-10-02', '[]')"
)


@pytest.mark.parametrize(
    "statement",
    [
        TARGET.format(month="2024-13", geo="IT"),
        TARGET.format(month="foo", geo="IT"),
        TARGET.format(month="2024-1x", geo="IT"),
        SALE,
        UNTYPED,
    ],
)
def test_19_nonsense_is_refused(specified: Specified, ours: sa.Connection, statement: str) -> None:
    assert specified.execute(statement.encode()).rowcount == 1
    with pytest.raises(RefusedValueError):
        ours.exec_driver_sql(statement)


def test_19_mechanics_are_a_list_of_cells(specified: Specified) -> None:
    specified.execute(SCENARIO.replace("'[]'", "'42'").encode())  # taken
    for odd in (42, "TV", [{"department": "TV", "channel": "web", "discount_pct": 20}]):
        with pytest.raises(pydantic.ValidationError, match="mechanics"):
            a_scenario(mechanics=odd)


CAMPAIGN = (
    "INSERT INTO promo_catalog (promo_name, date_start, date_end, source_file)"
    " VALUES ('SCONTO 20%', '2024-10-22', '2024-10-27', 'Promo.xlsb')"
)


def test_20_the_same_file_twice_brings_its_campaigns_once(
    specified: Specified, ours: sa.Connection
) -> None:
    campaign = Campaign(
        id=uuid5(uuid4(), "SCONTO 20%"),
        promo_name="SCONTO 20%",
        date_start=dt.date(2024, 10, 22),
        date_end=dt.date(2024, 10, 27),
        departments=("TV",),
        channels=("online",),
        avg_discount_pct=20,
    )
    for _ in range(2):
        specified.execute(CAMPAIGN.encode())
        catalog.replace_campaigns(ours, "Promo.xlsb", [campaign])
    assert value(specified, "SELECT COUNT(*) FROM promo_catalog") == 2
    assert len(catalog.list_campaigns(ours)) == 1


def test_22_the_specified_table_cannot_be_partitioned_by_month(specified: Specified) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="all partitioning columns"):
        specified.execute(
            "CREATE TABLE by_month (LIKE sales_aggregated INCLUDING ALL) PARTITION BY RANGE (date)"
        )


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_22_ours_is_laid_out_by_month_and_back(ours: sa.Connection) -> None:
    assert partition.partition(ours, dt.date(2024, 10, 1)).partitioned
    assert sa.inspect(ours).get_pk_constraint("sales_aggregated")["constrained_columns"] == [
        "id",
        "date",
    ]
    assert not partition.undo(ours).partitioned


def test_23_a_materialized_view_without_a_key_blocks_its_readers(specified: Specified) -> None:
    specified.execute("CREATE MATERIALIZED VIEW daily AS SELECT * FROM sales_daily_summary")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="concurrently"):
        specified.execute("REFRESH MATERIALIZED VIEW CONCURRENTLY daily")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_23_our_stored_summary_is_refreshed_beside_its_readers(ours: sa.Connection) -> None:
    summary.refresh(ours)
    ours.exec_driver_sql(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {summary.NAME}")
    assert sa.inspect(ours).get_indexes(summary.NAME)[0]["unique"]


def test_24_statement_statistics_are_a_setting_of_the_server(specified: Specified) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="shared_preload_librar"):
        specified.execute("CREATE EXTENSION pg_stat_statements; SELECT * FROM pg_stat_statements")


def test_24_our_state_needs_no_statistics_of_the_server(ours: sa.Connection) -> None:
    """The server of the tests has no such setting; the migrations ran there all the same."""
    looked = health.health(ours)
    assert not looked.statements
    assert {table.table for table in looked.tables} >= {"sales_aggregated", "turns"}


def test_the_readme_lists_every_fault_with_tests_that_exist() -> None:
    readme = (Path(render.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\| (`.*`) \|$", readme, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 25))
    named = {name for _, names in rows for name in re.findall(r"`(\w+)`", names)}
    texts = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_*.py")]
    written = {
        name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    }
    assert named <= written
    for number, names in rows:
        assert re.search(rf"`test_{int(number):02}_", names), number
