"""Departments by the names a planner declared: in files to come, and in what is stored already.

What is stored is renamed in the ledger that each workbook brought, the promotions near it are
judged again and the sales made anew: the store is then what it would be had the names been
declared before the first workbook came.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from analytics.types import DepartmentName, Record
from analytics.workbook_lines import fold_department, match_spellings
from db import department_names, source_files, source_lines
from db.source_files import SourceFile
from tools.deps import Deps
from tools.errors import Refusal
from tools.imports import read_records
from tools.ingest_store import days_frame, make_sales
from tools.ledger_days import ledger_cells, lock_ledger

_GRAIN = ("date", "channel", "department")


class ImportedNames(Record):
    """What an import of names stored; `renamed` are departments of the store, old -> new."""

    file: str
    rows: int
    renamed: dict[str, str]
    days_changed: int


class DepartmentNames(Record):
    """All declared names."""

    names: tuple[DepartmentName, ...]


def import_department_names(deps: Deps, path: Path) -> ImportedNames:
    """Declare what departments are called, from a .csv, .xlsx or .xlsb file; rename what is stored.

    Columns: found (as workbooks spell it; case and spaces do not matter) and department (as it is
    to be stored). Two spellings with the same department are added up. Refuses a file in which a
    name is to be renamed to one that is renamed itself.
    """
    lock_ledger(deps.conn)
    new = [
        DepartmentName(found=fold_department(name.found), department=name.department)
        for name in read_records(path, DepartmentName, key=("found",))
    ]
    kept = {name.found: name for name in department_names.list_names(deps.conn)}
    declared = kept | {name.found: name for name in new}
    _refuse_chains(path, declared)
    if len({name.found for name in new}) < len(new):
        message = (
            f"{path.name} declares a department twice (case and spaces do not count): keep one row"
        )
        raise Refusal(message)
    department_names.save_many(deps.conn, new)
    names = {name.found: name.department for name in declared.values()}
    renamed, days = _rename_stored(deps, names)
    return ImportedNames(file=str(path), rows=len(new), renamed=renamed, days_changed=days)


def list_department_names(deps: Deps) -> DepartmentNames:
    """Return the declared names."""
    return DepartmentNames(names=tuple(department_names.list_names(deps.conn)))


def _refuse_chains(path: Path, declared: Mapping[str, DepartmentName]) -> None:
    spelled: dict[str, str] = {}
    for name in declared.values():
        first = spelled.setdefault(fold_department(name.department), name.department)
        if first != name.department:
            message = (
                f"{path.name}: {first} and {name.department} are one department: spell it alike"
            )
            raise Refusal(message)
        other = declared.get(fold_department(name.department))
        if other is not None and other.department != name.department:
            message = (
                f"{path.name}: {name.found} becomes {name.department}, which itself becomes "
                f"{other.department}: declare {name.found} as {other.department}"
            )
            raise Refusal(message)


def _rename_stored(deps: Deps, names: Mapping[str, str]) -> tuple[dict[str, str], int]:
    renamed: dict[str, str] = {}
    changed = set()
    for file in source_files.list_files(deps.conn):
        cells = ledger_cells(deps.conn, file.role, file_id=file.id)
        stored = cells["department"].unique().to_list()
        spelling = match_spellings(stored, (), names)
        moved = {old: new for old, new in spelling.items() if old != new}
        if not moved:
            continue
        mapped = cells.with_columns(_mapped(moved))
        affected = mapped.filter(cells["department"].is_in(list(moved)))
        changed |= set(affected.select("channel", "date").iter_rows())
        renamed |= moved
        summed = mapped.group_by(_GRAIN).agg(pl.exclude(*_GRAIN).sum()).sort(_GRAIN)
        source_files.add_file(deps.conn, file, days_frame(summed))
        if file.role == "promo":
            _rename_lines(deps, file, moved)
    make_sales(deps.conn, changed, {})
    return renamed, len(changed)


def _rename_lines(deps: Deps, file: SourceFile, moved: Mapping[str, str]) -> None:
    content = source_lines.load(deps.conn, file.id)
    if content is None:
        return
    lines = pl.read_ipc(io.BytesIO(content)).with_columns(_mapped(moved))
    written = io.BytesIO()
    lines.write_ipc(written, compression="zstd")
    source_lines.save(deps.conn, file.id, written.getvalue())


def _mapped(moved: Mapping[str, str]) -> pl.Expr:
    return pl.col("department").cast(pl.String).replace(dict(moved))
