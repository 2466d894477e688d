"""How far forecasts were off in the past, and those errors replayed on a new forecast."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from analytics.panel import FloatArray
    from analytics.types import Cell

_WEEK = 7
_LARGEST_RATIO = 10.0
_REPEATED_DAYS = 28
_SHIFTED_WEEKS = 4
_HELD_SHARE = 0.8
_WIDEST = 2.5
_UNTOLD = 1.5
_FEWEST_BLOCKS = 1.5
_LEAST = 1e-6


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
        cutoffs: last day known to each origin's forecast, oldest first.
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

    def draws(  # noqa: PLR0913  each has a name and a default
        self,
        length: int,
        count: int,
        seed: int,
        lead: int = 0,
        stretch: float = 1.0,
        *,
        keep_mean: bool = False,
    ) -> ErrorDraws:
        """Resample whole blocks of errors.

        A block is consecutive days of one origin, all cells together: cells that erred together,
        and days that erred alike, do so in the draw. A day takes errors of forecasts made about as
        long before (two weeks more or less, or up to four more where there are no fewer; the weekday
        kept). A window beyond the backtest's
        horizon repeats the last four weeks of the block, so that errors of the far days do not
        average out. A factor's mean over the draws is about 1: a cell's mean error of the past is
        not taken to go on, unless asked for. The errors are widened by `width`.

        Args:
            length: days of the window.
            count: number of draws.
            seed: of the choice of blocks.
            lead: days between the last one known and the window.
            stretch: widens all errors further, 1 or more.
            keep_mean: whether a cell's mean error of the past goes on.
        """
        errors = (
            stretch * self.width * _with_level(self._errors, self._level_width(len(self.cutoffs)))
        )
        rng = np.random.default_rng(seed)
        horizon = errors.shape[1]
        origin = rng.integers(len(errors), size=count)
        weeks = _SHIFTED_WEEKS if horizon >= (_SHIFTED_WEEKS + 1) * _WEEK else 0
        earliest = -min(weeks // 2, lead // _WEEK)
        shift = _WEEK * rng.integers(earliest, earliest + weeks + 1, size=count)
        step = lead + np.arange(length) + shift[:, None]
        drawn = errors[origin[:, None], _folded(step, horizon)].transpose(0, 2, 1)
        if keep_mean:
            drawn += (self._ratios.mean(axis=(0, 1)) - 1)[:, None]
        return ErrorDraws(cells=list(self.cells), factors=np.maximum(1 + drawn, 0.0))

    @cached_property
    def width(self) -> float:
        """By how much errors are widened, at least 1, so that P10-P90 holds four days in five.

        Conformal over the origins: the score of a day is its error over the P10 or P90 of the
        origins with whose days it shares none (of all others, where the history is too short for
        that); the width is the 80 % quantile of the scores. A time that errs more than the one
        before it widens it. Vovk, Gammerman and Shafer 2005, "Algorithmic learning in a random
        world"; the scores are those of conformalized quantiles (Romano et al. 2019), as ratios.
        """
        judged = ~np.isnan(self.actual) & (self.forecast > 0)
        apart = np.abs(np.subtract.outer(self._days, self._days)) >= self.actual.shape[1]
        raw = self._ratios - 1
        scores = [np.zeros(0)]
        for origin, others in enumerate(apart):
            known = others if others.any() else np.arange(len(raw)) != origin
            if known.any():
                centre = raw[known].mean(axis=(0, 1))
                past = _with_level(raw[known] - centre, self._level_width(int(known.sum())))
                low, high = np.quantile(past, [0.1, 0.9], axis=(0, 1))
                own = raw[origin] - centre
                score = np.where(
                    own > 0, own / np.maximum(high, _LEAST), own / np.minimum(low, -_LEAST)
                )
                scores.append(score[judged[origin]])
        pooled = np.concatenate(scores)
        return (
            float(np.clip(np.quantile(pooled, _HELD_SHARE), 1.0, _WIDEST))
            if len(pooled)
            else _UNTOLD
        )

    def _level_width(self, origins: int) -> float:
        """Return the widening of whole blocks for how few of them do not overlap.

        Student's quantile for a new draw around the mean of so many, over the normal one.
        """
        days = self._days[1] - self._days[0] if len(self._days) > 1 else 0.0
        apart = min(days / self.actual.shape[1], 1.0)
        blocks = max(1 + apart * (origins - 1), _FEWEST_BLOCKS)
        quantile = float(stats.t.ppf(0.9, blocks - 1) / stats.norm.ppf(0.9))
        return min(quantile * float(np.sqrt(1 + 1 / blocks)), _WIDEST)

    @cached_property
    def _errors(self) -> FloatArray:
        """Actual over forecast less the cell's mean: (origins, horizon, cells)."""
        result: FloatArray = self._ratios - self._ratios.mean(axis=(0, 1))
        return result

    @property
    def _days(self) -> FloatArray:
        return (self.cutoffs - self.cutoffs[0]).days.to_numpy(dtype=np.float64)

    @cached_property
    def _ratios(self) -> FloatArray:
        """Actual over forecast without gaps: (origins, horizon, cells).

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


def _with_level(errors: FloatArray, width: float) -> FloatArray:
    """Widen what the days of a block and cell have in common, and not what is the day's own."""
    level = errors.mean(axis=1, keepdims=True)
    result: FloatArray = errors + (width - 1) * level
    return result


def _folded(step: np.typing.NDArray[np.int64], horizon: int) -> np.typing.NDArray[np.int64]:
    """Bring steps into a backtest's horizon: those beyond repeat its last whole weeks."""
    tail = min(_REPEATED_DAYS, horizon)
    beyond = horizon - tail + (step - (horizon - tail)) % tail
    return np.where(step < horizon, step, beyond)
