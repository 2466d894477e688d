"""What promotions do to log units of a cell: on their days, in the days after, by depth band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.cell_regression import AFTER, regress
from analytics.frames import CELL
from analytics.panel import KINDS, UNKNOWN
from analytics.shrinkage import shrink
from analytics.types import BANDS, Band

if TYPE_CHECKING:
    from analytics.cell_regression import Explained

BAND_MIDDLE: dict[Band, float] = dict(zip(BANDS, (5.0, 15.0, 25.0, 35.0, 45.0), strict=True))
"""Depth, per cent, that a band stands for when no promotion of it was ever seen."""

_BAND = [*CELL, "band"]
_SLOPE_PRIOR_SD = 2.5
_UNKNOWN_PRIOR_SD = 0.5
_BAND_LEAST_SD = 0.05
_DIP_PRIOR_SD = 0.1
_DIP_LEAST_SD = 0.015


@dataclass(frozen=True)
class PromoEffects:
    """Effects on log units, each drawn towards its peers; `estimate` and `se` are logs.

    Attributes:
        bands: one row per cell and band: `channel, department, band, estimate, se, days` (promo
            days of the cell in the band), `depth_pct` (their mean, else the pool's, else the
            band's middle), `pooled` (no such day).
        dips: one row per cell: `channel, department, estimate, se`, a day of the 14 after.
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
    after, unknown = effects[effects["band"] == AFTER], effects[effects["band"] == UNKNOWN]
    return PromoEffects(
        bands=_bands(effects[effects["band"].isin(BANDS)], cells),
        dips=cells.join(shrink(after, cells, levels, _DIP_PRIOR_SD, _DIP_LEAST_SD)),
        unknown=cells.join(shrink(unknown, cells, levels, _UNKNOWN_PRIOR_SD)),
    )


def _observed(data: Explained) -> pd.DataFrame:
    """List each cell's fitted effects: channel, department, band, estimate, se, days, depth_pct."""
    days = data.panel
    rows = []
    for k, cell in enumerate(days.cells):
        fit = regress(data, k)
        for name, effect in ({} if fit is None else fit.effects).items():
            depth = np.nan
            if name in BANDS:
                on = days.kind[:, k] == KINDS.index(name)
                depth = float(days.depth_pct[on, k].mean())
            rows.append((*cell, name, effect.estimate, effect.se, effect.days, depth))
    columns = [*_BAND, "estimate", "se", "days", "depth_pct"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"estimate": float, "se": float, "depth_pct": float})


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
