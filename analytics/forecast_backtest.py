"""The forecast made again from days of the past, with what came after beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.baseline import fit_baseline
from analytics.forecast_errors import PastErrors
from analytics.promo_response import promo_depth, promo_factor

if TYPE_CHECKING:
    from analytics.panel import BoolArray, Panel

_HORIZONS = ((168, 56), (112, 28))
_MOST_ORIGINS = 13
_STRIDES = (7, 14, 21, 28)
_FITS = 2
_LEAST_DAYS = 56
_YEAR_DAYS = 365


def backtest(days: Panel, country: str | None, seed: int) -> PastErrors:
    """Forecast the past from up to 13 origins, 56 days each, with the promotions that were run.

    An origin's forecast knows nothing after its cutoff but which promotions came. The model is
    fitted at two of the origins; between, the older one continues the longer history, which makes
    its errors larger if anything. Histories of fewer than 168 days have shorter horizons. Origins
    are 7 to 28 days apart, as the history allows, and know a third of it or 8 weeks, but a year
    where the history has one and 20 weeks more: what a forecast missed before it had seen a season
    says nothing of one that has.
    """
    total = len(days.dates)
    horizon = next((k for least, k in _HORIZONS if total >= least), max(total // 4, 1))
    lengths = _origins(np.asarray((~np.isnan(days.sales)).any(axis=1)), horizon)
    actual, forecast = [], []
    size = -(-len(lengths) // _FITS)
    for group in (lengths[k : k + size] for k in range(0, len(lengths), size)):
        known = [days.first(length) for length in group]
        came = [days.first(length + horizon).last(horizon) for length in group]
        baseline = fit_baseline(known[0], country, seed)
        sales = baseline.sales(known, horizon, [promo_depth(ahead) for ahead in came])
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
    """Return how many days each origin knows, oldest first.

    An origin within a gap of the data is left out: no forecast would have been made there.
    """
    total = len(sold)
    latest = total - horizon
    least = max(total // 3, min(_LEAST_DAYS, total // 2), 1)
    if latest - _STRIDES[0] * (_MOST_ORIGINS - 1) >= _YEAR_DAYS:
        least = max(least, _YEAR_DAYS)
    stride = max(
        (s for s in _STRIDES if s * (_MOST_ORIGINS - 1) <= latest - least), default=_STRIDES[0]
    )
    known = [n for n in (latest - stride * k for k in range(_MOST_ORIGINS)) if n >= least][::-1]
    known = known or [latest]
    return [n for n in known if sold[max(n - 7, 0) : n].any()] or known[-1:]
