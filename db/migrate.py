"""Apply migrations/NNN_*.sql in order: each file once, in a transaction of its own.

The files are written for PostgreSQL and run through psql too. For DuckDB three words are
replaced, and what follows a line `-- engine: postgresql` is left out.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb
import psycopg
import sqlalchemy as sa

from db.adopt import recognise
from db.columns import UTC_NOW
from db.driver_errors import translate
from db.errors import (
    ForeignSchemaError,
    MigrationError,
    StoreNewerError,
    StoreNotMigratedError,
    StoreUnreachableError,
)
from db.tables import metadata
from db.transactions import in_transaction

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

FOLDER: Final = resources.files("db") / "migrations"
POSTGRESQL_ONLY: Final = "-- engine: postgresql\n"
# What PostgreSQL and psql take for a comment: DuckDB cannot drop a CHECK, it makes a table anew.
DUCKDB_ONLY: Final = r"(?s)/\* engine: duckdb\n(.*?)\*/"
FOR_DUCKDB: Final = (
    (r"\bJSONB\b", "JSON"),
    (r"\)\s*STORED\b", ") VIRTUAL"),
    (r"TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"),
)
OTHER_DATABASE: Final = "point PROMOLOOP_DATABASE_URL to an empty database or schema"
LOCK_KEY: Final = 7_190_001  # any number that only our migrations use

ledger = sa.Table(
    "schema_migrations",
    sa.MetaData(),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("applied_at", sa.DateTime, nullable=False, server_default=UTC_NOW),
)


class Migration(NamedTuple):
    """One file of the folder."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Fingerprint of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class MigrationState(NamedTuple):
    """Names of the migrations a store has, lacks, and has beyond this program's."""

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    newer: tuple[str, ...]


def migrations(folder: Traversable = FOLDER) -> list[Migration]:
    """Return the migrations of a folder, in order."""
    found = [
        Migration(int(file.name.split("_")[0]), file.name, file.read_text(encoding="utf-8"))
        for file in folder.iterdir()
        if re.fullmatch(r"\d{3}_\w+\.sql", file.name)
    ]
    return sorted(found)


def migrate(engine: sa.Engine, folder: Traversable = FOLDER) -> list[str]:
    """Bring the tables up to date and return the names of the files applied.

    Safe to run again, and by two processes at once. Tables that psql made with our files are
    adopted first.

    Raises:
        MigrationError: A file failed (nothing of it remains) or was edited after it was applied.
        StoreNewerError: The tables are newer than this program.
        ForeignSchemaError: Tables with our names exist that our files did not make.
    """
    adopt(engine, folder)
    _refuse_newer(state(engine, folder))
    return [
        file.name
        for file in migrations(folder)
        if in_transaction(engine, partial(_apply, file=file))
    ]


def adopt(engine: sa.Engine, folder: Traversable = FOLDER) -> list[str]:
    """Make the ledger of a store that has none, and return the files that psql had run there.

    Raises:
        ForeignSchemaError: Tables with our names exist that our files did not make.
    """
    return in_transaction(engine, partial(_make_ledger, files=migrations(folder)))


def state(engine: sa.Engine, folder: Traversable = FOLDER) -> MigrationState:
    """Compare the store with the folder, changing nothing.

    Raises:
        MigrationError: A file was edited after it had been applied.
        ForeignSchemaError: Tables with our names exist that migrations did not make.
    """
    files = migrations(folder)
    with engine.connect() as conn:
        applied = _applied(conn)
    for file in files:
        _refuse_edited(file, applied)
    known = {file.version for file in files}
    return MigrationState(
        applied=tuple(file.name for file in files if file.version in applied),
        pending=tuple(file.name for file in files if file.version not in applied),
        newer=tuple(row.name for version, row in applied.items() if version not in known),
    )


def require_current(engine: sa.Engine) -> None:
    """Return if the tables are those of this program.

    Raises:
        StoreNotMigratedError: Migrations are pending.
        StoreNewerError: A newer program has migrated the store.
        ForeignSchemaError: Tables with our names exist that migrations did not make.
    """
    found = state(engine)
    _refuse_newer(found)
    if found.pending:
        message = f"{len(found.pending)} migrations are pending: run `promoloop db migrate`"
        raise StoreNotMigratedError(message)


