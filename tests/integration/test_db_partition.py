"""`sales_aggregated` by month and back: the same rows, keys, indexes, views and function."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import sqlalchemy as sa

from db import partition, sales, summary
from db.engine import open_engine
from db.errors import StoreNotMigratedError, UnsupportedError
from db.migrate import migrate, require_current
from db.tables import sales_aggregated
from tests.integration.store_cases import content, sales_days
from tests.integration.test_migrations import shape

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = dt.date(2024, 12, 10)
ON_POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@pytest.fixture
def filled(empty_url: str) -> Iterator[sa.Engine]:
    """70 days from 30 September 2024: four months."""
    opened = open_engine(empty_url)
    migrate(opened)
    with opened.begin() as conn:
        conn.execute(sa.insert(sales_aggregated), list(sales_days(70)))
    yield opened
    opened.dispose()


def lay_out(engine: sa.Engine, today: dt.date = TODAY) -> partition.PartitionState:
    with engine.begin() as conn:
        return partition.partition(conn, today)


def undo(engine: sa.Engine) -> partition.PartitionState:
    with engine.begin() as conn:
        return partition.undo(conn)


def execute(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)


def everything(engine: sa.Engine) -> dict[str, Any]:
    """Return all rows, and what views and function say."""
    with engine.connect() as conn:
        return {
            "rows": content(conn, sales_aggregated),
            "summary": conn.exec_driver_sql(
                "SELECT * FROM sales_daily_summary ORDER BY date, channel"
            ).all(),
            "baseline": conn.exec_driver_sql(
                "SELECT * FROM calculate_baseline_forecast('2024-12-20', '2025-01-05')"
            ).all(),
            "grants": conn.exec_driver_sql(
                "SELECT grantee, table_name, privilege_type FROM information_schema.table_privileges"
                " WHERE table_name IN ('sales_aggregated', 'sales_daily_summary') ORDER BY 1, 2, 3"
            ).all(),
            "owners": conn.exec_driver_sql(
                "SELECT relname, relowner FROM pg_class WHERE relname IN"
                " ('sales_aggregated', 'sales_daily_summary') ORDER BY 1"
            ).all(),
        }


def sizes(engine: sa.Engine) -> dict[str, int]:
    """Return the rows of each partition that has some."""
    found = "SELECT CAST(tableoid::regclass AS text), count(*) FROM sales_aggregated GROUP BY 1"
    with engine.connect() as conn:
        return {row[0]: row[1] for row in conn.exec_driver_sql(found)}


@ON_POSTGRESQL
def test_the_rows_lie_by_month_and_everything_reads_as_before(filled: sa.Engine) -> None:
    execute(filled, "GRANT SELECT ON sales_aggregated, sales_daily_summary TO pg_monitor")
    before = everything(filled)
    done = lay_out(filled)
    assert everything(filled) == before
    # By hand: 1 day of September, 31, 30, 8 days of December; three rows a day.
    assert sizes(filled) == {
        "sales_aggregated_2024_09": 3,
        "sales_aggregated_2024_10": 93,
        "sales_aggregated_2024_11": 90,
        "sales_aggregated_2024_12": 24,
    }
    assert (done.partitioned, done.changed, done.rows) == (True, True, 210)
    assert done.added[-1] == "sales_aggregated_2025_03"
    require_current(filled)


@ON_POSTGRESQL
def test_back_again_nothing_has_changed(filled: sa.Engine) -> None:
    before, rows = shape(filled), everything(filled)
    lay_out(filled)
    done = undo(filled)
    assert shape(filled) == before
    assert everything(filled) == rows
    assert (done.partitioned, done.changed, done.rows, done.partitions) == (False, True, 210, 0)


@ON_POSTGRESQL
def test_both_ways_may_be_repeated(filled: sa.Engine) -> None:
    assert not undo(filled).changed
    lay_out(filled)
    laid = shape(filled)
    again = lay_out(filled)
    assert (again.partitioned, again.changed, again.rows, again.added) == (True, False, 210, ())
    assert shape(filled) == laid


@ON_POSTGRESQL
def test_constraints_and_indexes_hold(filled: sa.Engine) -> None:
    lay_out(filled)
    inspector = sa.inspect(filled)
    names = {index["name"] for index in inspector.get_indexes("sales_aggregated")}
    assert names == {"idx_sales_department", "unique_sales_record"}
    checks = {check["name"] for check in inspector.get_check_constraints("sales_aggregated")}
    assert checks == {
        "ck_sales_aggregated_channel_vocab",
        "ck_sales_aggregated_discount_pct_range",
    }
    assert inspector.get_pk_constraint("sales_aggregated")["constrained_columns"] == ["id", "date"]
    with filled.connect() as conn:
        plan = conn.exec_driver_sql(
            "EXPLAIN SELECT sum(units) FROM sales_aggregated"
            " WHERE date BETWEEN '2024-10-03' AND '2024-10-05'"
        ).scalars()
        read = "\n".join(plan)
    assert "sales_aggregated_2024_10" in read
    assert "sales_aggregated_2024_11" not in read


@ON_POSTGRESQL
def test_a_bulk_load_overwrites_and_adds_and_an_unknown_month_waits(filled: sa.Engine) -> None:
    lay_out(filled)
    new = pd.DataFrame(
        list(sales_days(3, dt.date(2024, 12, 7))) + list(sales_days(2, dt.date(2031, 5, 31)))
    )
    columns = list(sales.SALES_ROWS)
    with filled.begin() as conn:
        sales.upsert_sales(conn, new[columns].astype(sales.SALES_ROWS))
    # 7 and 8 December are there already, the 9th is not; 31 May and 1 June 2031 have no partition.
    assert sizes(filled) == {
        "sales_aggregated_2024_09": 3,
        "sales_aggregated_2024_10": 93,
        "sales_aggregated_2024_11": 90,
        "sales_aggregated_2024_12": 27,
        "sales_aggregated_rest": 6,
    }
    before = everything(filled)
    done = lay_out(filled)
    assert done.added == ("sales_aggregated_2031_05", "sales_aggregated_2031_06")
    assert everything(filled) == before
    assert sizes(filled)["sales_aggregated_2031_05"] == 3
    assert "sales_aggregated_rest" not in sizes(filled)
    undo(filled)
    assert everything(filled) == before


@ON_POSTGRESQL
def test_ids_go_on_where_they_were(filled: sa.Engine) -> None:
    lay_out(filled)
    undo(filled)
    with filled.begin() as conn:
        added = sa.insert(sales_aggregated).returning(sales_aggregated.c.id)
        row = next(sales_days(1, dt.date(2025, 1, 1)))
        assert conn.execute(added.values(row)).scalar_one() == 211


@ON_POSTGRESQL
def test_who_writes_meanwhile_waits_and_loses_nothing(filled: sa.Engine) -> None:
    day = dt.date(2024, 12, 20)
    with filled.connect() as slow, ThreadPoolExecutor(1) as pool:
        work = slow.begin()
        partition.partition(slow, TODAY)
        row = next(sales_days(1, day))
        written = pool.submit(_insert, filled, row)
        _wait_for_a_lock(filled)
        work.commit()
        written.result()
    assert sizes(filled)["sales_aggregated_2024_12"] == 25


def _insert(engine: sa.Engine, row: dict[str, Any]) -> None:
    with engine.begin() as conn:
        conn.execute(sa.insert(sales_aggregated).values(row))


def _wait_for_a_lock(engine: sa.Engine) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect() as conn:
        while not conn.exec_driver_sql(waiting).scalar_one():
            conn.rollback()


@ON_POSTGRESQL
def test_a_failure_in_the_middle_leaves_the_table_as_it_was(filled: sa.Engine) -> None:
    before, rows = shape(filled), everything(filled)
    with filled.connect() as conn:
        partition.partition(conn, TODAY)
        # Left without a commit, as by Ctrl-C or a kill.
    assert shape(filled) == before
    assert everything(filled) == rows


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "CREATE TABLE notes (sales bigint REFERENCES sales_aggregated)",
            "the foreign key notes_sales_fkey of notes",
        ),
        (
            "CREATE POLICY mine ON sales_aggregated USING (true)",
            "the policy mine",
        ),
        (
            "GRANT SELECT (date) ON sales_aggregated TO pg_monitor",
            "the privileges on the column date",
        ),
        ("ALTER TABLE sales_aggregated SET (fillfactor = 70)", "the storage parameters fillfactor"),
        (
            "CREATE MATERIALIZED VIEW mine AS SELECT date FROM sales_aggregated",
            "the materialized view mine",
        ),
        (
            "CREATE FUNCTION mine() RETURNS bigint LANGUAGE sql"
            " BEGIN ATOMIC SELECT count(*) FROM sales_aggregated; END",
            "function mine",
        ),
    ],
)
def test_what_others_hung_on_the_table_is_not_lost(
    filled: sa.Engine, statement: str, said: str
) -> None:
    execute(filled, statement)
    before = shape(filled)
    with pytest.raises(UnsupportedError, match="sales_aggregated cannot be rebuilt") as caught:
        lay_out(filled)
    assert said in str(caught.value)
    assert shape(filled) == before


@ON_POSTGRESQL
def test_views_of_others_read_on(filled: sa.Engine) -> None:
    execute(
        filled,
        "CREATE VIEW mine WITH (security_barrier = true) AS SELECT date, units FROM sales_aggregated"
        " WHERE department NOT LIKE '%%x'",
        "GRANT SELECT ON mine TO pg_monitor",
    )
    lay_out(filled)
    with filled.connect() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM mine").scalar() == 210
        kept = "SELECT reloptions, relacl::text LIKE '%%pg_monitor=r%%' FROM pg_class WHERE relname = 'mine'"
        assert tuple(conn.exec_driver_sql(kept).one()) == (["security_barrier=true"], True)


@ON_POSTGRESQL
def test_the_stored_summary_reads_on(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        assert summary.refresh(conn) == 70
    lay_out(filled)
    execute(filled, "DELETE FROM sales_aggregated WHERE date = '2024-09-30'")
    with filled.begin() as conn:
        assert summary.refresh(conn) == 69


def test_duckdb_refuses_with_the_reason(tmp_path: Any) -> None:
    opened = open_engine(f"duckdb:///{tmp_path}/a.duckdb")
    for step in (lay_out, undo):
        with pytest.raises(UnsupportedError, match="DuckDB needs no partitions"):
            step(opened)
    opened.dispose()


@ON_POSTGRESQL
def test_an_empty_database_is_pointed_to_the_migrations(empty_url: str) -> None:
    opened = open_engine(empty_url)
    with pytest.raises(StoreNotMigratedError, match="run `promoloop db migrate`"):
        lay_out(opened)
    opened.dispose()
