"""Restore a DuckDB store: a copy beside it, compared, then renamed."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from db import manifest
from db.engine import open_engine
from db.errors import BackupError, StoreUnreachableError
from db.restored import compare

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from db.manifest import Manifest


@contextmanager
def scratch(engine: sa.Engine, data: Path, found: Manifest) -> Iterator[Path]:
    """Yield a copy of the backup's file beside the store, compared with its manifest.

    Raises:
        BackupError: There is no room for it, or it differs.
    """
    store = _file(engine)
    copy = store.with_name(f".{store.name}.restoring")
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        with copy.open("ab") as held:
            # The lock ends with this process; what a kill leaves is written over.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                _remove(_journal(copy))
                shutil.copyfile(data, copy)
                _compare(copy, found)
                manifest.sync(copy)
                yield copy
            finally:
                _remove(copy)
                _remove(_journal(copy))
    except BlockingIOError as error:
        message = f"another restore or verification beside {store} is under way: wait for it"
        raise BackupError(message) from error
    except OSError as error:
        message = (
            f"the backup cannot be restored beside {store} ({error.strerror}): "
            "make room or correct the path"
        )
        raise BackupError(message) from error


def _compare(copy: Path, found: Manifest) -> None:
    restored = open_engine(f"duckdb:///{copy}")
    try:
        compare(restored, found)
    except StoreUnreachableError as error:
        message = f"the backup cannot be opened ({error}): use another backup"
        raise BackupError(message) from error
    finally:
        restored.dispose()


def refuse_occupied(engine: sa.Engine, *, replace: bool) -> None:
    """Return if the store may be replaced.

    Raises:
        BackupError: It has tables or cannot be read, and `replace` was not said.
        StoreBusyError: Another process has it open.
    """
    if not replace and not _is_empty(engine):
        message = (
            f"the store {_file(engine)} is not empty: restore with --replace, which keeps it under "
            "another name, or set PROMOLOOP_DATABASE_URL to a new file"
        )
        raise BackupError(message)


def take_place(engine: sa.Engine, copy: Path, now: dt.datetime) -> str | None:
    """Rename the copy to the store; what was there is kept, and where is returned."""
    store = _file(engine)
    former = None if _is_empty(engine) else store.with_name(f"{store.name}.before-{_stamp(now)}")
    engine.dispose()
    journal = _journal(store)
    if former is not None:
        # Its journal first: one that belongs to another file must never meet the new one.
        if journal.exists():
            journal.rename(_journal(former))
        os.link(store, former)
    journal.unlink(missing_ok=True)
    copy.rename(store)
    manifest.sync(store.parent)
    return None if former is None else str(former)


def _is_empty(engine: sa.Engine) -> bool:
    """Tell whether there is nothing to lose; a file that cannot be read may hold something."""
    store = _file(engine)
    if not store.exists():
        return True
    try:
        with engine.connect() as conn:
            return not sa.inspect(conn).get_table_names()
    except StoreUnreachableError:
        return False
    finally:
        # Closed, its journal is written into the file.
        engine.dispose()


def _file(engine: sa.Engine) -> Path:
    return Path(str(engine.url.database))


def _journal(store: Path) -> Path:
    return store.with_name(f"{store.name}.wal")


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)


def _stamp(now: dt.datetime) -> str:
    return f"{now:%Y%m%dT%H%M%S.%fZ}"