def _applied(conn: sa.Connection) -> dict[int, sa.Row[int, str, str]]:
    """Return the ledger by version, {} for an empty database."""
    inspector = sa.inspect(conn)
    tables = set(inspector.get_table_names())
    if ledger.name not in tables:
        ours = sorted(tables & metadata.tables.keys())
        if ours:
            _refuse_unrecorded(conn, ours[0])
        return {}
    if not {column["name"] for column in inspector.get_columns(ledger.name)} >= {*ledger.c.keys()}:
        _refuse_foreign(f"has a table {ledger.name} of another program", OTHER_DATABASE)
    rows = conn.execute(
        sa.select(ledger.c.version, ledger.c.name, ledger.c.sha256).order_by(ledger.c.version)
    )
    return {row.version: row for row in rows}


def _make_ledger(conn: sa.Connection, files: list[Migration]) -> list[str]:
    hold_schema_lock(conn)
    tables = set(sa.inspect(conn).get_table_names())
    if ledger.name in tables:
        return []
    adopted = _recognised(conn, files) if tables & metadata.tables.keys() else ()
    ledger.create(conn)
    for file in adopted:
        _record(conn, file)
    return [file.name for file in adopted]


def _recognised(conn: sa.Connection, files: list[Migration]) -> tuple[Migration, ...]:
    """Return the files that made the tables, which have no ledger."""
    if conn.dialect.name != "postgresql":
        _applied(conn)  # refuses: DuckDB has no psql that could have run the files
    found = recognise(conn, files, _run)
    if not found.files:
        why = f"has tables with promoloop's names that differ from its own ({found.difference})"
        _refuse_foreign(why, f"undo the difference, or {OTHER_DATABASE}")
    return found.files


def _apply(conn: sa.Connection, file: Migration) -> bool:
    """Run one file unless it has been run; nothing of it remains if it fails."""
    hold_schema_lock(conn)
    applied = _applied(conn)
    _refuse_edited(file, applied)
    if file.version in applied:
        return False
    _run(conn, file)
    _record(conn, file)
    return True


def _record(conn: sa.Connection, file: Migration) -> None:
    entry = {"version": file.version, "name": file.name, "sha256": file.sha256}
    conn.execute(ledger.insert().values(entry))


def _run(conn: sa.Connection, file: Migration) -> None:
    """Hand the text to the driver itself: a file has many statements."""
    text = file.text if conn.dialect.name == "postgresql" else _for_duckdb(file.text)
    driver = conn.connection.driver_connection
    if not text.strip() or driver is None:
        return
    try:
        driver.execute(text)
    except (psycopg.Error, duckdb.Error) as error:
        ours = translate(error)
        if isinstance(ours, StoreUnreachableError):
            raise ours from error
        said = str(error).strip().split("\n", maxsplit=1)[0]
        message = f"{file.name} failed and was rolled back ({said}): correct it and migrate again"
        raise MigrationError(message) from error


def _for_duckdb(text: str) -> str:
    shared = text.split(POSTGRESQL_ONLY, maxsplit=1)[0]
    shared = re.sub(DUCKDB_ONLY, r"\1", shared)
    for pattern, replacement in FOR_DUCKDB:
        shared = re.sub(pattern, replacement, shared)
    return shared


def hold_schema_lock(conn: sa.Connection) -> None:
    """Let one process at a time change the schema, until the transaction ends.

    A DuckDB file has only one process anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


def _refuse_edited(file: Migration, applied: dict[int, sa.Row[int, str, str]]) -> None:
    row = applied.get(file.version)
    if row is not None and row.sha256 != file.sha256:
        message = (
            f"{file.name} was changed after it had been applied: "
            "restore it and put the change into a new migration"
        )
        raise MigrationError(message)


def _refuse_newer(found: MigrationState) -> None:
    if found.newer:
        message = (
            f"the store has {found.newer[-1]}, which this program does not know: update promoloop"
        )
        raise StoreNewerError(message)


def _refuse_unrecorded(conn: sa.Connection, table: str) -> None:
    """Refuse tables without a ledger; those on PostgreSQL may be of our files, run by psql."""
    if conn.dialect.name == "postgresql":
        repair = f"run `promoloop db migrate` if psql made it with our files, or {OTHER_DATABASE}"
        _refuse_foreign(f"has a table {table} and no record of migrations", repair)
    _refuse_foreign(f"has a table {table} that promoloop's migrations did not make", OTHER_DATABASE)


def _refuse_foreign(why: str, repair: str) -> None:
    message = f"the database {why}: {repair}"
    raise ForeignSchemaError(message)
