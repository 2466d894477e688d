"""Which days of a file count when other files of its kind already cover some of them.

A day is a (channel, date). `union` adds what is not there yet, `overwrite` trusts the new file,
`intersect` is a correction: it touches only days that are there.

Example: February is loaded from file A; file B holds 20 February to 10 March.
    union      B counts for 1-10 March; its 20-28 February are skipped, A's stay.
    overwrite  B counts for 20 February - 10 March; A keeps 1-19 February.
    intersect  B counts for 20-28 February, in place of A's; its 1-10 March are skipped.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Merge = Literal["union", "overwrite", "intersect"]
Day = tuple[str, dt.date]


@dataclass(frozen=True)
class DayPlan:
    """Days of the new file that are stored or skipped, and days that older files lose to it."""

    stored: frozenset[Day]
    skipped: frozenset[Day]
    displaced: frozenset[Day]


def plan_days(days: frozenset[Day], covered: frozenset[Day], merge: Merge) -> DayPlan:
    """Decide for every day of a file, given the days that other files of its kind cover.

    >>> first, second = ("online", dt.date(2025, 2, 28)), ("online", dt.date(2025, 3, 1))
    >>> plan_days(frozenset({first, second}), frozenset({first}), "union").stored == {second}
    True
    """
    both = days & covered
    if merge == "union":
        return DayPlan(stored=days - covered, skipped=both, displaced=frozenset())
    if merge == "overwrite":
        return DayPlan(stored=days, skipped=frozenset(), displaced=both)
    return DayPlan(stored=both, skipped=days - covered, displaced=both)
