"""What promotions do to log units of a cell: on their days, in the days after, by depth band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.cell_regression import AFTER, Effect, regress
from analytics.frames import CELL
from analytics.panel import DIP_DAYS, KINDS, UNKNOWN
from analytics.shrinkage import shrink
from analytics.types import BANDS, Band

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.cell_regression import Explained, Regression
    from analytics.panel import FloatArray, Panel

BAND_MIDDLE: dict[Band, float] = dict(zip(BANDS, (5.0, 15.0, 25.0, 35.0, 45.0), strict=True))
"""Depth, per cent, that a band stands for when no promotion of it was ever seen."""

_BAND = [*CELL, "band"]
_SLOPE_PRIOR_SD = 2.5
_UNKNOWN_PRIOR_SD = 0.5
_BAND_LEAST_SD = 0.05
_LEAST_UPLIFT = 0.05
_USUAL_LOAD_DAYS = 3.0
_DIP_PRIOR_SD = 0.2
_DIP_LEAST_SD = 0.03


@dataclass(frozen=True)
class PromoEffects:
    """Effects on log units, each drawn towards its peers; `estimate` and `se` are logs.

    Attributes:
        bands: one row per cell and band: `channel, department, band, estimate, se, days` (promo
            days of the cell in the band), `depth_pct` (their mean, else the pool's, else the
            band's middle), `pooled` (no such day).
        dips: one row per cell: `channel, department, estimate, se`, a day of the 14 after a
            promotion that brought `load_days` days of baseline in addition.
        unknown: one row per cell: the same for a promo day of unknown depth.
    """

    bands: pd.DataFrame
    dips: pd.DataFrame
    unknown: pd.DataFrame


def promo_effects(data: Explained) -> PromoEffects:
    """Regress every cell and shrink its effects towards its peers.

    A cell with fewer than 56 days has no regression of its own: all it gets is from its peers.
    """
    effects = _observed(data)
    cells = pd.DataFrame(data.panel.cells, columns=CELL)
    levels = (["channel"], ["department"], CELL)
    unknown = effects[effects["band"] == UNKNOWN]
    return PromoEffects(
        bands=_bands(effects[effects["band"].isin(BANDS)], cells),
        dips=_dips(effects[effects["band"] == AFTER], cells),
        unknown=cells.join(shrink(unknown, cells, levels, _UNKNOWN_PRIOR_SD)),
    )


def _observed(data: Explained) -> pd.DataFrame:
    """List each cell's fitted effects.

    Columns: channel, department, band, estimate, se, days, depth_pct, load_days. The estimate of
    'after' is per unit of load: the share of a promotion's additional units that is missing later
    (negative), spread over 14 days.
    """
    days = data.panel
    rows = []
    for k, cell in enumerate(days.cells):
        fit = regress(data, k)
        for name, effect in ({} if fit is None else fit.effects).items():
            depth, load, one = np.nan, np.nan, effect
            if name in BANDS:
                on = days.kind[:, k] == KINDS.index(name)
                depth = float(days.depth_pct[on, k].mean())
            elif name == AFTER and fit is not None:
                one, load = _pull_forward(data, k, fit, effect)
            rows.append((*cell, name, one.estimate, one.se, one.days, depth, load))
    columns = [*_BAND, "estimate", "se", "days", "depth_pct", "load_days"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(["estimate", "se", "depth_pct", "load_days"], float))


def _pull_forward(
    data: Explained, cell: int, fit: Regression, after: Effect
) -> tuple[Effect, float]:
    """Return the effect of the days after per unit of load, and the mean load in days.

    The regression's one figure for all days after is the mean of dips after short and long, shallow
    and deep promotions. What its fit leaves on these days is laid against the load of each.
    """
    days = data.panel
    on = days.after[:, cell] & ~np.isnan(data.outcome[:, cell])
    load = load_days(days, cell, {name: effect.estimate for name, effect in fit.effects.items()})
    load, left = load[on], (data.outcome[:, cell] - fit.baseline)[on]
    weight = data.weight[on]
    slope = float((weight * load * left).sum() / (weight * load * load).sum())
    usual = float(np.average(load, weights=weight))
    scale = DIP_DAYS / usual
    return Effect(slope * DIP_DAYS, after.se * scale, after.days), usual


def load_days(days: Panel, cell: int, log_uplifts: Mapping[str, float]) -> FloatArray:
    """Return what the promotions of the last 14 days brought in addition, in days of baseline.

    Args:
        days: the history.
        cell: position of the cell.
        log_uplifts: effect on log units by kind of promo day; a kind without one counts little.

    Returns:
        (days,), counted on the days after a promotion; 0 on others.
    """
    uplift = np.array([max(np.expm1(log_uplifts.get(name, 0.0)), _LEAST_UPLIFT) for name in KINDS])
    promo = days.promo[:, cell]
    extra = np.where(promo, uplift[np.maximum(days.kind[:, cell], 0)], 0.0)
    total = np.concatenate([[0.0], np.cumsum(extra)])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], promo, [False]]).astype(np.int8)))
    load = np.zeros(len(promo))
    for start, end in edges.reshape(-1, 2):
        load[end : end + DIP_DAYS] += total[end] - total[start]
    return np.where(days.after[:, cell], load, 0.0)


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
