"""Settings of a PostgreSQL server for point-in-time recovery: what to archive, how to come back."""

from __future__ import annotations

import datetime as dt
import shlex
from typing import TYPE_CHECKING

from db.errors import BackupError

if TYPE_CHECKING:
    from pathlib import Path

# At most this much is lost with the server's disk.
ARCHIVE_SECONDS = 60


def archive_settings(archive: Path) -> dict[str, str]:
    """Return what makes a running server archive its write-ahead log into a folder.

    A segment appears under its name only when it is whole and on the disk, one that is there is
    never overwritten, and one that is sent twice is accepted if it is the same.

    Args:
        archive: Absolute path, as the server sees it.
    """
    there = f"{_shell(archive)}/%f"
    return {
        "wal_level": "replica",
        "archive_mode": "on",
        "archive_command": (
            f"if test -f {there}; then cmp -s %p {there}; else"
            f" cp %p {there}.partial && sync {there}.partial && mv {there}.partial {there}; fi"
        ),
        "archive_timeout": f"{ARCHIVE_SECONDS}s",
        "restore_command": _restore_command(archive),
    }


def recovery_settings(archive: Path, until: dt.datetime) -> dict[str, str]:
    """Return what brings a base backup forward to a moment, that moment included.

    Archiving is off: a server that was recovered on trial would leave its own history in the
    archive, and the next recovery would follow that one.

    Args:
        archive: Absolute path of the archived log, as the server sees it.
        until: Moment with its zone; commits up to it are kept.
    """
    return {
        "archive_mode": "off",
        "restore_command": _restore_command(archive),
        "recovery_target_time": f"{until.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}+00",
        "recovery_target_action": "promote",
    }


def as_file(settings: dict[str, str]) -> str:
    """Return settings as lines of a file that postgresql.conf can include."""
    return "".join(f"{name} = '{_quoted(value)}'\n" for name, value in settings.items())


def write(file: Path, settings: dict[str, str]) -> None:
    """Write a settings file, whole or not at all.

    Raises:
        BackupError: It cannot be written.
    """
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(as_file(settings), encoding="utf-8")
        partial.rename(file)
    except OSError as error:
        message = f"{file} cannot be written ({error.strerror}): choose another place with --out"
        raise BackupError(message) from error


def _restore_command(archive: Path) -> str:
    return f"cp {_shell(archive)}/%f %p"


def _shell(archive: Path) -> str:
    """Quote a path for the server's shell; % means something to the server before that."""
    if not archive.is_absolute() or not str(archive).isprintable():
        message = f"{str(archive)!r} is no absolute path in one line: the server needs one"
        raise BackupError(message)
    return shlex.quote(str(archive)).replace("%", "%%")


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
