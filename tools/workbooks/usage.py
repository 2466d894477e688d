"""What a child process has used so far, and what reading one file may take."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

_SECONDS, _SECONDS_PER_MB = 8.0, 3.0  # a workbook takes about 0.1 s per MB unpacked or less
_BYTES, _BYTES_PER_BYTE = 1024**3, 10  # a cell of 17 bytes becomes one of 71, then a column's
_MOST_BYTES = 6 * 1024**3


@dataclass(frozen=True)
class Usage:
    """Processor time and resident memory."""

    seconds: float
    bytes: int


def used_by(pid: int) -> Usage | None:
    """Return what a process uses, None where the system does not tell or it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    user, system, pages = int(fields[11]), int(fields[12]), int(fields[21])
    return Usage((user + system) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE"))


def allowed_for(path: Path) -> Usage:
    """Return what reading a file may take, by its size once unpacked."""
    unpacked = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        pass  # the child will say what is wrong with it
    memory = min(_BYTES + _BYTES_PER_BYTE * unpacked, _MOST_BYTES)
    return Usage(_SECONDS + _SECONDS_PER_MB * unpacked / 1e6, memory)
