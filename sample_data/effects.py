"""What promotions do to the units of a day: own uplift, the dip after, halo and cannibalization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from analytics.types import Cell
    from sample_data.promotions import Promotion

    FloatArray = npt.NDArray[np.float64]
    DayArray = npt.NDArray[np.datetime64]

DIP_DAYS = 14
_DIP_DECAY_DAYS = 5.0
_DEEPEST_DIP_SHARE = 0.6
DIP_WEIGHTS: FloatArray = np.exp(-np.arange(DIP_DAYS) / _DIP_DECAY_DAYS)
"""Relative size of the dip on each day after a campaign."""


@dataclass(frozen=True)
class TrueCrossEffect:
    """While the source cell is on promotion, the target changes by so many per cent of baseline.

    It does not act while the target is on promotion itself.
    """

    source: Cell
    target: Cell
    effect_pct: float


@dataclass(frozen=True, eq=False)
class Effects:
    """Factors on baseline units and the depths in force, arrays (days, cells).

    Attributes:
        depth_pct: depth of the cell's promotion, 0 where there is none.
        uplift: own unit uplift as a factor (1 = none).
        cross: factor of other cells' promotions.
        dip: factor of the cell's campaigns in the 14 days before.
    """

    depth_pct: FloatArray
    uplift: FloatArray
    cross: FloatArray
    dip: FloatArray

    @property
    def factor(self) -> FloatArray:
        """All effects on units together."""
        return self.uplift * self.cross * self.dip


def depth_grid(days: DayArray, cells: Sequence[Cell], campaigns: Sequence[Promotion]) -> FloatArray:
    """Return the depth in per cent by day and cell; where campaigns overlap, the deepest."""
    grid = np.zeros((len(days), len(cells)))
    column = {cell: index for index, cell in enumerate(cells)}
    for campaign in campaigns:
        runs = _days_of(days, campaign)
        for cell in campaign.cells:
            at = (runs, column[cell])
            grid[at] = np.maximum(grid[at], campaign.depth_pct(cell.department))
    return grid


def _days_of(days: DayArray, campaign: Promotion) -> slice:
    start, end = np.datetime64(campaign.date_start, "D"), np.datetime64(campaign.date_end, "D")
    return slice(int(np.searchsorted(days, start)), int(np.searchsorted(days, end, side="right")))


def cross_factors(
    depth_pct: FloatArray, cells: Sequence[Cell], effects: Sequence[TrueCrossEffect]
) -> FloatArray:
    """Return the factor that other cells' promotions put on each cell and day."""
    column = {cell: index for index, cell in enumerate(cells)}
    factors = np.ones_like(depth_pct)
    for effect in effects:
        source, target = column[effect.source], column[effect.target]
        acts = (depth_pct[:, source] > 0) & (depth_pct[:, target] == 0)
        factors[acts, target] *= 1 + effect.effect_pct / 100
    return factors


def dip_factors(
    baseline_units: FloatArray, uplift: FloatArray, depth_pct: FloatArray, dip_share: FloatArray
) -> FloatArray:
    """Return the factor of the days after each run of promotion days.

    `dip_share` (per cell) of the run's extra units is missing afterwards, spread over the
    open ones of the DIP_DAYS days after it by DIP_WEIGHTS, at most 60 % of a day's baseline. The
    grid should reach that far behind the last day of interest.
    """
    missing = np.zeros_like(baseline_units)
    extra = baseline_units * (uplift - 1)
    for cell in range(baseline_units.shape[1]):
        for start, end in _runs(depth_pct[:, cell] > 0):
            after = slice(end, min(end + DIP_DAYS, len(baseline_units)))
            weights = DIP_WEIGHTS[: after.stop - end] * (baseline_units[after, cell] > 0)
            if weights.any():
                total = dip_share[cell] * extra[start:end, cell].sum()
                missing[after, cell] += total * weights / weights.sum()
    share = np.divide(missing, baseline_units, out=np.zeros_like(missing), where=baseline_units > 0)
    return 1 - share.clip(max=_DEEPEST_DIP_SHARE)


def _runs(on: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return [start, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], on, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
