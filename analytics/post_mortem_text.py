"""What a post-mortem says beside its figures: every figure in it is one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.calendar import black_friday, holiday_names
from analytics.campaign_effects import window_days
from analytics.remarks import remark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from analytics.campaign_effects import Change, CrossSignal, DipResult, PromotedCell
    from analytics.counterfactual import Counterfactual, Estimate
    from analytics.types import Mechanic, Remark, Scenario, ScenarioKpis

FORECAST_FIGURES = ("sales_value", "margin_value", "ebit", "units")
"""What a stored forecast is judged by."""

_WEEKEND = 5
_NOTABLE_SHARE = 0.1
_DEPTH_GAP_POINTS = 2.0


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


def insights(found: Findings) -> tuple[Remark, ...]:
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


def learning_points(found: Findings) -> tuple[Remark, ...]:
    """Say what to do differently; empty when nothing was clear enough to learn from."""
    return (
        *_uplift_lessons(found.promoted),
        *_depth_lessons(found.promoted),
        *_money_lesson(found),
        *_dip_lesson(found),
        *_cross_lessons(found.signals),
        *_noise_lesson(found),
    )


def _verdict(found: Findings) -> Remark:
    net = found.net.sales_value
    return remark(f"net_sales_{net.verdict}", range=_money_range(net))


def _money(found: Findings) -> Remark:
    return remark(
        f"net_money_{found.net.ebit.verdict}",
        margin=_money_range(found.net.margin_value),
        fixed_cost=found.fixed_cost,
        ebit=_money_range(found.net.ebit),
    )


def _cells(cells: Sequence[PromotedCell]) -> list[Remark]:
    lines = []
    for c in cells:
        facts = {
            **_cell(c),
            "discount_pct": c.discount_pct,
            "uplift_sales_pct": c.uplift_sales_pct,
            "p5_pct": c.uplift_sales_p5_pct,
            "p95_pct": c.uplift_sales_p95_pct,
            "uplift_units_pct": c.uplift_units_pct,
        }
        planned = c.planned_uplift_sales_pct
        lines.append(
            remark("cell_effect", **facts)
            if planned is None
            else remark("cell_effect_planned", **facts, planned_pct=planned)
        )
    return lines


def _cell(named: PromotedCell | CrossSignal | DipResult | Mechanic) -> dict[str, str]:
    return {"department": named.department, "channel": named.channel}


def _dip(found: Findings) -> Remark:
    if found.days_after == 0:
        return remark("dip_unknown")
    clear = [
        remark("cell_change", **_cell(d), effect_pct=d.dip_pct, p5_pct=d.p5_pct, p95_pct=d.p95_pct)
        for d in found.dips
        if d.verdict == "dip"
    ]
    over = "" if found.dip_complete else remark("dip_not_over", days=found.dip_days)
    if not clear:
        return remark("dip_none", days=found.days_after, over=over)
    return remark("dip_seen", days=found.days_after, cells=clear, over=over)


def _others(found: Findings) -> Remark:
    if not found.signals:
        return remark("others_untested")
    clear = [
        remark(
            f"moved_{s.kind}",
            cell=remark(
                "cell_change",
                **_cell(s),
                effect_pct=s.effect_pct,
                p5_pct=s.p5_pct,
                p95_pct=s.p95_pct,
            ),
        )
        for s in found.signals
        if s.significant
    ]
    if not clear:
        return remark("others_quiet", count=len(found.signals))
    return remark("others_moved", count=len(found.signals), moved=len(clear), cells=clear)


def _forecast_error(found: Findings) -> list[Remark]:
    """Say how far the forecast was off, and whether by the promotion or by the rest."""
    error = found.errors["sales_value"]
    if found.forecast is None:
        return [remark("no_forecast")]
    tiny = _without_per_cent(found, found.forecast)
    if error is None:
        return tiny
    rows = found.forecast.kpi_breakdown.get("by_cell", [])
    actual, forecast = found.totals["sales_value"], found.forecast.total_sales_value
    facts = {"actual": actual, "error_pct": error, "forecast": forecast}
    chosen = {(c.channel, c.department) for c in found.promoted}
    expected = sum(
        row["sales_value_planned"] for row in rows if (row["channel"], row["department"]) in chosen
    )
    if not expected:
        return [remark("forecast_error", **facts), *tiny]
    own = sum(c.actual_sales_value for c in found.promoted) - expected
    others = actual - forecast - own
    return [remark("forecast_error_split", **facts, own=own, others=others), *tiny]


def _without_per_cent(found: Findings, forecast: ScenarioKpis) -> list[Remark]:
    """Say which figures came against a forecast too near to 0 for a percentage."""
    return [
        remark(
            "forecast_tiny",
            figure=remark(f"figure_{name}"),
            actual=found.totals[name],
            forecast=getattr(forecast, f"total_{name}"),
        )
        for name in FORECAST_FIGURES
        if found.errors[name] is None
    ]


def _causes(found: Findings) -> list[Remark]:
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
        lines.append(remark("window_held", days=sorted(names)))
    weekend = float((dates.dayofweek >= _WEEKEND).mean())
    if abs(weekend - 2 / 7) > _NOTABLE_SHARE:
        lines.append(remark("weekend_share", share_pct=100 * weekend))
    lines += _overlaps(found)
    lines.append(remark("not_in_data"))
    return lines


def _within(day: dt.date, found: Findings) -> bool:
    return found.scenario.date_range_start <= day <= found.scenario.date_range_end


def _overlaps(found: Findings) -> list[Remark]:
    """Name cells outside the campaign that were on promotion in its window."""
    chosen = {mechanic.cell for mechanic in found.scenario.mechanics}
    counts = (found.data.promo & window_days(found.data)).sum(axis=0)
    others = [
        remark("cell_days", department=cell.department, channel=cell.channel, days=int(count))
        for cell, count in zip(found.data.cells, counts, strict=True)
        if count and cell not in chosen
    ]
    return [remark("other_promotions", cells=others)] if others else []


def _gaps(found: Findings) -> list[Remark]:
    """Say which data were missing."""
    lines = []
    without = [
        remark("a_cell", **_cell(m))
        for m in found.scenario.mechanics
        if m.cell not in {(c.channel, c.department) for c in found.promoted}
    ]
    if without:
        lines.append(remark("no_baseline", cells=without))
    silent = [remark("a_cell", **_cell(c)) for c in found.promoted if not c.promo_days]
    if silent:
        lines.append(remark("no_promo_day", cells=silent))
    empty = int((~found.data.seen[: found.data.window].any(axis=1)).sum())
    if empty:
        lines.append(remark("days_without_sales", empty=empty, days=found.data.window))
    return lines


def _uplift_lessons(cells: Sequence[PromotedCell]) -> list[Remark]:
    return [
        remark(
            "learn_uplift",
            **_cell(c),
            discount_pct=c.discount_pct,
            planned_pct=c.planned_uplift_sales_pct,
            p5_pct=c.uplift_sales_p5_pct,
            p95_pct=c.uplift_sales_p95_pct,
        )
        for c in cells
        if c.planned_uplift_sales_pct is not None
        and not c.uplift_sales_p5_pct <= c.planned_uplift_sales_pct <= c.uplift_sales_p95_pct
    ]


def _depth_lessons(cells: Sequence[PromotedCell]) -> list[Remark]:
    return [
        remark(
            "learn_depth",
            **_cell(c),
            actual_pct=c.actual_discount_pct,
            discount_pct=c.discount_pct,
        )
        for c in cells
        if c.actual_discount_pct is not None
        and abs(c.actual_discount_pct - c.discount_pct) > _DEPTH_GAP_POINTS
    ]


def _money_lesson(found: Findings) -> list[Remark]:
    if found.net.ebit.verdict != "did_not":
        return []
    sold = found.net.sales_value.verdict == "worked"
    return [remark("learn_less_depth" if sold else "learn_not_again")]


def _dip_lesson(found: Findings) -> list[Remark]:
    clear = [d for d in found.dips if d.verdict == "dip"]
    if not clear:
        return []
    lost = sum(d.sales_value for d in clear)
    return [remark("learn_rest", lost=lost, cells=[remark("a_cell", **_cell(d)) for d in clear])]


def _cross_lessons(signals: Sequence[CrossSignal]) -> list[Remark]:
    return [
        remark(f"learn_{s.kind}", **_cell(s), effect_pct=s.effect_pct)
        for s in signals
        if s.significant
    ]


def _noise_lesson(found: Findings) -> list[Remark]:
    net = found.net.sales_value
    if net.verdict != "cannot_tell":
        return []
    return [remark("learn_noise", half=(net.p95 - net.p5) / 2)]


def _money_range(one: Estimate) -> Remark:
    return remark("money_range", value=one.value, p5=one.p5, p95=one.p95)
