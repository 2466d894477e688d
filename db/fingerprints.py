"""A count and a checksum of the values of every table: two stores that agree hold the same rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from analytics.types import Record
from db.named_sql import sql_text

if TYPE_CHECKING:
    from collections.abc import Sequence

# The text of a value must not depend on the session.
FIXED_TEXT: Final = (
    "SET LOCAL timezone TO 'UTC'",
    "SET LOCAL datestyle TO 'ISO, YMD'",
    "SET LOCAL intervalstyle TO 'postgres'",
    "SET LOCAL extra_float_digits TO 1",
    "SET LOCAL bytea_output TO 'hex'",
)
# The rows' MD5 as two 64-bit numbers, added up: no order is needed, and twins count twice.
HALVES: Final = {
    "postgresql": (
        "sum(CAST(CAST('x' || substr(md5, 1, 16) AS bit(64)) AS bigint))",
        "sum(CAST(CAST('x' || substr(md5, 17, 16) AS bit(64)) AS bigint))",
    ),
    "duckdb": (
        "sum(CAST('0x' || substr(md5, 1, 16) AS UBIGINT))",
        "sum(CAST('0x' || substr(md5, 17, 16) AS UBIGINT))",
    ),
}


class Fingerprint(Record):
    """What is in a table: `checksum` (64 hex digits) is of the column names and all values."""

    table: str
    rows: int
    checksum: str


class _Table(NamedTuple):
    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]


def fingerprints(conn: sa.Connection) -> list[Fingerprint]:
    """Return the fingerprint of every table of the database, ours or not, by name.

    Partitions count as the one table they make up. For figures of one moment the caller's
    transaction must be REPEATABLE READ on PostgreSQL; on DuckDB it always is.
    """
    if conn.dialect.name == "postgresql":
        for setting in FIXED_TEXT:
            conn.exec_driver_sql(setting)
    return [_fingerprint(conn, table) for table in _tables(conn)]


def objects(conn: sa.Connection) -> list[str]:
    """Return the names of all views, indexes, constraints, sequences, functions and triggers."""
    return list(conn.execute(sa.text(sql_text(f"objects_{conn.dialect.name}"))).scalars())


def differences(found: Sequence[Fingerprint], expected: Sequence[Fingerprint]) -> list[str]:
    """Say which tables differ, one clause each."""
    theirs = {print_.table: print_ for print_ in found}
    said = [f"{table} is not expected" for table in theirs.keys() - {e.table for e in expected}]
    for print_ in expected:
        there = theirs.get(print_.table)
        if there is None:
            said.append(f"{print_.table} is missing")
        elif there.rows != print_.rows:
            said.append(f"{print_.table} has {there.rows:,} rows instead of {print_.rows:,}")
        elif there.checksum != print_.checksum:
            said.append(f"{print_.table} has other values")
    return sorted(said)


def _tables(conn: sa.Connection) -> list[_Table]:
    rows = conn.execute(sa.text(sql_text(f"columns_{conn.dialect.name}"))).all()
    columns: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, kind in rows:
        listed = columns.setdefault((schema, table), [])
        if column is not None:
            listed.append((column, kind))
    return [_Table(*name, tuple(found)) for name, found in sorted(columns.items())]


def _fingerprint(conn: sa.Connection, table: _Table) -> Fingerprint:
    quote = conn.dialect.identifier_preparer.quote_identifier
    texts = " || ".join(_text(quote(name), kind) for name, kind in table.columns) or "''"
    where = f"{quote(table.schema)}.{quote(table.name)}"
    low, high = HALVES[conn.dialect.name]
    # OFFSET 0 keeps the planner from computing each MD5 twice.
    statement = (
        f"SELECT count(*), {low}, {high} FROM (SELECT md5({texts}) AS md5 FROM {where} OFFSET 0) h"  # noqa: S608  names from the catalog, quoted
    )
    rows, *halves = conn.exec_driver_sql(statement).one()
    names = [name for name, _ in table.columns]
    seen = repr((names, rows, [str(half) for half in halves]))
    return Fingerprint(
        table=f"{table.schema}.{table.name}",
        rows=rows,
        checksum=hashlib.sha256(seen.encode()).hexdigest(),
    )


def _text(column: str, kind: str) -> str:
    """Return the SQL of a value with its length, so that no two rows have the same text."""
    match kind.lower():
        case "bytea":
            # As text it would be twice as long, and a value ends at 1 GB.
            text = f"encode(sha256({column}), 'hex')"
        case "blob":
            text = f"sha256({column})"
        case listed if listed.endswith("[]"):
            # DuckDB writes ['a, b'] and ['a', 'b'] alike in some versions; its JSON does not.
            text = f"CAST(to_json({column}) AS VARCHAR)"
        case _:
            text = f"CAST({column} AS VARCHAR)"
    return f"COALESCE(CAST(length({text}) AS VARCHAR) || ':' || {text}, '-')"
