"""The same operations on DuckDB and on PostgreSQL leave the same rows and the same refusals.

DuckDB's tables have no foreign keys and no cascade: what keeps them whole are the stores of db/.
"""

from __future__ import annotations

import datetime as dt
import shutil
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import sales, tables
from db.engine import open_engine
from db.errors import StoreError
from tests.integration import store_operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# Ids that a database gives out by itself; nothing refers to them.
OWN_IDS: Final = {"sales_aggregated", "targets", "data_processing_jobs"}
# DuckDB divides in floating point: half a cent may fall on either side.
DIVIDED: Final = {("sales_aggregated", "margin_pct"), ("sales_aggregated", "discount_pct")}
ROLLED_BACK_EVERY: Final = 7
Rows = list[dict[str, Any]]


class _TakenBackError(Exception):
    """The caller changed its mind: nothing of the operation may remain."""


def _change_mind(number: int) -> None:
    if number % ROLLED_BACK_EVERY == 0:
        raise _TakenBackError


@dataclass
class Twin:
    """One of two databases, and when each operation on it began."""

    engine: sa.Engine
    began: list[dt.datetime] = field(default_factory=list)

    def run(self, number: int) -> object:
        """Do an operation in a transaction and return its result, or the kind of its refusal."""
        self.began.append(dt.datetime.now(dt.UTC))
        try:
            with self.engine.begin() as conn:
                result = store_operations.run(conn, number)
                _change_mind(number)
        except _TakenBackError:
            return "taken back"
        except StoreError as error:
            return type(error).__name__
        return result

    def rows(self, table: sa.Table) -> Rows:
        """Return what a table holds; moments as the number of the operation that wrote them."""
        skipped = {"id"} if table.name in OWN_IDS else set()
        columns = [column for column in table.columns if column.name not in skipped]
        with self.engine.connect() as conn:
            found = [row._asdict() for row in conn.execute(sa.select(*columns))]
        rows = [{name: self._step(value) for name, value in row.items()} for row in found]
        return sorted(rows, key=lambda row: repr([row[name] for name in _key(table)]))

    def _step(self, value: Any) -> Any:
        if isinstance(value, dt.datetime) and self.began and value >= self.began[0]:
            return bisect_right(self.began, value)
        return value

    def empty(self) -> None:
        """Begin anew."""
        self.began.clear()
        with self.engine.begin() as conn:
            for table in reversed(tables.metadata.sorted_tables):
                conn.execute(table.delete())


def _key(table: sa.Table) -> list[str]:
    if table.name not in OWN_IDS:
        return list(table.primary_key.columns.keys())
    unique = next(c for c in table.constraints if isinstance(c, sa.UniqueConstraint))
    return list(unique.columns.keys())


def compare(one: Twin, other: Twin) -> None:
    """Fail at the first table that differs."""
    for table in tables.metadata.sorted_tables:
        found, wanted = one.rows(table), other.rows(table)
        for name in (column for of, column in DIVIDED if of == table.name):
            values, others = ([row.pop(name) for row in rows] for rows in (found, wanted))
            assert _floats(values) == pytest.approx(_floats(others), abs=0.0101, nan_ok=True)
        assert found == wanted, table.name


def _floats(values: Iterable[Any]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]


def whole(conn: sa.Connection) -> None:
    """Fail at the first reference to a row that is not there."""
    for table in tables.metadata.sorted_tables:
        for key in table.foreign_keys:
            lost = sa.select(sa.func.count()).where(
                key.parent.is_not(None), key.parent.not_in(sa.select(key.column))
            )
            assert conn.execute(lost).scalar() == 0, key


@pytest.fixture
def twins(
    duckdb_template: Path, postgres_store: str, tmp_path: Path
) -> Iterator[tuple[Twin, Twin]]:
    """An empty store on each engine; the server's is emptied afterwards too."""
    file = tmp_path / "twin.duckdb"
    shutil.copy(duckdb_template, file)
    pair = tuple(Twin(open_engine(url)) for url in (f"duckdb:///{file}", postgres_store))
    yield pair[0], pair[1]
    for twin in pair:
        twin.empty()
        twin.engine.dispose()


def both(twins: tuple[Twin, Twin], numbers: Sequence[int]) -> None:
    """Do the operations on both at the same time: one waits for its disk, the other for its server."""
    with ThreadPoolExecutor(len(twins)) as pool:
        results = pool.map(lambda twin: [twin.run(number) for number in numbers], twins)
    for number, on_duckdb, on_postgresql in zip(numbers, *results, strict=True):
        assert on_duckdb == on_postgresql, f"operation {number} of {numbers}"


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(numbers=st.lists(st.integers(0, 2**32), min_size=20, max_size=50))
def test_any_operations_leave_two_equal_stores(
    twins: tuple[Twin, Twin], numbers: list[int]
) -> None:
    for twin in twins:
        twin.empty()
    both(twins, numbers)
    compare(*twins)
    with twins[0].engine.connect() as conn:
        whole(conn)


@pytest.mark.torture
def test_ten_thousand_operations_leave_two_equal_stores(twins: tuple[Twin, Twin]) -> None:
    for start in range(0, 10_000, 500):
        both(twins, range(start, start + 500))
        compare(*twins)
    with twins[0].engine.connect() as conn:
        whole(conn)
    versions = set()
    for twin in twins:
        with twin.engine.connect() as conn:
            versions.add(sales.data_version(conn))
    assert len(versions) == 1


def test_every_kind_of_operation_is_met_and_most_succeed(twins: tuple[Twin, Twin]) -> None:
    """Or the comparison would compare little."""
    twin = twins[1]
    results = [twin.run(number) for number in range(300)]
    refused = [result for result in results if isinstance(result, str) and "Error" in result]
    assert {"NotFoundError", "ConflictError", "RefusedValueError"} <= set(refused)
    assert len(refused) < 150
    for table in tables.metadata.sorted_tables:
        assert twin.rows(table), table.name
