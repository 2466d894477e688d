"""`source_files` and `source_days`: which workbook brought which sales of which day.

`sales_aggregated` is a pure function of these two (`rebuild_sales`), so a file that is loaded
twice, replaced or found to overlap another never counts double.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from analytics.types import Channel, Record
from db.errors import ConflictError, RefusedValueError
from db.frames import read_frame, upsert_frame
from db.rows import change_one, every, fields_of, on_conflict_update, upsert
from db.sales import KEY as SALES_KEY
from db.tables import sales_aggregated, source_days, source_files

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

FileRole = Literal["sales", "promo"]
MergeMode = Literal["union", "overwrite", "intersect"]
Relation = Literal["subset", "additional"]
DAY_KEY: Final = ("source_file_id", "date", "channel", "department")
DAY_COLUMNS: Final = tuple(source_days.c.keys())
MEASURES: Final = ("sales_value", "margin_value", "units")


class SourceFile(Record):
    """A workbook that was read: what it held and how it was merged."""

    id: UUID
    sha256: str
    file_name: str
    role: FileRole
    channel: Channel | None  # None: rows of both channels
    date_min: dt.date | None
    date_max: dt.date | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    sales_value: float
    margin_value: float
    units: int
    merge_mode: MergeMode
    relation: Relation | None
    job_id: str | None
    report: dict[str, Any]
    ingested_at: dt.datetime


STORED = fields_of(source_files, SourceFile)


def known_files(conn: sa.Connection, sha256s: Collection[str]) -> dict[str, SourceFile]:
    """Return the files already loaded among these fingerprints, by fingerprint."""
    wanted = sa.select(*STORED).where(source_files.c.sha256.in_(sha256s))
    return {file.sha256: file for file in every(conn, wanted, SourceFile)}


def list_files(conn: sa.Connection) -> list[SourceFile]:
    """Return all files, the newest first."""
    wanted = sa.select(*STORED).order_by(source_files.c.ingested_at.desc(), source_files.c.id)
    return every(conn, wanted, SourceFile)


def covered_days(conn: sa.Connection, channel: Channel) -> set[dt.date]:
    """Return the days for which a sales file (not a promo file) of this channel has rows."""
    wanted = (
        sa.select(source_days.c.date)
        .distinct()
        .join(source_files, source_files.c.id == source_days.c.source_file_id)
        .where(source_days.c.channel == channel, source_files.c.role == "sales")
    )
    return set(conn.execute(wanted).scalars())


def add_file(conn: sa.Connection, record: SourceFile, days: pd.DataFrame) -> None:
    """Save a file and what it contributes; saved again, its contribution is replaced.

    Args:
        conn: Connection in the caller's transaction.
        record: The file.
        days: One row per `date`, `channel`, `department` with `sales_value`, `margin_value`,
            `units`, `discount_pct` (NaN: unknown) and `lines` (rows of the workbook).

    Raises:
        ConflictError: The same content was loaded under another id.
        RefusedValueError: A value does not fit, a day comes twice, or a sales file has rows of
            another channel than its own.
    """
    known = known_files(conn, [record.sha256]).get(record.sha256)
    if known is not None and known.id != record.id:
        message = (
            f"{record.file_name} was already loaded as {known.file_name} "
            f"on {known.ingested_at:%Y-%m-%d}: skip it"
        )
        raise ConflictError(message)
    one_channel = record.role == "sales" and record.channel is not None
    if one_channel and not days.channel.isin([record.channel]).all():
        message = f"{record.file_name} has rows of another channel than {record.channel}: split it"
        raise RefusedValueError(message)
    upsert(conn, source_files, [record.model_dump()], key=["id"])
    conn.execute(source_days.delete().where(source_days.c.source_file_id == record.id))
    own = days.assign(source_file_id=str(record.id))
    upsert_frame(conn, source_days, own, DAY_COLUMNS, DAY_KEY)


def set_relation(conn: sa.Connection, file_id: UUID, relation: Relation) -> None:
    """Note whether a promo file's rows are part of the sales files' rows or on top of them.

    Raises:
        NotFoundError: There is no such promo file.
    """
    promo_file = (source_files.c.id == file_id) & (source_files.c.role == "promo")
    change = source_files.update().where(promo_file).values(relation=relation)
    change_one(conn, change, "promo file", file_id)


def set_report(conn: sa.Connection, file_id: UUID, report: dict[str, Any]) -> None:
    """Replace what is told of a file."""
    change = source_files.update().where(source_files.c.id == file_id).values(report=report)
    change_one(conn, change, "file", file_id)


def set_depths(conn: sa.Connection, file_id: UUID, depths: pd.DataFrame) -> None:
    """Note how deep the promotions of a promo file's days are; days it does not have are ignored.

    Args:
        conn: Connection in the caller's transaction.
        file_id: The promo file.
        depths: `date`, `channel`, `department` and `discount_pct` (NaN: unknown), each day once.
    """
    own = read_frame(
        conn,
        sa.select(*(source_days.c[name] for name in DAY_COLUMNS if name != "discount_pct"))
        .where(source_days.c.source_file_id == file_id)
        .order_by(*(source_days.c[name] for name in DAY_KEY)),
        {"date": "datetime64[ns]", "sales_value": "float64", "margin_value": "float64"},
    )
    known = own.merge(depths, on=list(DAY_KEY[1:]), how="left")
    upsert_frame(conn, source_days, known, DAY_COLUMNS, DAY_KEY)


def drop_days(conn: sa.Connection, channel: Channel, dates: Collection[dt.date]) -> None:
    """Take these days of a channel away from all sales files: another will overwrite them.

    Call it before `add_file`. Promo files keep theirs.
    """
    sales_ids = sa.select(source_files.c.id).where(source_files.c.role == "sales")
    conn.execute(
        source_days.delete().where(
            source_days.c.channel == channel,
            source_days.c.date.in_(dates),
            source_days.c.source_file_id.in_(sales_ids),
        )
    )


def rebuild_sales(conn: sa.Connection, channel: Channel, dates: Collection[dt.date]) -> None:
    """Make `sales_aggregated` of these days what the files say; again, it changes nothing.

    With T = sum over sales files and P = sum over promo files of a day and department: the row
    with promo_flag true is P, the other is T less those P that are a part of T ('subset'). Days
    that only promo files know have no unpromoted row, nor have days where nothing is left of T.
    Rows that no file supports any more are deleted.

    Raises:
        ConflictError: A promo file meets sales files and its relation to them is not decided.
        RefusedValueError: A sum does not fit its column.
    """
    _require_relations(conn, channel, dates)
    rows = _rows_of(channel, dates)
    rebuilt = rows.subquery("rebuilt")
    table = sales_aggregated
    same_key = sa.and_(*(rebuilt.c[name] == table.c[name] for name in SALES_KEY))
    conn.execute(
        table.delete().where(
            table.c.channel == channel,
            table.c.date.in_(dates),
            ~sa.exists().where(same_key),
        )
    )
    names = [*SALES_KEY, "discount_pct", *MEASURES]
    filled = insert(table).from_select(names, sa.select(*(rebuilt.c[name] for name in names)))
    conn.execute(on_conflict_update(filled, table, names, SALES_KEY))


def _parts(channel: str, dates: Collection[dt.date]) -> sa.Select[Any]:
    """Return what each file contributes to the days, with the file's role and relation."""
    return (
        sa.select(
            *(source_days.c[name] for name in DAY_COLUMNS),
            source_files.c.file_name,
            source_files.c.role,
            source_files.c.relation,
        )
        .join(source_files, source_files.c.id == source_days.c.source_file_id)
        .where(source_days.c.channel == channel, source_days.c.date.in_(dates))
    )


