"""Small businesses for the tests of the planning maths."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import numpy as np
import pandas as pd

from analytics.kpi import PlanningInputs
from analytics.policy import Policy, default_policy
from analytics.types import BANDS, CHANNELS, Cell, Channel, Mechanic, Scenario, ScenarioType
from analytics.uplift import Coefficient, CrossEffect, Dip, UpliftModel

START = dt.date(2025, 10, 22)
KPI_ID = UUID(int=1)
SCENARIO_ID = UUID(int=2)


def policy_with(**changes: object) -> Policy:
    """Return the default policy with some keys replaced."""
    return Policy.model_validate(default_policy().model_dump() | changes)


def mechanic(department: str, channel: Channel, discount_pct: float, **more: object) -> Mechanic:
    """Return a mechanic."""
    return Mechanic.model_validate(
        {"department": department, "channel": channel, "discount_pct": discount_pct, **more}
    )


def scenario(
    *mechanics: Mechanic, scenario_type: ScenarioType = "balanced", days: int = 2
) -> Scenario:
    """Return a scenario from `START` on."""
    return Scenario(
        id=SCENARIO_ID,
        label="test",
        scenario_type=scenario_type,
        date_range_start=START,
        date_range_end=START + dt.timedelta(days=days - 1),
        mechanics=mechanics,
    )


def flat_baseline(
    cells: dict[Cell, tuple[float, float, float]], days: int, method: str = "lightgbm"
) -> pd.DataFrame:
    """Return a FORECAST frame with the same (sales, margin, units) every day, and 14 days after."""
    return pd.DataFrame(
        [
            {
                "date": day,
                "channel": cell.channel,
                "department": cell.department,
                "sales_value": sales,
                "margin_value": margin,
                "units": units,
                "method": method,
            }
            for day in pd.date_range(START, periods=days + 14)
            for cell, (sales, margin, units) in cells.items()
        ]
    )


def coefficients(
    cell: Cell, uplifts_pct: tuple[float, ...], **more: object
) -> tuple[Coefficient, ...]:
    """Return one coefficient per band, measured at mean depths of 5, 15, 25, 35 and 45 per cent."""
    return tuple(
        Coefficient.model_validate(
            {
                "department": cell.department,
                "channel": cell.channel,
                "discount_band": band,
                "uplift_sales_pct": 0.0,
                "uplift_units_pct": uplift,
                "margin_impact_pct": 0.0,
                "confidence": 0.95,
                "sample_size": 12,
                "se_units_log": 0.0,
                "mean_depth_pct": 5.0 + 10 * position,
                "promo_share": 1.0,
                "pooled": False,
                **more,
            }
        )
        for position, (band, uplift) in enumerate(zip(BANDS, uplifts_pct, strict=True))
    )


def model(
    *cells: tuple[Coefficient, ...],
    dips: tuple[Dip, ...] = (),
    cross_effects: tuple[CrossEffect, ...] = (),
) -> UpliftModel:
    """Return an uplift model."""
    return UpliftModel(
        coefficients=tuple(c for group in cells for c in group),
        dips=dips,
        cross_effects=cross_effects,
        fitted_until=START - dt.timedelta(days=1),
    )


def cross(
    source: Cell, target: Cell, effect_pct: float, *, significant: bool = True, se_pct: float = 0.0
) -> CrossEffect:
    """Return an effect of promoting one cell on another."""
    return CrossEffect.model_validate(
        {
            "source_department": source.department,
            "source_channel": source.channel,
            "department": target.department,
            "channel": target.channel,
            "effect_pct": effect_pct,
            "se_pct": se_pct,
            "p_value": 0.01,
            "significant": significant,
        }
    )


def dip(cell: Cell, dip_pct: float, se_pct: float = 0.0) -> Dip:
    """Return a post-promotion dip."""
    return Dip.model_validate(
        {
            "department": cell.department,
            "channel": cell.channel,
            "dip_pct": dip_pct,
            "se_pct": se_pct,
        }
    )


def random_inputs(rng: np.random.Generator, departments: int, days: int) -> PlanningInputs:
    """Return a business with ragged figures, dips, cross effects and supplier funding."""
    cells = [Cell(c, f"D{n}") for c in CHANNELS for n in range(departments)]
    baseline = flat_baseline(dict.fromkeys(cells, (1.0, 1.0, 1.0)), days)
    baseline["sales_value"] = rng.uniform(1e3, 5e4, len(baseline))
    baseline["margin_value"] = baseline["sales_value"] * rng.uniform(0.1, 0.35, len(baseline))
    baseline["units"] = baseline["sales_value"] / rng.uniform(50, 400, len(baseline))
    uplift = model(
        *(
            coefficients(cell, tuple(np.cumsum(rng.uniform(2, 30, 5)).tolist()), promo_share=0.8)
            for cell in cells
        ),
        dips=tuple(dip(cell, float(rng.uniform(-4, 1))) for cell in cells),
        cross_effects=tuple(
            cross(a, b, float(rng.uniform(-4, 2)), significant=bool(rng.random() < 0.3))
            for a in cells
            for b in cells
            if a != b
        ),
    )
    policy = policy_with(
        supplier_funding_rate={"default": 0.1, "departments": {"D0": 0.4}},
        loyalty_segments=["LOYAL"],
    )
    return PlanningInputs(baseline, uplift, "v1", None, policy)
