"""What parent and child process tell each other about one file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.rejects import RejectReason
from analytics.types import Channel, Record
from analytics.workbook_lines import Role


class ReadTask(Record):
    """Read `path`; `promoted_skus` is an Arrow file (channel, sku) of the items to keep apart."""

    path: Path
    today: dt.date
    channel: Channel | None = None
    promoted_skus: Path | None = None


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
    read_sums: dict[str, int]
    accepted_sums: dict[str, int]
    rejects: tuple[RejectReason, ...]


class Reply(Record):
    """What the child leaves behind: an answer, or the sentence that refuses the file."""

    answer: FileAnswer | None = None
    refused: str | None = None
