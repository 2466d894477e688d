"""Merge modes: the worked example of `analytics.day_cover`."""

from __future__ import annotations

from analytics.day_cover import plan_days
from tests.unit.line_cases import day

DAYS = frozenset(("online", day(offset)) for offset in range(10))
COVERED = frozenset(("online", day(offset)) for offset in range(-20, 4))


def test_union_adds_what_is_not_there() -> None:
    plan = plan_days(DAYS, COVERED, "union")
    assert sorted(date for _, date in plan.stored) == [day(i) for i in range(4, 10)]
    assert len(plan.skipped) == 4
    assert not plan.displaced


def test_overwrite_trusts_the_new_file() -> None:
    plan = plan_days(DAYS, COVERED, "overwrite")
    assert plan.stored == DAYS
    assert not plan.skipped
    assert sorted(date for _, date in plan.displaced) == [day(i) for i in range(4)]


def test_intersect_corrects_what_is_there() -> None:
    plan = plan_days(DAYS, COVERED, "intersect")
    assert sorted(date for _, date in plan.stored) == [day(i) for i in range(4)]
    assert plan.displaced == plan.stored
    assert len(plan.skipped) == 6


def test_another_channel_covers_nothing() -> None:
    offline = frozenset(("offline", date) for _, date in DAYS)
    assert plan_days(DAYS, offline, "union").stored == DAYS
