"""A finding about the stored sales: how grave it is, where, and what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, cast

import pandas as pd

from analytics.types import Channel, Record, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

Check = Literal[
    "no_sales",
    "timeliness",
    "missing_days",
    "cell_stopped",
    "negative_margin",
    "zero_sales",
    "level_shift",
    "outlier",
    "promo_exceeds_total",
    "depth_unknown",
    "relation_undecided",
    "rejected_rows",
]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


class QualityIssue(Record):
    """One finding. `channel` and `department` are None where it concerns all of them."""

    check: Check
    severity: Severity
    message: str
    what_to_do: str
    channel: Channel | None = None
    department: str | None = None
    days: int = 0
    first_date: dt.date | None = None
    last_date: dt.date | None = None


def in_order(issues: Iterable[QualityIssue]) -> list[QualityIssue]:
    """Sort findings: the gravest first, then by check, channel and department."""
    return sorted(
        issues,
        key=lambda i: (
            SEVERITIES.index(i.severity),
            i.check,
            i.channel or "",
            i.department or "",
            str(i.first_date),
        ),
    )


def day_of(moment: object) -> dt.date:
    """Return the day of a pandas or numpy moment."""
    return pd.Timestamp(cast("pd.Timestamp", moment)).date()
