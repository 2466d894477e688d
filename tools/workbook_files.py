"""Workbooks as agents may reach them: files below the data folder, by name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from db import jobs
from db.jobs import Job
from tools import ingest
from tools.deps import Deps
from tools.errors import Refusal
from tools.ingest import IngestResult, WorkbookInfo

FileName = Annotated[
    str, Field(description="path below the data folder, e.g. Web_October-January_FY25.xlsb")
]


def inspect_workbook(deps: Deps, file: FileName) -> WorkbookInfo:
    """Look into one workbook without loading it: sheet, columns, rows, role, channel, dates.

    Refuses a file outside the data folder, a missing one, and one that cannot be read.
    """
    return ingest.inspect_workbook(_below_data_dir(deps, file))


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
    _check_named(deps, files)
    paths = [_below_data_dir(deps, file) for file in files]
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


def _check_named(deps: Deps, files: tuple[str, ...]) -> None:
    """Refuse an agent that loads what the person did not name: a text in the data may ask for it."""
    if deps.agent is None:
        return
    said = "\n".join(deps.person_said).casefold()
    unnamed = [file for file in files if Path(file).name.casefold() not in said]
    if unnamed:
        message = f"the person has not named {', '.join(unnamed)} in this conversation: ask which files to load"
        raise Refusal(message)


def _below_data_dir(deps: Deps, file: str) -> Path:
    """Resolve a file name, links included, and refuse one that leads out of the data folder."""
    root = deps.workspace.data_dir
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        message = f"{file!r} lies outside the data folder {root}: only files below it can be read"
        raise Refusal(message)
    if not path.is_file():
        message = f"there is no file {file!r} in the data folder {root}"
        raise Refusal(message)
    return path
