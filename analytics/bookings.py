"""Rules about dates: blackouts, overlaps with other promotions, and the gap between promotions."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from analytics.findings import cell_of, finding
from analytics.remarks import remark
from analytics.runs import Run, free_days
from analytics.types import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from analytics.policy import Policy
    from analytics.types import Campaign, Issue, Mechanic, Remark, Scenario

_DAY = dt.timedelta(days=1)


class Booking(NamedTuple):
    """A promotion that already has its dates; without departments it holds all of them."""

    kind: Literal["campaign", "scenario"]
    name: str
    start: dt.date
    end: dt.date
    departments: frozenset[str]
    channels: frozenset[str]

    def has(self, mechanic: Mechanic) -> bool:
        """Say whether the booking promotes the department in the mechanic's channel."""
        return mechanic.channel in self.channels and self.has_department(mechanic)

    def called(self) -> Remark:
        """Say what it is: a campaign of the catalog, or an approved scenario."""
        return remark(f"booked_{self.kind}", name=self.name)

    def has_department(self, mechanic: Mechanic) -> bool:
        """Say whether the booking promotes the department in any channel."""
        return not self.departments or mechanic.department.casefold() in self.departments


def bookings(
    catalog: Sequence[Campaign], approved: Sequence[Scenario], leave_out: UUID | None = None
) -> tuple[Booking, ...]:
    """List the promotions of the catalog and of approved scenarios, but for the one left out."""
    planned = [
        Booking(
            "scenario",
            other.label,
            *other.run_of(mechanic),
            frozenset([mechanic.department.casefold()]),
            frozenset([mechanic.channel]),
        )
        for other in approved
        if other.id != leave_out
        for mechanic in other.mechanics
    ]
    known = [
        Booking(
            "campaign",
            campaign.promo_name or str(campaign.id),
            campaign.date_start,
            campaign.date_end,
            frozenset(d.casefold() for d in campaign.departments),
            frozenset(campaign.channels or CHANNELS),
        )
        for campaign in catalog
    ]
    return (*known, *planned)


def blackout_dates(scenario: Scenario, policy: Policy) -> Iterator[Issue]:
    """Find promoted cells with blackout days in the window."""
    for mechanic in scenario.mechanics:
        first, last = scenario.run_of(mechanic)
        days = [first + n * _DAY for n in range((last - first).days + 1)]
        closed = [day for day in days if policy.blackout(day, mechanic.cell)]
        if not closed:
            continue
        blackout = policy.blackout(closed[0], mechanic.cell)
        reason = blackout.reason if blackout else ""
        yield finding(
            policy,
            "blackout_dates",
            remark(
                "blackout_dates",
                **cell_of(mechanic),
                closed=len(closed),
                days=len(days),
                first=closed[0],
                last=closed[-1],
                reason=reason,
            ),
            _free_run(days, set(closed), mechanic, policy),
            mechanic=mechanic,
        )


def _free_run(
    days: Sequence[dt.date], closed: set[dt.date], mechanic: Mechanic, policy: Policy
) -> Remark:
    """Suggest the longest run of open days, or the first open day after the window."""
    best: list[dt.date] = []
    run: list[dt.date] = []
    for day in days:
        run = [] if day in closed else [*run, day]
        best = max(best, run, key=len)
    if best:
        return remark("fix_run_only", **cell_of(mechanic), first=best[0], last=best[-1])
    after = days[-1] + _DAY
    while policy.blackout(after, mechanic.cell):
        after += _DAY
    return remark("fix_start", what=_cell(mechanic), day=after)


def catalog_overlap(
    scenario: Scenario, booked: Sequence[Booking], policy: Policy
) -> Iterator[Issue]:
    """Find cells that another promotion already discounts on the same days."""
    for mechanic in scenario.mechanics:
        for other in booked:
            first, last = scenario.run_of(mechanic)
            start, end = max(other.start, first), min(other.end, last)
            if not other.has(mechanic) or start > end:
                continue
            yield finding(
                policy,
                "catalog_overlap",
                remark(
                    "catalog_overlap",
                    **cell_of(mechanic),
                    other=other.called(),
                    first=other.start,
                    last=other.end,
                    days=(end - start).days + 1,
                ),
                remark("fix_start_or_drop", what=_cell(mechanic), day=other.end + _DAY),
                mechanic=mechanic,
            )


def min_gap(scenario: Scenario, booked: Sequence[Booking], policy: Policy) -> Iterator[Issue]:
    """Find departments whose last or next promotion is too near, in this plan or outside it."""
    for one, two in combinations(scenario.mechanics, 2):
        runs = [Run(*scenario.run_of(m)) for m in (one, two)]
        gap = free_days(*runs) if one.department == two.department else None
        if gap is not None and gap < policy.min_gap_days:
            first, second = sorted(runs)
            yield finding(
                policy,
                "min_gap",
                remark(
                    "min_gap_own",
                    department=one.department,
                    gap=gap,
                    first_start=first.start,
                    first_end=first.end,
                    second_start=second.start,
                    second_end=second.end,
                    asked=policy.min_gap_days,
                ),
                remark("fix_same_days", department=one.department),
                department=one.department,
            )
    seen: set[tuple[str, Booking]] = set()
    for mechanic in scenario.mechanics:
        for other in booked:
            run = Run(*scenario.run_of(mechanic))
            gap = free_days(run, Run(other.start, other.end))
            key = (mechanic.department, other)
            if gap is None or gap >= policy.min_gap_days or key in seen:
                continue
            if other.has_department(mechanic):
                seen.add(key)
                yield finding(
                    policy,
                    "min_gap",
                    remark(
                        "min_gap",
                        department=mechanic.department,
                        gap=gap,
                        other=other.called(),
                        first=other.start,
                        last=other.end,
                        asked=policy.min_gap_days,
                    ),
                    _gap_fix(run, mechanic, other, policy.min_gap_days),
                    department=mechanic.department,
                )


def _gap_fix(run: Run, mechanic: Mechanic, other: Booking, days: int) -> Remark:
    what, apart = mechanic.department, (days + 1) * _DAY
    if other.end < run.start:
        return remark("fix_start", what=what, day=other.end + apart)
    return remark("fix_end_before", what=what, day=other.start - apart)


def _cell(mechanic: Mechanic) -> Remark:
    return remark("a_cell", **cell_of(mechanic))
