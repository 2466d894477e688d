"""Sales that are not there: late ones, missing days, cells that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.quality_issue import QualityIssue, day_of, issue
from analytics.remarks import remark

if TYPE_CHECKING:
    import datetime as dt

    from analytics.types import Channel, Severity

_STOPPED_AFTER_DAYS, _ESTABLISHED_DAYS = 14, 28
_LONG_GAP_DAYS, _GAP_DAYS = 7, 3
_LATE_DAYS: tuple[tuple[int, Severity], ...] = ((35, "high"), (7, "medium"), (3, "low"))


def completeness_pct(totals: pd.DataFrame) -> float:
    """Per cent of cell-days that have sales, of the days on which the channel sold anything.

    A cell counts from its first day to the last day of its channel.
    """
    expected = present = 0
    for _, own in totals.groupby("channel"):
        days = np.sort(own["date"].unique())
        for _, cell in own.groupby("department"):
            expected += int((days >= cell["date"].min().to_datetime64()).sum())
            present += cell["date"].nunique()
    return round(100 * present / expected, 2) if expected else 0.0


def late_sales(totals: pd.DataFrame, today: dt.date) -> list[QualityIssue]:
    """Tell how old the newest sales are; a day ahead of today is worse than an old one."""
    newest = day_of(totals["date"].max())
    age = (today - newest).days
    if age < 0:
        return [
            issue(
                check="timeliness",
                severity="high",
                message=remark("newest_ahead", newest=newest, days=-age, today=today),
                what_to_do="do_check_dates",
                days=-age,
                first_date=newest,
                last_date=newest,
            )
        ]
    severity = next((name for limit, name in _LATE_DAYS if age > limit), None)
    if severity is None:
        return []
    return [
        issue(
            check="timeliness",
            severity=severity,
            message=remark("newest_late", newest=newest, days=age),
            what_to_do="do_load_since",
            days=age,
            first_date=newest,
            last_date=newest,
        )
    ]


def missing_days(own: pd.DataFrame, channel: Channel) -> list[QualityIssue]:
    """Find days without any sale of the channel, and days on which only one cell sold nothing."""
    present = pd.DatetimeIndex(np.sort(own["date"].unique()))
    closed = pd.date_range(present[0], present[-1]).difference(present)
    issues = [_gap(channel, run) for run in _runs(closed) if len(run) >= _GAP_DAYS] + _single_days(
        channel, [run for run in _runs(closed) if len(run) < _GAP_DAYS]
    )
    for department, cell in own.groupby("department", sort=True):
        days = pd.DatetimeIndex(cell["date"])
        expected = present[(present >= days.min()) & (present <= days.max())]
        absent = expected.difference(days)
        if len(absent):
            issues.append(_cell_gap(channel, str(department), absent, len(absent) / len(expected)))
    return issues


def stopped_cells(own: pd.DataFrame, channel: Channel) -> list[QualityIssue]:
    """Find cells whose last sale is two weeks or more before the channel's."""
    last = own["date"].max()
    issues = []
    for department, cell in own.groupby("department", sort=True):
        silent = (last - cell["date"].max()).days
        if silent >= _STOPPED_AFTER_DAYS:
            ended = day_of(cell["date"].max())
            issues.append(
                issue(
                    check="cell_stopped",
                    severity="high" if len(cell) >= _ESTABLISHED_DAYS else "low",
                    message=remark(
                        "cell_stopped", department=str(department), channel=channel, day=ended
                    ),
                    what_to_do="do_see_stopped",
                    channel=channel,
                    department=str(department),
                    days=silent,
                    first_date=ended,
                    last_date=day_of(last),
                )
            )
    return issues


def _runs(days: pd.DatetimeIndex) -> list[pd.DatetimeIndex]:
    """Split sorted days into runs of consecutive ones."""
    if not len(days):
        return []
    steps = np.diff(days.to_numpy("datetime64[D]")).astype(int)
    return [pd.DatetimeIndex(part) for part in np.split(days, np.flatnonzero(steps > 1) + 1)]


def _gap(channel: Channel, run: pd.DatetimeIndex) -> QualityIssue:
    return issue(
        check="missing_days",
        severity="high" if len(run) >= _LONG_GAP_DAYS else "medium",
        message=remark(
            "channel_gap",
            channel=channel,
            days=len(run),
            first=day_of(run[0]),
            last=day_of(run[-1]),
        ),
        what_to_do="do_load_missing",
        channel=channel,
        days=len(run),
        first_date=day_of(run[0]),
        last_date=day_of(run[-1]),
    )


def _single_days(channel: Channel, runs: list[pd.DatetimeIndex]) -> list[QualityIssue]:
    days = [day for run in runs for day in run]
    if not days:
        return []
    shown = ", ".join(str(day_of(day)) for day in days[:5]) + (" ..." if len(days) > 5 else "")  # noqa: PLR2004  a few
    return [
        issue(
            check="missing_days",
            severity="low",
            message=remark("channel_single_days", channel=channel, days=len(days), shown=shown),
            what_to_do="do_closing_days",
            channel=channel,
            days=len(days),
            first_date=day_of(days[0]),
            last_date=day_of(days[-1]),
        )
    ]


def _cell_gap(
    channel: Channel, department: str, absent: pd.DatetimeIndex, share: float
) -> QualityIssue:
    severity: Severity = "low"
    if 0.02 <= share < 0.5:  # noqa: PLR2004  from one day in fifty; half the days is its habit
        severity = "medium" if share < 0.1 else "high"  # noqa: PLR2004  one day in ten
    return issue(
        check="missing_days",
        severity=severity,
        message=remark(
            "cell_gap",
            department=department,
            channel=channel,
            days=len(absent),
            share_pct=100 * share,
        ),
        what_to_do="do_look_in_workbook",
        channel=channel,
        department=department,
        days=len(absent),
        first_date=day_of(absent[0]),
        last_date=day_of(absent[-1]),
    )
