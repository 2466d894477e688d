"""How the store is: rows, sizes, when it was tidied up, which statements take the time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from analytics.types import Record
from db import partition, summary
from db.named_sql import sql_text
from db.tables import metadata

SLOWEST: Final = 5


class TableHealth(Record):
    """One table; what the engine does not know of it is None.

    `dead_rows` wait for VACUUM; the moments are of the last VACUUM and ANALYZE, by hand or not.
    """

    table: str
    rows: int
    size_bytes: int | None = None
    dead_rows: int | None = None
    vacuumed_at: dt.datetime | None = None
    analyzed_at: dt.datetime | None = None


class Statement(Record):
    """One of the statements that took most of the server's time in this database."""

    calls: int
    total_ms: float
    mean_ms: float
    query: str


class Health(Record):
    """The state of a store; `statements` is None where the server keeps no such statistics."""

    size_bytes: int
    tables: list[TableHealth]
    partitioned: bool = False
    stored_summary: bool = False
    statements: list[Statement] | None = None


def health(conn: sa.Connection) -> Health:
    """Look at our tables and, on PostgreSQL, at what the server knows of them."""
    there = set(sa.inspect(conn).get_table_names())
    tables = [
        TableHealth(
            table=table.name,
            rows=conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one(),
        )
        for table in metadata.sorted_tables
        if table.name in there
    ]
    if conn.dialect.name == "duckdb":
        return Health(size_bytes=_file_size(conn), tables=tables)
    known = {row.table_name: row for row in conn.execute(sa.text(sql_text("table_health")))}
    return Health(
        size_bytes=conn.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one(),
        tables=[_with_statistics(table, known[table.table]) for table in tables],
        partitioned="sales_aggregated" in there and partition.is_partitioned(conn),
        stored_summary=summary.exists(conn),
        statements=_statements(conn),
    )


def _with_statistics(table: TableHealth, row: sa.Row[Any]) -> TableHealth:
    return table.model_copy(
        update={
            "size_bytes": row.size_bytes,
            "dead_rows": row.dead_rows,
            "vacuumed_at": row.vacuumed_at,
            "analyzed_at": row.analyzed_at,
        }
    )


def _statements(conn: sa.Connection) -> list[Statement] | None:
    """Read pg_stat_statements, if the extension is created here and its library is loaded."""
    # Without the library in shared_preload_libraries, reading the view is an error.
    ready = (
        "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')"
        " AND EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max')"
    )
    if not conn.exec_driver_sql(ready).scalar_one():
        return None
    rows = conn.execute(sa.text(sql_text("slowest_statements")), {"slowest": SLOWEST})
    return [Statement.model_validate(row._asdict()) for row in rows]


def _file_size(conn: sa.Connection) -> int:
    """Return the bytes of the file and of its journal."""
    file = Path(str(conn.engine.url.database))
    journal = file.with_name(f"{file.name}.wal")
    return sum(path.stat().st_size for path in (file, journal) if path.exists())
