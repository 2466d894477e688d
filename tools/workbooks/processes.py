"""The parent's side: files are read in child processes, each file with limits of its own.

A child serves one file after another (starting Python and its libraries costs more than reading a
small workbook). When one dies or takes too long, the file it was at is refused and a new child
goes on with the next.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from tools.workbooks.answers import ANSWER_FILE, Reply
from tools.workbooks.usage import Usage, allowed_for, used_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.workbooks.answers import FileAnswer, ReadTask, WorkbookInfo

_POLL_SECONDS, _LONGEST_POLL = 0.01, 0.25
_POLL_SHARE = 0.02  # of the time since the last answer: a look costs more than it seems
_SECONDS, _SECONDS_PER_MB = 120.0, 12.0  # by the clock
_PATIENCE = 10  # times as long where processor time is known: a busy machine is no bad file
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """A file's answer, or the sentence that says why there is none; its frames are in `folder`.

    `seconds` is the processor time it took, 0 where the system does not tell.
    """

    task: ReadTask
    folder: Path
    answer: FileAnswer | None = None
    info: WorkbookInfo | None = None
    table: Sequence[Sequence[str | None]] | None = None
    problem: str | None = None
    seconds: float = 0.0


class _Child:
    """One child process and the file that it is reading."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  as long as the child
        self._process = subprocess.Popen(
            # -P: a folder named tools where the program was started is not ours.
            [sys.executable, "-P", "-m", "tools.workbooks.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=_environment(),
        )
        self.task: ReadTask | None = None
        self._folder = Path()
        self._began = self._clock = 0.0
        self._allowed = self._before = Usage(0.0, 0)

    def give(self, task: ReadTask, folder: Path, seconds: float) -> None:
        """Let the child read a file."""
        folder.mkdir(parents=True)
        (folder / "task.json").write_text(task.model_dump_json(), encoding="utf-8")
        self.task, self._folder = task, folder
        self._began, self._clock = time.monotonic(), seconds
        self._allowed = allowed_for(task.path)
        self._before = used_by(self._process.pid) or self._before
        try:
            pipe = cast("IO[bytes]", self._process.stdin)
            pipe.write(f"{folder.resolve()}\n".encode())
            pipe.flush()
        except BrokenPipeError:  # it died between two files: `outcome` will say so
            self._process.wait()

    def outcome(self) -> Outcome | None:
        """Return what became of the file, None while it is being read."""
        if self.task is None:
            return None
        task, folder = self.task, self._folder
        written = folder / ANSWER_FILE
        has_died = self._process.poll() is not None
        if written.is_file():
            reply = Reply.model_validate_json(written.read_text(encoding="utf-8"))
            self.task = None
            return Outcome(
                task,
                folder,
                reply.answer,
                reply.info,
                reply.table,
                problem=reply.refused,
                seconds=self._seconds(),
            )
        took = "stopped the reader" if has_died else self._excess()
        if took is None:
            return None
        seconds = self._seconds()
        _log.info("%s %s: %s", task.path.name, took, self._last_words())
        self.end()
        self.task = None
        problem = (
            f"{took} (exit {self._process.returncode}), so it is damaged or far too large: open "
            "it in Excel and save it again, split by month if it is large"
        )
        return Outcome(task, folder, problem=problem, seconds=seconds)

    def _seconds(self) -> float:
        used = used_by(self._process.pid)
        return 0.0 if used is None else used.seconds - self._before.seconds

    def _excess(self) -> str | None:
        """Say what the child takes too much of, None while it is within its limits.

        Processor time, for a busy machine must not refuse a sound file; the clock only in the end.
        """
        used = used_by(self._process.pid)
        if used is not None and used.bytes > self._allowed.bytes:
            return f"needs more than {self._allowed.bytes / 1024**3:.1f} GiB of memory"
        is_slow = used is not None and used.seconds - self._before.seconds > self._allowed.seconds
        clock = self._clock if used is None else self._clock * _PATIENCE
        if is_slow or time.monotonic() - self._began > clock:
            return "took too long to read"
        return None

    @property
    def is_alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()
        self._errors.close()

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-500:]


class Readers:
    """A few child processes that live as long as one job; use it as a context."""

    def __init__(self, workers: int = 2, seconds: float = _SECONDS) -> None:
        """Take how many files are read at once, and how long a small file may take."""
        self._workers = max(workers, 1)
        self._seconds = seconds
        self._children: dict[int, _Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.end()

    def read(
        self,
        tasks: Sequence[ReadTask],
        folder: Path,
        on_done: Callable[[Outcome], None] | None = None,
    ) -> list[Outcome]:
        """Read every file; outcomes in the tasks' order.

        Args:
            tasks: what to read.
            folder: does not exist yet; each file gets a folder in it.
            on_done: called in this process with each file's outcome.
        """
        folder.mkdir(parents=True)
        waiting = list(range(len(tasks)))[::-1]
        reading: dict[int, int] = {}
        outcomes: dict[int, Outcome] = {}
        heard = time.monotonic()
        while waiting or reading:
            for slot in range(self._workers):
                if slot in reading:
                    outcome = self._children[slot].outcome()
                    if outcome is None:
                        continue
                    outcomes[reading.pop(slot)] = outcome
                    heard = time.monotonic()
                    if on_done:
                        on_done(outcome)
                if waiting:
                    index = reading[slot] = waiting.pop()
                    place = folder / str(index)
                    self._child(slot).give(tasks[index], place, self._limit(tasks[index]))
            waited = _POLL_SHARE * (time.monotonic() - heard)
            time.sleep(min(max(waited, _POLL_SECONDS), _LONGEST_POLL))
        return [outcomes[index] for index in range(len(tasks))]

    def _limit(self, task: ReadTask) -> float:
        return self._seconds + _SECONDS_PER_MB * task.path.stat().st_size / 1e6

    def _child(self, slot: int) -> _Child:
        """Return the slot's child, a new one if it has none or its child has ended."""
        child = self._children.get(slot)
        if child is not None and not child.is_alive:
            child.end()
            child = None
        if child is None:
            child = self._children[slot] = _Child()
        return child


def _environment() -> Mapping[str, str]:
    """Give the child our import path, and one thread: the files run side by side."""
    here = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109  sys.path holds strings
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(here),
        "POLARS_MAX_THREADS": "1",
        "RUST_BACKTRACE": "0",
    }
