"""What a campaign's days would have been without it: baseline, its errors, and the gap to actual."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analytics.frames import MEASURES, by_cell, cells_of
from analytics.types import Cell, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.forecast import Forecaster
    from analytics.panel import BoolArray, FloatArray

Verdict = Literal["worked", "did_not", "cannot_tell"]

DRAWS = 2000
_LEVELS = (5, 10, 90, 95)


class Estimate(Record):
    """A measured change with what the noise of the baseline leaves open.

    Attributes:
        value: actual less baseline.
        p5, p10, p90, p95: percentiles; p5 to p95 is the 90 % interval.
        verdict: 'worked' when the 90 % interval lies above 0, 'did_not' when below, else
            'cannot_tell'.
    """

    value: float
    p5: float
    p10: float
    p90: float
    p95: float
    verdict: Verdict


@dataclass(frozen=True)
class Amounts:
    """Sales, margin and units, arrays of one shape."""

    sales: FloatArray
    margin: FloatArray
    units: FloatArray


@dataclass(frozen=True)
class Counterfactual:
    """A campaign's window and the days after it; arrays are (days, cells).

    Attributes:
        dates: first day of the window to the last day after it that has sales.
        window: number of those dates that belong to the window.
        cells: all cells with sales before the campaign or in it.
        seen: whether the cell has a row on the day.
        actual, baseline: day totals, 0 where there is no row.
        known: (cells,) whether the cell has a baseline at all.
        factors: (draws, days, cells) past errors of such a baseline, actual over forecast.
        promo: actual promo days.
        depth_pct: their depth, NaN where unknown.
    """

    dates: pd.DatetimeIndex
    window: int
    cells: tuple[Cell, ...]
    seen: BoolArray
    actual: Amounts
    baseline: Amounts
    known: BoolArray
    factors: FloatArray
    promo: BoolArray
    depth_pct: FloatArray

    def change(self, values: Literal["sales", "margin", "units"], where: BoolArray) -> FloatArray:
        """Return actual less baseline over chosen days and cells: the value, then every draw.

        Args:
            values: the measure.
            where: (days, cells); days without a row count as no change.

        Returns:
            (1 + draws,).
        """
        on = where & self.seen & self.known
        actual, baseline = getattr(self.actual, values), getattr(self.baseline, values)
        total = float(actual[on].sum())
        expected = np.where(on, baseline, 0.0)
        simulated = np.einsum("kdc,dc->k", self.factors, expected)
        return np.concatenate([[total - expected.sum()], total - simulated])


def counterfactual(
    actual: pd.DataFrame, forecaster: Forecaster, start: dt.date, end: dt.date, seed: int = 0
) -> Counterfactual:
    """Lay a campaign's days out beside the forecast of what they would have been.

    Args:
        actual: DAY TOTALS of the window and the days after it.
        forecaster: fitted on days before the campaign only.
        start: first day of the campaign.
        end: last day of the campaign.
        seed: of the error draws.

    Raises:
        ValueError: the forecaster knows the campaign, or there are no sales in the window.
    """
    inside = actual[actual["date"] >= pd.Timestamp(start)]
    if inside.empty or inside["date"].min() > pd.Timestamp(end):
        message = f"there are no sales from {start} to {end}: load the sales of the campaign first"
        raise ValueError(message)
    last = max(inside["date"].max().date(), end)
    dates = pd.date_range(start, last)
    cells = tuple(sorted({*forecaster.cells, *cells_of(inside)}))
    was = _aligned(inside, [*MEASURES, "promo", "depth_pct"], dates, cells)
    forecast = forecaster.baseline(start, last)
    expected = _aligned(forecast, MEASURES, dates, cells)
    seen = ~np.isnan(was["sales_value"])
    draws = forecaster.error_draws(start, last, DRAWS, seed)
    factors = np.ones((DRAWS, len(dates), len(cells)))
    factors[:, :, [cells.index(c) for c in draws.cells]] = draws.factors.transpose(0, 2, 1)
    return Counterfactual(
        dates=dates,
        window=(end - start).days + 1,
        cells=cells,
        seen=seen,
        actual=_amounts(was),
        baseline=_amounts(expected),
        known=np.nan_to_num(expected["sales_value"]).sum(axis=0) > 0,
        factors=factors,
        promo=was["promo"] == 1,
        depth_pct=was["depth_pct"],
    )


def estimate(change: FloatArray) -> Estimate:
    """Summarise a change (the value, then every draw) and judge it."""
    p5, p10, p90, p95 = (float(p) for p in np.percentile(change[1:], _LEVELS))
    value = float(change[0])
    # The value itself belongs to its interval, even where past errors were all on one side.
    low, high = min(p5, value), max(p95, value)
    verdict: Verdict = "worked" if low > 0 else "did_not" if high < 0 else "cannot_tell"
    return Estimate(
        value=value, p5=low, p10=min(p10, value), p90=max(p90, value), p95=high, verdict=verdict
    )


def _aligned(
    frame: pd.DataFrame, columns: Sequence[str], dates: pd.DatetimeIndex, cells: tuple[Cell, ...]
) -> dict[str, FloatArray]:
    """Lay columns out for the given cells: (days, cells), NaN where there is no row."""
    own, arrays = by_cell(frame, columns, dates)
    result = {name: np.full((len(dates), len(cells)), np.nan) for name in columns}
    for name, array in arrays.items():
        result[name][:, [cells.index(cell) for cell in own]] = array
    return result


def _amounts(values: dict[str, FloatArray]) -> Amounts:
    return Amounts(*(np.nan_to_num(values[name]) for name in MEASURES))
