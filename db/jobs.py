"""`data_processing_jobs`: one ingest of workbooks, from queued to completed or failed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa

from analytics.types import Record
from db.rows import change_one, every, fields_of, one, upsert
from db.tables import data_processing_jobs as jobs
from db.values import fit_row

JobStatus = Literal["queued", "processing", "completed", "failed"]


class Job(Record):
    """A job as its table holds it; moments are in UTC."""

    job_id: str
    status: JobStatus
    files_queued: int
    files_processed: int
    records_processed: int
    errors: int
    result: dict[str, Any] | None
    error_message: str | None
    started_at: dt.datetime | None
    completed_at: dt.datetime | None
    created_at: dt.datetime


STORED = fields_of(jobs, Job)


def create(conn: sa.Connection, job_id: str, files_queued: int) -> None:
    """Queue a job; one that exists starts over."""
    row = {
        "job_id": job_id,
        "status": "queued",
        "files_queued": files_queued,
        "files_processed": 0,
        "records_processed": 0,
        "errors": 0,
        "result": None,
        "error_message": None,
        "started_at": None,
        "completed_at": None,
    }
    upsert(conn, jobs, [row], key=["job_id"])


def start(conn: sa.Connection, job_id: str, at: dt.datetime) -> None:
    """Mark a job as running since a moment."""
    _change(conn, job_id, status="processing", started_at=at)


def progress(
    conn: sa.Connection, job_id: str, files_processed: int, records_processed: int, errors: int
) -> None:
    """Note how far a job is; the figures are totals so far."""
    _change(
        conn,
        job_id,
        files_processed=files_processed,
        records_processed=records_processed,
        errors=errors,
    )


def complete(conn: sa.Connection, job_id: str, result: dict[str, Any], at: dt.datetime) -> None:
    """Mark a job as done, with its report."""
    _change(conn, job_id, status="completed", result=result, completed_at=at)


def fail(conn: sa.Connection, job_id: str, message: str, at: dt.datetime) -> None:
    """Mark a job as failed, with the reason."""
    _change(conn, job_id, status="failed", error_message=message, completed_at=at)


def get(conn: sa.Connection, job_id: str) -> Job:
    """Return a job.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(jobs.c.job_id == job_id)
    return one(conn, wanted, Job, "job", job_id)


def list_jobs(conn: sa.Connection, status: JobStatus | None = None, limit: int = 50) -> list[Job]:
    """Return the newest jobs first."""
    wanted = sa.select(*STORED).order_by(jobs.c.created_at.desc(), jobs.c.job_id)
    if status is not None:
        wanted = wanted.where(jobs.c.status == status)
    return every(conn, wanted.limit(limit), Job)


def _change(conn: sa.Connection, job_id: str, **changes: object) -> None:
    change = jobs.update().where(jobs.c.job_id == job_id).values(fit_row(jobs, changes))
    change_one(conn, change, "job", job_id)
