"""What one workbook holds, for a person who looks at it before loading it (child process)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from analytics.workbook_lines import clean_lines
from tools.errors import UnreadableWorkbook
from tools.workbooks.answers import WorkbookInfo
from tools.workbooks.container import open_container
from tools.workbooks.header import channel_of
from tools.workbooks.reader import find_lines, read_workbook, top_rows

if TYPE_CHECKING:
    import datetime as dt

    from tools.workbooks.answers import ReadTask
    from tools.workbooks.container import Container

_ROWS_SHOWN = 5


def describe(task: ReadTask) -> WorkbookInfo:
    """Do the work of `inspect_workbook`, in the child process."""
    container = open_container(task.path)
    try:
        found = find_lines(container)
    except UnreadableWorkbook as refusal:
        return _describe_top(container, refusal.problem)
    channel = channel_of(task.path)
    raw = read_workbook(task.path, channel=channel or "online")
    cleaned = clean_lines(
        raw.lines,
        role=found.role,
        today=task.today,
        channel=raw.channel,
        date1904=container.date1904,
    )
    dates = cleaned.lines["date"]
    return WorkbookInfo(
        file_name=task.path.name,
        kind=container.kind,
        bytes=task.path.stat().st_size,
        sheets=tuple(sheet.name for sheet in container.sheets if sheet.visible),
        hidden_sheets=tuple(sheet.name for sheet in container.sheets if not sheet.visible),
        date1904=container.date1904,
        sheet=found.sheet.name if found.sheet else None,
        header_row=found.header_index + 1,
        columns=found.header.texts,
        role=found.role,
        channel=channel,
        rows=raw.lines.height,
        rows_usable=cleaned.lines.height,
        date_min=cast("dt.date | None", dates.min()),
        date_max=cast("dt.date | None", dates.max()),
        first_rows=top_rows(container, found.sheet, found.header_index + 1, _ROWS_SHOWN),
    )


def _describe_top(container: Container, problem: str) -> WorkbookInfo:
    """Describe a workbook in which no usable sheet was found."""
    visible = [sheet for sheet in container.sheets if sheet.visible]
    return WorkbookInfo(
        file_name=container.path.name,
        kind=container.kind,
        bytes=container.path.stat().st_size,
        sheets=tuple(sheet.name for sheet in visible),
        hidden_sheets=tuple(sheet.name for sheet in container.sheets if not sheet.visible),
        date1904=container.date1904,
        problem=problem,
        first_rows=top_rows(container, visible[0] if visible else None, 0, _ROWS_SHOWN),
    )
