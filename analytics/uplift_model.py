"""The records of an uplift fit: coefficients, dips, effects on other cells."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from pydantic import Field

from analytics.cross_effects import CrossEffect
from analytics.panel import DIP_DAYS
from analytics.types import Band, Cell, Record, band_of

HALF_LIFE_DAYS = 365.0


class Coefficient(Record):
    """What a discount band does to one cell on a promo day.

    Attributes:
        uplift_sales_pct: change of sales, per cent of baseline; follows from units, depth, share.
        uplift_units_pct: change of units, per cent of baseline.
        margin_impact_pct: change of the margin percentage, points; follows from depth and share.
        confidence: probability that the true unit uplift has the stated sign, 0-1.
        sample_size: promo days of this cell in this band.
        se_units_log: standard error of log(1 + unit uplift).
        mean_depth_pct: mean depth of those days; without any, the pool's, else the band's middle.
        promo_share: typical promoted share of the units.
        pooled: True when the cell has no promo day in the band and the value comes from its peers.
    """

    department: str
    channel: str
    discount_band: Band
    uplift_sales_pct: float
    uplift_units_pct: float
    margin_impact_pct: float
    confidence: float = Field(ge=0, le=1)
    sample_size: int = Field(ge=0)
    se_units_log: float = Field(ge=0)
    mean_depth_pct: float = Field(gt=0, le=100)
    promo_share: float = Field(gt=0, le=1)
    pooled: bool


class Dip(Record):
    """Mean change of a cell's day total in the days after a promotion.

    Demand pulled forward grows with what was sold in addition: with the length of the promotion and
    with its uplift. So the figure is that after a promotion of the usual size, and another one's
    dip is in proportion.

    Attributes:
        dip_pct: per cent of baseline, each of the days after.
        usual_load_days: additional units of the promotions measured, in days of baseline (six days
            at +50 % are 3); None in versions fitted before it was measured.
        decay_days: in which the dip falls to a third, so that the first days after have more than
            `dip_pct` and the last less; None for equal days.
    """

    department: str
    channel: str
    dip_pct: float
    se_pct: float = Field(ge=0)
    days: int = DIP_DAYS
    usual_load_days: float | None = Field(default=None, gt=0)
    decay_days: float | None = Field(default=None, gt=0)


class UpliftModel(Record):
    """One fit: a coefficient for every cell and band, the dips, and the effects on other cells.

    Attributes:
        fitted_until: last day of the data.
        half_life_days: a promo day that much older than the newest day counts half.
        notes: what a reader should know, e.g. that a figure was cut to what the store can hold.
    """

    coefficients: tuple[Coefficient, ...]
    dips: tuple[Dip, ...]
    cross_effects: tuple[CrossEffect, ...]
    fitted_until: dt.date
    half_life_days: float | None = HALF_LIFE_DAYS
    notes: tuple[str, ...] = ()

    def coefficient(self, cell: Cell, depth_pct: float) -> Coefficient:
        """Return the coefficient of a cell in the band of a depth.

        Raises:
            ValueError: the model does not know the cell.
        """
        found = self._by_cell_and_band.get((*cell, band_of(depth_pct)))
        if found is not None:
            return found
        message = (
            f"the uplift model has no coefficient for {cell.department} {cell.channel}: "
            "fit a new model on sales that include it"
        )
        raise ValueError(message)

    @cached_property
    def _by_cell_and_band(self) -> dict[tuple[str, str, str], Coefficient]:
        return {(c.channel, c.department, c.discount_band): c for c in self.coefficients}
