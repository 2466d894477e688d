"""The efficient frontier: additional sales against what they cost in margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from app.pictures.style import (
    BLUE,
    GREEN,
    GREY,
    HEIGHT,
    ORANGE,
    RED,
    SIGNED,
    SIGNED_LABEL,
    WIDTH,
    signed,
    titled,
)

if TYPE_CHECKING:
    from tools.frontier import Frontier

_COLOURS = {"conservative": GREEN, "balanced": BLUE, "aggressive": RED}


def frontier_picture(frontier: Frontier) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Draw the points of a frontier, the named ones with their names."""
    points = pd.DataFrame(
        [
            {
                "sales": point.net_sales_value,
                "margin": point.net_margin_value,
                "ebit": point.net_ebit,
                "name": " = ".join(point.names),
                "kind": point.names[-1] if point.names else "",
                "plan": ", ".join(
                    f"{m.department} {m.channel} {m.discount_pct:g} %" for m in point.mechanics
                ),
            }
            for point in frontier.points
        ]
    )
    scale = alt.Scale(zero=False, padding=60, nice=False)
    x = alt.X(
        "sales:Q",
        title="net incremental sales, dip and cross-effects counted",
        axis=alt.Axis(labelExpr=SIGNED_LABEL, tickCount=7),
        scale=scale,
    )
    y = alt.Y(
        "margin:Q",
        title="net incremental margin",
        axis=alt.Axis(labelExpr=SIGNED_LABEL),
        scale=alt.Scale(zero=False, padding=34, nice=False),
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=[*_COLOURS, ""], range=[*_COLOURS.values(), GREY]),
        legend=None,
    )
    tooltip = [alt.Tooltip(name, format=SIGNED) for name in ("sales:Q", "margin:Q", "ebit:Q")] + [
        alt.Tooltip("plan:N")
    ]
    base = alt.Chart(points).encode(x=x, y=y)
    named = base.transform_filter("datum.name != ''")
    layers = [
        base.mark_line(color=ORANGE, strokeWidth=2, opacity=0.7, interpolate="monotone"),
        base.mark_circle(size=70, opacity=1).encode(color=colour, tooltip=tooltip),
        named.mark_circle(size=210, opacity=1).encode(color=colour, tooltip=tooltip),
        named.mark_text(align="left", dx=6, dy=-18, fontSize=14, fontWeight="bold").encode(
            text="name:N", color=colour
        ),
    ]
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    what = (
        f"{len(points)} best plans for {frontier.start:%-d %b} to {frontier.end:%-d %b %Y}, against "
        "the baseline; no plan earns more sales and more margin than one of these"
    )
    return titled(chart, _finding(points), what)


def _finding(points: pd.DataFrame) -> str:
    first, last = points.iloc[0], points.iloc[-1]
    more, cost = last["sales"] - first["sales"], first["margin"] - last["margin"]
    if len(points) == 1 or more <= 0:
        return f"One plan is best: sales {signed(first['sales'])}, margin {signed(first['margin'])}"
    return f"{more:,.0f} more sales cost {cost:,.0f} of margin: {cost / more:.2f} for each 1.00"
