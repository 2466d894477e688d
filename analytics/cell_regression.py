"""One cell's log units explained: weekday, trend, season, its market, its promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.calendar import fourier_terms, special_days
from analytics.panel import KINDS
from analytics.pull_forward import day_weights, missing_after, runs_ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analytics.panel import BoolArray, FloatArray, Panel

AFTER = "after"
MIN_DAYS = 56
MIN_SE = 0.005
_MIN_PEERS = 4
_HAC_LAGS = 14
_YEAR_DAYS = 365.25
_MAX_RHO = 0.9
_DEPENDENT = 1e-7
_ORDER_FROM_DAYS = ((540, 3), (330, 2), (180, 1))
_OWN_SPECIAL = ["holiday", "advent"]
_DIP_DECAY_DAYS = 7.0


@dataclass(frozen=True)
class Effect:
    """An effect on log units, its standard error, and the cell's days on which it was at work."""

    estimate: float
    se: float
    days: int


@dataclass(frozen=True)
class Regression:
    """Fitted effects of one cell.

    Attributes:
        effects: by name: the bands seen, 'unknown', 'after' and the names of the other effects.
        baseline: (days,) fitted log units without any of these effects.
    """

    effects: dict[str, Effect]
    baseline: FloatArray


@dataclass(frozen=True)
class Explained:
    """What all regressions on one panel share.

    Attributes:
        outcome: (days, cells) log units; NaN where no units were sold.
        common: (days, terms) level, trend, weekday and season.
        special: (days, terms) holidays, Black Friday, Christmas.
        own_special: (days, terms) those of them that differ between cells.
        market: (days, cells) mean residual of the cell's peers on their plain days; NaN for a cell
            with too few peers.
        dip: (days, cells) about how much of the usual dip a day has: it grows with length and depth
            of the promotion before and fades in a week; 1 on average over the days after.
        weight: (days,) weight of a day, 1 for the newest.
    """

    panel: Panel
    outcome: FloatArray
    common: FloatArray
    special: FloatArray
    own_special: FloatArray
    market: FloatArray
    dip: FloatArray
    weight: FloatArray


def explain(panel: Panel, country: str | None, half_life_days: float | None) -> Explained:
    """Prepare the regressions of all cells.

    The market of a cell is what its peers (the other cells of its channel, or of all channels when
    these are fewer than 4, on days they are neither promoted nor recovering from it) do beyond
    their own weekday, trend and season. It
    carries Black Friday, Christmas and the weather into the equation: a cell that is promoted in
    every Black Friday week could not tell the two apart by itself. Brodersen et al. 2015,
    "Inferring causal impact using Bayesian structural time-series models", use controls likewise.

    Args:
        panel: the history.
        country: for public holidays; None for none.
        half_life_days: a day that much older counts half; None weighs all alike.
    """
    outcome = np.log(panel.units, out=np.full_like(panel.units, np.nan), where=panel.units > 0)
    age = np.arange(len(panel.dates))[::-1]
    special = special_days(panel.dates, country)
    common = _common_terms(panel.dates)
    return Explained(
        panel=panel,
        outcome=outcome,
        common=common,
        special=special.to_numpy(),
        own_special=special[_OWN_SPECIAL].to_numpy(),
        market=_market(panel, outcome, common),
        dip=_usual_dip(panel),
        weight=np.ones(len(age)) if half_life_days is None else 0.5 ** (age / half_life_days),
    )


def regress(
    data: Explained, cell: int, others: Mapping[str, FloatArray] | None = None
) -> Regression | None:
    """Regress one cell's log units by weighted least squares.

    The market's coefficient has a prior of 1 (the cell moves with its peers) that counts as much
    as 100 days on which the market is 10 % off: where it hardly moves but once, in a week in which
    the cell is promoted, its small movements are noise and would make it look irrelevant.

    Standard errors are the larger of the heteroscedasticity and autocorrelation robust ones
    (Newey-West, 14 lags) and the classical ones inflated for first-order autocorrelation: with few
    campaigns the former alone are half of what they should be, because a band's own coefficient
    flattens the residuals that they are computed from.

    Args:
        data: the panel and its shared terms.
        cell: position of the cell.
        others: (days,) further effects by name, e.g. promotions of other cells.

    Returns:
        The fit, or None with fewer than 56 days of positive units.
    """
    from statsmodels.regression.linear_model import WLS  # noqa: PLC0415  slow to import

    usable = ~np.isnan(data.outcome[:, cell])
    if int(usable.sum()) < MIN_DAYS:
        return None
    market = np.nan_to_num(data.market[:, cell])
    context = np.column_stack([market, _context(data, cell)])
    actions = _actions(data, cell) | dict(others or {})
    design = np.column_stack([context, *actions.values()])
    # The prior of the market's coefficient, as one more observation of weight 1.
    seen = np.vstack([np.eye(1, design.shape[1]), design[usable]])
    kept = _independent(seen)
    fitted = WLS(
        np.append(0.0, (data.outcome[:, cell] - market)[usable]),
        seen[:, kept],
        weights=np.append(1.0, data.weight[usable]),
        hasconst=False,  # nothing used here depends on it, and looking for one takes long
    ).fit()
    robust = fitted.get_robustcov_results("HAC", maxlags=_HAC_LAGS, use_correction=True)
    errors = np.fmax(robust.bse, fitted.bse * _autocorrelation_inflation(fitted.wresid))
    names = np.array([""] * context.shape[1] + list(actions))[kept]
    effects = {
        str(name): Effect(estimate, max(error, MIN_SE), int((actions[name][usable] != 0).sum()))
        for name, estimate, error in zip(
            names, fitted.params.tolist(), errors.tolist(), strict=True
        )
        if name
    }
    plain = design[:, kept][:, names == ""] @ fitted.params[names == ""]
    return Regression(effects=effects, baseline=market + plain)


