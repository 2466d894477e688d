"""Rules about dates: blackouts, overlaps with other promotions, and the gap between promotions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from analytics.findings import finding, label
from analytics.types import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    catalog: Sequence[Campaign], approved: Sequence[Scenario], scenario: Scenario
) -> tuple[Booking, ...]:
    """List the promotions of the catalog and of other approved scenarios."""
    planned = [
        Booking(
            f"the approved scenario {other.label}",
            other.date_range_start,
            other.date_range_end,
            frozenset([mechanic.department.casefold()]),
            frozenset([mechanic.channel]),
        )
        for other in approved
        if other.id != scenario.id
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
    days = [scenario.date_range_start + n * _DAY for n in range(scenario.days)]
    for mechanic in scenario.mechanics:
        closed = [day for day in days if policy.blackout(day, mechanic.cell)]
        if not closed:
            continue
        blackout = policy.blackout(closed[0], mechanic.cell)
        reason = blackout.reason if blackout else ""
        yield finding(
            policy,
            "blackout_dates",
            f"{label(mechanic)} may not be promoted on {len(closed)} of {scenario.days} days, "
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
            start = max(other.start, scenario.date_range_start)
            end = min(other.end, scenario.date_range_end)
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
    """Find departments whose last or next promotion is too near."""
    seen: set[tuple[str, Booking]] = set()
    for mechanic in scenario.mechanics:
        for other in booked:
            gap = _gap_days(scenario, other)
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
                    _gap_fix(scenario, mechanic, other, policy.min_gap_days),
                    department=mechanic.department,
                )


def _gap_days(scenario: Scenario, other: Booking) -> int | None:
    """Return the free days between two promotions, None when they share a day."""
    if other.end < scenario.date_range_start:
        return (scenario.date_range_start - other.end).days - 1
    if other.start > scenario.date_range_end:
        return (other.start - scenario.date_range_end).days - 1
    return None


def _gap_fix(scenario: Scenario, mechanic: Mechanic, other: Booking, days: int) -> str:
    if other.end < scenario.date_range_start:
        return f"Start {mechanic.department} on {other.end + (days + 1) * _DAY} or later"
    return f"End {mechanic.department} on {other.start - (days + 1) * _DAY} or earlier"
