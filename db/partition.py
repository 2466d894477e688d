"""`sales_aggregated` by month on PostgreSQL, and back again, with its rows in the store."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import psycopg
import sqlalchemy as sa

from analytics.types import Record
from db.errors import UnsupportedError
from db.migrate import hold_schema_lock
from db.named_sql import sql_text
from db.tables import sales_aggregated as sales

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS_AHEAD: Final = 3
FORMER: Final = "sales_aggregated_former"
# Rows of a month that has no partition yet: an insert never fails, the next run moves them.
REST: Final = "sales_aggregated_rest"
STORED: Final = ", ".join(column.name for column in sales.columns if column.computed is None)
MONTHS: Final = (
    "SELECT DISTINCT CAST(date_trunc('month', date) AS DATE) FROM {table} WHERE isfinite(date)"
)


class PartitionState(Record):
    """How the table lies now; `added` are the partitions this run made."""

    partitioned: bool
    changed: bool
    rows: int
    partitions: int
    added: tuple[str, ...] = ()


def partition(conn: sa.Connection, today: dt.date) -> PartitionState:
    """Lay the table out by month; on one that is, add the months that lack a partition.

    Names, columns, keys on (date, channel, department, promo_flag), indexes, views and privileges
    stay; the primary key becomes (id, date), as PostgreSQL demands. Writers wait until the
    transaction ends. Needs room for a second copy of the table.

    Args:
        conn: Connection in the caller's transaction.
        today: Partitions are made up to MONTHS_AHEAD months after it.

    Raises:
        UnsupportedError: The engine is DuckDB, or something of others hangs on the table.
    """
    _begin(conn)
    if is_partitioned(conn):
        added = tuple(_add(conn, month) for month in _missing(conn, today))
        return _state(conn, changed=bool(added), added=added)
    months = sorted({*_months_of(conn, sales.name), *_ahead(today)})
    _rebuild(conn, "PRIMARY KEY (id, date)", months)
    return _state(conn, changed=True, added=tuple(_name(month) for month in months))


def undo(conn: sa.Connection) -> PartitionState:
    """Lay the table out as one again; on one that is, do nothing.

    Raises:
        UnsupportedError: The engine is DuckDB, or something of others hangs on the table.
    """
    _begin(conn)
    if not is_partitioned(conn):
        return _state(conn, changed=False)
    _rebuild(conn, "PRIMARY KEY (id)", [])
    return _state(conn, changed=True)


def is_partitioned(conn: sa.Connection) -> bool:
    """Tell whether the table of a PostgreSQL store is laid out by month."""
    kind = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'sales_aggregated'::regclass"
    return bool(conn.exec_driver_sql(kind).scalar_one())


def _begin(conn: sa.Connection) -> None:
    """Keep everyone else out until the transaction ends, and work as the table's owner."""
    if conn.dialect.name != "postgresql":
        message = (
            "DuckDB needs no partitions, its zone maps skip the months a query does not ask for: "
            "leave the table as it is"
        )
        raise UnsupportedError(message)
    hold_schema_lock(conn)
    conn.exec_driver_sql("LOCK TABLE sales_aggregated IN ACCESS EXCLUSIVE MODE")
    where = (
        "SELECT quote_ident(nspname), quote_ident(rolname) FROM pg_class t"
        " JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_roles r ON r.oid = relowner"
        " WHERE t.oid = 'sales_aggregated'::regclass"
    )
    schema, owner = conn.exec_driver_sql(where).one()
    conn.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
    conn.exec_driver_sql(f"SET LOCAL ROLE {owner}")


