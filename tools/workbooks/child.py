"""The child process: reads, cleans and sums one file after another.

Each line of its input names a folder, in which task.json says what to do; the answer is left
there. Spreadsheet libraries panic and abort on some files, and memory is limited here, so the
parent takes a file at which the child dies for a refused one. Beside the answer lie cells.arrow
(sums per day and cell), lines.arrow (`sku_days.kept_lines`) and rejected.csv.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, cast

from analytics.cell_text import MonthFirstDatesError
from analytics.rejects import reject_csv, summarise
from analytics.sku_days import kept_lines
from analytics.workbook_lines import cell_sums, clean_lines
from tools.errors import UnreadableWorkbook
from tools.workbooks.answers import ANSWER_FILE, FileAnswer, ReadTask, Reply
from tools.workbooks.container import plain
from tools.workbooks.describe import describe
from tools.workbooks.reader import read_workbook
from tools.workbooks.table import table_of

if TYPE_CHECKING:
    import datetime as dt

    from analytics.workbook_lines import CleanedLines, Role
    from tools.workbooks.reader import Found

_MEMORY_BYTES = 6 * 1024**3


def read_one(task: ReadTask, folder: Path) -> FileAnswer:
    """Read, clean and sum one file; the frames go to `folder`.

    Raises:
        UnreadableWorkbook: the file cannot be read completely.
    """
    raw = read_workbook(task.path, channel=task.channel)
    found = raw.found
    try:
        cleaned = clean_lines(
            raw.lines,
            role=found.role,
            today=task.today,
            channel=raw.channel,
            date1904=found.container.date1904,
        )
    except MonthFirstDatesError as error:
        raise UnreadableWorkbook(task.path, f"has a date column in which {error}") from error
    _refuse_useless(task, cleaned)
    _write_frames(cleaned, found.role, folder)
    lines = cleaned.lines
    dates = lines["date"]
    return FileAnswer(
        role=found.role,
        sheet=found.sheet.name if found.sheet else None,
        header_row=found.header_index + 1,
        columns=tuple(text for text in found.header.texts if text),
        channels=tuple(sorted(cleaned.lines["channel"].unique())),
        date_min=cast("dt.date | None", dates.min()),
        date_max=cast("dt.date | None", dates.max()),
        rows_read=cleaned.rows_read,
        rows_accepted=cleaned.lines.height,
        rows_rejected=cleaned.rejected.height,
        rows_without_price=int(((lines["sales"] == 0) & (lines["units"] != 0)).sum()),
        read_sums=cleaned.read_sums.row(0, named=True),
        accepted_sums=cleaned.accepted_sums.row(0, named=True),
        rejected_sums=cleaned.rejected_sums.row(0, named=True),
        rejects=summarise(cleaned.rejected),
        notes=_notes(found),
    )


def main() -> int:
    """Do the task of every folder that the input names, until it ends."""
    _limit_memory()
    for line in sys.stdin:
        _serve(Path(line.rstrip("\n")))
    return 0


def _serve(folder: Path) -> None:
    task = ReadTask.model_validate_json((folder / "task.json").read_text(encoding="utf-8"))
    try:
        reply = _reply(task, folder)
    except UnreadableWorkbook as refusal:
        reply = Reply(refused=refusal.problem)
    except BaseException as error:  # noqa: BLE001  a panic of the library is no Exception
        reason = plain(f"{type(error).__name__}: {error}")
        problem = f"cannot be read ({reason}): open it in Excel and save it again"
        reply = Reply(refused=problem)
        traceback.print_exc()  # the parent logs it if the child dies later
    unfinished = folder / "unfinished.json"
    unfinished.write_text(reply.model_dump_json(), encoding="utf-8")
    unfinished.rename(folder / ANSWER_FILE)  # the parent never sees half an answer


def _reply(task: ReadTask, folder: Path) -> Reply:
    if task.table:
        return Reply(table=tuple(tuple(row) for row in table_of(task.path)))
    if task.inspect:
        return Reply(info=describe(task))
    return Reply(answer=read_one(task, folder))


def _write_frames(cleaned: CleanedLines, role: Role, folder: Path) -> None:
    cell_sums(cleaned.lines).write_ipc(folder / "cells.arrow")
    if cleaned.rejected.height:
        (folder / "rejected.csv").write_text(reject_csv(cleaned.rejected), encoding="utf-8-sig")
    kept = kept_lines(cleaned.lines, role)
    if kept.height:
        kept.write_ipc(folder / "lines.arrow", compression="zstd")


def _notes(found: Found) -> tuple[str, ...]:
    if found.role == "sales" and "discount_pct" in found.header.columns:
        return ("its discount column is not used: promotions come from Promo files",)
    return ()


def _refuse_useless(task: ReadTask, cleaned: CleanedLines) -> None:
    if cleaned.lines.is_empty():
        reasons = ", ".join(f"{r.rows} x {r.reason}" for r in summarise(cleaned.rejected))
        problem = f"has no row that can be used ({reasons}): correct the export"
        raise UnreadableWorkbook(task.path, problem)


def _limit_memory() -> None:
    if sys.platform == "win32":  # no such limit there: the size checks still hold
        return
    import resource  # noqa: PLC0415  does not exist on Windows

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    sys.exit(main())
