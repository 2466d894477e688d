"""What is wrong or doubtful in stored sales: every check over DAY TOTALS (`analytics.frames`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from analytics.anomalies import level_shifts, outliers
from analytics.gaps import late_sales, missing_days, stopped_cells
from analytics.quality_issue import QualityIssue, day_of, in_order, issue
from analytics.remarks import remark
from analytics.types import CHANNELS

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from analytics.types import Cell, Channel


def find_issues(totals: pd.DataFrame, today: dt.date) -> list[QualityIssue]:
    """Run every check; the gravest findings first, then by channel, department and check.

    Args:
        totals: DAY TOTALS, not empty.
        today: what "late" is measured from.
    """
    found = [*late_sales(totals, today), *unknown_depths(totals)]
    for channel in CHANNELS:
        own = totals[totals["channel"] == channel]
        if own.empty:
            continue
        found += [
            *missing_days(own, channel),
            *stopped_cells(own, channel),
            *level_shifts(own, channel),
            *outliers(own, channel),
        ]
    for key, cell in totals.groupby(["channel", "department"], sort=True):
        name = cast("Cell", key)
        found += [*_odd_margins(cell, name), *_zero_sales(cell, name)]
    return in_order(found)


def unknown_depths(totals: pd.DataFrame) -> list[QualityIssue]:
    """Tell how many promoted cell-days have no known depth."""
    promoted = totals[totals["promo"]]
    unknown = promoted[promoted["depth_pct"].isna()]
    if unknown.empty:
        return []
    share = len(unknown) / len(promoted)
    return [
        issue(
            check="depth_unknown",
            severity="medium" if share >= 0.3 else "low",  # noqa: PLR2004  a third
            message=remark("depth_unknown", unknown=len(unknown), promoted=len(promoted)),
            what_to_do="do_load_promo",
            days=len(unknown),
            first_date=day_of(unknown["date"].min()),
            last_date=day_of(unknown["date"].max()),
        )
    ]


def _odd_margins(cell: pd.DataFrame, name: Cell) -> list[QualityIssue]:
    channel, department = cast("tuple[Channel, str]", name)
    bad = cell[(cell["margin_value"] < 0) & (cell["sales_value"] > 0)]
    if bad.empty:
        return []
    share = len(bad) / len(cell)
    lost = bool(cell["margin_value"].sum() < 0)
    rare = share < 0.05  # noqa: PLR2004  one day in twenty
    return [
        issue(
            check="negative_margin",
            severity="high" if lost else "low" if rare else "medium",
            message=remark(
                "negative_margin_overall" if lost else "negative_margin",
                department=department,
                channel=channel,
                bad=len(bad),
                days=len(cell),
            ),
            what_to_do="do_check_costs",
            channel=channel,
            department=department,
            days=len(bad),
            first_date=day_of(bad["date"].min()),
            last_date=day_of(bad["date"].max()),
        )
    ]


def _zero_sales(cell: pd.DataFrame, name: Cell) -> list[QualityIssue]:
    channel, department = cast("tuple[Channel, str]", name)
    bad = cell[cell["sales_value"] <= 0]
    if bad.empty:
        return []
    rare = len(bad) / len(cell) < 0.02  # noqa: PLR2004  one day in fifty
    return [
        issue(
            check="zero_sales",
            severity="low" if rare else "medium",
            message=remark("zero_sales", department=department, channel=channel, days=len(bad)),
            what_to_do="do_ask_prices",
            channel=channel,
            department=department,
            days=len(bad),
            first_date=day_of(bad["date"].min()),
            last_date=day_of(bad["date"].max()),
        )
    ]
