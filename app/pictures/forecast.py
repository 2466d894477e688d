"""The forecast day by day with its band, beside the target."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from app.pictures.style import BLUE, HEIGHT, MONEY, RED, WIDTH, day_axis, titled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.forecast import BaselineForecast

_FORECAST, _TARGET = "expected without promotions, P10-P90 shaded", "target, even over its month"


def forecast_picture(forecast: BaselineForecast, targets: Mapping[str, float]) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Draw a forecast of sales per day.

    Args:
        forecast: as `forecast_baseline` gives it.
        targets: sales target by month (YYYY-MM); empty when a part of the business is forecast.
    """
    days = pd.DataFrame(
        [
            {
                "date": day.date.isoformat(),
                "sales": day.sales_value,
                "p10": day.sales_interval.p10,
                "p90": day.sales_interval.p90,
                "target": _per_day(day.date.year, day.date.month, targets),
            }
            for day in forecast.days
        ]
    )
    x = day_axis()
    y = alt.Y(
        "p10:Q", title="sales per day", axis=alt.Axis(format=MONEY), scale=alt.Scale(zero=False)
    )
    colour = alt.Color(
        "line:N",
        scale=alt.Scale(domain=[_FORECAST, _TARGET], range=[BLUE, RED]),
        legend=alt.Legend(values=[_FORECAST, _TARGET] if targets else [_FORECAST]),
    )
    base = alt.Chart(days)
    layers = [
        base.mark_area(opacity=0.18, color=BLUE).encode(x=x, y=y, y2="p90:Q"),
        base.transform_calculate(line=f"'{_FORECAST}'")
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=45))
        .encode(
            x=x,
            y="sales:Q",
            color=colour,
            tooltip=[
                alt.Tooltip("date:T", format="%a %-d %b %Y"),
                alt.Tooltip("sales:Q", format=MONEY),
                alt.Tooltip("p10:Q", format=MONEY),
                alt.Tooltip("p90:Q", format=MONEY),
            ],
        ),
    ]
    if targets:
        layers.append(
            base.transform_calculate(line=f"'{_TARGET}'")
            .mark_line(strokeWidth=2, strokeDash=[7, 4], interpolate="step")
            .encode(x=x, y="target:Q", color=colour)
        )
    chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    return titled(chart, _finding(forecast, days), _what(forecast))


def _per_day(year: int, month: int, targets: Mapping[str, float]) -> float | None:
    target = targets.get(f"{year:04d}-{month:02d}")
    return None if target is None else target / monthrange(year, month)[1]


def _finding(forecast: BaselineForecast, days: pd.DataFrame) -> str:
    text = f"{forecast.sales_value:,.0f} of sales expected without promotions"
    if days["target"].isna().any():
        return text
    missing = forecast.sales_value - float(days["target"].sum())
    side = "below" if missing < 0 else "above"
    return f"{text}, {abs(missing):,.0f} {side} the target"


def _what(forecast: BaselineForecast) -> str:
    part = " ".join(filter(None, [forecast.department, forecast.channel])) or "the whole business"
    interval = forecast.sales_interval
    return (
        f"{part}, {forecast.start:%-d %b} to {forecast.end:%-d %b %Y}; total P10 {interval.p10:,.0f}"
        f" to P90 {interval.p90:,.0f}; uses sales until {forecast.uses_sales_until:%-d %b %Y}"
    )
