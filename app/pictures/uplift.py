"""Uplift by depth, with its standard error and the evidence behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from analytics.types import BANDS
from app.pictures.style import BLUE, ORANGE, SIGNED_LABEL, signed, titled

if TYPE_CHECKING:
    from tools.uplift import UpliftTable

_Z90 = 1.6449  # a normal error is within so many standard errors in 90 of 100 cases
_OWN, _POOLED = "own promotions of this department", "taken from comparable departments"


def uplift_picture(table: UpliftTable) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Draw the unit uplift of each depth band with its 90 % interval, one panel per department."""
    rows = pd.DataFrame(
        [
            {
                "department": c.department,
                "channel": c.channel,
                "band": f"{c.discount_band} %",
                "uplift": c.uplift_units_pct,
                "low": _at(c.uplift_units_pct, -_Z90 * c.se_units_log),
                "high": _at(c.uplift_units_pct, _Z90 * c.se_units_log),
                "days": c.sample_size,
                "evidence": _POOLED if c.pooled else _OWN,
            }
            for c in table.coefficients
        ]
    )
    x = alt.X(
        "band:N",
        sort=[f"{band} %" for band in BANDS],
        title=None,
        axis=alt.Axis(labelAngle=0, grid=False),
    )
    y = alt.Y("uplift:Q", title="units, change in %", axis=alt.Axis(labelExpr=SIGNED_LABEL))
    colour = alt.Color("evidence:N", scale=alt.Scale(domain=[_OWN, _POOLED], range=[BLUE, ORANGE]))
    base = alt.Chart(rows).encode(x=x)
    bars = base.mark_rule(strokeWidth=2).encode(
        y=alt.Y("low:Q", title="units, change in %", axis=alt.Axis(labelExpr=SIGNED_LABEL)),
        y2="high:Q",
        color=colour,
    )
    dots = base.mark_circle(size=45, opacity=1).encode(
        y=y,
        color=colour,
        tooltip=["department", "channel", "band", "uplift", "low", "high", "days", "evidence"],
    )
    ends = [
        base.mark_tick(thickness=2, size=16).encode(y=f"{end}:Q", color=colour)
        for end in ("low", "high")
    ]
    chart = alt.layer(bars, *ends, dots).properties(width=330, height=150)
    facets = chart.facet(
        row=alt.Row("department:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
        column=alt.Column("channel:N", title=None),
        spacing={"row": 18, "column": 24},
    )
    state = "in force" if table.promoted else "not in force"
    what = (
        f"coefficients {table.model_version} ({state}), sales until {table.fitted_until:%-d %b %Y}; "
        "dot = estimate, bar = 90 % interval, by depth of the discount"
    )
    return titled(facets, _finding(rows), what)


def _at(uplift_pct: float, log_step: float) -> float:
    """Move an uplift by a step in logs, in which its error is symmetric."""
    return float((1 + uplift_pct / 100) * np.exp(log_step) - 1) * 100


def _finding(rows: pd.DataFrame) -> str:
    own = rows[rows["evidence"] == _OWN]
    if own.empty:
        return "No promotion of its own to learn from: every uplift is taken from other departments"
    best = own.sort_values("low").iloc[-1]
    return (
        f"Surest: {best['department']} {best['channel']} at {best['band']} sells "
        f"{signed(best['uplift'])} % units ({signed(best['low'])} to {signed(best['high'])} in 9 of 10 cases)"
    )
