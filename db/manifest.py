"""What a backup is: a folder with the data and a sealed `manifest.json` that says what is in it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Final, Literal

from pydantic import ValidationError

from analytics.types import Record
from db.errors import BackupError
from db.fingerprints import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "manifest.json"
NAME: Final = re.compile(r"promoloop-\d{8}T\d{9}Z")
PARTIAL: Final = re.compile(r"\.promoloop-\d{8}T\d{9}Z\.partial")


class DataFile(Record):
    """One file of a backup."""

    name: str
    size: int
    sha256: str


class Manifest(Record):
    """What a backup holds, as of one moment of the store."""

    engine: Literal["postgresql", "duckdb"]
    version: str
    taken_at: dt.datetime
    migrations: tuple[str, ...]
    data: DataFile
    tables: tuple[Fingerprint, ...]
    objects: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


def folder_name(at: dt.datetime) -> str:
    """Return the name of a backup taken at a moment, to the millisecond."""
    utc = at.astimezone(dt.UTC)
    return f"promoloop-{utc:%Y%m%dT%H%M%S}{utc.microsecond // 1000:03d}Z"


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest with its seal and see that all of the folder is on the disk."""
    content = manifest.model_dump(mode="json")
    document = {"seal": _seal(content), "manifest": content}
    (folder / FILE).write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        sync(path)


def read(folder: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        BackupError: It is no backup, or its manifest was changed.
    """
    file = folder / FILE
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        content = document["manifest"]
        if document["seal"] == _seal(content):
            return Manifest.model_validate(content)
    except OSError as error:
        message = f"{folder} is no backup ({error.strerror}: {FILE}): name a folder that promoloop db backup made"
        raise BackupError(message) from error
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        message = _damaged(file, "it cannot be read")
        raise BackupError(message) from error
    raise BackupError(_damaged(file, "it was changed"))


def checked(folder: Path) -> Manifest:
    """Return the manifest of a backup whose data file is as it was written.

    Raises:
        BackupError: Something is missing, cut short or changed.
    """
    manifest = read(folder)
    file = folder / manifest.data.name
    try:
        size, digest = file.stat().st_size, sha256(file)
    except OSError as error:
        raise BackupError(_damaged(file, str(error.strerror))) from error
    if size != manifest.data.size:
        raise BackupError(_damaged(file, f"{size:,} bytes instead of {manifest.data.size:,}"))
    if digest != manifest.data.sha256:
        raise BackupError(_damaged(file, "its checksum is another one"))
    return manifest


def all_of(folder: Path) -> list[Path]:
    """Return the backups in a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if NAME.fullmatch(path.name) and path.is_dir()]
    return sorted(found, reverse=True)


def newest(folder: Path) -> Path:
    """Return the newest backup of a folder.

    Raises:
        BackupError: There is none.
    """
    found = all_of(folder)
    if not found:
        message = f"there is no backup in {folder}: take one with promoloop db backup --to {folder}"
        raise BackupError(message)
    return found[0]


def rotate(folder: Path, now: dt.datetime, keep_days: int) -> list[Path]:
    """Delete the backups that are older than `keep_days` and return them.

    The newest good one stays, however old. What is not named as a backup is not touched.
    """
    limit = folder_name(now - dt.timedelta(days=keep_days))
    found = all_of(folder)
    if not any(path.name < limit for path in found):
        return []
    good = next((path for path in found if _is_good(path)), None)
    gone = [path for path in found if path.name < limit and path != good]
    for path in gone:
        shutil.rmtree(path)
    return gone


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_good(folder: Path) -> bool:
    try:
        checked(folder)
    except BackupError:
        return False
    return True


def _seal(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _damaged(file: Path, why: str) -> str:
    return f"the backup is damaged, {file}: {why}: use another backup"
