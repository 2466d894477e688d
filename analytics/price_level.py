"""What a cell's units cost and earn, and how many of them a promotion covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analytics.panel import KINDS

if TYPE_CHECKING:
    from analytics.panel import FloatArray, Panel

RECENT_DAYS = 56
_MIN_SHARE = 0.01


class PriceLevel(NamedTuple):
    """Per cell, (cells,) arrays.

    Attributes:
        price: sales per unit; NaN where no units were sold.
        margin_rate: margin per sales; NaN where there are no sales or no margins.
    """

    price: FloatArray
    margin_rate: FloatArray


def price_level(days: Panel) -> PriceLevel:
    """Return price and margin rate of each cell's last 56 unpromoted days.

    A cell without an unpromoted day takes its last 56 days of any kind: the price is then the
    promoted one.
    """
    sold = ~np.isnan(days.sales)
    plain = sold & ~days.promo
    usable = plain | (sold & ~plain.any(axis=0))
    recent = usable & (usable[::-1].cumsum(axis=0)[::-1] <= RECENT_DAYS)
    known = recent & ~np.isnan(days.margin)
    return PriceLevel(
        price=_ratio(_total(days.sales, recent), _total(days.units, recent)),
        margin_rate=_ratio(_total(days.margin, known), _total(days.sales, known), signed=True),
    )


def _total(values: FloatArray, where: np.typing.NDArray[np.bool_]) -> FloatArray:
    result: FloatArray = np.where(where, values, 0.0).sum(axis=0)
    return result


def _ratio(over: FloatArray, under: FloatArray, *, signed: bool = False) -> FloatArray:
    """Divide where the divisor is positive (and, unless signed, the dividend too), else NaN."""
    defined = (under > 0) & (signed | (over > 0))
    return np.divide(over, under, out=np.full_like(over, np.nan), where=defined)


def unexplained_price_cut(days: Panel) -> float | None:
    """Return by how much more the stated depths cut prices than the sales show, mean share.

    On promo days of known depth d and promoted share q a unit should cost 1 - qd of the cell's
    mean unpromoted price. None without such days.
    """
    sold = (days.sales > 0) & (days.units > 0)
    price = np.divide(days.sales, days.units, out=np.full_like(days.sales, np.nan), where=sold)
    plain = sold & ~days.promo
    usual = _ratio(_total(price, plain), plain.sum(axis=0).astype(np.float64))
    judged = sold & ~np.isnan(days.depth_pct) & ~np.isnan(usual)
    if not judged.any():
        return None
    stated = 1 - days.promo_share * days.depth_pct / 100
    return float((price / usual - stated)[judged].mean())


def promo_shares(days: Panel) -> FloatArray:
    """Return the promoted share of the units by kind of promo day: (cells, kinds), 0.01 to 1.

    A kind that a cell never had takes the share of all its promo days; a cell that was never
    promoted its department's, then its channel's, then everybody's; without any promotion it is 1.
    """
    sold = days.promo & (days.units > 0)
    units = np.where(sold, days.units, 0.0)
    kinds = [days.kind == k for k in range(len(KINDS))]
    whole = np.stack([(units * kind).sum(axis=0) for kind in kinds], axis=1)
    part = np.stack([(units * days.promo_share * kind).sum(axis=0) for kind in kinds], axis=1)
    shares = np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
    for group in _circles(days):
        typical = _ratio(group @ part.sum(axis=1), group @ whole.sum(axis=1), signed=True)
        shares = np.where(np.isnan(shares), typical[:, None], shares)
    return np.asarray(np.clip(np.nan_to_num(shares, nan=1.0), _MIN_SHARE, 1.0))


def usual_depths(days: Panel) -> FloatArray:
    """Return the mean depth of each cell's promo days of known depth, per cent: (cells,).

    A cell without any takes its department's, then its channel's, then everybody's; NaN without any
    promotion of known depth.
    """
    known = ~np.isnan(days.depth_pct)
    total = np.where(known, days.depth_pct, 0.0).sum(axis=0)
    count = known.sum(axis=0).astype(np.float64)
    depths = np.full(len(days.cells), np.nan)
    for group in _circles(days):
        depths = np.where(np.isnan(depths), _ratio(group @ total, group @ count), depths)
    return depths


def _circles(days: Panel) -> list[FloatArray]:
    """Return which cells each one has for peers, from itself to everybody: (cells, cells) each."""
    labels = (
        np.arange(len(days.cells)),
        np.array([cell.department for cell in days.cells]),
        np.array([cell.channel for cell in days.cells]),
        np.zeros(len(days.cells)),
    )
    return [np.asarray(one[:, None] == one[None, :], dtype=np.float64) for one in labels]
