"""Workbooks as agents may reach them: files below the data folder, by name."""

from typing import Annotated, Literal

from pydantic import Field

from db import jobs
from db.jobs import Job
from tools import ingest
from tools.data_files import FileName, below_data_dir, check_named
from tools.deps import Deps
from tools.ingest import IngestResult, WorkbookInfo


def inspect_workbook(deps: Deps, file: FileName) -> WorkbookInfo:
    """Look into one workbook without loading it: sheet, columns, rows, role, channel, dates.

    Refuses a file outside the data folder, a missing one, and one that cannot be read.
    """
    return ingest.inspect_workbook(below_data_dir(deps, file))


def ingest_workbooks(
    deps: Deps,
    files: Annotated[tuple[FileName, ...], Field(min_length=1)],
    merge: Annotated[
        Literal["union", "overwrite", "intersect"],
        Field(description="days another file covers: skipped, replaced, or only those replaced"),
    ] = "union",
    promo_relation: Annotated[
        Literal["auto", "subset", "additional"],
        Field(description="whether promo rows are part of the Web/Stores rows"),
    ] = "auto",
) -> IngestResult:
    """Load sales and promotion workbooks into the store: all of the files or none.

    The same file again, or days already covered, are never counted twice. The answer reconciles
    rows, sales, margin and units to the cent and lists rejected rows by reason. Refuses a file
    outside the data folder, a missing or unreadable one, missing columns (it names them), and a file
    that the person has not named in this conversation.
    """
    check_named(deps, *files)
    paths = [below_data_dir(deps, file) for file in files]
    return ingest.ingest_workbooks(
        deps.workspace.engine,
        paths,
        today=deps.today,
        merge=merge,
        promo_relation=promo_relation,
    )


def job_status(
    deps: Deps, job_id: Annotated[str, Field(description="as ingest_workbooks returned it")]
) -> Job:
    """Return the state (queued, processing, completed, failed) and the result of a loading job.

    Refuses an unknown id.
    """
    return jobs.get(deps.conn, job_id)
