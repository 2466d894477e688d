"""Jobs from queued to done."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from db import jobs
from db.errors import NotFoundError, RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

EIGHT = dt.datetime(2025, 3, 3, 8, tzinfo=dt.UTC)
NINE = EIGHT + dt.timedelta(hours=1)


def test_a_job_that_succeeds(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        jobs.create(conn, "ingest-1", files_queued=3)
        queued = jobs.get(conn, "ingest-1")
        jobs.start(conn, "ingest-1", EIGHT)
        jobs.progress(
            conn, "ingest-1", files_processed=2, records_processed=3_000_000_000, errors=1
        )
        running = jobs.get(conn, "ingest-1")
        jobs.complete(conn, "ingest-1", {"rows": 5}, NINE)
        done = jobs.get(conn, "ingest-1")
    assert (queued.status, queued.files_queued, queued.files_processed) == ("queued", 3, 0)
    assert (queued.started_at, queued.result) == (None, None)
    assert (running.status, running.started_at) == ("processing", EIGHT)
    counted = (running.files_processed, running.records_processed, running.errors)
    assert counted == (2, 3_000_000_000, 1)
    assert (done.status, done.result, done.completed_at) == ("completed", {"rows": 5}, NINE)


def test_a_job_that_fails_keeps_its_reason_and_can_start_over(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        jobs.create(conn, "ingest-1", 1)
        jobs.start(conn, "ingest-1", EIGHT)
        jobs.fail(conn, "ingest-1", "no sheet named Anon Data", NINE)
        failed = jobs.get(conn, "ingest-1")
        jobs.create(conn, "ingest-1", 2)
        again = jobs.get(conn, "ingest-1")
    assert (failed.status, failed.error_message) == ("failed", "no sheet named Anon Data")
    assert failed.completed_at == NINE
    assert (again.status, again.files_queued, again.error_message) == ("queued", 2, None)
    assert again.created_at == failed.created_at


def test_lists_are_newest_first(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        for name in ("one", "two", "three"):
            jobs.create(conn, name, 1)
        jobs.start(conn, "two", EIGHT)
        assert [job.job_id for job in jobs.list_jobs(conn)] == ["three", "two", "one"]
        assert [job.job_id for job in jobs.list_jobs(conn, limit=1)] == ["three"]
        assert [job.job_id for job in jobs.list_jobs(conn, "processing")] == ["two"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda conn: jobs.get(conn, "x"),
        lambda conn: jobs.start(conn, "x", EIGHT),
        lambda conn: jobs.progress(conn, "x", 1, 1, 0),
        lambda conn: jobs.complete(conn, "x", {}, EIGHT),
        lambda conn: jobs.fail(conn, "x", "why", EIGHT),
    ],
)
def test_a_job_that_does_not_exist_is_named(
    engine: sa.Engine, ask: Callable[[sa.Connection], object]
) -> None:
    with engine.connect() as conn, pytest.raises(NotFoundError, match="there is no job x"):
        ask(conn)


def test_a_count_too_large_is_refused(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        jobs.create(conn, "x", 1)
        with pytest.raises(RefusedValueError, match="errors holds at most 2,147,483,647"):
            jobs.progress(conn, "x", 1, 1, 2**31)
