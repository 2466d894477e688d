"""What was sold."""

import datetime as dt
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field

from analytics.frames import day_totals
from analytics.types import Channel, Record
from db import sales
from tools.arguments import check_period, known_department, newest_sale
from tools.deps import Deps
from tools.errors import Refusal

Grain = Literal["total", "channel", "department", "month", "week", "day"]

MAX_LINES = 120


class SalesLine(Record):
    """One line of a summary."""

    key: str
    sales_value: float
    margin_value: float
    margin_pct: float | None
    units: int
    promo_day_share: float = Field(description="share of the cell days that had a promotion, 0-1")


class SalesSummary(Record):
    """What was sold in a period."""

    start: dt.date
    end: dt.date
    by: Grain
    channel: Channel | None
    department: str | None
    lines: tuple[SalesLine, ...]
    lines_left_out: int = 0
    total_sales_value: float
    total_margin_value: float
    total_units: int
    newest_sale: dt.date


def sales_summary(
    deps: Deps,
    start: Annotated[dt.date, Field(description="first day, e.g. 2025-09-01")],
    end: Annotated[dt.date, Field(description="last day, included, e.g. 2025-09-30")],
    by: Annotated[Grain, Field(description="one line per ...; e.g. department")] = "total",
    channel: Annotated[
        Channel | None, Field(description="online or offline; both if left out")
    ] = None,
    department: Annotated[str | None, Field(description="e.g. TV; all if left out")] = None,
    skip: Annotated[int, Field(ge=0, description="lines to pass over, to read on after a cut")] = 0,
) -> SalesSummary:
    """Say what was really sold in a period: sales value, margin, units, by one dimension.

    Use it for questions about the past ("how much did TV sell last week"). Values are in the
    business's currency, `margin_pct` is per cent. Long answers are cut after 120 lines and say how
    many were left out: ask by a coarser dimension, or again with `skip` for the next ones. Refuses
    an unknown department (it lists the known ones), upside-down dates, and a period without sales.
    """
    check_period(start, end)
    newest = newest_sale(deps)
    department = department and known_department(deps, department)
    rows = sales.sales_rows(deps.conn, start, end, channel, department)
    if rows.empty:
        message = f"no sales are stored between {start} and {end} for that choice"
        raise Refusal(message)
    days = day_totals(rows)
    grouped = days.groupby(_key(days, by), sort=True).agg(
        sales_value=("sales_value", "sum"),
        margin_value=("margin_value", "sum"),
        units=("units", "sum"),
        promo_day_share=("promo", "mean"),
    )
    shown = grouped.iloc[skip : skip + MAX_LINES]
    return SalesSummary(
        start=start,
        end=end,
        by=by,
        channel=channel,
        department=department,
        lines=tuple(_line(str(key), line) for key, line in shown.iterrows()),
        lines_left_out=max(0, len(grouped) - skip - MAX_LINES),
        total_sales_value=round(float(days["sales_value"].sum()), 2),
        total_margin_value=round(float(days["margin_value"].sum()), 2),
        total_units=int(days["units"].sum()),
        newest_sale=newest,
    )


def _key(days: pd.DataFrame, by: Grain) -> "pd.Series[str]":
    """Return what each cell day is grouped by; a week is named by its Monday."""
    keys: pd.Series[str]
    match by:
        case "total":
            keys = pd.Series("total", index=days.index)
        case "channel" | "department":
            keys = days[by]
        case "month":
            keys = days["date"].dt.strftime("%Y-%m")
        case "week":
            keys = days["date"].dt.to_period("W").dt.start_time.dt.strftime("%Y-%m-%d")
        case "day":
            keys = days["date"].dt.strftime("%Y-%m-%d")
    return keys


def _line(key: str, line: "pd.Series[float]") -> SalesLine:
    sales_value, margin_value = round(line["sales_value"], 2), round(line["margin_value"], 2)
    return SalesLine(
        key=key,
        sales_value=sales_value,
        margin_value=margin_value,
        margin_pct=round(margin_value * 100 / sales_value, 2) if sales_value > 0 else None,
        units=int(line["units"]),
        promo_day_share=round(float(line["promo_day_share"]), 3),
    )
