"""One cell's log day totals explained: weekday, trend, season, its market, its promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.calendar import fourier_terms, special_days
from analytics.panel import UNKNOWN
from analytics.types import BANDS

if TYPE_CHECKING:
    import numpy.typing as npt

    from analytics.panel import Panel
    from analytics.types import Cell

    FloatArray = npt.NDArray[np.float64]

AFTER = "after"
MIN_DAYS = 56
MIN_SE = 0.005
_MIN_PEERS = 4
_HAC_LAGS = 7
_YEAR_DAYS = 365.25
_ORDER_FROM_DAYS = ((540, 3), (330, 2), (180, 1))


@dataclass(frozen=True)
class Regression:
    """Fitted effects of one cell.

    Attributes:
        effects: index: the bands seen, 'unknown', 'after' and the columns of `others`; columns
            `estimate` (log), `se`, `days` (days of the cell on which it was at work).
        baseline: fitted log day total without any of these effects, every date of the panel.
    """

    effects: pd.DataFrame
    baseline: pd.Series[float]


@dataclass(frozen=True)
class Explained:
    """What all regressions on one panel share.

    Attributes:
        outcome: (dates x cells) log units; NaN where no units were sold.
        common: (dates x terms) weekday, trend and season.
        special: (dates x terms) holidays, Black Friday, Christmas.
        market: (dates x cells) mean residual of the cell's peers on their plain days; a column is
            NaN where a cell has too few peers.
        weight: (dates,) weight of a day, 1 for the newest.
    """

    panel: Panel
    outcome: pd.DataFrame
    common: pd.DataFrame
    special: pd.DataFrame
    market: pd.DataFrame
    weight: pd.Series[float]


def explain(panel: Panel, country: str | None, half_life_days: float | None) -> Explained:
    """Prepare the regressions of all cells.

    The market of a cell is what its peers (the other cells of its channel, on days they are
    neither promoted nor recovering from it) do beyond their own weekday, trend and season. It
    carries Black Friday, Christmas and weather into the equation: a cell that is promoted in every
    Black Friday week could not tell the two apart by itself (Brodersen et al. 2015, "Inferring
    causal impact using Bayesian structural time-series models", use controls likewise).

    Args:
        panel: the history.
        country: for public holidays.
        half_life_days: a day that much older counts half; None weighs all alike.
    """
    dates = panel.dates
    outcome = np.log(panel.units.where(panel.units > 0))
    age = (dates[-1] - dates).days.to_numpy(dtype=np.float64)
    weight = np.ones(len(dates)) if half_life_days is None else 0.5 ** (age / half_life_days)
    common = _common_terms(dates)
    return Explained(
        panel=panel,
        outcome=outcome,
        common=common,
        special=special_days(dates, country),
        market=_market(outcome.where(panel.plain), common),
        weight=pd.Series(weight, index=dates),
    )


def regress(data: Explained, cell: Cell, others: pd.DataFrame | None = None) -> Regression | None:
    """Regress one cell's log day totals by weighted least squares.

    Standard errors are the larger of the heteroscedasticity and autocorrelation robust ones
    (Newey-West, 7 lags) and the classical ones inflated for first-order autocorrelation: with few
    campaigns the former are far too small, because a band's own coefficient flattens the residuals
    that they are computed from.

    Args:
        data: the panel and its shared terms.
        cell: whose day totals.
        others: (dates x sources) further effects, e.g. promotions of other cells.

    Returns:
        The fit, or None with fewer than 56 days with positive totals.
    """
    from statsmodels.regression.linear_model import WLS  # noqa: PLC0415  slow to import

    usable = data.outcome[cell].notna()
    if int(usable.sum()) < MIN_DAYS:
        return None
    context = _context(data, cell)
    actions = _actions(data.panel, cell, others)
    actions = actions.loc[:, (actions[usable] != 0).any()]
    context = context.loc[:, (context[usable] != 0).any()]
    design = pd.concat([context, actions], axis=1)
    fitted = WLS(data.outcome[cell][usable], design[usable], weights=data.weight[usable]).fit()
    robust = fitted.get_robustcov_results("HAC", maxlags=_HAC_LAGS, use_correction=True)
    noise = np.asarray(fitted.wresid)
    classical = np.asarray(fitted.bse) * _autocorrelation_inflation(noise)
    errors = pd.Series(np.fmax(np.asarray(robust.bse), classical), index=design.columns)
    effects = pd.DataFrame(
        {
            "estimate": fitted.params[actions.columns],
            "se": errors[actions.columns].clip(lower=MIN_SE),
            "days": (actions[usable] != 0).sum(),
        }
    )
    baseline = context @ fitted.params[context.columns]
    return Regression(effects=effects, baseline=baseline)


def _autocorrelation_inflation(residual: FloatArray) -> float:
    """Return by how much AR(1) noise widens the error of a mean over many adjacent days."""
    squares = float(residual @ residual)
    rho = float(residual[1:] @ residual[:-1]) / squares if squares > 0 else 0.0
    rho = min(max(rho, 0.0), 0.9)
    return float(np.sqrt((1 + rho) / (1 - rho)))


def _common_terms(dates: pd.DatetimeIndex) -> pd.DataFrame:
    span = len(dates)
    order = next((k for days, k in _ORDER_FROM_DAYS if span >= days), 0)
    weekdays = {f"weekday_{k}": (dates.dayofweek == k) * 1.0 for k in range(1, 7)}
    years = (dates - dates[-1]).days.to_numpy() / _YEAR_DAYS
    terms = pd.DataFrame({"level": 1.0, "trend": years, **weekdays}, index=dates)
    return terms.join(fourier_terms(dates, order))


def _market(plain: pd.DataFrame, common: pd.DataFrame) -> pd.DataFrame:
    """Return the mean residual of each cell's peers (leave-one-out), dates x cells."""
    residual = pd.DataFrame(np.nan, index=plain.index, columns=plain.columns)
    for cell in plain.columns:
        seen = plain[cell].notna().to_numpy()
        if seen.sum() >= MIN_DAYS:
            x, y = common[seen].to_numpy(), plain[cell][seen].to_numpy()
            residual.loc[seen, cell] = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    channels = plain.columns.get_level_values(0)
    market = pd.DataFrame(np.nan, index=plain.index, columns=plain.columns)
    for channel in channels.unique():
        group = residual.loc[:, channels == channel].dropna(axis=1, how="all")
        for cell in plain.columns[channels == channel]:
            peers = group.drop(columns=[cell], errors="ignore")
            if peers.shape[1] >= _MIN_PEERS:
                market[cell] = peers.mean(axis=1).fillna(0.0)
    return market


def _context(data: Explained, cell: Cell) -> pd.DataFrame:
    """Return the terms that would be at work without any promotion."""
    market = data.market[cell]
    if bool(market.isna().any()):
        return data.common.join(data.special)
    # The market already carries Black Friday; own holiday terms stay as far as they are common.
    own = data.special[["holiday", "advent"]]
    return data.common.join(own).join(market.rename("market"))


def _actions(panel: Panel, cell: Cell, others: pd.DataFrame | None) -> pd.DataFrame:
    bands = panel.bands(cell)
    own = {name: (bands == name) * 1.0 for name in (*BANDS, UNKNOWN)}
    frame = pd.DataFrame({**own, AFTER: panel.after[cell] * 1.0})
    return frame if others is None else pd.concat([frame, others], axis=1)
