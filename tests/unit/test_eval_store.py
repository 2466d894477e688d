"""What changed in a store is found row by row, whether a table was read again or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from db.engine import open_engine
from db.migrate import migrate
from evals.store_diff import difference, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGET = (
    "INSERT INTO targets (id, month, geo, sales_value_target, margin_pct_target) "
    "VALUES ('00000000-0000-4000-8000-00000000000{n}', '2025-1{n}', 'IT', 100, 20)"
)
SALE = (
    "INSERT INTO sales_aggregated (date, channel, department, sales_value, margin_value, units) "
    "VALUES ('2025-01-0{n}', 'online', 'TV', 10, 2, 1)"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    engine = open_engine(f"duckdb:///{tmp_path_factory.mktemp('store') / 'store.duckdb'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def conn(store: sa.Engine) -> Iterator[sa.Connection]:
    with store.connect() as connection:
        for n in (0, 1):
            connection.execute(sa.text(TARGET.format(n=n)))
        for n in (1, 2):
            connection.execute(sa.text(SALE.format(n=n)))
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    ("statement", "table", "counts"),
    [
        (TARGET.format(n=2), "targets", (1, 0, 0)),
        ("UPDATE targets SET sales_value_target = 1 WHERE month = '2025-11'", "targets", (0, 1, 0)),
        ("DELETE FROM targets", "targets", (0, 0, 2)),
        (SALE.format(n=3), "sales_aggregated", (0, 1, 0)),
        ("UPDATE sales_aggregated SET units = 2", "sales_aggregated", (0, 1, 0)),
        ("UPDATE targets SET updated_at = '2020-01-01'", None, None),
    ],
)
def test_a_change_is_found_with_and_without_what_was_read_before(
    conn: sa.Connection, statement: str, table: str | None, counts: tuple[int, int, int] | None
) -> None:
    before = snapshot(conn)
    conn.execute(sa.text(statement))

    again = difference(before, snapshot(conn, before))
    whole = difference(before, snapshot(conn))

    assert again == whole
    assert again.tables == ([table] if table else [])
    if table:
        assert again.count(table) == counts


def test_a_table_that_did_not_change_is_not_read_again(conn: sa.Connection) -> None:
    before = snapshot(conn)
    after = snapshot(conn, before)
    assert all(after.rows[name] is before.rows[name] for name in before.rows)
    assert before.rows.keys() >= {"targets", "promo_scenarios", "approvals"}
