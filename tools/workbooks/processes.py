"""The parent's side: one child process per file, a few at a time, each with a time limit."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.workbooks.answers import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tools.workbooks.answers import FileAnswer, ReadTask

_POLL_SECONDS = 0.02
_LONGEST_SECONDS = 600.0


@dataclass(frozen=True)
class Outcome:
    """A file's answer, or the sentence that says why there is none; its frames are in `folder`."""

    task: ReadTask
    folder: Path
    answer: FileAnswer | None
    problem: str | None


@dataclass
class _Running:
    index: int
    process: subprocess.Popen[bytes]
    deadline: float


def read_files(
    tasks: Sequence[ReadTask],
    folder: Path,
    *,
    workers: int = 2,
    seconds_per_file: float = _LONGEST_SECONDS,
    on_done: Callable[[ReadTask], None] | None = None,
) -> list[Outcome]:
    """Read every file in a process of its own, `workers` at once; outcomes in the tasks' order.

    Args:
        tasks: what to read.
        folder: an empty folder of the caller; each file gets a folder in it.
        workers: processes at the same time.
        seconds_per_file: a child that takes longer is ended and its file refused.
        on_done: called in this process after each file.
    """
    folders = [folder / str(index) for index in range(len(tasks))]
    waiting = list(range(len(tasks)))[::-1]
    running: list[_Running] = []
    outcomes: dict[int, Outcome] = {}
    try:
        while waiting or running:
            while waiting and len(running) < max(workers, 1):
                index = waiting.pop()
                process = _start(tasks[index], folders[index])
                running.append(_Running(index, process, time.monotonic() + seconds_per_file))
            for child in [c for c in running if _has_ended(c)]:
                running.remove(child)
                task, place = tasks[child.index], folders[child.index]
                outcomes[child.index] = _outcome(task, place, child.process)
                if on_done:
                    on_done(task)
            time.sleep(_POLL_SECONDS)
    finally:
        for child in running:
            _end(child.process)
    return [outcomes[index] for index in range(len(tasks))]


def _start(task: ReadTask, folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True)
    (folder / "task.json").write_text(task.model_dump_json())
    with (folder / "stderr.txt").open("wb") as errors:
        return subprocess.Popen(  # noqa: S603  our own interpreter and module, no shell
            [sys.executable, "-m", "tools.workbooks.child", str(folder.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment(),
        )


def _environment() -> Mapping[str, str]:
    """Give the child our import path, and one thread: the files run side by side."""
    here = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109  sys.path holds strings
    return {**os.environ, "PYTHONPATH": os.pathsep.join(here), "POLARS_MAX_THREADS": "1"}


def _has_ended(child: _Running) -> bool:
    if child.process.poll() is not None:
        return True
    if time.monotonic() > child.deadline:
        _end(child.process)
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _outcome(task: ReadTask, folder: Path, process: subprocess.Popen[bytes]) -> Outcome:
    written = folder / "answer.json"
    if process.returncode != 0 or not written.is_file():
        problem = (
            f"stopped the reader (exit {process.returncode}), so it is damaged or far too large: "
            "open it in Excel and save it again, split by month if it is large"
        )
        return Outcome(task, folder, None, problem)
    reply = Reply.model_validate_json(written.read_text())
    return Outcome(task, folder, reply.answer, reply.refused)
