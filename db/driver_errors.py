"""What the two drivers say when something goes wrong, in the words of db/errors.py.

An error of ours (wrong SQL, a missing column) is not translated: it stays a traceback.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import psycopg

from db.errors import (
    ConflictError,
    RefusedValueError,
    StoreBusyError,
    StoreDeniedError,
    StoreError,
    StoreNotMigratedError,
    StoreUnreachableError,
    StoreUrlError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UNDEFINED_TABLE = "42P01"
DENIED = "42501"
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by code or by class.
REFUSED_STATES = ("22", "23502", "23514")
CONFLICT_STATES = ("23503", "23505", "40")
UNREACHABLE_STATES = ("08", "57P", "53300")
READ_ONLY = "25006"
DISK_FULL = "53100"
NO_ROOM = "No space left on device"
# What DuckDB says of a setting in the URL, by where it is met.
BAD_OPTION = (
    "options were not recognized",
    "unrecognized configuration parameter",
    "Enum value: unrecognized value",
)
# A timeout of the account or of the server, and a lock that was not had in time.
STOPPED_STATES = ("57014", "55P03", "25P03", "25P04")


def translate(error: BaseException) -> StoreError | None:
    """Return our error for a driver's, or None if the fault is the program's own."""
    if isinstance(error, psycopg.Error):
        return _from_postgresql(error)
    if isinstance(error, duckdb.Error):
        return _from_duckdb(error)
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Translate what a driver raises inside: for the calls that do not pass SQLAlchemy."""
    try:
        yield
    except (psycopg.Error, duckdb.Error) as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def _from_postgresql(error: psycopg.Error) -> StoreError | None:
    state = error.sqlstate or ""
    said = _first_line(error.diag.message_primary or str(error))
    if state == UNDEFINED_TABLE:
        return _not_migrated(said)
    if state == DENIED:
        return StoreDeniedError(f"the server refused ({said}): use an account that may do this")
    if state == READ_ONLY:
        return StoreDeniedError(
            f"the server only lets read ({said}): "
            "set PROMOLOOP_DATABASE_URL to the primary server, not to a replica"
        )
    if state == DISK_FULL:
        return _no_room(said)
    if state in STOPPED_STATES:
        return UnsupportedError(
            f"the server stopped the work ({said}): run it again when the store is less busy, "
            "or give the account a longer timeout"
        )
    if state == "" and said.startswith("invalid connection option"):
        return _bad_option(said)
    if state.startswith(REFUSED_STATES) or isinstance(error, psycopg.DataError):
        return _refused(said)
    if state.startswith(CONFLICT_STATES):
        return _conflict(_first_line(error.diag.message_detail or said))
    if state.startswith(UNREACHABLE_STATES) or _never_connected(error):
        return StoreUnreachableError(
            f"the PostgreSQL server does not answer ({said}): "
            "check that it runs and that PROMOLOOP_DATABASE_URL is right"
        )
    return None


def _never_connected(error: psycopg.Error) -> bool:
    """Tell a failed or lost connection, which carries no SQLSTATE, from a failed statement."""
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def _from_duckdb(error: duckdb.Error) -> StoreError | None:
    said = _first_line(str(error))
    if NO_ROOM in str(error):
        # Met while committing it is a TransactionException, while detaching an IOException.
        return _no_room(NO_ROOM)
    if any(words in said for words in BAD_OPTION):
        return _bad_option(said)
    match error:
        case duckdb.IOException():
            return _file_error(said)
        case duckdb.TransactionException():
            return _conflict(said)
        case duckdb.ConstraintException():
            duplicate = "uplicate key" in said
            return _conflict(said) if duplicate else _refused(said)
        case duckdb.ConversionException() | duckdb.OutOfRangeException():
            return _refused(said)
        case duckdb.CatalogException() if "Table with name" in said:
            return _not_migrated(said)
        case _:
            return None


def _file_error(said: str) -> StoreError:
    if "lock on file" not in said:
        return StoreUnreachableError(
            f"the DuckDB file cannot be opened ({said}): "
            "check the path in PROMOLOOP_DATABASE_URL and that its folder exists"
        )
    holder = re.search(r"\(PID (\d+)\)", said)
    who = f"process {holder[1]}" if holder else "another process"
    return StoreBusyError(
        f"{who} has the DuckDB file open and DuckDB lets only one process in: "
        "end that process, or use PostgreSQL for several at once"
    )


def _no_room(said: str) -> UnsupportedError:
    return UnsupportedError(
        f"the disk of the store or of the backup is full ({said}): make room and run the command again"
    )


def _bad_option(said: str) -> StoreUrlError:
    return StoreUrlError(
        f"an option in the database URL is unknown ({said}): correct it in PROMOLOOP_DATABASE_URL"
    )


def _refused(said: str) -> RefusedValueError:
    return RefusedValueError(f"the store refused a value ({said}): correct it and save again")


def _conflict(said: str) -> ConflictError:
    return ConflictError(
        f"the row exists already or was changed at the same moment ({said}): "
        "read it again and repeat the step"
    )


def _not_migrated(said: str) -> StoreNotMigratedError:
    return StoreNotMigratedError(f"a table is missing ({said}): run `promoloop db migrate`")


def _first_line(text: str) -> str:
    return text.strip().split("\n", maxsplit=1)[0].rstrip(".")
