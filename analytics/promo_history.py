"""What promotions have done so far: the range that history has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE_DAYS = 28


def highest_unit_uplift(history: pd.DataFrame) -> dict[str, float]:
    """Return the highest unit uplift that a promotion of each department has had, in per cent.

    A promotion is a run of promo days of one cell. Its uplift compares its units with the mean of
    the same weekdays without promotion within 28 days before and after; runs without such days
    are left out.

    Args:
        history: DAY TOTALS frame.

    Returns:
        By department; one that was never promoted is missing.
    """
    highest: dict[str, float] = {}
    for (_, department), cell in history.groupby(["channel", "department"], sort=True):
        for uplift in _run_uplifts(cell.sort_values("date")):
            highest[str(department)] = max(highest.get(str(department), uplift), uplift)
    return highest


def _run_uplifts(cell: pd.DataFrame) -> Iterator[float]:
    """Yield the unit uplift of each run of promo days of one cell, in per cent."""
    plain = cell[~cell["promo"]]
    promoted = cell[cell["promo"]]
    gap = promoted["date"].diff() > pd.Timedelta(days=1)
    for _, run in promoted.groupby(gap.cumsum()):
        expected = [_reference(plain, day) for day in run["date"]]
        pairs = [
            (u, e) for u, e in zip(run["units"], expected, strict=True) if e is not None and e > 0
        ]
        if pairs:
            yield (sum(u for u, _ in pairs) / sum(e for _, e in pairs) - 1) * 100


def _reference(plain: pd.DataFrame, day: pd.Timestamp) -> float | None:
    """Return the mean units of the same weekday without promotion near a day."""
    apart = (plain["date"] - day).dt.days
    near = plain["units"][(apart.abs() <= REFERENCE_DAYS) & (apart % 7 == 0)]
    return float(near.mean()) if len(near) else None
