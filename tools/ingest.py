"""Ingest: workbooks into the store, all of a job or nothing, to the cent, once.

The steps: note the job; refuse what needs no reading (missing, empty, wrong extension); read every
file in a child process; decide which days count; store everything and complete the job in ONE
transaction. A job that died before that is finished by running it again: its id follows from the
files' content and the options.

Merge modes (a day is a channel and a date; sales and promo files are each compared with their own
kind). February is loaded from A; B holds 20 February to 10 March:
    union (default)  B counts for 1-10 March; its 20-28 February are skipped, A's stay.
    overwrite        B counts for 20 February - 10 March; A keeps 1-19 February.
    intersect        B counts for 20-28 February in place of A's; its 1-10 March are skipped.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db import department_names, jobs, sales, source_files
from db.columns import utc_now
from db.errors import NotFoundError, RefusedValueError
from db.transactions import in_transaction
from tools.errors import Refusal
from tools.ingest_files import InputFile, check_all, fingerprint, read_all
from tools.ingest_result import FileResult, IngestResult, Reconciliation
from tools.ingest_store import store_files
from tools.ledger_days import lock_ledger
from tools.workbooks.answers import WorkbookInfo
from tools.workbooks.inspect import inspect_workbook

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Mapping, Sequence

    import sqlalchemy as sa

    from analytics.day_cover import Merge
    from analytics.promo_relation import RelationOption
    from analytics.types import Channel
    from db.source_files import SourceFile
    from tools.ingest_files import ReadFile
    from tools.workbooks.processes import Outcome

__all__ = ["IngestResult", "WorkbookInfo", "ingest_workbooks", "inspect_workbook"]

_NAMESPACE = uuid.UUID("2f5be3a0-6d0c-5d3e-8c5d-1b8a7f0b9a64")
_one_at_a_time = threading.Lock()
"""Two ingests of one process must not plan on the same days (processes: `lock_ledger`)."""


@dataclass(frozen=True)
class _Job:
    """What is to be done, and the id that follows from it."""

    files: Sequence[InputFile]
    merge: Merge
    promo_relation: RelationOption
    channel: Channel | None

    @property
    def id(self) -> str:
        names = [[file.name, file.sha256] for file in self.files]
        content = json.dumps([names, self.merge, self.promo_relation, self.channel])
        return str(uuid.uuid5(_NAMESPACE, content))

    @property
    def distinct(self) -> list[InputFile]:
        """One file per content, the first by name."""
        return list({file.sha256: file for file in reversed(self.files)}.values())[::-1]


@dataclass
class _Progress:
    """How far the reading is, told to whoever waits and noted in the job."""

    engine: sa.Engine
    job: _Job
    tell: Callable[[str, int, int], None] | None
    files: int = 0
    rows: int = 0
    rejected: int = 0

    def count(self, outcome: Outcome) -> None:
        self.files += 1
        if outcome.answer is not None:
            self.rows += outcome.answer.rows_read
            self.rejected += outcome.answer.rows_rejected
        in_transaction(self.engine, self._note)
        if self.tell:
            self.tell(outcome.task.path.name, self.files, len(self.job.distinct))

    def _note(self, conn: sa.Connection) -> None:
        jobs.progress(conn, self.job.id, self.files, self.rows, self.rejected)


def ingest_workbooks(
    engine: sa.Engine,
    paths: Sequence[Path],
    *,
    today: dt.date,
    merge: Merge = "union",
    promo_relation: RelationOption = "auto",
    channel: Channel | None = None,
    rejects_dir: Path | None = None,
    workers: int | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> IngestResult:
    """Load workbooks into the store.

    Args:
        engine: a migrated store.
        paths: .xlsb, .xlsx or .csv files; Web_... and Stores_... in a name tell its channel.
        today: sales more than a year later are rejected.
        merge: see the module.
        promo_relation: 'subset' (promo rows are part of the sales files' rows) or 'additional';
            'auto' compares them and says what it found.
        channel: of sales files whose name and columns do not tell it.
        rejects_dir: where to write the rejected rows, one CSV per file.
        workers: files read at the same time; None: as many as there are cores.
        on_progress: called with file name, files done and files in all.

    Returns:
        What was read, accepted, rejected, skipped and stored, per file and in all.

    Raises:
        Refusal: a file cannot be used; nothing was stored.
    """
    if not paths:
        message = "no file was named: give at least one .xlsb, .xlsx or .csv file"
        raise Refusal(message)
    files = sorted({fingerprint(path) for path in paths}, key=lambda f: (f.name, f.sha256))
    job = _Job(files, merge, promo_relation, channel)
    finished = in_transaction(engine, lambda conn: _begin(conn, job))
    if finished is not None:
        return finished
    progress = _Progress(engine, job, on_progress)
    try:
        check_all(files)
        with engine.connect() as conn:
            departments = sorted({cell.department for cell in sales.cells(conn)})
            declared = _declared(conn)
            known = source_files.known_files(conn, [file.sha256 for file in files])
        with tempfile.TemporaryDirectory(prefix="promoloop-") as folder:
            read = read_all(
                [file for file in job.distinct if file.sha256 not in known],
                Path(folder),
                today=today,
                channel=channel,
                workers=workers or os.cpu_count() or 1,
                known_departments=departments,
                declared_departments=declared,
                on_read=progress.count,
            )
            # Safe to repeat: a first attempt that was committed after all is found as finished.
            with _one_at_a_time:
                return in_transaction(
                    engine,
                    lambda conn: _store(conn, job, read, departments, declared, rejects_dir),
                )
    except (Refusal, RefusedValueError) as error:
        why = str(error)
        in_transaction(engine, lambda conn: jobs.fail(conn, job.id, why, utc_now()))
        if isinstance(error, RefusedValueError):
            raise Refusal(str(error)) from error
        raise


def _begin(conn: sa.Connection, job: _Job) -> IngestResult | None:
    """Note that the job runs, unless it is done: then return its result."""
    finished = _finished(conn, job)
    if finished is None:
        jobs.create(conn, job.id, len(job.files))
        jobs.start(conn, job.id, utc_now())
    return finished


def _finished(conn: sa.Connection, job: _Job) -> IngestResult | None:
    """Return the result of a job that is done, None for one that is new, failed or died."""
    try:
        before = jobs.get(conn, job.id)
    except NotFoundError:
        return None
    if before.status != "completed":
        return None
    result = IngestResult.model_validate_json(json.dumps(before.result))
    return result.model_copy(update={"already_done": True})


def _store(
    conn: sa.Connection,
    job: _Job,
    read: Sequence[ReadFile],
    departments: Collection[str],
    declared: Mapping[str, str],
    rejects_dir: Path | None,
) -> IngestResult:
    """Store the files and complete the job; another ingest may have been faster."""
    lock_ledger(conn)
    finished = _finished(conn, job)
    if finished is not None:
        return finished
    _require_same(conn, declared)
    loaded = source_files.known_files(conn, [file.sha256 for file in job.files])
    outcome = store_files(
        conn,
        [file for file in read if file.file.sha256 not in loaded],
        job_id=job.id,
        merge=job.merge,
        promo_relation=job.promo_relation,
        rejects_dir=rejects_dir,
    )
    known = [_known(file, loaded[file.sha256]) for file in job.files if file.sha256 in loaded]
    twins = [
        _twin(file, read)
        for file in job.files
        if file not in job.distinct and file.sha256 not in loaded
    ]
    result = IngestResult(
        job_id=job.id,
        merge=job.merge,
        files=(*outcome.files, *known, *twins),
        sums=sum((file.sums for file in outcome.files), Reconciliation()),
        days_changed=outcome.days_changed,
        new_departments=_new_departments(read, {*departments, *declared.values()}),
        notes=outcome.notes,
    )
    jobs.progress(conn, job.id, len(job.files), result.sums.read.rows, result.sums.rejected.rows)
    jobs.complete(conn, job.id, result.model_dump(mode="json"), utc_now())
    return result


def _known(file: InputFile, before: SourceFile) -> FileResult:
    return FileResult(
        file_name=file.name,
        sha256=file.sha256,
        status="already_loaded",
        role=before.role,
        date_min=before.date_min,
        date_max=before.date_max,
        notes=(f"loaded as {before.file_name} on {before.ingested_at:%Y-%m-%d}; nothing changed",),
    )


def _twin(file: InputFile, read: Sequence[ReadFile]) -> FileResult:
    first = next(other for other in read if other.file.sha256 == file.sha256)
    return FileResult(
        file_name=file.name,
        sha256=file.sha256,
        status="already_loaded",
        role=first.answer.role,
        notes=(f"the same content as {first.file.name}, which is part of this job",),
    )


def _new_departments(read: Sequence[ReadFile], known: Collection[str]) -> tuple[str, ...]:
    """Return departments that the store did not know; an empty store knows none yet."""
    if not known:
        return ()
    found = {name for file in read for name in file.cells["department"].unique()}
    return tuple(sorted(found - set(known)))


def _require_same(conn: sa.Connection, declared: Mapping[str, str]) -> None:
    if _declared(conn) != declared:
        message = "department names were declared while the files were read: run it again"
        raise Refusal(message)


def _declared(conn: sa.Connection) -> Mapping[str, str]:
    """Return the departments as declared, by their folded spelling."""
    return {name.found: name.department for name in department_names.list_names(conn)}
