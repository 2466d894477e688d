"""What a campaign's days would have been without it: baseline, its errors, and the gap to actual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from analytics.frames import MEASURES, by_cell, cells_of
from analytics.panel import DIP_DAYS, days_after
from analytics.types import Cell, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.forecast import Forecaster
    from analytics.panel import BoolArray, FloatArray, Panel
    from analytics.types import Scenario

Verdict = Literal["worked", "did_not", "cannot_tell"]

DRAWS = 1000
_LEVELS = (5, 10, 90, 95)
_VERDICT_LEVELS = (1, 99)
_MIN_PEERS = 4
_MARKET_RANGE = (0.2, 5.0)


class Estimate(Record):
    """A measured change with what the noise of the baseline leaves open.

    It is the change of these very days: what they sold less what the same days, with their own
    luck, would have sold; the interval holds the error of the baseline.

    Attributes:
        value: actual less baseline.
        p5, p10, p90, p95: percentiles; p5 to p95 is the 90 % interval.
        verdict: 'worked' when the 98 % interval lies above 0, laid around the past errors' mean
            or around the value, 'did_not' when below, else 'cannot_tell'. It asks for more than the 90 % interval, which lies beside 0 after one
            in ten of the campaigns that did nothing.
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
        runs: days of the window on which the campaign promotes the cell.
        seen: whether the cell has a row on the day.
        actual, baseline: day totals, 0 where there is no row.
        known: (cells,) whether the cell has a baseline at all.
        factors: (draws, days, cells) past errors of such a baseline, actual over forecast.
        widening: by what the errors are stretched, see `_widening`.
        market: (days, cells) what the channel's other cells sold over their baseline; the baseline
            and the factors are free of it.
        promo: actual promo days.
        depth_pct: their depth, NaN where unknown.
        free: days with a row on which a cell that is not in the campaign is neither promoted
            otherwise nor within 14 days of a promotion.
    """

    dates: pd.DatetimeIndex
    window: int
    cells: tuple[Cell, ...]
    runs: BoolArray
    seen: BoolArray
    actual: Amounts
    baseline: Amounts
    known: BoolArray
    factors: FloatArray
    widening: float
    market: FloatArray
    promo: BoolArray
    depth_pct: FloatArray
    free: BoolArray

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
        middle = simulated.mean()
        wider = middle + self.widening * (simulated - middle)
        return np.concatenate([[total - expected.sum()], total - wider])


def counterfactual(
    actual: pd.DataFrame, forecaster: Forecaster, scenario: Scenario, seed: int = 0
) -> Counterfactual:
    """Lay a campaign's days out beside what they would have been.

    The baseline is the forecast made before the campaign, moved day by day by what the market did:
    the median ratio of actual to forecast over the channel's cells that are `free`. A forecast that misses a holiday misses it in all cells; left
    in, it would pass for an effect of the campaign and for cannibalization everywhere. Past errors
    are cleaned in the same way, so the intervals are those of the moved baseline. A channel with
    fewer than 4 such cells uses those of all channels, and with fewer still the forecast as it is.

    Args:
        actual: DAY TOTALS of the window and the days after it.
        forecaster: fitted on days before the campaign only.
        scenario: the campaign.
        seed: of the error draws.

    Raises:
        ValueError: the forecaster knows the campaign, or there are no sales in the window.
    """
    start, end = scenario.date_range_start, scenario.date_range_end
    inside = actual[actual["date"] >= pd.Timestamp(start)]
    if inside.empty or inside["date"].min() > pd.Timestamp(end):
        message = f"there are no sales from {start} to {end}: load the sales of the campaign first"
        raise ValueError(message)
    last = max(inside["date"].max().date(), end)
    dates = pd.date_range(start, last)
    cells = tuple(sorted({*forecaster.cells, *cells_of(inside)}))
    was = _aligned(inside, [*MEASURES, "promo", "depth_pct"], dates, cells)
    expected = _aligned(forecaster.baseline(start, last), MEASURES, dates, cells)
    draws = forecaster.error_draws(start, last, DRAWS, seed, keep_mean=True)
    factors = np.ones((DRAWS, len(dates), len(cells)))
    factors[:, :, [cells.index(cell) for cell in draws.cells]] = draws.factors.transpose(0, 2, 1)
    seen, promo = ~np.isnan(was["sales_value"]), was["promo"] == 1
    chosen = {mechanic.cell for mechanic in scenario.mechanics}
    free = np.array([cell not in chosen for cell in cells]) & seen & ~promo
    free &= ~_recovering(promo, forecaster.history, cells)
    free &= np.nan_to_num(expected["sales_value"]) > 0
    ratio = np.divide(
        was["sales_value"],
        expected["sales_value"],
        out=np.full(free.shape, np.nan),
        where=free,
    )
    market = _market(ratio[None], free, cells)[0]
    return Counterfactual(
        dates=dates,
        window=(end - start).days + 1,
        cells=cells,
        runs=_runs(scenario, dates, cells),
        seen=seen,
        actual=_amounts(was),
        baseline=_amounts({name: values * market for name, values in expected.items()}),
        known=np.nan_to_num(expected["sales_value"]).sum(axis=0) > 0,
        factors=factors / _market(factors, free, cells),
        widening=_widening(len(forecaster.errors.cutoffs)),
        market=market,
        promo=promo,
        depth_pct=was["depth_pct"],
        free=free,
    )


def _runs(scenario: Scenario, dates: pd.DatetimeIndex, cells: tuple[Cell, ...]) -> BoolArray:
    runs = np.zeros((len(dates), len(cells)), dtype=bool)
    for mechanic in scenario.mechanics:
        if mechanic.cell in cells:
            first, last = (pd.Timestamp(day) for day in scenario.run_of(mechanic))
            runs[:, cells.index(mechanic.cell)] = (dates >= first) & (dates <= last)
    return runs


def _widening(origins: int) -> float:
    """Return by what the spread of a few past errors is stretched to hold 90 % of new ones.

    The draws repeat the errors of a handful of origins. A new error lies around their mean, which
    is itself uncertain, with Student's tails: prediction interval of a normal sample (Geisser 1993).
    """
    freedom = max(origins - 1, 1)
    return float(stdtrit(freedom, 0.95) / ndtri(0.95) * np.sqrt(1 + 1 / max(origins, 1)))


def _recovering(promo: BoolArray, history: Panel, cells: tuple[Cell, ...]) -> BoolArray:
    """Return which days come within 14 days of a promo day, also of the history: (days, cells)."""
    past = np.zeros((DIP_DAYS, len(cells)), dtype=bool)
    known = history.last(DIP_DAYS).promo
    past[-len(known) :, [cells.index(cell) for cell in history.cells]] = known
    return days_after(np.vstack([past, promo]))[DIP_DAYS:]


def _market(ratios: FloatArray, free: BoolArray, cells: Sequence[Cell]) -> FloatArray:
    """Return the median ratio of the free cells of each cell's channel: (draws, days, cells).

    Args:
        ratios: (draws, days, cells) actual over forecast.
        free: (days, cells) which of them to learn the market from.
        cells: the cells.
    """
    result = np.ones(ratios.shape)
    channels = np.array([cell.channel for cell in cells])
    for channel in np.unique(channels):
        for day in range(len(free)):
            peers = free[day] & (channels == channel)
            if peers.sum() < _MIN_PEERS:
                peers = free[day]
            if peers.sum() >= _MIN_PEERS:
                middle = np.median(ratios[:, day, peers], axis=1)
                result[:, day, channels == channel] = np.clip(middle, *_MARKET_RANGE)[:, None]
    return result


def estimate(change: FloatArray) -> Estimate:
    """Summarise a change (the value, then every draw) and judge it."""
    p5, p10, p90, p95 = (float(p) for p in np.percentile(change[1:], _LEVELS))
    value = float(change[0])
    # The value itself belongs to its interval, even where past errors were all on one side.
    low, high = min(p5, value), max(p95, value)
    least, most = (float(p) for p in np.percentile(change[1:], _VERDICT_LEVELS))
    verdict: Verdict = "cannot_tell"
    # Past errors may all lean to one side: the change itself has to stand out of their width too.
    half = (most - least) / 2
    if min(least, low, value - half) > 0:
        verdict = "worked"
    elif max(most, high, value + half) < 0:
        verdict = "did_not"
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
