"""Runs: on which consecutive days of a window each cell may be promoted."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analytics.bookings import Booking
    from analytics.policy import Policy
    from analytics.types import Cell

_DAY = dt.timedelta(days=1)


class Run(NamedTuple):
    """First and last day of one promotion of a cell, both included, and what forbids it.

    Attributes:
        in_blackout: some of its days are blackout days.
        too_near: some of its days are too near to another promotion of the department.
    """

    start: dt.date
    end: dt.date
    in_blackout: bool = False
    too_near: bool = False

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days + 1


def free_days(run: Run, other: Run) -> int | None:
    """Return how many days lie between two runs; None when they share a day.

    >>> day = dt.date(2025, 10, 1)
    >>> free_days(Run(day, day), Run(day + 3 * _DAY, day + 4 * _DAY))
    2
    """
    if run.start <= other.end and other.start <= run.end:
        return None
    first, second = sorted([run, other], key=lambda r: r.start)
    return (second.start - first.end).days - 1


def cell_runs(  # noqa: PLR0913  three kinds of limits on days
    cells: Collection[Cell],
    window: Run,
    policy: Policy,
    *,
    days: int | None = None,
    booked: Sequence[Booking] = (),
    gap_days: int = 0,
) -> dict[Cell, tuple[Run, ...]]:
    """List the runs that each cell can have within a window.

    Args:
        cells: what may be promoted.
        window: the days that a plan may use.
        policy: for blackout days.
        days: length of a run; None takes the whole window, and the longest runs of days that are
            free of blackouts, of other promotions, and of both.
        booked: promotions that already have their dates.
        gap_days: free days asked for between two promotions of a department; 0 asks only that a
            cell is not promoted twice on one day.

    Returns:
        Runs by rising start, those that are forbidden marked as such.
    """
    calendar = [window.start + n * _DAY for n in range(window.days)]
    runs = {}
    for cell in cells:
        dark = {day for day in calendar if policy.blackout(day, cell) is not None}
        near = {day for day in calendar if any(_too_near(day, cell, b, gap_days) for b in booked)}
        if days is not None:
            found = _parts(window, days)
        else:
            closed: tuple[set[dt.date], ...] = (set(), dark, near, dark | near)
            found = [
                run for days_off in closed for run in _stretches(sorted(set(calendar) - days_off))
            ]
        runs[cell] = tuple(_marked(run, dark, near) for run in sorted(set(found)))
    return runs


def _marked(run: Run, dark: set[dt.date], near: set[dt.date]) -> Run:
    days = {run.start + n * _DAY for n in range(run.days)}
    return run._replace(in_blackout=bool(days & dark), too_near=bool(days & near))


def _too_near(day: dt.date, cell: Cell, booking: Booking, gap_days: int) -> bool:
    department = cell.department.casefold()
    if booking.departments and department not in booking.departments:
        return False
    if gap_days == 0:
        return cell.channel in booking.channels and booking.start <= day <= booking.end
    return booking.start - gap_days * _DAY <= day <= booking.end + gap_days * _DAY


def _stretches(days: Sequence[dt.date]) -> list[Run]:
    """Join consecutive days."""
    if not days:
        return []
    breaks = [(a, b) for a, b in pairwise(days) if b - a > _DAY]
    starts = [days[0], *(b for _, b in breaks)]
    ends = [*(a for a, _ in breaks), days[-1]]
    return [Run(*pair) for pair in zip(starts, ends, strict=True)]


def _parts(run: Run, days: int) -> list[Run]:
    return [
        Run(run.start + n * _DAY, run.start + (n + days - 1) * _DAY)
        for n in range(run.days - days + 1)
    ]
