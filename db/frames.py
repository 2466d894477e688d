"""Frames in and out of the store in bulk: COPY on PostgreSQL, Arrow on DuckDB."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.dialects.postgresql import insert

from db.driver_errors import translated
from db.errors import RefusedValueError
from db.rows import on_conflict_update
from db.values import fit_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb
    import psycopg

STAGE = "incoming_rows"


def read_frame(
    conn: sa.Connection,
    statement: sa.Executable,
    dtypes: Mapping[str, str],
    parameters: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Return a query's rows with the given dtype per column, also when there are none."""
    result = conn.execute(statement, parameters)
    rows = pd.DataFrame(result.all(), columns=list(result.keys()))
    return rows.astype(dict(dtypes))


def upsert_frame(
    conn: sa.Connection,
    table: sa.Table,
    frame: pd.DataFrame,
    columns: Sequence[str],
    key: Sequence[str],
) -> None:
    """Save a frame of any size, as `db.rows.upsert` saves a few rows.

    Raises:
        RefusedValueError: A value does not fit its column, or two rows have the same key.
    """
    twins = frame[frame.duplicated(list(key), keep=False)]
    if len(twins):
        shown = ", ".join(str(twins.iloc[0][name]) for name in key)
        message = f"{table.name} would get two rows for {shown}: add them up first"
        raise RefusedValueError(message)
    with staged(conn, table, frame, columns) as stage:
        source = sa.select(*(stage.c[name] for name in columns))
        if conn.dialect.name == "postgresql":
            # Rows that change nothing are sorted out by one join, not one by one at the key.
            source = source.where(~_stored_alike(table, stage, columns, key))
        statement = insert(table).from_select(list(columns), source)
        conn.execute(on_conflict_update(statement, table, columns, key))


def _stored_alike(
    table: sa.Table, stage: sa.TableClause, columns: Sequence[str], key: Sequence[str]
) -> sa.Exists:
    """Return the condition that the table has a staged row already, value for value."""
    stored = table.alias("stored")
    same_key = [stored.c[name] == stage.c[name] for name in key]
    rest = [name for name in columns if name not in key]
    same_rest = [stored.c[name].is_not_distinct_from(stage.c[name]) for name in rest]
    return sa.exists().where(*same_key, *same_rest)


@contextmanager
def staged(
    conn: sa.Connection, table: sa.Table, frame: pd.DataFrame, columns: Sequence[str]
) -> Iterator[sa.TableClause]:
    """Make a frame readable by SQL, with the column types of `table`, while inside."""
    arrow = fit_frame(table, frame, columns)
    stage = sa.table(STAGE, *(sa.column(name, table.c[name].type) for name in columns))
    if conn.dialect.name == "postgresql":
        _copy(conn, table, arrow)
        yield stage
        conn.exec_driver_sql(f"DROP TABLE {STAGE}")
        return
    driver = _duckdb_connection(conn)
    with translated():
        driver.register(STAGE, arrow)
    try:
        yield stage
    finally:
        driver.unregister(STAGE)


def _copy(conn: sa.Connection, table: sa.Table, arrow: pa.Table) -> None:
    names = ", ".join(arrow.column_names)
    conn.exec_driver_sql(
        f"CREATE TEMP TABLE {STAGE} ON COMMIT DROP AS SELECT {names} FROM {table.name} WITH NO DATA"  # noqa: S608  names from the MetaData
    )
    buffer = pa.BufferOutputStream()
    csv.write_csv(arrow, buffer, csv.WriteOptions(include_header=False))
    driver: psycopg.Connection[Any] = _driver(conn)
    with (
        translated(),
        driver.cursor() as cursor,
        cursor.copy(f"COPY {STAGE} ({names}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(buffer.getvalue().to_pybytes())


def _duckdb_connection(conn: sa.Connection) -> duckdb.DuckDBPyConnection:
    driver: duckdb.DuckDBPyConnection = _driver(conn)
    return driver


def _driver(conn: sa.Connection) -> Any:  # noqa: ANN401  the driver's own connection
    return conn.connection.driver_connection
