"""Open the store: an embedded DuckDB file or a PostgreSQL server, by its URL."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from db.driver_errors import translate
from db.errors import RefusedValueError, StoreUrlError

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext

# DuckDB takes 80 % of the memory unless told; loads here are no faster with more than this.
# Threads wait for each other at the keys' indexes: with two, a load costs twice the processor time
# and no question over a million rows gains.
# No extension is fetched from the network behind our back.
DUCKDB_SETTINGS: Final = {
    "threads": 1,
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,
}
CONNECT_TIMEOUT_SECONDS: Final = 10
# A hundred turns at once share 15 connections: each waits for its own as for the processor.
POOL_TIMEOUT_SECONDS: Final = 600
REPAIR: Final = "use duckdb:///path/to/file.duckdb or postgresql://user:password@host/database"


def open_engine(url: str) -> sa.Engine:
    """Return the engine of a store; nothing is connected or created yet.

    Each thread that works gets a connection of its own from the engine's pool: a DuckDB
    connection shared by threads returns wrong rows.

    Args:
        url: `duckdb:///relative.duckdb`, `duckdb:////absolute.duckdb` or `postgresql://...`.

    Raises:
        StoreUrlError: The URL is malformed, of another database, or names no file.
    """
    target, options = _target(url)
    engine = sa.create_engine(
        target,
        json_serializer=partial(json.dumps, ensure_ascii=False, allow_nan=False),
        **options,
    )
    sa.event.listen(engine, "handle_error", _speak_plainly)
    return engine


def _target(url: str) -> tuple[sa.URL, dict[str, Any]]:
    """Return the URL with its driver, and what `create_engine` needs besides."""
    try:
        target = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        message = f"the database URL cannot be read: {REPAIR}"
        raise StoreUrlError(message) from error
    match target.get_backend_name():
        case "duckdb":
            if not target.database or target.database.startswith(":memory:"):
                message = f"a DuckDB in memory would be another one for each thread: {REPAIR}"
                raise StoreUrlError(message)
            return target, {"connect_args": {"config": DUCKDB_SETTINGS}}
        case "postgresql" | "postgres":
            return target.set(drivername="postgresql+psycopg"), {
                "connect_args": {"connect_timeout": CONNECT_TIMEOUT_SECONDS},
                "pool_pre_ping": True,
                "pool_timeout": POOL_TIMEOUT_SECONDS,
            }
        case other:
            message = f"there is no store for {other} databases: {REPAIR}"
            raise StoreUrlError(message)


def _speak_plainly(context: ExceptionContext) -> None:
    """Raise our error instead of the driver's, where the cause is not our own SQL."""
    original = context.original_exception
    ours = translate(original)
    if ours is not None:
        raise ours from original
    if isinstance(original, ValueError):
        message = f"a value cannot be stored ({original}): correct it and save again"
        raise RefusedValueError(message) from original