def _rebuild(conn: sa.Connection, primary_key: str, months: list[dt.date]) -> None:
    """Put a table of another layout in the place of this one; without months a plain one."""
    _refuse_strangers(conn)
    parts, views = (_statements(conn, name) for name in ("table_parts", "table_views"))
    conn.exec_driver_sql(f"ALTER TABLE sales_aggregated RENAME TO {FORMER}")
    layout = " PARTITION BY RANGE (date)" if months else ""
    conn.exec_driver_sql(
        f"CREATE TABLE sales_aggregated (LIKE {FORMER} INCLUDING ALL EXCLUDING INDEXES){layout}"
    )
    for month in months:
        conn.exec_driver_sql(
            f"CREATE TABLE {_name(month)} PARTITION OF sales_aggregated {_bounds(month)}"
        )
    if months:
        conn.exec_driver_sql(f"CREATE TABLE {REST} PARTITION OF sales_aggregated DEFAULT")
    conn.exec_driver_sql(
        f"INSERT INTO sales_aggregated ({STORED}) SELECT {STORED} FROM {FORMER} ORDER BY id"  # noqa: S608  names from the MetaData
    )
    for view in views:
        conn.exec_driver_sql(view)
    _drop_former(conn)
    # After the rows, which is faster, and after the former table, which has the same names.
    conn.exec_driver_sql(
        f"ALTER TABLE sales_aggregated ADD CONSTRAINT sales_aggregated_pkey {primary_key}"
    )
    for part in parts:
        conn.exec_driver_sql(part)
    # Autovacuum never analyzes a partitioned table itself, only its partitions.
    conn.exec_driver_sql("ANALYZE sales_aggregated")


def _statements(conn: sa.Connection, name: str) -> list[str]:
    """Return the statements that a query writes; a view's own % is no placeholder."""
    return [text.replace("%", "%%") for text in conn.exec_driver_sql(sql_text(name)).scalars()]


def _drop_former(conn: sa.Connection) -> None:
    try:
        conn.exec_driver_sql(f"DROP TABLE {FORMER}")
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.DependentObjectsStillExist):
            raise
        said = (error.orig.diag.message_detail or "").replace(FORMER, sales.name).splitlines()
        _refuse("; ".join(said))


def _refuse_strangers(conn: sa.Connection) -> None:
    found = list(conn.exec_driver_sql(sql_text("table_strangers")).scalars())
    if found:
        _refuse(f"it would lose {', '.join(found)}")


def _refuse(why: str) -> None:
    message = (
        f"sales_aggregated cannot be rebuilt, {why}: drop that, run this again, and make it anew"
    )
    raise UnsupportedError(message)


def _missing(conn: sa.Connection, today: dt.date) -> list[dt.date]:
    """Return the months that should have a partition and have none."""
    children = (
        "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
        " WHERE inhparent = 'sales_aggregated'::regclass"
    )
    there = set(conn.exec_driver_sql(children).scalars())
    wanted = sorted({*_months_of(conn, REST), *_ahead(today)})
    return [month for month in wanted if _name(month) not in there]


def _add(conn: sa.Connection, month: dt.date) -> str:
    """Make one partition, with the rows of its month that had none."""
    name = _name(month)
    conn.exec_driver_sql(
        f"CREATE TABLE {name} (LIKE sales_aggregated INCLUDING ALL EXCLUDING INDEXES)"
    )
    first, after = month, _next(month)
    conn.exec_driver_sql(
        f"WITH moved AS (DELETE FROM {REST} WHERE date >= '{first}' AND date < '{after}'"  # noqa: S608  names and dates of ours
        f" RETURNING {STORED}) INSERT INTO {name} ({STORED}) SELECT {STORED} FROM moved"
    )
    conn.exec_driver_sql(f"ALTER TABLE sales_aggregated ATTACH PARTITION {name} {_bounds(month)}")
    conn.exec_driver_sql(f"ANALYZE {name}")
    return name


def _months_of(conn: sa.Connection, table: str) -> list[dt.date]:
    return list(conn.exec_driver_sql(MONTHS.format(table=table)).scalars())


def _ahead(today: dt.date) -> Iterator[dt.date]:
    month = today.replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        yield month
        month = _next(month)


def _next(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1)


def _name(month: dt.date) -> str:
    return f"sales_aggregated_{month:%Y_%m}"


def _bounds(month: dt.date) -> str:
    return f"FOR VALUES FROM ('{month}') TO ('{_next(month)}')"


def _state(conn: sa.Connection, *, changed: bool, added: tuple[str, ...] = ()) -> PartitionState:
    rows = conn.execute(sa.select(sa.func.count()).select_from(sales)).scalar_one()
    leaves = "SELECT count(*) FROM pg_partition_tree('sales_aggregated') WHERE isleaf"
    partitioned = is_partitioned(conn)
    return PartitionState(
        partitioned=partitioned,
        changed=changed,
        rows=rows,
        partitions=conn.exec_driver_sql(leaves).scalar_one() if partitioned else 0,
        added=added,
    )
