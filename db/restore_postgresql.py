"""Restore a PostgreSQL store: into a database beside it, compared, then renamed."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg
import sqlalchemy as sa

from db import pg_tools
from db.engine import open_engine
from db.errors import BackupError, StoreUnreachableError
from db.restored import compare

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from db.manifest import Manifest

MAINTENANCE: Final = "postgres"
NAME_LIMIT: Final = 63


class Scratch(NamedTuple):
    """A restored database, and a connection to the server from beside it."""

    name: str
    admin: sa.Connection


@contextmanager
def scratch(engine: sa.Engine, data: Path, found: Manifest) -> Iterator[Scratch]:
    """Yield a database beside the store with what the dump holds, compared with its manifest.

    Raises:
        BackupError: Another restore is under way, pg_restore failed, or something differs.
    """
    store = _name(engine)
    name = _derived(store, "restoring")
    with _admin(engine) as admin:
        _alone(admin, name)
        quoted = _quoted(admin, name)
        # Left by a restore that was killed.
        _drop(admin, name)
        owner = _owner(admin, store)
        as_owner = f" OWNER {_quoted(admin, owner)}" if owner else ""
        admin.exec_driver_sql(
            f"CREATE DATABASE {quoted}{as_owner} TEMPLATE template0 ENCODING 'UTF8'"
        )
        try:
            _fill(engine.url.set(database=name), data, found, owner)
            yield Scratch(name, admin)
        finally:
            admin.rollback()
            _drop(admin, name)


def refuse_occupied(engine: sa.Engine, *, replace: bool) -> None:
    """Return if the store may be replaced.

    Raises:
        BackupError: It has tables, and `replace` was not said.
    """
    if not replace and not _is_empty(engine):
        message = (
            f"the database {_name(engine)} is not empty: restore with --replace, which keeps it "
            "under another name, or set PROMOLOOP_DATABASE_URL to a new database"
        )
        raise BackupError(message)


def take_place(engine: sa.Engine, restored: Scratch, now: dt.datetime) -> str | None:
    """Rename the restored database to the store; what was there is kept, and where is returned.

    Raises:
        BackupError: Somebody is connected to the store.
    """
    store, admin = _name(engine), restored.admin
    there, empty = _exists(admin, store), _is_empty(engine)
    engine.dispose()
    former = _derived(store, f"before_{now:%Y%m%dT%H%M%S_%fZ}")
    # Two renames in one transaction: at no moment is there no store.
    statements = [_rename(admin, store, former)] if there else []
    statements.append(_rename(admin, restored.name, store))
    admin.exec_driver_sql("BEGIN")
    try:
        for statement in statements:
            admin.exec_driver_sql(statement)
        admin.exec_driver_sql("COMMIT")
    except sa.exc.DBAPIError as error:
        admin.exec_driver_sql("ROLLBACK")
        if not isinstance(error.orig, psycopg.errors.ObjectInUse):
            raise
        message = (
            f"somebody is connected to the database {store}: end every promoloop and other session "
            "there, then restore again"
        )
        raise BackupError(message) from error
    if there and empty:
        admin.exec_driver_sql(f"DROP DATABASE {_quoted(admin, former)}")
    return former if there and not empty else None


def _fill(url: sa.URL, data: Path, found: Manifest, owner: str | None) -> None:
    restored = open_engine(url.render_as_string(hide_password=False))
    try:
        with restored.connect() as conn:
            tool = pg_tools.find(
                "pg_restore", conn, max(int(found.version), pg_tools.server_major(conn))
            )
        with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
            chosen.write("\n".join(_wanted(pg_tools.listing(tool, data))))
            chosen.flush()
            role = [f"--role={owner}"] if owner else []
            options = ("--exit-on-error", "--no-owner", "--no-privileges", *role)
            pg_tools.run(tool, url, *options, f"--use-list={chosen.name}", str(data))
        compare(restored, found)
        with restored.begin() as conn:
            # A restored database has no statistics, and autovacuum comes late.
            conn.exec_driver_sql("ANALYZE")
    finally:
        restored.dispose()


def _wanted(contents: list[str]) -> list[str]:
    """Leave out what watches the server and not the store: only a superuser may create it."""
    return [line for line in contents if " pg_stat_statements" not in line]


@contextmanager
def _admin(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection to another database of the server, without transactions."""
    if _name(engine) == MAINTENANCE:
        message = (
            f"the store is in the database {MAINTENANCE}, which cannot be replaced: "
            "keep it in one of its own"
        )
        raise BackupError(message)
    url = engine.url.set(database=MAINTENANCE).render_as_string(hide_password=False)
    admin = open_engine(url)
    try:
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            yield conn
    finally:
        admin.dispose()


def _alone(admin: sa.Connection, name: str) -> None:
    """Hold a lock of the session, which ends with this process however it ends."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    if not admin.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one():
        message = f"another restore or verification uses the database {name}: wait for it"
        raise BackupError(message)


def _is_empty(engine: sa.Engine) -> bool:
    """Tell whether there is nothing to lose: no such database, or none of ours or others' in it."""
    with _admin(engine) as admin:
        if not _exists(admin, _name(engine)):
            return True
    try:
        with engine.connect() as conn:
            inspector = sa.inspect(conn)
            return not any(
                inspector.get_table_names(schema)
                for schema in inspector.get_schema_names()
                if schema != "information_schema"
            )
    finally:
        engine.dispose()


def _drop(admin: sa.Connection, name: str) -> None:
    """Drop a scratch database, if it is there, with what an earlier run left working in it.

    Not WITH (FORCE): that fails for an account that is no superuser while autovacuum is in the
    database; a plain DROP sends autovacuum away itself, and waits for it.

    Raises:
        BackupError: Another account works in it.
    """
    ours = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = :name AND usename = current_user"
    )
    admin.execute(sa.text(ours), {"name": name}).all()
    try:
        admin.exec_driver_sql(f"DROP DATABASE IF EXISTS {_quoted(admin, name)}")
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.errors.ObjectInUse):
            raise
        message = f"somebody is connected to the database {name}: end that session, then try again"
        raise BackupError(message) from error


def _exists(admin: sa.Connection, name: str) -> bool:
    wanted = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
    return bool(admin.execute(wanted, {"name": name}).scalar_one())


def _owner(admin: sa.Connection, store: str) -> str | None:
    """Return who owns the store, if that is somebody else: the restored one shall be theirs."""
    wanted = sa.text(
        "SELECT rolname FROM pg_database JOIN pg_roles r ON r.oid = datdba"
        " WHERE datname = :name AND rolname <> current_user"
    )
    return admin.execute(wanted, {"name": store}).scalar()


def _rename(admin: sa.Connection, old: str, new: str) -> str:
    return f"ALTER DATABASE {_quoted(admin, old)} RENAME TO {_quoted(admin, new)}"


def _quoted(conn: sa.Connection, name: str) -> str:
    return conn.dialect.identifier_preparer.quote_identifier(name)


def _name(engine: sa.Engine) -> str:
    name = engine.url.database
    if name is None:
        message = "the database URL names no database: write postgresql://host/database"
        raise StoreUnreachableError(message)
    return name


def _derived(store: str, ending: str) -> str:
    """Return a name beside the store's that PostgreSQL does not cut."""
    return f"{store[: NAME_LIMIT - len(ending) - 1]}_{ending}"
