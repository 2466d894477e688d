"""The files of one ingest: read in child processes, spelled alike, put in one order."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from analytics.campaigns import campaigns
from analytics.promo_depth import cell_depth, with_depth
from analytics.sku_days import SKU_DAY, promoted_skus
from analytics.workbook_lines import match_spellings, stored_cells
from tools.errors import Refusal
from tools.ingest_result import DepthSources, Reconciliation, Sums
from tools.workbooks.answers import ReadTask
from tools.workbooks.header import role_of
from tools.workbooks.processes import Readers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from analytics.types import Campaign, Channel
    from tools.workbooks.answers import FileAnswer
    from tools.workbooks.processes import Outcome

    Progress = Callable[[str, int, int], None]

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
    """A file that was read; `cells` are `stored_cells` with `discount_pct`.

    `promo_lines` (promo files) are CLEAN LINES with `depth_pct`; `skus` (sales files) are the SKU
    DAYS of the items that promo files of the same job name.
    """

    file: InputFile
    answer: FileAnswer
    folder: Path
    cells: pl.DataFrame
    promo_lines: pl.DataFrame | None = None
    skus: pl.DataFrame | None = None

    @property
    def days(self) -> frozenset[tuple[str, dt.date]]:
        """Every (channel, date) that the file has rows for."""
        return frozenset(self.cells.select("channel", "date").unique().iter_rows())

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

    def campaigns(self) -> list[Campaign]:
        """Return the campaigns of a promo file."""
        return [] if self.promo_lines is None else campaigns(self.promo_lines, self.file.name)

    def depth_sources(self) -> DepthSources | None:
        """Count promo rows by where their depth comes from."""
        if self.promo_lines is None:
            return None
        source = self.promo_lines["depth_source"]
        return DepthSources(
            text=int((source == "text").sum()),
            price=int((source == "price").sum()),
            unknown=source.null_count(),
        )

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
    """Hash a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return InputFile(path, digest.hexdigest())


def read_all(
    files: Sequence[InputFile],
    folder: Path,
    *,
    today: dt.date,
    channel: Channel | None,
    workers: int,
    known_departments: Iterable[str],
    on_progress: Progress | None = None,
) -> list[ReadFile]:
    """Read every file, promo files first: the sales files keep apart the items they name.

    Returns:
        The files in the order in which they are merged: sales before promo, then by first day,
        name and content, so that the order of the arguments never matters.

    Raises:
        UnreadableFiles: naming each file that cannot be read, and why.
    """
    with Readers(workers) as readers:
        reading = _Reading(readers, folder, today, channel, len(files), on_progress)
        named = [file for file in files if role_of(file.path, {}) == "promo"]
        others = [file for file in files if role_of(file.path, {}) != "promo"]
        outcomes = reading.read(named, "promo", None)
        wanted = _write_skus(outcomes.values(), folder / "skus_of_named.arrow")
        outcomes |= reading.read(others, "others", wanted)
        _require_all(outcomes.values())
        late = [f for f in others if (a := outcomes[f].answer) is not None and a.role == "promo"]
        if late:  # promo files that only their columns gave away: the sales files once more
            wanted = _write_skus(outcomes.values(), folder / "skus_of_all.arrow")
            again = [file for file in others if file not in late]
            outcomes |= reading.read(again, "again", wanted)
            _require_all(outcomes.values())
    loaded = [_loaded(file, outcome) for file, outcome in outcomes.items()]
    return _ordered(loaded, known_departments)


@dataclass
class _Reading:
    """The reading of one job's files, in up to three batches."""

    readers: Readers
    folder: Path
    today: dt.date
    channel: Channel | None
    total: int
    on_progress: Progress | None
    done: int = 0

    def read(
        self, batch: Sequence[InputFile], place: str, skus: Path | None
    ) -> dict[InputFile, Outcome]:
        tasks = [
            ReadTask(path=f.path, today=self.today, channel=self.channel, promoted_skus=skus)
            for f in batch
        ]
        outcomes = self.readers.read(tasks, self.folder / place, on_done=self._count)
        return dict(zip(batch, outcomes, strict=True))

    def _count(self, task: ReadTask) -> None:
        self.done += 1
        if self.on_progress:
            self.on_progress(task.path.name, min(self.done, self.total), self.total)


def sales_skus(files: Iterable[ReadFile]) -> pl.DataFrame | None:
    """Put the SKU DAYS of all sales files together; a day in two files counts once.

    Returns:
        None if no sales file kept any.
    """
    frames = [file.skus for file in files if file.skus is not None]
    if not frames:
        return None
    together = pl.concat(frames)
    return together.group_by(SKU_DAY).agg(pl.col("gross_sales", "gross_units").max()).sort(SKU_DAY)


def with_promo_depth(file: ReadFile, skus: pl.DataFrame | None) -> ReadFile:
    """Give a promo file's lines and cells their depth; a sales file stays as it is."""
    if file.promo_lines is None:
        return file
    lines = with_depth(file.promo_lines, skus)
    depths = cell_depth(lines)
    cells = file.cells.drop("discount_pct").join(
        depths, on=["date", "channel", "department"], how="left", maintain_order="left"
    )
    return replace(file, promo_lines=lines, cells=cells)


def _write_skus(outcomes: Iterable[Outcome], path: Path) -> Path | None:
    found = [
        promoted_skus(pl.read_ipc(outcome.folder / "lines.arrow"))
        for outcome in outcomes
        if outcome.answer is not None and outcome.answer.role == "promo"
    ]
    if not found:
        return None
    pl.concat(found).unique().write_ipc(path)
    return path


def _require_all(outcomes: Iterable[Outcome]) -> None:
    problems = sorted(f"{o.task.path.name} {o.problem}" for o in outcomes if o.problem is not None)
    if problems:
        raise UnreadableFiles("; ".join(problems) + "; nothing was stored")


def _loaded(file: InputFile, outcome: Outcome) -> ReadFile:
    if outcome.answer is None:
        raise AssertionError  # _require_all has seen to it
    folder = outcome.folder
    promo = folder / "lines.arrow"
    skus = folder / "skus.arrow"
    return ReadFile(
        file=file,
        answer=outcome.answer,
        folder=folder,
        cells=pl.read_ipc(folder / "cells.arrow"),
        promo_lines=pl.read_ipc(promo) if promo.is_file() else None,
        skus=pl.read_ipc(skus) if skus.is_file() else None,
    )


def _ordered(files: list[ReadFile], known_departments: Iterable[str]) -> list[ReadFile]:
    found = {name for file in files for name in file.cells["department"].unique()}
    spelling = match_spellings(found, known_departments)
    spelled = [_spelled(file, spelling) for file in files]
    return sorted(
        spelled,
        key=lambda f: (
            f.answer.role != "sales",
            str(f.answer.date_min),
            f.file.name,
            f.file.sha256,
        ),
    )


def _spelled(file: ReadFile, spelling: dict[str, str]) -> ReadFile:
    cells = stored_cells(file.cells, spelling)
    lines = file.promo_lines
    if lines is not None:
        named = pl.col("department").replace_strict(spelling, return_dtype=pl.String)
        lines = lines.with_columns(named)
    cells = cells.with_columns(pl.lit(None, dtype=pl.Float64).alias("discount_pct"))
    return replace(file, cells=cells, promo_lines=lines)
