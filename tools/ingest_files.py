"""The files of one ingest: read in child processes, spelled alike, put in one order."""

from __future__ import annotations

import hashlib
import io
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from analytics.workbook_lines import fold_department, match_spellings, stored_cells
from tools.errors import Refusal
from tools.ingest_result import Reconciliation, Sums
from tools.workbooks.answers import ReadTask
from tools.workbooks.container import precheck
from tools.workbooks.processes import Readers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from analytics.types import Channel
    from tools.workbooks.answers import FileAnswer
    from tools.workbooks.processes import Outcome

    Progress = Callable[[str, int, int], None]
    OnRead = Callable[[Outcome], None]

_CHUNK = 1024 * 1024


class UnreadableFiles(Refusal):
    """Some files of a job cannot be read; nothing of the job was stored."""


@dataclass(frozen=True)
class InputFile:
    """A file to ingest and the fingerprint of its bytes."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The name that tells the channel and that results use."""
        return self.path.name


@dataclass(frozen=True)
class ReadFile:
    """A file that was read; `cells` are its `stored_cells`, `spelling` that of its departments."""

    file: InputFile
    answer: FileAnswer
    folder: Path
    cells: pl.DataFrame
    spelling: Mapping[str, str]

    @property
    def days(self) -> frozenset[tuple[str, dt.date]]:
        """Every (channel, date) that the file has rows for."""
        return frozenset(self.cells.select("channel", "date").unique().iter_rows())

    @property
    def renamed(self) -> Mapping[str, str]:
        """Its departments that are stored under a name of more than other capitals or spaces."""
        own = self.spelling.items()
        return {old: new for old, new in own if fold_department(old) != fold_department(new)}

    @property
    def accepted(self) -> Sums:
        """Sums of the accepted rows."""
        return Sums.of_exact(self.answer.rows_accepted, self.answer.accepted_sums)

    def on_days(self, days: Collection[tuple[str, dt.date]]) -> pl.DataFrame:
        """Return the cells of these days."""
        wanted = pl.DataFrame(
            list(days), schema={"channel": pl.String, "date": pl.Date}, orient="row"
        )
        return self.cells.join(wanted, on=["channel", "date"], how="semi", maintain_order="left")

    def reconciliation(self, stored: Sums, replaced: Sums) -> Reconciliation:
        """Put the file's sums side by side."""
        read = Sums.of_exact(self.answer.rows_read, self.answer.read_sums)
        return Reconciliation(
            read=read,
            accepted=self.accepted,
            rejected=read - self.accepted,
            skipped=self.accepted - stored,
            stored=stored,
            replaced=replaced,
        )

    def lines(self) -> bytes | None:
        """Return what is kept of its lines (`sku_days.kept_lines`), None if nothing is."""
        written = self.folder / "lines.arrow"
        if not written.is_file():
            return None
        if self.answer.role == "sales":
            return written.read_bytes()
        named = pl.col("department").cast(pl.String)
        lines = pl.read_ipc(written).with_columns(
            named.replace_strict(self.spelling, return_dtype=pl.String)
        )
        content = io.BytesIO()
        lines.write_ipc(content, compression="zstd")
        return content.getvalue()

    def keep_rejects(self, folder: Path | None) -> str | None:
        """Copy the reject file to `folder`; its name, or None if there is nothing to keep."""
        written = self.folder / "rejected.csv"
        if folder is None or not written.is_file():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.file.path.stem}.{self.file.sha256[:8]}.rejects.csv"
        shutil.copyfile(written, folder / name)
        return name


def fingerprint(path: Path) -> InputFile:
    """Hash a file; what is no file has no fingerprint."""
    if not path.is_file():
        return InputFile(path, "")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return InputFile(path, digest.hexdigest())


def check_all(files: Sequence[InputFile]) -> None:
    """Check what needs no reading: that each is there, of a known kind, and not empty.

    Raises:
        Refusal: naming each file that is not.
    """
    problems = []
    for file in files:
        try:
            precheck(file.path)
        except Refusal as refusal:
            problems.append(str(refusal))
    if problems:
        raise Refusal("; ".join(problems))


def read_all(
    files: Sequence[InputFile],
    folder: Path,
    *,
    today: dt.date,
    channel: Channel | None,
    workers: int,
    known_departments: Iterable[str],
    declared_departments: Mapping[str, str],
    on_read: OnRead,
) -> list[ReadFile]:
    """Read every file in child processes.

    Returns:
        The files in the order in which they are merged: sales before promo, then by first day,
        name and content, so that the order of the arguments never matters.

    Raises:
        UnreadableFiles: naming each file that cannot be read, and why.
    """
    tasks = [ReadTask(path=file.path, today=today, channel=channel) for file in files]
    with Readers(workers) as readers:
        outcomes = readers.read(tasks, folder / "read", on_done=on_read)
    _require_all(outcomes)
    read = list(zip(files, outcomes, strict=True))
    return _ordered(read, known_departments, declared_departments)


def _require_all(outcomes: Iterable[Outcome]) -> None:
    problems = sorted(f"{o.task.path.name} {o.problem}" for o in outcomes if o.problem is not None)
    if problems:
        raise UnreadableFiles("; ".join(problems) + "; nothing was stored")


def _ordered(
    read: Sequence[tuple[InputFile, Outcome]],
    known_departments: Iterable[str],
    declared_departments: Mapping[str, str],
) -> list[ReadFile]:
    """Spell all files alike; sales before promo, then by first day, name and content."""
    sums = [pl.read_ipc(outcome.folder / "cells.arrow") for _, outcome in read]
    found = {name for frame in sums for name in frame["department"].unique()}
    spelling = match_spellings(found, known_departments, declared_departments)
    files = [
        _read_file(
            file,
            outcome,
            stored_cells(frame, spelling),
            {name: spelling[name] for name in frame["department"].unique()},
        )
        for (file, outcome), frame in zip(read, sums, strict=True)
    ]
    return sorted(
        files,
        key=lambda f: (
            f.answer.role != "sales",
            str(f.answer.date_min),
            f.file.name,
            f.file.sha256,
        ),
    )


def _read_file(
    file: InputFile, outcome: Outcome, cells: pl.DataFrame, spelling: Mapping[str, str]
) -> ReadFile:
    if outcome.answer is None:
        raise AssertionError  # _require_all has seen to it
    return ReadFile(file, outcome.answer, outcome.folder, cells, spelling)
