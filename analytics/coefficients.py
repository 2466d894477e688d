"""Effects on log units as the coefficients that are stored: per cent of baseline, points of margin."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from analytics.price_level import price_level, promo_shares, unexplained_price_cut
from analytics.types import BANDS, Cell
from analytics.uplift_model import Coefficient, Dip

if TYPE_CHECKING:
    from analytics.panel import Panel
    from analytics.promo_effects import PromoEffects

_LARGEST_PCT = 9999.99
_NOTABLE_PRICE_GAP = 0.05


def coefficients_of(
    days: Panel, effects: PromoEffects
) -> tuple[tuple[Coefficient, ...], tuple[str, ...]]:
    """Put the effects on log units into per cent of baseline, by the price arithmetic.

    With growth 1 + u, depth d, promoted share q and unit cost c per unit price: sales grow by
    (1 + u)(1 - qd), and the margin percentage moves from 1 - c to 1 - c / (1 - qd).

    Returns:
        One coefficient per cell and band, and a note on each figure that had to be cut or that
        rests on no data.
    """
    notes: list[str] = []
    rates = price_level(days).margin_rate
    notes += [
        f"no margins are known for {department} {channel}: its margin impact assumes no margin"
        for (channel, department), rate in zip(days.cells, rates, strict=True)
        if np.isnan(rate)
    ]
    gap = unexplained_price_cut(days)
    if gap is not None and abs(gap) > _NOTABLE_PRICE_GAP:
        notes.append(
            f"on promo days prices were {100 * gap:+.0f} % off what the stated discounts make of "
            "them: the sales and margin figures, which follow the discounts, are off as much"
        )
    if effects.bands["pooled"].all():
        notes.append(
            "no promotion of known depth stands apart from other days: every uplift is 0 with a very "
            "wide error"
        )
    shares = promo_shares(days)
    result = []
    for row in effects.bands.to_dict("records"):
        cell = Cell(row["channel"], row["department"])
        position = days.cells.index(cell)
        share = float(shares[position, BANDS.index(row["band"])])
        growth = float(np.exp(row["estimate"]))
        mix = 1 - share * row["depth_pct"] / 100
        cost = 1 - float(np.nan_to_num(rates[position]))
        figures = {
            "uplift_sales_pct": 100 * (growth * mix - 1),
            "uplift_units_pct": 100 * (growth - 1),
            "margin_impact_pct": 100 * (cost - cost / mix),
        }
        where = f"{cell.department} {cell.channel} {row['band']}"
        result.append(
            Coefficient(
                department=cell.department,
                channel=cell.channel,
                discount_band=row["band"],
                **{
                    name: _cut(value, f"{name} of {where}", notes)
                    for name, value in figures.items()
                },
                confidence=NormalDist().cdf(abs(row["estimate"]) / row["se"]),
                sample_size=row["days"],
                se_units_log=row["se"],
                mean_depth_pct=row["depth_pct"],
                promo_share=share,
                pooled=row["pooled"],
            )
        )
    return tuple(result), tuple(notes)


def dips_of(effects: PromoEffects) -> tuple[Dip, ...]:
    """Put the dips into per cent of baseline, one per cell."""
    return tuple(
        Dip(
            department=row["department"],
            channel=row["channel"],
            dip_pct=100 * float(row["estimate"]),
            se_pct=100 * float(row["se"]),
            usual_load_days=row["load_days"],
            decay_days=effects.decay_days,
        )
        for row in effects.dips.to_dict("records")
    )


def _cut(value: float, name: str, notes: list[str]) -> float:
    """Return the value as far as NUMERIC(6,2) holds it, with a note when it does not."""
    if abs(value) <= _LARGEST_PCT:
        return value
    notes.append(f"the {name} was cut from {value:.0f} to what the store can hold")
    return float(np.sign(value)) * _LARGEST_PCT
