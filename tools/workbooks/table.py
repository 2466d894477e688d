"""A small table in a file (targets, segments): every cell as text, read in a child process."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import UnreadableWorkbook
from tools.workbooks.answers import ReadTask
from tools.workbooks.container import check_bytes, open_container, precheck
from tools.workbooks.csv_text import top_of_csv
from tools.workbooks.processes import Readers
from tools.workbooks.sheet import Workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[Sequence[str | None]]

MAX_ROWS = 10_000
_LARGEST_FILE = 20 * 1024**2


def read_table(path: Path) -> Rows:
    """Return the rows of the first visible sheet that has any, header first, all cells as text.

    Raises:
        Refusal: there is no such file, it is no sound .csv, .xlsx or .xlsb file, or too large.
    """
    precheck(path)
    with tempfile.TemporaryDirectory(prefix="promoloop-") as folder:
        task = ReadTask(path=path, today=dt.date.max, table=True)
        with Readers(workers=1) as readers:
            [outcome] = readers.read([task], Path(folder) / "table")
    if outcome.table is None:
        raise UnreadableWorkbook(path, outcome.problem or "")
    return outcome.table


def table_of(path: Path) -> Rows:
    """Do the work of `read_table`, in the child process."""
    container = open_container(path)
    if path.stat().st_size > _LARGEST_FILE:
        problem = f"is larger than {_LARGEST_FILE // 1024**2} MiB, no table of targets or segments"
        raise UnreadableWorkbook(path, problem)
    if container.kind == "csv":
        rows: Rows = top_of_csv(container, rows=MAX_ROWS + 2, size=_LARGEST_FILE)
    else:
        check_bytes(path)
        workbook = Workbook(container)
        tops = (workbook.top(s, MAX_ROWS + 2) for s in container.sheets if s.visible)
        rows = next((top for top in tops if top), [])
    filled = [row for row in rows if any((cell or "").strip() for cell in row)]
    if len(filled) > MAX_ROWS + 1:
        problem = f"has more than {MAX_ROWS:,} rows: is it the right file?"
        raise UnreadableWorkbook(path, problem)
    return filled
