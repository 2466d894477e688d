"""How every picture looks: colours that colour-blind people tell apart, fonts, axes, titles."""

from __future__ import annotations

from typing import Any

import altair as alt

# Okabe & Ito (2008): told apart with every common kind of colour blindness.
BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
GREY, INK, FAINT = "#6B7280", "#1F2937", "#E5E7EB"
WIDTH, HEIGHT = 760, 360
MONEY, SIGNED = ",.0f", "+,.0f"
# A difference with its sign, and a zero without one.
SIGNED_LABEL = "datum.value == 0 ? '0' : format(datum.value, '+,.0f')"

_FONT = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"


def signed(value: float) -> str:
    """Write a difference with its sign, thousands apart, and a minus as wide as a plus."""
    return f"{value:+,.0f}".replace("-", "\u2212") if round(value) else "0"


def day_axis() -> alt.X:
    """Return a time axis that names days."""
    return alt.X(
        "date:T",
        title=None,
        axis=alt.Axis(format="%-d %b", labelOverlap=True, labelFlush=False, grid=False),
        scale=alt.Scale(padding=10),
    )


def titled(chart: Any, title: str, subtitle: str) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Give a chart its title (what was found) and subtitle (what is shown, and in which unit)."""
    return (
        chart.properties(
            title=alt.TitleParams(
                title,
                subtitle=subtitle,
                anchor="start",
                frame="bounds",
                fontSize=19,
                subtitleFontSize=13,
                color=INK,
                subtitleColor=GREY,
                offset=18,
                subtitlePadding=6,
            ),
            padding={"left": 14, "right": 24, "top": 14, "bottom": 14},
            background="white",
        )
        .configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=GREY,
            gridColor=FAINT,
            domainColor="#9CA3AF",
            tickColor="#9CA3AF",
            labelLimit=260,
            titlePadding=10,
        )
        .configure_header(labelFontSize=13, labelColor=INK, labelLimit=340, titleColor=GREY)
        .configure_legend(
            orient="top",
            direction="horizontal",
            title=None,
            labelFontSize=12,
            labelColor=INK,
            labelLimit=320,
            symbolSize=120,
        )
    )