def _independent(design: FloatArray) -> BoolArray:
    """Return which columns are not combinations of the ones before them.

    A band in which the cell is promoted on every day it sells is one: it has no effect to tell.
    """
    left = np.abs(np.diag(np.linalg.qr(design, mode="r")))
    size = np.linalg.norm(design, axis=0)
    result = np.zeros(design.shape[1], dtype=bool)
    result[: len(left)] = left > _DEPENDENT * size[: len(left)]
    return result


def _autocorrelation_inflation(residual: FloatArray) -> float:
    """Return by how much AR(1) noise widens the error of a mean over adjacent days."""
    squares = float(residual @ residual)
    rho = float(residual[1:] @ residual[:-1]) / squares if squares > 0 else 0.0
    rho = min(max(rho, 0.0), _MAX_RHO)
    return float(np.sqrt((1 + rho) / (1 - rho)))


def _common_terms(dates: pd.DatetimeIndex) -> FloatArray:
    order = next((k for days, k in _ORDER_FROM_DAYS if len(dates) >= days), 0)
    weekday = dates.dayofweek.to_numpy()
    years = np.arange(1 - len(dates), 1) / _YEAR_DAYS
    weekdays = [weekday == k for k in range(1, 7)]
    season = fourier_terms(dates, order).to_numpy()
    return np.column_stack([np.ones(len(dates)), years, *weekdays, season]).astype(np.float64)


def _market(panel: Panel, outcome: FloatArray, common: FloatArray) -> FloatArray:
    """Return the mean residual of each cell's peers (leave-one-out): (days, cells)."""
    plain = panel.plain & ~np.isnan(outcome)
    enough = plain.sum(axis=0) >= MIN_DAYS
    residual = np.zeros_like(outcome)
    for known in np.flatnonzero(enough):
        on = plain[:, known]
        fit = np.linalg.lstsq(common[on], outcome[on, known], rcond=None)[0]
        residual[on, known] = outcome[on, known] - common[on] @ fit
    counted = plain & enough
    channels = np.array([cell.channel for cell in panel.cells])
    market = np.full_like(outcome, np.nan)
    for cell, channel in enumerate(channels):
        others = enough & (np.arange(len(channels)) != cell)
        peers = others & (channels == channel)
        if peers.sum() < _MIN_PEERS:
            peers = others
        if peers.sum() >= _MIN_PEERS:
            count = counted[:, peers].sum(axis=1)
            market[:, cell] = residual[:, peers].sum(axis=1) / np.maximum(count, 1)
    return market


def _context(data: Explained, cell: int) -> FloatArray:
    """Return what is at work without promotions, besides the market: (days, terms)."""
    alone = np.isnan(data.market[:, cell]).any()
    return np.column_stack([data.common, data.special if alone else data.own_special])


def _actions(data: Explained, cell: int) -> dict[str, FloatArray]:
    kind = data.panel.kind[:, cell]
    kinds = {name: (kind == k) * 1.0 for k, name in enumerate(KINDS)}
    return kinds | {AFTER: data.dip[:, cell]}


def _usual_dip(panel: Panel) -> FloatArray:
    """Return the shape of the dips before any uplift is known: as if uplifts went with depth."""
    known = panel.promo & ~np.isnan(panel.depth_pct)
    count = known.sum(axis=0)
    mean = np.where(known, panel.depth_pct, 0.0).sum(axis=0) / np.maximum(count, 1)
    usual = np.where(count > 0, mean, 1.0)
    extra = np.where(known, panel.depth_pct, usual) * panel.promo
    shape = missing_after(panel.promo, runs_ended(panel.promo, extra), day_weights(_DIP_DECAY_DAYS))
    on = panel.after & ~np.isnan(panel.sales)
    total = np.where(on, shape, 0.0).sum(axis=0)
    typical = total / np.maximum(on.sum(axis=0), 1)
    return np.asarray(shape / np.where(typical > 0, typical, 1.0))
