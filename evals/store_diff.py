"""What changed in the store: row by row where agents write, by one fingerprint where nobody may.

Most cases change a few of the tables, so a table is read again only when its fingerprint (count and hash
over all columns of all rows) is another one than before.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db.tables import metadata
from evals.expectation import holds, no_lookup
from evals.matching import pairing
from evals.trajectory import StoreDiff
from evals.values import MISSING

if TYPE_CHECKING:
    from evals.cases import Case, StoreExpectation, TableChange
    from evals.expectation import Lookup

FACT_TABLES = ("sales_aggregated", "source_days", "source_files", "source_lines")
"""Tables whose every change is damage: compared by a fingerprint over all columns of all rows."""

LEDGERS = frozenset({"tool_calls", "turns"})
"""Each call and each turn leaves a row there, reads included: the audit trail is no effect."""

IGNORED_COLUMNS = frozenset(
    {"created_at", "updated_at", "requested_at", "decided_at", "promoted_at", "ingested_at"}
)

Rows = dict[str, dict[str, Any]]
"""Primary key (as text) to row."""


class Snapshot(NamedTuple):
    """The store at one moment: a fingerprint of each table, and the rows of those that were read."""

    fingerprints: dict[str, str]
    rows: dict[str, Rows]


def snapshot(conn: sa.Connection, before: Snapshot | None = None) -> Snapshot:
    """Read every table that agents may change; those that are still as `before` are taken from there."""
    fingerprints = _fingerprints(conn)
    rows: dict[str, Rows] = {}
    for name, fingerprint in fingerprints.items():
        if before is not None and before.fingerprints.get(name) == fingerprint:
            rows[name] = before.rows[name]
        elif name in FACT_TABLES:
            rows[name] = {"all": {"fingerprint": fingerprint}}
        else:
            rows[name] = _rows(conn, metadata.tables[name])
    return Snapshot(fingerprints, rows)


def difference(before: Snapshot, after: Snapshot) -> StoreDiff:
    """Return the rows that differ between two snapshots, moments apart."""
    inserted: dict[str, list[dict[str, Any]]] = {}
    updated: dict[str, list[dict[str, Any]]] = {}
    deleted: dict[str, list[dict[str, Any]]] = {}
    for table in sorted({*before.rows, *after.rows}):
        old, new = before.rows.get(table, {}), after.rows.get(table, {})
        if old is new:
            continue
        for key in sorted({*old, *new}):
            if key not in old:
                inserted.setdefault(table, []).append(_lasting(new[key]))
            elif key not in new:
                deleted.setdefault(table, []).append(_lasting(old[key]))
            elif _lasting(old[key]) != _lasting(new[key]):
                updated.setdefault(table, []).append(_lasting(new[key]))
    return StoreDiff(inserted=inserted, updated=updated, deleted=deleted)


def plain(value: object) -> Any:  # noqa: ANN401  any JSON value
    """Return a stored value as JSON knows it."""
    match value:
        case Decimal():
            return float(value)
        case UUID():
            return str(value)
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dt.date():
            return value.isoformat()
        case str() if value[:1] in {"{", "["}:
            try:
                return json.loads(value)
            except ValueError:
                return value
        case list() | tuple():
            return [plain(part) for part in value]
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case _:
            return value


def plain_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON knows it."""
    return {name: plain(value) for name, value in row.items()}


def missing_changes(case: Case, diff: StoreDiff, lookup: Lookup = no_lookup) -> list[str]:
    """Return which expected changes of the store did not happen, one sentence each."""
    found = []
    for table, change in case.store.changes.items():
        counts = zip(
            ("insert", "update", "delete"),
            (change.insert, change.update, change.delete),
            diff.count(table),
            strict=True,
        )
        found += [
            f"{table}: {made} rows by {kind}, {_bounds(wanted)} expected"
            for kind, wanted, made in counts
            if made < _bounds(wanted)[0]
        ]
        found += _unmet_rows(table, change, diff, lookup)
    return found


def collateral(expected: StoreExpectation, diff: StoreDiff) -> list[str]:
    """Return which changes nobody expected, one sentence each."""
    found = []
    for table in diff.tables:
        change = expected.changes.get(table)
        wanted = (change.insert, change.update, change.delete) if change else (0, 0, 0)
        for kind, limit, made in zip(
            ("inserted", "updated", "deleted"), wanted, diff.count(table), strict=True
        ):
            if made > _bounds(limit)[1]:
                found.append(f"{table}: {made} rows {kind}, at most {_bounds(limit)[1]} expected")
    return found


def _unmet_rows(table: str, change: TableChange, diff: StoreDiff, lookup: Lookup) -> list[str]:
    rows = [*diff.inserted.get(table, ()), *diff.updated.get(table, ())]
    fits = [
        [index for index, row in enumerate(rows) if _row_holds(wanted, row, lookup)]
        for wanted in change.rows
    ]
    paired = pairing(fits)
    unmet = [
        f"{table}: no changed row is {_short(wanted)}"
        for index, wanted in enumerate(change.rows)
        if index not in paired
    ]
    unmet += [
        f"{table}: a changed row is not {_short(change.every)}: {_short(row, change.every)}"
        for row in rows
        if not _row_holds(change.every, row, lookup)
    ]
    return unmet


def _row_holds(wanted: dict[str, Any], row: dict[str, Any], lookup: Lookup) -> bool:
    return all(holds(value, row.get(name, MISSING), lookup) for name, value in wanted.items())


def _short(row: dict[str, Any], keys: dict[str, Any] | None = None) -> str:
    return ", ".join(f"{name}={row.get(name)!r:.80}" for name in (row if keys is None else keys))


def _bounds(limit: int | tuple[int, int]) -> tuple[int, int]:
    return (limit, limit) if isinstance(limit, int) else limit


def _lasting(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in IGNORED_COLUMNS}


def _rows(conn: sa.Connection, table: sa.Table) -> Rows:
    keys = [column.name for column in table.primary_key.columns]
    rows = (plain_row(dict(row)) for row in conn.execute(sa.select(table)).mappings())
    return {json.dumps([row[key] for key in keys]): row for row in rows}


def _fingerprints(conn: sa.Connection) -> dict[str, str]:
    """Return the fingerprint of each table, in one query."""
    names = [name for name in metadata.tables if name not in LEDGERS]
    query = " UNION ALL ".join(
        f"SELECT '{name}', count(*), bit_xor(hash(t)), sum(hash(t)) FROM {name} t"  # noqa: S608  our own tables
        for name in names
    )
    found = {
        name: f"{count}/{mixed}/{total}"
        for name, count, mixed, total in conn.execute(sa.text(query))
    }
    return {name: found[name] for name in names}
