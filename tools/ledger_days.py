"""Days that promo files cover in the ledger, and days that they lose to a newer promo file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import sqlalchemy as sa

from db.tables import source_days, source_files

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from analytics.types import Channel
    from analytics.workbook_lines import Role


LOCK_KEY = 7_190_002  # any number that only ingests use


def lock_ledger(conn: sa.Connection) -> None:
    """Wait for other ingests to end, so that no two plan on the same days.

    PostgreSQL only: a DuckDB file belongs to one process.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


def days_of_role(conn: sa.Connection, role: Role) -> set[tuple[str, dt.date]]:
    """Return every (channel, date) for which a file of this role has rows."""
    wanted = (
        sa.select(source_days.c.channel, source_days.c.date)
        .distinct()
        .join(source_files, source_files.c.id == source_days.c.source_file_id)
        .where(source_files.c.role == role)
    )
    return {(row.channel, row.date) for row in conn.execute(wanted)}


def drop_promo_days(conn: sa.Connection, channel: Channel, dates: Collection[dt.date]) -> None:
    """Take these days of a channel away from all promo files: another will overwrite them."""
    promo_ids = sa.select(source_files.c.id).where(source_files.c.role == "promo")
    conn.execute(
        source_days.delete().where(
            source_days.c.channel == channel,
            source_days.c.date.in_(dates),
            source_days.c.source_file_id.in_(promo_ids),
        )
    )


def ledger_cells(
    conn: sa.Connection,
    role: Role,
    *,
    channel: str | None = None,
    dates: Collection[dt.date] | None = None,
    file_id: object = None,
) -> pl.DataFrame:
    """Return what files of a role contribute, summed per day and cell.

    Returns:
        `date, channel, department, lines, sales_cents, margin_cents, units`, sorted.
    """
    wanted = (
        sa.select(
            source_days.c.date,
            source_days.c.channel,
            source_days.c.department,
            sa.func.sum(source_days.c.lines).label("lines"),
            sa.func.sum(source_days.c.sales_value).label("sales"),
            sa.func.sum(source_days.c.margin_value).label("margin"),
            sa.func.sum(source_days.c.units).label("units"),
        )
        .join(source_files, source_files.c.id == source_days.c.source_file_id)
        .where(source_files.c.role == role)
        .group_by(source_days.c.date, source_days.c.channel, source_days.c.department)
        .order_by(source_days.c.date, source_days.c.channel, source_days.c.department)
    )
    if channel is not None:
        wanted = wanted.where(source_days.c.channel == channel)
    if dates is not None:
        wanted = wanted.where(source_days.c.date.in_(dates))
    if file_id is not None:
        wanted = wanted.where(source_days.c.source_file_id == file_id)
    rows = [
        (
            r.date,
            r.channel,
            r.department,
            int(r.lines),
            int(r.sales * 100),
            int(r.margin * 100),
            int(r.units),
        )
        for r in conn.execute(wanted)
    ]
    schema = {
        "date": pl.Date,
        "channel": pl.String,
        "department": pl.String,
        "lines": pl.Int64,
        "sales_cents": pl.Int64,
        "margin_cents": pl.Int64,
        "units": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
