"""The parent's side: files are read in child processes, each file with a time limit.

A child serves one file after another (starting Python and its libraries costs more than reading a
small workbook). When one dies or takes too long, the file it was at is refused and a new child
goes on with the next.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Self, cast

from tools.workbooks.answers import ANSWER_FILE, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tools.workbooks.answers import FileAnswer, ReadTask, WorkbookInfo

_POLL_SECONDS = 0.01
_SECONDS, _SECONDS_PER_MB = 30.0, 6.0  # a workbook takes about 0.1 s per MB on an idle machine
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """A file's answer, or the sentence that says why there is none; its frames are in `folder`."""

    task: ReadTask
    folder: Path
    answer: FileAnswer | None = None
    info: WorkbookInfo | None = None
    problem: str | None = None


class _Child:
    """One child process and the file that it is reading."""

    def __init__(self, errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                # -P: a folder named tools where the program was started is not ours.
                [sys.executable, "-P", "-m", "tools.workbooks.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=_environment(),
            )
        self.task: ReadTask | None = None
        self._folder = errors
        self._deadline = 0.0

    def give(self, task: ReadTask, folder: Path, seconds: float) -> None:
        """Let the child read a file."""
        folder.mkdir(parents=True)
        (folder / "task.json").write_text(task.model_dump_json(), encoding="utf-8")
        self.task, self._folder, self._deadline = task, folder, time.monotonic() + seconds
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
            return Outcome(task, folder, reply.answer, reply.info, reply.refused)
        if not has_died and time.monotonic() < self._deadline:
            return None
        self.end()
        self.task = None
        took = "stopped the reader" if has_died else "took too long to read"
        _log.info("%s %s: %s", task.path.name, took, self._last_words())
        problem = (
            f"{took} (exit {self._process.returncode}), so it is damaged or far too large: open "
            "it in Excel and save it again, split by month if it is large"
        )
        return Outcome(task, folder, problem=problem)

    @property
    def is_alive(self) -> bool:
        """Whether it can take another file."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        cast("IO[bytes]", self._process.stdin).close()
        self._process.wait()

    def _last_words(self) -> str:
        return self._errors.read_text(errors="replace")[-500:]


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
        while waiting or reading:
            for slot in range(self._workers):
                if slot in reading:
                    outcome = self._children[slot].outcome()
                    if outcome is None:
                        continue
                    outcomes[reading.pop(slot)] = outcome
                    if on_done:
                        on_done(outcome)
                if waiting:
                    index = reading[slot] = waiting.pop()
                    place = folder / str(index)
                    self._child(slot, folder).give(tasks[index], place, self._limit(tasks[index]))
            time.sleep(_POLL_SECONDS)
        return [outcomes[index] for index in range(len(tasks))]

    def _limit(self, task: ReadTask) -> float:
        return self._seconds + _SECONDS_PER_MB * task.path.stat().st_size / 1e6

    def _child(self, slot: int, folder: Path) -> _Child:
        """Return the slot's child, a new one if it has none or its child has ended."""
        child = self._children.get(slot)
        if child is None or not child.is_alive:
            child = self._children[slot] = _Child(
                folder / f"stderr_{slot}_{time.monotonic_ns()}.txt"
            )
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
