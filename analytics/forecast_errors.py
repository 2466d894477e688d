"""How far forecasts were off in the past, and those errors replayed on a new forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.baseline import fit_baseline
from analytics.promo_response import promo_factor

if TYPE_CHECKING:
    from analytics.panel import BoolArray, FloatArray, Panel
    from analytics.types import Cell

_HORIZON = 28
_FULL_FROM_DAYS = 112
_MOST_ORIGINS = 13
_REFIT_EVERY = 5
_LARGEST_RATIO = 10.0


@dataclass(frozen=True)
class ErrorDraws:
    """Past errors as factors on a forecast.

    Attributes:
        cells: the cells of the second axis.
        factors: (draws, cells, days) actual over forecast.
    """

    cells: list[Cell]
    factors: FloatArray


@dataclass(frozen=True)
class PastErrors:
    """Result of the rolling-origin backtest.

    Attributes:
        actual, forecast: (origins, horizon, cells); NaN where there was nothing to compare.
        cutoffs: last day known to each origin's forecast.
    """

    cells: tuple[Cell, ...]
    cutoffs: pd.DatetimeIndex
    actual: FloatArray
    forecast: FloatArray

    @property
    def wape(self) -> float:
        """Sum of absolute errors over sum of sales, cells and days together, 0-1."""
        total = float(np.nansum(np.abs(self.actual)))
        return float(np.nansum(np.abs(self.actual - self.forecast))) / total if total else 0.0

    def frame(self) -> pd.DataFrame:
        """Return the comparison as a tidy frame: cutoff, channel, department, date, ..."""
        origin, step, cell = np.nonzero(~np.isnan(self.actual))
        channels, departments = (np.array(names) for names in zip(*self.cells, strict=True))
        return pd.DataFrame(
            {
                "cutoff": self.cutoffs[origin],
                "channel": channels[cell],
                "department": departments[cell],
                "date": self.cutoffs[origin] + pd.to_timedelta(step + 1, unit="D"),
                "actual": self.actual[origin, step, cell],
                "forecast": self.forecast[origin, step, cell],
            }
        )

    def draws(self, length: int, count: int, seed: int) -> ErrorDraws:
        """Resample whole blocks of errors.

        A block is `length` consecutive days of one origin, all cells together: cells that erred
        together, and days that erred alike, do so in the draw. A window longer than the backtest's
        horizon repeats the block, so that errors of the far days do not average out.

        Args:
            length: days of the window.
            count: number of draws.
            seed: of the choice of blocks.
        """
        ratios = self._ratios()
        rng = np.random.default_rng(seed)
        horizon = ratios.shape[1]
        origin = rng.integers(len(ratios), size=count)
        offset = rng.integers(max(horizon - length, 0) + 1, size=count)
        step = (offset[:, None] + np.arange(length)) % horizon
        factors = ratios[origin[:, None], step].transpose(0, 2, 1)
        return ErrorDraws(cells=list(self.cells), factors=factors)

    def _ratios(self) -> FloatArray:
        """Return actual over forecast without gaps: (origins, horizon, cells).

        A day without a comparison takes the mean of the cell in that origin, else of all origins;
        a cell that the backtest does not cover takes the errors of the one that errs most.
        """
        defined = ~np.isnan(self.actual) & (self.forecast > 0)
        raw = np.divide(self.actual, self.forecast, out=np.ones_like(self.actual), where=defined)
        raw = raw.clip(0.0, _LARGEST_RATIO)
        count = defined.sum(axis=1, keepdims=True)
        mean = np.where(defined, raw, 0.0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
        overall = (mean * count).sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        filled = np.where(defined, raw, np.where(count > 0, mean, overall))
        covered = defined.any(axis=(0, 1))
        if not covered.any():
            return np.ones_like(raw)
        spread = np.where(covered, np.abs(filled - 1).mean(axis=(0, 1)), -1.0)
        filled[:, :, ~covered] = filled[:, :, [int(spread.argmax())]]
        return filled


def backtest(days: Panel, country: str | None, seed: int) -> PastErrors:
    """Forecast the past from up to 13 origins, 28 days each, with the promotions that were run.

    An origin's forecast knows nothing after its cutoff but which promotions came. The model is
    refitted at every fifth origin; between, the older one continues the longer history, which makes
    its errors larger if anything. Histories of fewer than 112 days have shorter horizons.
    """
    horizon = _HORIZON if len(days.dates) >= _FULL_FROM_DAYS else max(len(days.dates) // 4, 1)
    lengths = _origins(np.asarray((~np.isnan(days.sales)).any(axis=1)), horizon)
    actual, forecast = [], []
    for group in (lengths[k : k + _REFIT_EVERY] for k in range(0, len(lengths), _REFIT_EVERY)):
        known = [days.first(length) for length in group]
        came = [days.first(length + horizon).last(horizon) for length in group]
        baseline = fit_baseline(known[0], country, seed)
        sales = baseline.sales(known, horizon, [ahead.promo for ahead in came])
        for before, ahead, plain in zip(known, came, sales, strict=True):
            depth = np.nan_to_num(ahead.depth_pct)
            forecast.append(plain * promo_factor(baseline.response, depth, ahead.promo_share))
            # A promotion of unknown depth cannot be forecast, so it is no test of the forecast.
            unknown = ahead.promo & np.isnan(ahead.depth_pct)
            judged = ~unknown & (before.sales > 0).any(axis=0)
            actual.append(np.where(judged, ahead.sales, np.nan))
    return PastErrors(
        cells=days.cells,
        cutoffs=days.dates[np.array(lengths) - 1],
        actual=np.array(actual),
        forecast=np.where(np.isnan(actual), np.nan, forecast),
    )


def _origins(sold: BoolArray, horizon: int) -> list[int]:
    """Return how many days each origin knows, oldest first: at least half of all.

    An origin within a gap of the data is left out: no forecast would have been made there.
    """
    total = len(sold)
    lengths = [total - horizon * (k + 1) for k in range(_MOST_ORIGINS)]
    known = [length for length in lengths if length >= max(total // 2, 1)][::-1]
    return [length for length in known if sold[max(length - 7, 0) : length].any()] or known[-1:]
