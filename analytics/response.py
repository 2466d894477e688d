"""The response curve: the unit uplift at any depth, from the coefficients of the depth bands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analytics.types import BANDS, Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.money import FloatArray
    from analytics.uplift import Coefficient


@dataclass(frozen=True)
class ResponseCurve:
    """log(1 + unit uplift) as a piecewise linear function of the depth, per cell.

    A band's coefficient is the mean over promotions whose mean depth is `mean_depth_pct`; taken as
    a constant over the band it would give a 10 % discount the effect of the 15 % that was measured,
    and an optimiser would live on band edges. So the curve starts at no effect for no discount,
    passes through each band's coefficient at its mean depth, and stays flat beyond the deepest:
    at the mean depth the uplift is the coefficient's.

    Attributes:
        coefficients: (coefs,) all of the model's.
        log_uplift, se: (coefs,) log(1 + unit uplift) and its standard error.
        noise: (coefs,) index of the independent error of each: pooled values of one band
            come from the same pool, so they err together.
    """

    coefficients: tuple[Coefficient, ...]
    log_uplift: FloatArray
    se: FloatArray
    noise: tuple[int, ...]

    def weights(self, cell: Cell, depth_pct: float) -> FloatArray:
        """Return the (coefs,) weights whose product with `log_uplift` is the curve at the depth."""
        own = self._positions.get(cell, [])
        knots = [0.0, *(self.coefficients[i].mean_depth_pct for i in own)]
        result = np.zeros(len(self.coefficients))
        for position, index in enumerate(own, start=1):
            heights = np.zeros(len(knots))
            heights[position] = 1.0
            result[index] = np.interp(depth_pct, knots, heights)
        return result

    def log_uplifts(self, cell: Cell, depth_pct: FloatArray) -> FloatArray:
        """Return the curve of a cell at any number of depths, 0 at depth 0."""
        own = self._positions.get(cell, [])
        knots = [0.0, *(self.coefficients[i].mean_depth_pct for i in own)]
        return np.asarray(np.interp(depth_pct, knots, [0.0, *self.log_uplift[own]]))

    @cached_property
    def _positions(self) -> dict[Cell, list[int]]:
        """Positions of each cell's coefficients, by rising band."""
        found: defaultdict[Cell, list[int]] = defaultdict(list)
        bands = [BANDS.index(c.discount_band) for c in self.coefficients]
        for i in sorted(range(len(bands)), key=bands.__getitem__):
            found[Cell(self.coefficients[i].channel, self.coefficients[i].department)].append(i)
        return dict(found)

    def draws(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Draw log uplifts, normal around the estimates: (count, coefs)."""
        errors = rng.standard_normal((count, max(self.noise, default=-1) + 1))
        return self.log_uplift + self.se * errors[:, list(self.noise)]


def response_curve(coefficients: Sequence[Coefficient]) -> ResponseCurve:
    """Build the curve of every cell from its band coefficients."""
    keys = [
        ("pool", "", c.discount_band) if c.pooled else (c.channel, c.department, c.discount_band)
        for c in coefficients
    ]
    position = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    return ResponseCurve(
        coefficients=tuple(coefficients),
        log_uplift=np.log1p(np.array([c.uplift_units_pct for c in coefficients]) / 100),
        se=np.array([c.se_units_log for c in coefficients], dtype=np.float64),
        noise=tuple(position[key] for key in keys),
    )
