"""A finding about the stored sales: how grave it is, where, and what to do about it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal, cast

import pandas as pd
from pydantic import Field, model_validator

from analytics.remarks import remark, written
from analytics.types import Channel, Record, Remark, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    "zero_price_rows",
    "files_overlap",
]
Dimension = Literal["completeness", "accuracy", "consistency", "timeliness"]
DIMENSIONS: Mapping[Check, Dimension] = {
    "no_sales": "completeness",
    "timeliness": "timeliness",
    "missing_days": "completeness",
    "cell_stopped": "completeness",
    "negative_margin": "accuracy",
    "zero_sales": "accuracy",
    "level_shift": "consistency",
    "outlier": "accuracy",
    "promo_exceeds_total": "consistency",
    "depth_unknown": "completeness",
    "relation_undecided": "consistency",
    "rejected_rows": "accuracy",
    "zero_price_rows": "accuracy",
    "files_overlap": "consistency",
}
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


class QualityIssue(Record):
    """One finding. `channel` and `department` are None where it concerns all of them.

    Attributes:
        message_facts, what_to_do_facts: what the two say in English, for other languages.
    """

    check: Check
    severity: Severity
    dimension: Dimension = Field(default="accuracy", description="follows from the check")
    message: str
    what_to_do: str
    message_facts: Remark
    what_to_do_facts: Remark
    channel: Channel | None = None
    department: str | None = None
    days: int = 0
    first_date: dt.date | None = None
    last_date: dt.date | None = None

    @model_validator(mode="before")
    @classmethod
    def _place(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {**given, "dimension": DIMENSIONS[given["check"]]}


def issue(
    check: Check,
    severity: Severity,
    message: Remark,
    what_to_do: str,
    **where: Any,  # noqa: ANN401  the record checks them
) -> QualityIssue:
    """Build a finding from what is wrong, the name of the sentence that says what to do, and where."""
    repair = remark(what_to_do)
    return QualityIssue(
        check=check,
        severity=severity,
        message=written(message),
        what_to_do=written(repair),
        message_facts=message,
        what_to_do_facts=repair,
        **where,
    )


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