def _require_relations(conn: sa.Connection, channel: str, dates: Collection[dt.date]) -> None:
    promo = _parts(channel, dates).subquery("promo")
    total = _parts(channel, dates).subquery("total")
    undecided = (
        sa.select(promo.c.file_name)
        .join(total, sa.and_(*(promo.c[name] == total.c[name] for name in DAY_KEY[1:])))
        .where(promo.c.role == "promo", promo.c.relation.is_(None), total.c.role == "sales")
        .limit(1)
    )
    name = conn.execute(undecided).scalar()
    if name is not None:
        message = (
            f"it is not decided whether {name} is part of the sales files or additional: "
            "set its relation, then rebuild"
        )
        raise ConflictError(message)


def _rows_of(channel: str, dates: Collection[dt.date]) -> sa.CompoundSelect[Any]:
    """Return the SALES ROWS that the files make of the days."""
    part = _parts(channel, dates).subquery("part")
    cell = (part.c.date, part.c.channel, part.c.department)
    promo = part.c.role == "promo"
    in_total = sa.case((part.c.role == "sales", 1), (part.c.relation == "subset", -1), else_=0)
    rest = (
        sa.select(*cell, *(sa.func.sum(part.c[name] * in_total).label(name) for name in MEASURES))
        .group_by(*cell)
        .having(sa.func.count().filter(part.c.role == "sales") > 0)
        .subquery("rest")
    )
    unpromoted = sa.select(
        rest.c.date,
        rest.c.channel,
        rest.c.department,
        sa.false().label("promo_flag"),
        sa.null().label("discount_pct"),
        *(rest.c[name] for name in MEASURES),
    ).where(sa.or_(*(rest.c[name] != 0 for name in MEASURES)))
    promoted = (
        sa.select(
            *cell,
            sa.true().label("promo_flag"),
            _depth(part).label("discount_pct"),
            *(sa.func.sum(part.c[name]).label(name) for name in MEASURES),
        )
        .where(promo)
        .group_by(*cell)
    )
    return sa.union_all(unpromoted, promoted)


def _depth(part: sa.Subquery) -> sa.ColumnElement[Any]:
    """Return the depth weighted by sales over the parts where it is known.

    Where those are only returns there is no weight, and the plain mean is taken.
    """
    sold = sa.func.greatest(part.c.sales_value, 0)
    known = part.c.discount_pct.is_not(None)
    weight = sa.func.nullif(sa.func.sum(sold).filter(known), 0)
    weighted = sa.func.sum(part.c.discount_pct * sold).filter(known) / weight
    depth = sa.func.coalesce(weighted, sa.func.avg(part.c.discount_pct))
    return sa.cast(depth, source_days.c.discount_pct.type)
