"""Looking at one workbook without loading it: what it is, what is in it, whether it can be used."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import UnreadableWorkbook
from tools.workbooks.answers import ReadTask
from tools.workbooks.container import precheck
from tools.workbooks.processes import Readers

if TYPE_CHECKING:
    from tools.workbooks.answers import WorkbookInfo


def inspect_workbook(path: Path, *, today: dt.date | None = None) -> WorkbookInfo:
    """Say what a workbook holds; nothing is stored.

    Args:
        path: .xlsb, .xlsx or .csv.
        today: as for the ingest, which rejects sales more than a year later; None sets no limit.

    Returns:
        Sheets, header, columns, role, channel, rows, dates of the usable rows and the first rows.
        A file that is sound but lacks a column has `problem` set, with what was found.

    Raises:
        Refusal: there is no such file, or it is no sound workbook.
    """
    precheck(path)
    with tempfile.TemporaryDirectory(prefix="promoloop-") as folder:
        task = ReadTask(path=path, today=today or dt.date.max, inspect=True)
        with Readers(workers=1) as readers:
            [outcome] = readers.read([task], Path(folder) / "inspect")
    if outcome.info is None:
        raise UnreadableWorkbook(path, outcome.problem or "")
    return outcome.info
