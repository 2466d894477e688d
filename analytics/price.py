"""Price arithmetic of a promoted cell: what a depth and a unit uplift do to sales and margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from analytics.money import FloatArray


class Promoted(NamedTuple):
    """A cell under promotion; all arrays have the broadcast shape of the arguments."""

    sales_value: FloatArray
    units: FloatArray
    margin_value: FloatArray
    markdown_value: FloatArray


def promoted_cell(  # noqa: PLR0913, PLR0917  the seven terms of the formula
    sales: npt.ArrayLike,
    units: npt.ArrayLike,
    margin: npt.ArrayLike,
    depth_pct: npt.ArrayLike,
    promo_share: npt.ArrayLike,
    unit_uplift: npt.ArrayLike,
    funding: npt.ArrayLike = 0.0,
) -> Promoted:
    """Apply the price arithmetic of analytics/README.md to baseline cells.

    With average price p = S/U and unit cost c = (S - M)/U:
    units' = U(1 + u); sales' = units' p (q(1 - d) + 1 - q); margin' = sales' - units' c + funding;
    markdown = units' q d p, the discount given. U cancels in all of them (units' p = S(1 + u)), so
    they are computed without the division and hold for a cell that sells no units as well.

    Args:
        sales: baseline S, currency; this and all others of any shape that broadcasts.
        units: baseline U.
        margin: baseline M, currency.
        depth_pct: d in per cent, 0-100.
        promo_share: q, share of the units on promotion, 0-1.
        unit_uplift: u as a share (0.35 = 35 % more units), > -1.
        funding: paid by suppliers for the whole cell, currency.

    Returns:
        The promoted totals; a cell without baseline sales and units gives zeros throughout.
    """
    s, u_base, m = (np.asarray(x, dtype=np.float64) for x in (sales, units, margin))
    discounted = np.asarray(promo_share, dtype=np.float64) * np.asarray(depth_pct) / 100
    growth = 1 + np.asarray(unit_uplift, dtype=np.float64)
    sold = (s != 0) | (u_base != 0)
    full_price = s * growth
    new_sales = full_price * (1 - discounted)
    new_margin = new_sales - (s - m) * growth + np.asarray(funding, dtype=np.float64)
    return Promoted(
        sales_value=np.where(sold, new_sales, 0.0),
        units=np.where(sold, u_base * growth, 0.0),
        margin_value=np.where(sold, new_margin, 0.0),
        markdown_value=np.where(sold, full_price * discounted, 0.0),
    )
