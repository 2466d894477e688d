"""`sales_aggregated`: sales per day, channel and department, the promoted part apart."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from analytics.types import Cell
from db.frames import read_frame, upsert_frame
from db.named_sql import sql_text
from db.tables import sales_aggregated as sales

if TYPE_CHECKING:
    import pandas as pd

KEY: Final = ("date", "channel", "department", "promo_flag")
SALES_ROWS: Final = {
    "date": "datetime64[ns]",
    "channel": "object",
    "department": "object",
    "promo_flag": "bool",
    "discount_pct": "float64",
    "sales_value": "float64",
    "margin_value": "float64",
    "units": "int64",
}
BASELINE: Final = {
    "date": "datetime64[ns]",
    "forecasted_sales_value": "float64",
    "forecasted_margin_value": "float64",
    "forecasted_units": "float64",
}


def sales_rows(
    conn: sa.Connection,
    start: dt.date | None = None,
    end: dt.date | None = None,
    channel: str | None = None,
    department: str | None = None,
) -> pd.DataFrame:
    """Return SALES ROWS in order of date, channel, department and promo_flag.

    Args:
        conn: Connection to the store.
        start: First day, or from the beginning.
        end: Last day (included), or to the end.
        channel: Only this channel.
        department: Only this department.

    Returns:
        `date` datetime64[ns], `channel`, `department`, `promo_flag` bool, `discount_pct` (NaN:
        unknown or unpromoted), `sales_value`, `margin_value` floats, `units` int64.
    """
    wanted = sa.select(
        sales.c.date,
        sales.c.channel,
        sales.c.department,
        sales.c.promo_flag,
        *(
            sa.cast(sales.c[name], sa.Double)
            for name in ("discount_pct", "sales_value", "margin_value")
        ),
        sales.c.units,
    ).order_by(*(sales.c[name] for name in KEY))
    if start is not None:
        wanted = wanted.where(sales.c.date >= start)
    if end is not None:
        wanted = wanted.where(sales.c.date <= end)
    if channel is not None:
        wanted = wanted.where(sales.c.channel == channel)
    if department is not None:
        wanted = wanted.where(sales.c.department == department)
    return read_frame(conn, wanted, SALES_ROWS)


def date_range(conn: sa.Connection) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day with sales, None for an empty store."""
    row = conn.execute(sa.select(sa.func.min(sales.c.date), sa.func.max(sales.c.date))).one()
    return None if row[0] is None else (row[0], row[1])


def newest_by_channel(conn: sa.Connection, until: dt.date) -> dict[str, dt.date]:
    """Return the last day with sales of each channel, days after `until` left out."""
    newest = sa.select(sales.c.channel, sa.func.max(sales.c.date).label("day"))
    known = newest.where(sales.c.date <= until).group_by(sales.c.channel)
    return {row.channel: row.day for row in conn.execute(known.order_by(sales.c.channel))}


def cells(conn: sa.Connection) -> list[Cell]:
    """Return every channel x department with sales, sorted."""
    pairs = sa.select(sales.c.channel, sales.c.department).distinct()
    return sorted(Cell(row.channel, row.department) for row in conn.execute(pairs))


def data_version(conn: sa.Connection) -> str:
    """Return a fingerprint (64 hex digits) of the content of the sales rows.

    The same rows have the same one in every store, whenever and in whatever order they were
    loaded; any other value, date or cell gives another.
    """
    parts = sorted(tuple(row) for row in conn.execute(sa.text(sql_text("data_version"))))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def data_state(conn: sa.Connection) -> str:
    """Return what tells one content of the sales rows from another, within one running program.

    Some twenty times cheaper than `data_version`, which it stands for in memory: 64-bit hashes of
    the rows, added up. It differs between the engines and their versions, so nothing is stored by it.
    """
    found = conn.execute(sa.text(sql_text(f"data_state_{conn.dialect.name}"))).one()
    return " ".join(str(part) for part in found)


def upsert_sales(conn: sa.Connection, frame: pd.DataFrame) -> None:
    """Save SALES ROWS; a row whose date, channel, department and flag exist is overwritten.

    Raises:
        RefusedValueError: A value does not fit its column, or a key comes twice: two promotions
            of one day are one row, their depth weighted by sales.
    """
    upsert_frame(conn, sales, frame, list(SALES_ROWS), KEY)


def baseline_reference(
    conn: sa.Connection,
    start: dt.date,
    end: dt.date,
    channel: str | None = None,
    department: str | None = None,
) -> pd.DataFrame:
    """Return the simple baseline of db/README.md, one row per day, in order.

    Per cell and weekday the mean of the day totals over the cell's days without a promotion
    before `start` (all its days of that weekday if each had one), the cells summed. The same
    SQL is the body of PostgreSQL's `calculate_baseline_forecast`.

    Returns:
        `date`, `forecasted_sales_value`, `forecasted_margin_value`, `forecasted_units`; NaN for
        a weekday without history.
    """
    parameters = {
        "p_start_date": start,
        "p_end_date": end,
        "p_channel": channel,
        "p_department": department,
    }
    return read_frame(conn, _bound("baseline_reference"), BASELINE, parameters)


def baseline_by_cell(
    conn: sa.Connection, start: dt.date, end: dt.date, since: dt.date | None = None
) -> pd.DataFrame:
    """Return the simple baseline of every cell in one query, as `baseline_reference` of each.

    Args:
        conn: Connection to the store.
        start: First day of the window; only days before it are looked at.
        end: Last day of the window.
        since: First day of history that is looked at, or all of it. A year is some twenty times
            cheaper than thirty years.

    Returns:
        `date`, `channel`, `department`, `forecasted_sales_value`, `forecasted_margin_value`,
        `forecasted_units`, in this order; no row for a weekday of a cell without history.
    """
    first = dt.date(1, 1, 1) if since is None else since
    parameters = {"p_start_date": start, "p_end_date": end, "p_since": first}
    kinds = BASELINE | {"channel": "object", "department": "object"}
    return read_frame(conn, _bound("baseline_by_cell"), kinds, parameters)


def _bound(name: str) -> sa.TextClause:
    """Return a named SQL text whose `p_...` arguments are bound values."""
    return sa.text(re.sub(r"\b(p_[a-z_]+)\b", r":\1", sql_text(name)))
