"""Keep what a C library prints by itself out of the program's standard output."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT, _STDERR = 1, 2
_lock = threading.Lock()
_saved: list[int] = []
_users = 0


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send file descriptor 1 to standard error while the block runs; Python's own output too.

    HiGHS prints a debugging line from C now and then, whatever its options say, and one such line
    makes a JSON document on standard output unreadable. Threads may overlap: the first one in
    redirects, the last one out restores.
    """
    global _users  # noqa: PLW0603  a file descriptor is the process's
    with _lock:
        if _users == 0:
            _saved.append(os.dup(_STDOUT))
            os.dup2(_STDERR, _STDOUT)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                saved = _saved.pop()
                os.dup2(saved, _STDOUT)
                os.close(saved)
