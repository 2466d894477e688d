"""Rules about dates: blackouts, overlaps with other promotions, and the gap between promotions."""

from __future__ import annotations

import datetime as dt
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from analytics.findings import finding, label
from analytics.runs import Run, free_days
from analytics.types import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from analytics.policy import Policy
    from analytics.types import Campaign, Issue, Mechanic, Scenario

_DAY = dt.timedelta(days=1)


class Booking(NamedTuple):
    """A promotion that already has its dates; without departments it holds all of them."""

    name: str
    start: dt.date
    end: dt.date
    departments: frozenset[str]
    channels: frozenset[str]

    def has(self, mechanic: Mechanic) -> bool:
        """Say whether the booking promotes the department in the mechanic's channel."""
        return mechanic.channel in self.channels and self.has_department(mechanic)

    def has_department(self, mechanic: Mechanic) -> bool:
        """Say whether the booking promotes the department in any channel."""
        return not self.departments or mechanic.department.casefold() in self.departments


def bookings(
    catalog: Sequence[Campaign], approved: Sequence[Scenario], leave_out: UUID | None = None
) -> tuple[Booking, ...]:
    """List the promotions of the catalog and of approved scenarios, but for the one left out."""
    planned = [
        Booking(
            f"the approved scenario {other.label}",
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
            f"the campaign {campaign.promo_name or campaign.id}",
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
            f"{label(mechanic)} may not be promoted on {len(closed)} of {len(days)} days, "
            f"from {closed[0]} to {closed[-1]} ({reason})",
            _free_run(days, set(closed), mechanic, policy),
            mechanic=mechanic,
        )


def _free_run(
    days: Sequence[dt.date], closed: set[dt.date], mechanic: Mechanic, policy: Policy
) -> str:
    """Suggest the longest run of open days, or the first open day after the window."""
    best: list[dt.date] = []
    run: list[dt.date] = []
    for day in days:
        run = [] if day in closed else [*run, day]
        best = max(best, run, key=len)
    if best:
        return f"Run {label(mechanic)} from {best[0]} to {best[-1]} only"
    after = days[-1] + _DAY
    while policy.blackout(after, mechanic.cell):
        after += _DAY
    return f"Start {label(mechanic)} on {after} or later"


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
                f"{label(mechanic)} is already promoted by {other.name} from {other.start} to "
                f"{other.end}: {(end - start).days + 1} days overlap",
                f"Start {label(mechanic)} on {other.end + _DAY} or later, or leave it out",
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
                f"{gap} free days lie between the two runs of {one.department}, "
                f"{first.start} to {first.end} and {second.start} to {second.end}, "
                f"{policy.min_gap_days} are asked for",
                f"Run {one.department} on the same days in both channels",
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
                    f"{gap} free days lie between {mechanic.department} here and {other.name} "
                    f"({other.start} to {other.end}), {policy.min_gap_days} are asked for",
                    _gap_fix(run, mechanic, other, policy.min_gap_days),
                    department=mechanic.department,
                )


def _gap_fix(run: Run, mechanic: Mechanic, other: Booking, days: int) -> str:
    if other.end < run.start:
        return f"Start {mechanic.department} on {other.end + (days + 1) * _DAY} or later"
    return f"End {mechanic.department} on {other.start - (days + 1) * _DAY} or earlier"
