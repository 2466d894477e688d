"""Rows in and out: records read by their fields, saves that change nothing when repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from analytics.types import Record
from db.columns import utc_now
from db.errors import NotFoundError, RefusedValueError
from db.values import fit_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.dialects.postgresql import Insert

R = TypeVar("R", bound=Record)

# One statement may bind 65,535 values on PostgreSQL: enough for 65 columns.
ROWS_PER_STATEMENT = 1000


def fields_of(table: sa.Table, kind: type[Record]) -> list[sa.Column[Any]]:
    """Return the columns that a record is read from."""
    return [table.c[name] for name in kind.model_fields]


def every(conn: sa.Connection, wanted: sa.Select[Any], kind: type[R]) -> list[R]:
    """Return all rows of a query as records."""
    return [_record(kind, row) for row in conn.execute(wanted)]


def first(conn: sa.Connection, wanted: sa.Select[Any], kind: type[R]) -> R | None:
    """Return the first row of a query as a record, None if there is none."""
    row = conn.execute(wanted.limit(1)).one_or_none()
    return None if row is None else _record(kind, row)


def one(conn: sa.Connection, wanted: sa.Select[Any], kind: type[R], name: str, key: object) -> R:
    """Return the only row of a query as a record.

    Raises:
        NotFoundError: There is none; `name` and `key` say what was looked for.
    """
    found = first(conn, wanted, kind)
    if found is None:
        raise NotFoundError(name, key)
    return found


def id_begins(table: sa.Table, prefix: str) -> sa.ColumnElement[bool]:
    """Return the condition that an id begins so: people type the first characters of one."""
    return sa.cast(table.c.id, sa.String).startswith(prefix.lower(), autoescape=True)


def change_one(conn: sa.Connection, change: sa.Update, name: str, key: object) -> None:
    """Run an UPDATE of one row.

    Raises:
        NotFoundError: It met no row; `name` and `key` say what was looked for.
    """
    if conn.execute(change).rowcount == 0:
        raise NotFoundError(name, key)


def upsert(
    conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], key: Sequence[str]
) -> None:
    """Insert rows; where the key exists, update the other columns if any differs.

    `created_at` is kept, `updated_at` moves only with a change.

    Args:
        conn: Connection in the caller's transaction.
        table: Where to.
        rows: All with the same columns. For bulk data see `db.frames`.
        key: Columns of the primary key or of a unique constraint.

    Raises:
        RefusedValueError: A value does not fit its column, or two rows have the same key.
        ConflictError: The rows break another unique constraint.
    """
    fitted = [fit_row(table, row) for row in rows]
    _refuse_twins(table, fitted, key)
    for start in range(0, len(fitted), ROWS_PER_STATEMENT):
        page = fitted[start : start + ROWS_PER_STATEMENT]
        conn.execute(on_conflict_update(insert(table).values(page), table, page[0], key))


def on_conflict_update(
    statement: Insert, table: sa.Table, columns: Iterable[str], key: Sequence[str]
) -> Insert:
    """Add to an INSERT of `columns` what happens where the key exists already."""
    changing = [name for name in columns if name not in key]
    changes: dict[str, Any] = {name: statement.excluded[name] for name in changing}
    if "updated_at" in table.c:
        changes["updated_at"] = sa.literal(utc_now(), table.c.updated_at.type)
    # Without this guard a reload rewrites every row: 3.4 times the work, and false updated_at.
    differs = sa.or_(*(table.c[name].is_distinct_from(changes[name]) for name in changing))
    return statement.on_conflict_do_update(index_elements=list(key), set_=changes, where=differs)


def _record(kind: type[R], row: sa.Row[Any]) -> R:
    """Read a row; NULL gives way to the default of a field that has one."""
    fields = kind.model_fields
    return kind.model_validate(
        {
            name: value
            for name, value in row._asdict().items()
            if value is not None or fields[name].is_required()
        }
    )


def _refuse_twins(table: sa.Table, rows: list[dict[str, Any]], key: Sequence[str]) -> None:
    """PostgreSQL refuses a key that comes twice, DuckDB silently keeps the first."""
    seen = set()
    for row in rows:
        found = tuple(row[name] for name in key)
        if found in seen:
            shown = ", ".join(str(part) for part in found)
            message = f"{table.name} would get two rows for {shown}: send one of them"
            raise RefusedValueError(message)
        seen.add(found)
