"""The quality report as one HTML file with pictures: nothing is fetched, it opens anywhere."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import vl_convert as vlc

from analytics.quality_issue import SEVERITIES

if TYPE_CHECKING:
    from tools.quality import QualityReport

_WIDTH = 860
_COLOURS = {"critical": "#7f0000", "high": "#d7301f", "medium": "#fc8d59", "low": "#fdcc8a"}
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.4rem .5rem;
text-align:left;vertical-align:top}dl{display:grid;grid-template-columns:repeat(4,1fr);gap:.8rem}
dl div{background:#f5f5f5;padding:.6rem .8rem;border-radius:.4rem}dt{color:#666;font-size:.85rem}
dd{margin:0;font-size:1.3rem}svg{max-width:100%;height:auto}
.mark{display:inline-block;padding:0 .5rem;border-radius:.6rem;color:#fff}
"""


def quality_page(report: QualityReport, totals: pd.DataFrame) -> str:
    """Write the page.

    Args:
        report: what was found.
        totals: DAY TOTALS of all cells; may be empty.
    """
    pictures = "" if totals.empty else _pictures(report, totals)
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>Quality of the stored sales</title><style>{_STYLE}</style>"
        f"<h1>Quality of the stored sales</h1>{_figures(report)}{_findings(report)}{pictures}</html>"
    )


def _figures(report: QualityReport) -> str:
    period = f"{report.date_min} to {report.date_max}" if report.date_min else "no sales"
    figures = {
        "period": period,
        "cells": f"{report.cells}",
        "days of cells": f"{report.cell_days:,}",
        "of them promoted": f"{report.promo_cell_days:,}",
        "completeness": _pct(report.completeness_pct),
        "accuracy (rows used)": _pct(report.accuracy_pct),
        "consistency": _pct(report.consistency_pct),
        "newest sale": "-"
        if report.days_since_newest is None
        else f"{report.days_since_newest} days old",
    }
    shown = "".join(
        f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures.items()
    )
    return f"<dl>{shown}</dl>"


def _pct(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} %"


def _findings(report: QualityReport) -> str:
    if not report.issues:
        return "<h2>Findings</h2><p>Nothing was found.</p>"
    rows = "".join(
        f"<tr><td><span class='mark' style='background:{_COLOURS[issue.severity]}'>{issue.severity}"
        f"</span></td><td>{issue.dimension}<br>{issue.check.replace('_', ' ')}</td>"
        f"<td>{html.escape(issue.message)}</td><td>{html.escape(issue.what_to_do)}</td></tr>"
        for issue in report.issues
    )
    head = "<tr><th>severity</th><th>what</th><th>finding</th><th>what to do</th></tr>"
    return f"<h2>Findings</h2><table>{head}{rows}</table>"


def _pictures(report: QualityReport, totals: pd.DataFrame) -> str:
    parts = {
        "Sales per day, with the days of findings": _sales(report, totals),
        "Share of the days of each week that have sales": _cover(totals),
    }
    return "".join(
        f"<h2>{name}</h2>{vlc.vegalite_to_svg(chart.to_dict(format='vega-lite'))}"
        for name, chart in parts.items()
    )


def _sales(report: QualityReport, totals: pd.DataFrame) -> Any:  # noqa: ANN401  altair's charts have no common type
    daily = totals.groupby(["date", "channel"], as_index=False)["sales_value"].sum()
    line = (
        alt.Chart(daily)
        .mark_line(strokeWidth=1)
        .encode(
            x=alt.X("date:T", title=None),
            y=alt.Y("sales_value:Q", title="sales"),
            color=alt.Color("channel:N", scale=alt.Scale(range=["#1f78b4", "#33a02c"])),
        )
    )
    marked = pd.DataFrame(
        [
            {
                "start": issue.first_date,
                "end": issue.last_date or issue.first_date,
                "severity": issue.severity,
            }
            for issue in report.issues
            if issue.first_date is not None and issue.channel is not None
        ],
        columns=["start", "end", "severity"],
    )
    marked[["start", "end"]] = marked[["start", "end"]].apply(pd.to_datetime)
    scale = alt.Scale(domain=list(SEVERITIES), range=[_COLOURS[name] for name in SEVERITIES])
    ticks = (
        alt.Chart(marked)
        .mark_tick(thickness=2, height=14)
        .encode(
            x=alt.X("start:T", title=None),
            y=alt.Y("severity:N", title=None, sort=list(SEVERITIES)),
            color=alt.Color("severity:N", scale=scale, legend=None),
        )
        .properties(width=_WIDTH, height=70)
    )
    top = line.properties(width=_WIDTH, height=240)
    both = (
        top
        if marked.empty
        else alt.vconcat(top, ticks).resolve_scale(x="shared", color="independent")
    )
    return both.configure_view(stroke=None)


def _cover(totals: pd.DataFrame) -> Any:  # noqa: ANN401  as _sales
    """Draw a row per cell, a column per week: pale where days are missing."""
    week = totals["date"].dt.to_period("W").dt.start_time
    open_days = totals.groupby(["channel", week])["date"].nunique().rename("open").reset_index()
    held = totals.groupby(["channel", "department", week])["date"].nunique().rename("days")
    cells = totals[["channel", "department"]].drop_duplicates()
    weeks = cells.merge(open_days, on="channel").rename(columns={"date": "week"})
    found = held.reset_index().rename(columns={"date": "week"})
    grid = weeks.merge(found, on=["channel", "department", "week"], how="left").fillna({"days": 0})
    grid["share"] = grid["days"] / grid["open"]
    grid["cell"] = grid["department"] + " " + grid["channel"]
    return (
        alt.Chart(grid)
        .mark_rect()
        .encode(
            x=alt.X("yearmonthdate(week):O", title="week", axis=alt.Axis(labelOverlap=True)),
            y=alt.Y("cell:N", title=None),
            color=alt.Color(
                "share:Q", title="share", scale=alt.Scale(domain=[0, 1], scheme="blues")
            ),
        )
        .properties(width=_WIDTH - 160, height=alt.Step(16))
        .configure_view(stroke=None)
    )
