"""`sales_daily_summary_stored`: the daily summary computed once, on PostgreSQL, until refreshed."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from db.errors import UnsupportedError
from db.migrate import hold_schema_lock

NAME: Final = "sales_daily_summary_stored"
# Without a unique index a refresh would lock readers out.
CREATE: Final = (
    f"CREATE MATERIALIZED VIEW {NAME} AS SELECT * FROM sales_daily_summary",  # noqa: S608  a name of ours
    f"CREATE UNIQUE INDEX {NAME}_key ON {NAME} (date, channel)",
)


def refresh(conn: sa.Connection) -> int:
    """Make the stored summary equal to `sales_daily_summary` and return its rows.

    The first call creates it. Readers are not blocked; a second refresh waits for the first.

    Raises:
        UnsupportedError: The engine is DuckDB.
        StoreNotMigratedError: There is no `sales_daily_summary` yet.
    """
    if conn.dialect.name != "postgresql":
        message = (
            "DuckDB has no materialized views: read sales_daily_summary, "
            "which is computed when it is read and always fresh"
        )
        raise UnsupportedError(message)
    hold_schema_lock(conn)
    if exists(conn):
        conn.exec_driver_sql(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {NAME}")
    else:
        for statement in CREATE:
            conn.exec_driver_sql(statement)
    return conn.execute(sa.select(sa.func.count()).select_from(sa.table(NAME))).scalar_one()


def exists(conn: sa.Connection) -> bool:
    """Tell whether the stored summary was created."""
    return NAME in sa.inspect(conn).get_materialized_view_names()
