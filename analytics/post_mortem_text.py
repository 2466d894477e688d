"""What a post-mortem says in plain sentences: every figure in them is one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.calendar import black_friday, holiday_names
from analytics.campaign_effects import window_days

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from analytics.campaign_effects import Change, CrossSignal, DipResult, PromotedCell
    from analytics.counterfactual import Counterfactual, Estimate
    from analytics.types import Scenario, ScenarioKpis

FORECAST_FIGURES = {
    "sales_value": "sales",
    "margin_value": "margin",
    "ebit": "EBIT",
    "units": "units",
}
"""What a stored forecast is judged by, and how a sentence calls it."""

_WEEKEND = 5
_NOTABLE_SHARE = 0.1
_DEPTH_GAP_POINTS = 2.0
_LISTED = 3


@dataclass(frozen=True)
class Findings:
    """Everything that was measured, for the sentences."""

    scenario: Scenario
    data: Counterfactual
    country: str | None
    totals: Mapping[str, float]
    forecast: ScenarioKpis | None
    errors: Mapping[str, float | None]
    effect: Change
    net: Change
    promoted: tuple[PromotedCell, ...]
    dips: tuple[DipResult, ...]
    dip_days: int
    signals: tuple[CrossSignal, ...]
    fixed_cost: float

    @property
    def days_after(self) -> int:
        """Days after the campaign that have sales."""
        return len(self.data.dates) - self.data.window

    @property
    def dip_complete(self) -> bool:
        """Whether every day that is watched after the campaign has sales already."""
        return self.days_after >= self.dip_days


def insights(found: Findings) -> tuple[str, ...]:
    """Say what happened: effect, money, cells, dip, other cells, forecast error and its causes."""
    return (
        _verdict(found),
        _money(found),
        *_cells(found.promoted),
        _dip(found),
        _others(found),
        *_forecast_error(found),
        *_causes(found),
        *_gaps(found),
    )


def learning_points(found: Findings) -> tuple[str, ...]:
    """Say what to do differently; empty when nothing was clear enough to learn from."""
    return (
        *_uplift_lessons(found.promoted),
        *_depth_lessons(found.promoted),
        *_money_lesson(found),
        *_dip_lesson(found),
        *_cross_lessons(found.signals),
        *_noise_lesson(found),
    )


def _verdict(found: Findings) -> str:
    net = found.net.sales_value
    words = {
        "worked": "the campaign worked",
        "did_not": "the campaign did not work",
        "cannot_tell": "at this noise one cannot tell whether the campaign worked",
    }
    return f"Net incremental sales are {_money_range(net)}: {words[net.verdict]}."


def _money(found: Findings) -> str:
    words = {
        "worked": "it paid",
        "did_not": "it did not pay",
        "cannot_tell": "one cannot tell whether it paid",
    }
    return (
        f"Net incremental margin is {_money_range(found.net.margin_value)} and net incremental "
        f"EBIT, after {found.fixed_cost:,.0f} of fixed cost, {_money_range(found.net.ebit)}: "
        f"{words[found.net.ebit.verdict]}."
    )


def _cells(cells: Sequence[PromotedCell]) -> list[str]:
    return [
        f"{c.department} {c.channel} at {c.discount_pct:g} %: sales {c.uplift_sales_pct:+.1f} % "
        f"against baseline (90 %: {c.uplift_sales_p5_pct:+.1f} to {c.uplift_sales_p95_pct:+.1f}), "
        f"units {c.uplift_units_pct:+.1f} %"
        + (
            "."
            if c.planned_uplift_sales_pct is None
            else f"; planned were {c.planned_uplift_sales_pct:+.1f} % of sales."
        )
        for c in cells
    ]


def _dip(found: Findings) -> str:
    if found.days_after == 0:
        return "No day after the campaign has sales yet: the dip is not known."
    clear = [
        f"{d.department} {d.channel} {d.dip_pct:+.1f} % (90 %: {d.p5_pct:+.1f} to {d.p95_pct:+.1f})"
        for d in found.dips
        if d.verdict == "dip"
    ]
    what = f"a dip shows in {'; '.join(clear)}" if clear else "no dip stands out of the noise"
    over = (
        ""
        if found.dip_complete
        else f" The {found.dip_days} days are not over: measure again when they are."
    )
    return f"In the {found.days_after} days after the campaign {what}.{over}"


def _others(found: Findings) -> str:
    clear = [signal for signal in found.signals if signal.significant]
    if not found.signals:
        return "No other department could be tested for cannibalization or halo."
    if not clear:
        return (
            f"None of the {len(found.signals)} other departments tested deviates beyond its noise: "
            "no cannibalization and no halo is shown."
        )
    listed = "; ".join(
        f"{s.kind} {s.department} {s.channel} {s.effect_pct:+.1f} % "
        f"(90 %: {s.p5_pct:+.1f} to {s.p95_pct:+.1f})"
        for s in clear
    )
    return f"Of {len(found.signals)} other departments tested, {len(clear)} moved: {listed}."


def _forecast_error(found: Findings) -> list[str]:
    """Say how far the forecast was off, and whether by the promotion or by the rest."""
    error = found.errors["sales_value"]
    if found.forecast is None:
        return ["No forecast of the campaign is stored: there is nothing to compare it with."]
    tiny = _without_per_cent(found, found.forecast)
    if error is None:
        return tiny
    rows = found.forecast.kpi_breakdown.get("by_cell", [])
    gap = found.totals["sales_value"] - found.forecast.total_sales_value
    sentence = (
        f"Sales of the whole business came out at {found.totals['sales_value']:,.0f}, "
        f"{error:+.1f} % against the forecast of {found.forecast.total_sales_value:,.0f}"
    )
    chosen = {(c.channel, c.department) for c in found.promoted}
    expected = sum(
        row["sales_value_planned"] for row in rows if (row["channel"], row["department"]) in chosen
    )
    if not expected:
        return [f"{sentence}.", *tiny]
    own = sum(c.actual_sales_value for c in found.promoted) - expected
    return [
        f"{sentence}: {own:+,.0f} of the gap lies in the promoted departments and "
        f"{gap - own:+,.0f} in the others.",
        *tiny,
    ]


def _without_per_cent(found: Findings, forecast: ScenarioKpis) -> list[str]:
    """Say which figures came against a forecast too near to 0 for a percentage."""
    return [
        f"The {name} came out at {found.totals[key]:,.0f} against a forecast of "
        f"{getattr(forecast, f'total_{key}'):,.0f}: too near to nothing for an error in per cent."
        for key, name in FORECAST_FIGURES.items()
        if found.errors[key] is None
    ]


def _causes(found: Findings) -> list[str]:
    """Name what the data offer as causes, and what they cannot show."""
    dates = found.data.dates[: found.data.window]
    names = {
        f"{name} ({day.date()})"
        for day, name in zip(dates, holiday_names(dates, found.country), strict=True)
        if name
    }
    fridays = {black_friday(year) for year in {day.year for day in dates}}
    names |= {f"Black Friday ({day})" for day in fridays if _within(day, found)}
    lines = []
    if names:
        lines.append(f"The window held {', '.join(sorted(names))}.")
    weekend = float((dates.dayofweek >= _WEEKEND).mean())
    if abs(weekend - 2 / 7) > _NOTABLE_SHARE:
        lines.append(
            f"{100 * weekend:.0f} % of its days were Saturdays and Sundays, against 29 % in a "
            "whole week."
        )
    lines += _overlaps(found)
    lines.append(
        "Weather, stock and competitors are not in the data: they may be part of any difference."
    )
    return lines


def _within(day: dt.date, found: Findings) -> bool:
    return found.scenario.date_range_start <= day <= found.scenario.date_range_end


def _overlaps(found: Findings) -> list[str]:
    """Name cells outside the campaign that were on promotion in its window."""
    chosen = {mechanic.cell for mechanic in found.scenario.mechanics}
    counts = (found.data.promo & window_days(found.data)).sum(axis=0)
    others = [
        f"{cell.department} {cell.channel} ({count} days)"
        for cell, count in zip(found.data.cells, counts, strict=True)
        if count and cell not in chosen
    ]
    if not others:
        return []
    return [f"Other promotions ran at the same time: {', '.join(others)}."]


def _gaps(found: Findings) -> list[str]:
    """Say which data were missing."""
    lines = []
    without = [
        f"{m.department} {m.channel}"
        for m in found.scenario.mechanics
        if m.cell not in {(c.channel, c.department) for c in found.promoted}
    ]
    if without:
        lines.append(
            f"{', '.join(without)} had no sales before the campaign: without a baseline they are "
            "not in its effect."
        )
    silent = [f"{c.department} {c.channel}" for c in found.promoted if not c.promo_days]
    if silent:
        lines.append(f"The sales mark no promo day for {', '.join(silent)}: did it run there?")
    empty = int((~found.data.seen[: found.data.window].any(axis=1)).sum())
    if empty:
        lines.append(
            f"{empty} of {found.data.window} days have no sales at all: closed or missing."
        )
    return lines


def _uplift_lessons(cells: Sequence[PromotedCell]) -> list[str]:
    return [
        f"{c.department} {c.channel} at {c.discount_pct:g} %: the planned uplift of "
        f"{c.planned_uplift_sales_pct:+.1f} % lies outside what was measured "
        f"({c.uplift_sales_p5_pct:+.1f} to {c.uplift_sales_p95_pct:+.1f} %): fit the coefficients "
        "again with this campaign."
        for c in cells
        if c.planned_uplift_sales_pct is not None
        and not c.uplift_sales_p5_pct <= c.planned_uplift_sales_pct <= c.uplift_sales_p95_pct
    ]


def _depth_lessons(cells: Sequence[PromotedCell]) -> list[str]:
    return [
        f"{c.department} {c.channel} ran at {c.actual_discount_pct:.1f} % instead of the planned "
        f"{c.discount_pct:g} %: the sales show another depth than the plan."
        for c in cells
        if c.actual_discount_pct is not None
        and abs(c.actual_discount_pct - c.discount_pct) > _DEPTH_GAP_POINTS
    ]


def _money_lesson(found: Findings) -> list[str]:
    if found.net.ebit.verdict != "did_not":
        return []
    if found.net.sales_value.verdict == "worked":
        return ["It sold more and earned less: try a smaller depth or ask for supplier funding."]
    return ["It cost more than it earned: do not repeat it in this form."]


def _dip_lesson(found: Findings) -> list[str]:
    clear = [d for d in found.dips if d.verdict == "dip"]
    if not clear:
        return []
    lost = sum(d.sales_value for d in clear)
    return [
        f"Sales were pulled forward: {lost:,.0f} in the days after "
        f"({', '.join(f'{d.department} {d.channel}' for d in clear)}); plan a rest before the next "
        "promotion there."
    ]


def _cross_lessons(signals: Sequence[CrossSignal]) -> list[str]:
    return [
        f"Expect {s.kind} in {s.department} {s.channel} ({s.effect_pct:+.1f} %) when these "
        "departments are promoted again."
        for s in signals
        if s.significant
    ]


def _noise_lesson(found: Findings) -> list[str]:
    net = found.net.sales_value
    if net.verdict != "cannot_tell":
        return []
    half = (net.p95 - net.p5) / 2
    return [
        f"An effect under about {half:,.0f} cannot be told from noise in a window like this: a "
        "longer one, more departments or a larger discount would show it."
    ]


def _money_range(one: Estimate) -> str:
    return f"{one.value:+,.0f} (90 %: {one.p5:+,.0f} to {one.p95:+,.0f})"
