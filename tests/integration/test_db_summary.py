"""The stored daily summary: what it holds, and that refreshing it blocks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from db import summary
from db.engine import open_engine
from db.errors import StoreNotMigratedError, UnsupportedError
from db.migrate import migrate, require_current
from db.tables import sales_aggregated
from tests.integration.store_cases import sales_days

if TYPE_CHECKING:
    from collections.abc import Iterator

STORED = "SELECT * FROM sales_daily_summary_stored ORDER BY date, channel"
FRESH = "SELECT * FROM sales_daily_summary ORDER BY date, channel"
ON_POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)


@pytest.fixture
def filled(empty_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(empty_url)
    migrate(opened)
    with opened.begin() as conn:
        conn.execute(sa.insert(sales_aggregated), list(sales_days(20)))
    yield opened
    opened.dispose()


@ON_POSTGRESQL
def test_it_is_the_summary_as_of_the_last_refresh(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        assert summary.refresh(conn) == 20
    with filled.begin() as conn:
        first = conn.exec_driver_sql(STORED).all()
        assert first == conn.exec_driver_sql(FRESH).all()
        conn.exec_driver_sql("UPDATE sales_aggregated SET sales_value = sales_value + 1")
        assert conn.exec_driver_sql(STORED).all() == first
        assert summary.refresh(conn) == 20
        assert conn.exec_driver_sql(STORED).all() == conn.exec_driver_sql(FRESH).all() != first
    require_current(filled)


@ON_POSTGRESQL
def test_a_refresh_lets_readers_read(filled: sa.Engine) -> None:
    with filled.begin() as conn:
        summary.refresh(conn)
    with filled.connect() as refreshing, filled.connect() as reader:
        summary.refresh(refreshing)
        reader.exec_driver_sql("SET lock_timeout = '1s'")
        assert len(reader.exec_driver_sql(STORED).all()) == 20
        refreshing.commit()


@ON_POSTGRESQL
def test_an_empty_database_is_pointed_to_the_migrations(empty_url: str) -> None:
    opened = open_engine(empty_url)
    with pytest.raises(StoreNotMigratedError), opened.begin() as conn:
        summary.refresh(conn)
    opened.dispose()


@pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)
def test_duckdb_says_that_its_view_is_always_fresh(filled: sa.Engine) -> None:
    with pytest.raises(UnsupportedError, match="always fresh"), filled.begin() as conn:
        summary.refresh(conn)
