"""Take a backup: a copy that is consistent with itself while the store is being written."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

import sqlalchemy as sa

from db import manifest, pg_tools
from db.errors import BackupError, StoreNotMigratedError
from db.fingerprints import Fingerprint, fingerprints, objects
from db.manifest import PARTIAL, DataFile, Manifest
from db.migrate import ledger

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

DATA: Final[dict[str, str]] = {"postgresql": "store.dump", "duckdb": "store.duckdb"}


def take(engine: sa.Engine, folder: Path, now: dt.datetime) -> Path:
    """Write a backup of the whole database into a folder of its own and return that.

    It is written under a hidden name and renamed when it is whole: what has the name of a
    backup is one. PostgreSQL is dumped by pg_dump from the snapshot that the fingerprints are
    of; DuckDB is copied table by table in one transaction, so this process may go on writing.

    Args:
        engine: The store.
        folder: Where backups are kept; made if it is not there.
        now: Moment that names the backup.

    Raises:
        BackupError: The folder cannot be written, another backup runs, or pg_dump failed.
        StoreNotMigratedError: There is nothing to back up.
    """
    with _alone_in(folder):
        name = manifest.folder_name(now)
        partial, final = folder / f".{name}.partial", folder / name
        if final.exists():
            message = f"{final} exists already: run the backup again"
            raise BackupError(message)
        try:
            partial.mkdir()
            manifest.write(partial, _copy(engine, partial, now))
            partial.rename(final)
            manifest.sync(folder)
        finally:
            # After Ctrl-C too; what a kill leaves is removed by the next backup.
            shutil.rmtree(partial, ignore_errors=True)
    return final


def _copy(engine: sa.Engine, partial: Path, now: dt.datetime) -> Manifest:
    kind: Literal["postgresql", "duckdb"] = (
        "postgresql" if engine.dialect.name == "postgresql" else "duckdb"
    )
    data = partial / DATA[kind]
    copy = _from_postgresql if kind == "postgresql" else _from_duckdb
    with engine.connect() as conn:
        if kind == "postgresql":
            # One snapshot for all that follows; a transaction of DuckDB always has one.
            conn.execution_options(isolation_level="REPEATABLE READ")
        migrations, named = _migrations(conn), objects(conn)
        version, tables = copy(conn, data)
    size = data.stat().st_size
    return Manifest(
        engine=kind,
        version=version,
        taken_at=now,
        migrations=migrations,
        data=DataFile(name=data.name, size=size, sha256=manifest.sha256(data)),
        tables=tuple(tables),
        objects=tuple(named),
    )


def _from_postgresql(conn: sa.Connection, data: Path) -> tuple[str, list[Fingerprint]]:
    # This session is idle while pg_dump works, and its snapshot must live.
    conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout TO 0")
    conn.exec_driver_sql("SET LOCAL statement_timeout TO 0")
    snapshot = conn.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    # First, for the locks: a table that was read can be neither dropped nor rebuilt meanwhile.
    tables = fingerprints(conn)
    major = pg_tools.server_major(conn)
    tool = pg_tools.find("pg_dump", conn, major)
    pg_tools.run(
        tool, conn.engine.url, "--format=custom", f"--snapshot={snapshot}", f"--file={data}"
    )
    return str(tool.major), tables


def _from_duckdb(conn: sa.Connection, data: Path) -> tuple[str, list[Fingerprint]]:
    tables = fingerprints(conn)
    store = conn.exec_driver_sql("SELECT current_database()").scalar_one()
    quote = conn.dialect.identifier_preparer.quote_identifier
    literal = str(data).replace("'", "''")
    conn.exec_driver_sql(f"ATTACH '{literal}' AS promoloop_backup")
    try:
        conn.exec_driver_sql(f"COPY FROM DATABASE {quote(store)} TO promoloop_backup")
        conn.commit()
    finally:
        conn.rollback()
        conn.exec_driver_sql("DETACH promoloop_backup")
    return str(conn.exec_driver_sql("SELECT version()").scalar_one()), tables


def _migrations(conn: sa.Connection) -> tuple[str, ...]:
    if ledger.name not in sa.inspect(conn).get_table_names():
        message = "the store has no tables to back up: run `promoloop db migrate`"
        raise StoreNotMigratedError(message)
    return tuple(conn.execute(sa.select(ledger.c.name).order_by(ledger.c.version)).scalars())


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time write backups into a folder, which is made and tidied up."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in folder.iterdir():
                if PARTIAL.fullmatch(path.name):
                    shutil.rmtree(path)
            yield
    except BlockingIOError as error:
        message = f"another backup into {folder} is under way: wait for it"
        raise BackupError(message) from error
    except OSError as error:
        message = f"the backup cannot be written to {folder} ({error.strerror}): make room or choose another folder"
        raise BackupError(message) from error
