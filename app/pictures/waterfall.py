"""From the baseline to what a plan brings in the end, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from app.pictures.style import BLUE, GREEN, GREY, INK, RED, SIGNED_LABEL, WIDTH, signed, titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.summaries import ScenarioSummary

_NAMES = {
    "promotion": "promoted\ndepartments",
    "post_promo_dip": "days after\n(dip)",
    "cannibalization": "lost by\nothers",
    "halo": "gained by\nothers",
    "net": "net\nincremental",
}


def waterfall_picture(scenarios: Sequence[ScenarioSummary]) -> Any:  # noqa: ANN401  any kind of Altair chart
    """Draw, for each scenario, how sales and margin go from the baseline to the net incremental."""
    width = 400 if len(scenarios) > 1 else WIDTH
    panels = [
        alt.hconcat(
            *(
                _panel(
                    _steps(scenario, measure),
                    scenario.label if measure == "sales" else "",
                    measure,
                    width,
                )
                for scenario in scenarios
            ),
            spacing=26,
        ).resolve_scale(y="shared")
        for measure in ("sales", "margin")
    ]
    first = scenarios[0]
    what = (
        f"change against the baseline of {first.start:%-d %b} to {first.end:%-d %b %Y} "
        f"(sales {first.total_sales_value - first.sales_value_delta:,.0f}, "
        f"margin {first.total_margin_value - first.margin_value_delta:,.0f})"
    )
    if any((s.start, s.end) != (first.start, first.end) for s in scenarios):
        what = "change against the baseline of each scenario's own days"
    return titled(alt.vconcat(*panels, spacing=22), _finding(scenarios), what)


def _steps(scenario: ScenarioSummary, measure: str) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    level = 0.0
    for effect in scenario.effects:
        change = effect.sales_value if measure == "sales" else effect.margin_value
        rows.append(_bar(_NAMES[effect.effect], level, level + change))
        level += change
    rows.append(_bar(_NAMES["net"], 0.0, level) | {"kind": "net"})
    return pd.DataFrame(rows)


def _bar(step: str, start: float, end: float) -> dict[str, Any]:
    change = end - start
    return {
        "step": step,
        "start": start,
        "end": end,
        "change": change,
        "top": max(start, end),
        "kind": "gain" if change >= 0 else "loss",
        "text": signed(change),
    }


def _panel(steps: pd.DataFrame, title: str, measure: str, width: int) -> Any:  # noqa: ANN401  any kind of Altair chart
    x = alt.X(
        "step:N",
        sort=None,
        title=None,
        axis=alt.Axis(
            labelAngle=0, labelExpr="split(datum.label, '\\n')", grid=False, labelFontSize=11
        ),
    )
    y = alt.Y(
        "start:Q", title=f"{measure}, against baseline", axis=alt.Axis(labelExpr=SIGNED_LABEL)
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["gain", "loss", "net"], range=[GREEN, RED, BLUE]),
        legend=None,
    )
    base = alt.Chart(steps).encode(x=x)
    layers = [
        alt.Chart(steps).mark_rule(color=GREY).encode(y=alt.datum(0)),
        base.mark_bar(size=44).encode(y=y, y2="end:Q", color=colour),
        base.mark_text(dy=-9, fontSize=11.5, color=INK).encode(y="top:Q", text="text:N"),
    ]
    heading = alt.TitleParams(title, fontSize=13, color=INK, anchor="start", limit=400)
    return alt.layer(*layers).properties(width=width, height=210, title=heading)


def _finding(scenarios: Sequence[ScenarioSummary]) -> str:
    best = max(scenarios, key=lambda s: s.net_ebit)
    name = f"Best EBIT: “{best.label}”," if len(scenarios) > 1 else "In the end:"
    return (
        f"{name} net sales {signed(best.net_sales_value)}, margin {signed(best.net_margin_value)}, "
        f"EBIT {signed(best.net_ebit)}"
    )
