"""What `db status` says of the store is what the engine says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from db import partition, summary
from db.engine import open_engine
from db.health import Health, health
from db.migrate import migrate
from db.tables import metadata
from tests.integration.store_cases import fill
from tests.postgres import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa


@pytest.fixture
def filled(empty_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(empty_url)
    migrate(opened)
    with opened.begin() as conn:
        fill(conn)
    yield opened
    opened.dispose()


def look(engine: sa.Engine) -> Health:
    with engine.connect() as conn:
        return health(conn)


def test_every_table_is_counted(filled: sa.Engine) -> None:
    found = look(filled)
    assert {table.table for table in found.tables} == metadata.tables.keys()
    assert {table.rows for table in found.tables if table.table == "sales_aggregated"} == {210}
    if filled.dialect.name == "duckdb":
        filled.dispose()
        with filled.connect() as conn:
            conn.exec_driver_sql("CHECKPOINT")
        assert look(filled).size_bytes == Path(str(filled.url.database)).stat().st_size


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_was_tidied_up_is_said_with_partitions_as_one(filled: sa.Engine) -> None:
    before = dt.datetime.now(dt.UTC)
    with filled.begin() as conn:
        partition.partition(conn, dt.date(2024, 12, 1))
        summary.refresh(conn)
    found = look(filled)
    assert (found.partitioned, found.stored_summary) == (True, True)
    tables = {table.table: table for table in found.tables}
    assert tables.keys() == metadata.tables.keys()
    analyzed = tables["sales_aggregated"].analyzed_at
    assert analyzed is not None
    assert analyzed >= before
    size = tables["sales_aggregated"].size_bytes
    with filled.connect() as conn:
        leaves = (
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('sales_aggregated')"
        )
        assert conn.exec_driver_sql(leaves).scalar_one() == size
        assert found.size_bytes > int(size or 0) > 0


def test_a_store_that_is_empty_or_lacks_tables_is_looked_at_too(empty_url: str) -> None:
    opened = open_engine(empty_url)
    assert look(opened).tables == []
    opened.dispose()


def test_the_slowest_statements_are_named_where_the_server_counts_them() -> None:
    with machine() as place:
        if not list(place.binaries.parent.rglob("pg_stat_statements.control")) and not list(
            Path("/usr/share/postgresql").rglob("pg_stat_statements.control")
        ):
            pytest.skip("the server has no pg_stat_statements")
        data = place.folder / "data"
        place.run(
            "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", str(data)
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={place.folder} -c fsync=off"
            " -c shared_preload_libraries=pg_stat_statements"
        )
        control = ("-D", str(data), "-w", "-l", str(place.folder / "log"))
        place.run("pg_ctl", *control, "-o", options, "start")
        try:
            opened = open_engine(f"postgresql://postgres@/postgres?host={place.folder}")
            assert look(opened).statements is None
            with opened.begin() as conn:
                conn.exec_driver_sql("CREATE EXTENSION pg_stat_statements")
            with opened.begin() as conn:
                conn.exec_driver_sql("SELECT count(*) FROM generate_series(1, 300000) AS slow(n)")
            found = look(opened).statements
            opened.dispose()
        finally:
            place.run("pg_ctl", *control, "-m", "immediate", "stop")
    assert found is not None
    slow = [s for s in found if "AS slow(n)" in s.query]
    assert [s.calls for s in slow] == [1]
    assert slow[0].total_ms == slow[0].mean_ms > 0
