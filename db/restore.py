"""Bring a backup back: beside the store first, compared value by value, then into its place."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from analytics.types import Record
from db import manifest, restore_duckdb, restore_postgresql
from db.errors import BackupError
from db.fingerprints import Fingerprint

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    import sqlalchemy as sa

    from db.manifest import Manifest

# Both have `refuse_occupied`, `scratch` and `take_place`.
ENGINES: Final[dict[str, Any]] = {"postgresql": restore_postgresql, "duckdb": restore_duckdb}


class Verified(Record):
    """A backup that was restored and compared, or put in the store's place.

    `former` is where the store that was there before lies now, None if it was empty.
    """

    backup: str
    taken_at: dt.datetime
    engine: str
    migrations: tuple[str, ...]
    rows: int
    tables: tuple[Fingerprint, ...]
    former: str | None = None


def verify(engine: sa.Engine, folder: Path) -> Verified:
    """Restore a backup into a scratch database and compare every table; the store is not touched.

    Args:
        engine: The store: on PostgreSQL its server holds the scratch database meanwhile.
        folder: The backup.

    Raises:
        BackupError: The backup is damaged, or what it restores to differs from what was stored.
    """
    found = _checked(engine, folder)
    with _scratch(engine, folder, found):
        return _verified(folder, found)


def restore(engine: sa.Engine, folder: Path, *, replace: bool = False) -> Verified:
    """Put a backup in the place of the store, whole or not at all.

    It is restored beside the store and compared first; then the two change names. A store that
    had rows is kept under another name.

    Args:
        engine: The store to be; its database or file need not exist.
        folder: The backup.
        replace: Also if the store is not empty.

    Raises:
        BackupError: The backup is damaged, the store is not empty, or somebody is using it.
    """
    found = _checked(engine, folder)
    module = ENGINES[found.engine]
    module.refuse_occupied(engine, replace=replace)
    with _scratch(engine, folder, found) as scratch:
        former = module.take_place(engine, scratch, dt.datetime.now(dt.UTC))
    return _verified(folder, found).model_copy(update={"former": former})


def _scratch(engine: sa.Engine, folder: Path, found: Manifest) -> AbstractContextManager[Any]:
    data = folder / found.data.name
    opened: AbstractContextManager[Any] = ENGINES[found.engine].scratch(engine, data, found)
    return opened


def _checked(engine: sa.Engine, folder: Path) -> Manifest:
    found = manifest.checked(folder)
    if found.engine != engine.dialect.name:
        message = (
            f"{folder} is a backup of a {found.engine} store and this one is "
            f"{engine.dialect.name}: set PROMOLOOP_DATABASE_URL to a {found.engine} URL"
        )
        raise BackupError(message)
    return found


def _verified(folder: Path, found: Manifest) -> Verified:
    return Verified(
        backup=str(folder),
        taken_at=found.taken_at,
        engine=found.engine,
        migrations=found.migrations,
        rows=found.rows,
        tables=found.tables,
    )
