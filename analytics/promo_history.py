"""What promotions have done so far: the range that history has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

FloatArray = npt.NDArray[np.float64]

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
    promoted = cell[cell["promo"]]
    expected = _reference(cell[~cell["promo"]], promoted)
    run = (promoted["date"].diff() > pd.Timedelta(days=1)).cumsum().to_numpy()
    units = promoted["units"].to_numpy(dtype=np.float64)
    for number in np.unique(run):
        known = (run == number) & (expected > 0)
        if known.any():
            yield float(units[known].sum() / expected[known].sum() - 1) * 100


def _reference(plain: pd.DataFrame, promoted: pd.DataFrame) -> FloatArray:
    """Return the mean units of the same weekday without promotion near each promo day.

    0 where there is no such day.
    """
    apart = np.subtract.outer(
        promoted["date"].to_numpy(dtype="datetime64[D]"),
        plain["date"].to_numpy(dtype="datetime64[D]"),
    ).astype(np.int64)
    near = (np.abs(apart) <= REFERENCE_DAYS) & (apart % 7 == 0)
    sums = near @ plain["units"].to_numpy(dtype=np.float64)
    return np.where(near.any(axis=1), sums / np.maximum(near.sum(axis=1), 1), 0.0)
