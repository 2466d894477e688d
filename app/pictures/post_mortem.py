"""A campaign day by day: what was sold beside what would have been."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from app.pictures.style import BLUE, HEIGHT, INK, MONEY, ORANGE, WIDTH, day_axis, signed, titled

if TYPE_CHECKING:
    from tools.post_mortem import PostMortemResult

_DAY = dt.timedelta(days=1)
_ACTUAL, _BASELINE = "sold", "expected without the campaign, P10-P90 shaded"
_VERDICTS = {
    "worked": "The campaign worked",
    "did_not": "The campaign did not work",
    "cannot_tell": "Whether the campaign worked cannot be told at this noise",
}


def post_mortem_picture(report: PostMortemResult) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Draw the promoted cells' sales per day in the campaign and after it, with their baseline."""
    result = report.result
    days = pd.DataFrame([day.model_dump(mode="json") for day in result.daily])
    start, end = result.period_start, result.period_end
    x = day_axis()
    colour = alt.Color("line:N", scale=alt.Scale(domain=[_ACTUAL, _BASELINE], range=[ORANGE, BLUE]))
    scale = alt.Scale(zero=False)
    base = alt.Chart(days)
    window = (
        alt.Chart(pd.DataFrame([{"first": f"{start - _DAY}T12:00:00", "last": f"{end}T12:00:00"}]))
        .mark_rect(color=ORANGE, opacity=0.10)
        .encode(x=alt.X("first:T"), x2="last:T")
    )
    label = (
        alt.Chart(pd.DataFrame([{"first": f"{start - _DAY}T12:00:00", "text": "campaign"}]))
        .mark_text(align="left", baseline="top", dx=5, dy=5, color=INK, fontSize=12)
        .encode(x="first:T", y=alt.value(0), text="text:N")
    )
    layers = [
        window,
        label,
        base.mark_area(opacity=0.18, color=BLUE).encode(
            x=x,
            y=alt.Y(
                "p10:Q",
                title="sales of the promoted cells per day",
                scale=scale,
                axis=alt.Axis(format=MONEY),
            ),
            y2="p90:Q",
        ),
        base.transform_calculate(line=f"'{_BASELINE}'")
        .mark_line(strokeWidth=2, strokeDash=[6, 4])
        .encode(x=x, y="baseline:Q", color=colour),
        base.transform_calculate(line=f"'{_ACTUAL}'")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=55))
        .encode(
            x=x,
            y="actual:Q",
            color=colour,
            tooltip=[alt.Tooltip("date:T"), alt.Tooltip("actual:Q", format=MONEY)],
        ),
    ]
    net = result.net.sales_value
    title = (
        f"{_VERDICTS[result.verdict]}: net sales {signed(net.value)} "
        f"(90 % interval {signed(net.p5)} to {signed(net.p95)})"
    )
    what = f"{report.label}, {start:%-d %b} to {end:%-d %b %Y}, and the days after it"
    return titled(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title, what)
