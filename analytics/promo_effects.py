"""What promotions do to log units of a cell: on their days, in the days after, by depth band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.cell_regression import AFTER, Effect, regress
from analytics.frames import CELL
from analytics.panel import DIP_DAYS, KINDS, UNKNOWN
from analytics.pull_forward import DECAYS, day_weights, missing_after, runs_ended
from analytics.shrinkage import shrink
from analytics.types import BANDS, Band

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.cell_regression import Explained, Regression
    from analytics.panel import FloatArray

BAND_MIDDLE: dict[Band, float] = dict(zip(BANDS, (5.0, 15.0, 25.0, 35.0, 45.0), strict=True))
"""Depth, per cent, that a band stands for when no promotion of it was ever seen."""

_BAND = [*CELL, "band"]
_SLOPE_PRIOR_SD = 2.5
_UNKNOWN_PRIOR_SD = 0.5
_BAND_LEAST_SD = 0.05
_LEAST_UPLIFT = 0.05
_USUAL_LOAD_DAYS = 3.0
_USUAL_DECAY_DAYS = 7.0
_LEAST_NOISE = 1e-6
_DIP_PRIOR_SD = 0.2
_DIP_LEAST_SD = 0.03


@dataclass(frozen=True)
class PromoEffects:
    """Effects, each drawn towards its peers; `estimate` and `se` are on log units but for the dips.

    Attributes:
        bands: one row per cell and band: `channel, department, band, estimate, se, days` (promo
            days of the cell in the band), `depth_pct` (their mean, else the pool's, else the
            band's middle), `pooled` (no such day).
        dips: one row per cell: `channel, department, estimate, se`, share of the baseline on
            the mean day of the 14 after a promotion that brought `load_days` days of baseline in addition, and `share`, which part
            of these was missing (negative when more was sold).
        decay_days: in which the dips fall to a third; None when they do not.
        unknown: one row per cell: the same for a promo day of unknown depth.
    """

    bands: pd.DataFrame
    dips: pd.DataFrame
    decay_days: float | None
    unknown: pd.DataFrame


def promo_effects(data: Explained) -> PromoEffects:
    """Regress every cell and shrink its effects towards its peers.

    A cell with fewer than 56 days has no regression of its own: all it gets is from its peers.
    """
    effects, decay_days = _observed(data)
    cells = pd.DataFrame(data.panel.cells, columns=CELL)
    levels = (["channel"], ["department"], CELL)
    unknown = effects[effects["band"] == UNKNOWN]
    return PromoEffects(
        bands=_bands(effects[effects["band"].isin(BANDS)], cells),
        dips=_dips(effects[effects["band"] == AFTER], cells),
        decay_days=decay_days,
        unknown=cells.join(shrink(unknown, cells, levels, _UNKNOWN_PRIOR_SD)),
    )


def _observed(data: Explained) -> tuple[pd.DataFrame, float | None]:
    """List each cell's fitted effects, and tell how fast the dips fade.

    Columns: channel, department, band, estimate, se, days, depth_pct, load_days. The estimate of
    'after' is per unit of load: the share of a promotion's additional units that is missing later
    (negative).
    """
    days = data.panel
    fits = {k: fit for k in range(len(days.cells)) if (fit := regress(data, k)) is not None}
    base = _baselines(data, fits)
    extra = _extra(data, fits)
    ended = runs_ended(days.promo, extra * base)
    decay_days = _decay_days(data, fits, ended, base)
    missing = missing_after(days.promo, ended, day_weights(decay_days)) / base
    loads = runs_ended(days.promo, extra)
    rows = []
    for k, fit in fits.items():
        for name, effect in fit.effects.items():
            depth, load, one = np.nan, np.nan, effect
            if name in BANDS:
                on = days.kind[:, k] == KINDS.index(name)
                depth = float(days.depth_pct[on, k].mean())
            elif name == AFTER:
                load = float(loads[loads[:, k] > 0, k].mean())
                slope = _slope(*_after_days(data, fit, k, missing))
                one = Effect(slope, effect.se * DIP_DAYS / load, effect.days)
            rows.append((*days.cells[k], name, one.estimate, one.se, one.days, depth, load))
    columns = [*_BAND, "estimate", "se", "days", "depth_pct", "load_days"]
    frame = pd.DataFrame(rows, columns=columns)
    numbers = dict.fromkeys(["estimate", "se", "depth_pct", "load_days"], float)
    return frame.astype(numbers), decay_days


def _baselines(data: Explained, fits: Mapping[int, Regression]) -> FloatArray:
    """Return the units of each day without promotions, 1 for a cell without a fit: (days, cells).

    Days before a cell's first sale stay within what its other days have: a trend run back over
    years ends at nothing.
    """
    base = np.ones(data.outcome.shape)
    for k, fit in fits.items():
        seen = fit.baseline[~np.isnan(data.outcome[:, k])]
        base[:, k] = np.exp(np.clip(fit.baseline, seen.min(), seen.max()))
    return base


def _extra(data: Explained, fits: Mapping[int, Regression]) -> FloatArray:
    """Return what each promo day brought in addition, in days of baseline: (days, cells).

    A kind of promo day without an effect counts little.
    """
    days = data.panel
    uplift = np.full((len(KINDS), len(days.cells)), _LEAST_UPLIFT)
    for k, fit in fits.items():
        for name, effect in fit.effects.items():
            if name in KINDS:
                uplift[KINDS.index(name), k] = max(np.expm1(effect.estimate), _LEAST_UPLIFT)
    kind = np.maximum(days.kind, 0)
    return np.where(days.promo, np.take_along_axis(uplift, kind, axis=0), 0.0)


def _decay_days(
    data: Explained, fits: Mapping[int, Regression], ended: FloatArray, base: FloatArray
) -> float | None:
    """Return the decay, one for all cells, with which the dips explain most of what is left.

    Args:
        data: the panel.
        fits: by cell.
        ended: (days, cells) units that each promotion brought, on its last day.
        base: (days, cells) units of the baseline.
    """
    dipping = {k: fit for k, fit in fits.items() if AFTER in fit.effects}
    explained = []
    for decay_days in DECAYS:
        missing = missing_after(data.panel.promo, ended, day_weights(decay_days)) / base
        gains = []
        for k, fit in dipping.items():
            load, left, weight = _after_days(data, fit, k, missing)
            slope = min(_slope(load, left, weight), 0.0)
            noise = max(float(np.average((left - slope * load) ** 2, weights=weight)), _LEAST_NOISE)
            gains.append(slope**2 * float((weight * load * load).sum()) / noise)
        explained.append(sum(gains))
    return DECAYS[int(np.argmax(explained))] if any(explained) else _USUAL_DECAY_DAYS


def _after_days(
    data: Explained, fit: Regression, cell: int, missing: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return load, what the fit leaves, and weight of a cell's days after promotions.

    What is left is a share of the baseline, not a log: units that are missing add up, and the mean
    of noise in logs is taken out of it.
    """
    on = (missing[:, cell] > 0) & ~np.isnan(data.outcome[:, cell])
    left = (data.outcome[:, cell] - fit.baseline)[on]
    return missing[on, cell], np.expm1(left - left.var() / 2), data.weight[on]


def _slope(load: FloatArray, left: FloatArray, weight: FloatArray) -> float:
    return float((weight * load * left).sum() / (weight * load * load).sum())


def _dips(effects: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Shrink what is missing after a promotion, as a share of what it brought, and scale it back.

    As shares, the dips after promotions of any size compare (4 to 25 % in van Heerde, Leeflang and
    Wittink 2000, "The estimation of pre- and postpromotion dips with store-level scanner data").
    """
    posterior = shrink(
        effects, cells, (["channel"], ["department"], CELL), _DIP_PRIOR_SD, _DIP_LEAST_SD
    )
    own = cells.merge(effects[[*CELL, "load_days"]], on=CELL, how="left")["load_days"]
    load = own.fillna(float(own.mean()) if own.notna().any() else _USUAL_LOAD_DAYS)
    return cells.assign(
        estimate=posterior["estimate"] * load / DIP_DAYS,
        se=posterior["se"] * load / DIP_DAYS,
        share=-posterior["estimate"],
        load_days=load,
    )


def _bands(effects: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Shrink the band effects as slopes (log uplift per unit of depth) and scale them back.

    As slopes, bands compare: a straight line through the origin is the common shape, from which a
    band, a channel, a department, a cell and a cell's band deviate as far as the data show.
    """
    depth = effects["depth_pct"] / 100
    slopes = effects.assign(estimate=effects["estimate"] / depth, se=effects["se"] / depth)
    wanted = cells.merge(pd.DataFrame({"band": BANDS}), how="cross")
    levels = (["band"], ["channel", "band"], ["department"], CELL, _BAND)
    posterior = shrink(slopes, wanted, levels, _SLOPE_PRIOR_SD, _BAND_LEAST_SD)
    own = wanted.merge(effects[[*_BAND, "days", "depth_pct"]], on=_BAND, how="left")
    typical = effects.groupby("band")["depth_pct"].mean()
    middle = own["band"].map(BAND_MIDDLE).astype(float)
    depth_pct = (
        own["depth_pct"].astype(float).fillna(own["band"].map(typical).astype(float)).fillna(middle)
    )
    return wanted.assign(
        estimate=posterior["estimate"] * depth_pct / 100,
        se=posterior["se"] * depth_pct / 100,
        days=own["days"].astype(float).fillna(0).astype(int),
        depth_pct=depth_pct,
        pooled=own["days"].isna(),
    )
