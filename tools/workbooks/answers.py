"""What parent and child process tell each other about one file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.rejects import RejectReason
from analytics.types import Channel, Record
from analytics.workbook_lines import Role

ANSWER_FILE = "answer.json"


class ReadTask(Record):
    """Read `path`; with `inspect` it is only looked at, with `table` its cells come as text."""

    path: Path
    today: dt.date
    channel: Channel | None = None
    inspect: bool = False
    table: bool = False


class FileAnswer(Record):
    """One file as it was read; the sums are exact (`analytics.exact_sums.sum_columns`)."""

    role: Role
    sheet: str | None
    header_row: int
    columns: tuple[str, ...]
    channels: tuple[Channel, ...]
    date_min: dt.date | None
    date_max: dt.date | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_without_price: int
    read_sums: dict[str, int]
    accepted_sums: dict[str, int]
    rejected_sums: dict[str, int]
    rejects: tuple[RejectReason, ...]
    notes: tuple[str, ...] = ()


class WorkbookInfo(Record):
    """What a workbook holds. With `problem` set it cannot be loaded as it is.

    `rows` are all rows below the header, `rows_usable` those that an ingest would accept, and
    the dates are theirs; `first_rows` are cells as text, left to right.
    """

    file_name: str
    kind: str
    bytes: int
    sheets: tuple[str, ...]
    hidden_sheets: tuple[str, ...]
    date1904: bool
    first_rows: tuple[tuple[str, ...], ...]
    sheet: str | None = None
    header_row: int | None = None
    columns: tuple[str, ...] = ()
    role: Role | None = None
    channel: Channel | None = None
    rows: int | None = None
    rows_usable: int | None = None
    date_min: dt.date | None = None
    date_max: dt.date | None = None
    problem: str | None = None


class Reply(Record):
    """What the child leaves behind: an answer, or the sentence that refuses the file."""

    answer: FileAnswer | None = None
    info: WorkbookInfo | None = None
    table: tuple[tuple[str | None, ...], ...] | None = None
    refused: str | None = None
