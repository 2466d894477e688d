"""`promoloop db backup / verify / restore`: copies of the store that are known to come back."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Json, parse_moment
from app.cli.output import emit_json, note
from app.cli.session import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

To = Annotated[
    Path | None,
    typer.Option("--to", help="Folder of the backups; `backups` in the data folder unless given."),
]
From = Annotated[
    Path | None,
    typer.Option(
        "--from", help="Folder of the backups; `backups` in the data folder unless given."
    ),
]
Backup = Annotated[Path | None, typer.Argument(help="One backup; the newest unless given.")]


def backup(
    to: To = None,
    keep_days: Annotated[
        int,
        typer.Option(
            min=1, max=36_500, help="Delete older ones; the newest good one always stays."
        ),
    ] = 30,
    *,
    json: Json = False,
) -> None:
    """Take a backup, while the store may be written, and delete those older than 30 days."""
    from analytics.types import Record
    from db import backup as backups
    from db import manifest

    class Taken(Record):
        """What was written and what was deleted."""

        backup: str
        rows: int
        manifest: manifest.Manifest
        deleted: list[str]

    folder, now = to or _folder(), dt.datetime.now(dt.UTC)
    with store(migrated=False) as engine:
        made = backups.take(engine, folder, now)
    gone = manifest.rotate(folder, now, keep_days)
    found = manifest.read(made)
    if json:
        names = [str(path) for path in gone]
        emit_json(Taken(backup=str(made), rows=found.rows, manifest=found, deleted=names))
        return
    typer.echo(
        f"{made}: {len(found.tables)} tables, {found.rows:,} rows, {found.data.size:,} bytes"
    )
    for path in gone:
        note(f"deleted {path}, older than {keep_days} days")
    _note_threads()
    note(f"is it good? promoloop db verify {made}")


def verify(backup: Backup = None, from_: From = None, *, json: Json = False) -> None:
    """Restore a backup into a scratch database and compare every table with what was stored."""
    from db import restore as restoring

    with _target() as engine:
        done = restoring.verify(engine, _chosen(backup, from_))
    if json:
        emit_json(done)
        return
    typer.echo(
        f"{done.backup} is good: {len(done.tables)} tables with {done.rows:,} rows restored and "
        f"equal in every value, as of {done.taken_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def restore(
    backup: Backup = None,
    from_: From = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also if the store is not empty; it is kept aside.")
    ] = False,
    json: Json = False,
) -> None:
    """Put a backup in the place of the store: whole and compared, or not at all."""
    from db import restore as restoring
    from db.migrate import state

    with _target() as engine:
        done = restoring.restore(engine, _chosen(backup, from_), replace=replace)
        pending = state(engine).pending
    if json:
        emit_json(done)
    else:
        typer.echo(
            f"restored {done.backup}: {len(done.tables)} tables with {done.rows:,} rows, "
            f"as of {done.taken_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    if done.former:
        note(f"the store that was there is now {done.former}: delete it when you need it no more")
    if pending:
        note("the backup is of an older version: run promoloop db migrate")


def archive_settings(
    archive: Annotated[Path, typer.Argument(help="Folder of the log, as the server sees it.")],
    until: Annotated[
        dt.datetime | None,
        typer.Option(parser=parse_moment, metavar="MOMENT", help="Settings to recover up to then."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write them into this file.")] = None,
    *,
    json: Json = False,
) -> None:
    """Write the PostgreSQL settings for archiving the log, or with --until for recovering from it."""
    from analytics.types import Record
    from db import archive as archives

    class Settings(Record):
        """The settings and where they were written."""

        file: str | None
        settings: dict[str, str]

    folder = archive.absolute()
    settings = (
        archives.recovery_settings(folder, until) if until else archives.archive_settings(folder)
    )
    if out is not None:
        archives.write(out, settings)
    if json:
        emit_json(Settings(file=None if out is None else str(out), settings=settings))
    elif out is None:
        typer.echo(archives.as_file(settings), nl=False)
    else:
        typer.echo(f"wrote {out}")
    if until is None:
        note("include the file in postgresql.conf and restart the server; see docs/operations.md")


def _chosen(backup: Path | None, folder: Path | None) -> Path:
    from db import manifest

    return backup or manifest.newest(folder or _folder())


def _note_threads() -> None:
    """Say what a backup of an embedded store leaves out: a file of another program's format."""
    from app.settings import read_settings

    settings = read_settings()
    if not settings.database_url.startswith("duckdb"):
        return
    threads = settings.threads_file()
    if threads.exists():
        note(
            f"the conversations in {threads} are not part of it: copy that file while nobody chats"
        )


def _folder() -> Path:
    from app.settings import read_settings

    return read_settings().data_dir / "backups"


@contextmanager
def _target() -> Iterator[sa.Engine]:
    """Open the store that the settings name; it need not exist."""
    from app.settings import read_settings
    from db.engine import open_engine

    engine = open_engine(read_settings().database_url)
    try:
        yield engine
    finally:
        engine.dispose()
