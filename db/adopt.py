"""Recognise a schema that psql made with our files: all is there but the ledger of migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import sqlalchemy as sa

from db.named_sql import sql_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from db.migrate import Migration

SCRATCH: Final = "promoloop_recognition"
NAMES: Final = (
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind IN ('r', 'v', 'S')"
    " UNION SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
)
Shape = frozenset[str]


class Recognised(NamedTuple):
    """The files that made the schema, in order; without any, the first thing that differs."""

    files: tuple[Migration, ...]
    difference: str


def recognise(
    conn: sa.Connection,
    files: Sequence[Migration],
    run: Callable[[sa.Connection, Migration], None],
) -> Recognised:
    """Tell how many of the files, run one after the other, made the current PostgreSQL schema.

    They are run in a schema beside it, which is rolled back, and compared after each: columns,
    constraints, indexes, triggers, views and functions. What else the schema holds is not ours.

    Args:
        conn: Connection in the caller's transaction, with the right to create a schema.
        files: The migrations, in order.
        run: Runs one of them.
    """
    beside = conn.begin_nested()
    conn.exec_driver_sql(f"CREATE SCHEMA {SCRATCH}")
    conn.exec_driver_sql(f"SET LOCAL search_path TO {SCRATCH}")
    shapes: list[Shape] = []
    for file in files:
        run(conn, file)
        shapes.append(_shape(conn, _names(conn)))
    names = _names(conn)
    beside.rollback()
    found = _shape(conn, names)
    if found in shapes:
        return Recognised(tuple(files[: shapes.index(found) + 1]), "")
    nearest = min(shapes, key=lambda shape: len(shape ^ found))
    # What is there and should not be tells more than what is missing.
    return Recognised((), min(found - nearest or nearest - found).split("\n", maxsplit=1)[0])


def _names(conn: sa.Connection) -> list[str]:
    return list(conn.exec_driver_sql(NAMES).scalars())


def _shape(conn: sa.Connection, names: list[str]) -> Shape:
    return frozenset(conn.execute(sa.text(sql_text("schema_shape")), {"names": names}).scalars())
