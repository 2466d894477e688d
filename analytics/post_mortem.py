"""Post-mortem of a campaign: what it did against what would have been, and what we learn."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd
from pydantic import Field

from analytics.campaign_effects import (
    Change,
    CrossSignal,
    DipResult,
    PromotedCell,
    campaign_days,
    change,
    cross_signals,
    days_for_dip,
    dips,
    promoted,
    promoted_cells,
    window_days,
)
from analytics.counterfactual import Counterfactual, Verdict, counterfactual
from analytics.forecast import Forecaster, fit_forecaster
from analytics.frames import DAY_TOTALS, require_columns
from analytics.panel import DIP_DAYS
from analytics.post_mortem_text import FORECAST_FIGURES, Findings, insights, learning_points
from analytics.remarks import texts
from analytics.types import Cell, Record, Remark, Scenario, ScenarioKpis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.panel import BoolArray

__all__ = ["PostMortem", "analyse"]

MIN_HISTORY_DAYS = 28
_LARGEST_PCT = 9_999_999_999.99  # NUMERIC(12,2)


class Day(Record):
    """The promoted cells together on one day: actual sales beside their baseline and its range."""

    date: dt.date
    actual: float
    baseline: float
    p10: float
    p90: float


class PostMortem(Record):
    """What a campaign did.

    Attributes:
        verdict: of the net incremental sales: 'worked' when their 98 % interval lies above 0,
            'did_not' when below, else 'cannot_tell'. Whether it paid is `net.ebit.verdict`.
        actual_*: totals over every cell of the business in the window.
        *_error_pct: actual less the stored forecast, in per cent of the size of the forecast
            (+10: 10 % more came in than was forecast); None where there is none, where it is 0,
            and where the figure is beyond what the store can hold, which an insight then says.
        effect: change of the promoted cells on the days they ran and, where a run ended before the
            window, in the days of its dip within it; fixed cost taken from the EBIT.
        net: the same with the days after and the significant effects on other cells.
        post_promo_dip, cannibalization_signals: by cell.
        dip_complete: whether all days after the campaign have sales already.
        daily: for a picture.
        insights, learning_points: in English; the same as facts for other languages beside them.
    """

    scenario_id: UUID
    period_start: dt.date
    period_end: dt.date
    verdict: Verdict
    actual_sales_value: float
    actual_margin_value: float
    actual_margin_pct: float
    actual_ebit: float
    actual_units: int
    sales_value_error_pct: float | None
    margin_value_error_pct: float | None
    ebit_error_pct: float | None
    units_error_pct: float | None
    effect: Change
    net: Change
    promoted: tuple[PromotedCell, ...]
    post_promo_dip: tuple[DipResult, ...]
    dip_complete: bool
    cannibalization_signals: tuple[CrossSignal, ...]
    daily: tuple[Day, ...]
    baseline_until: dt.date = Field(description="last day that the baseline knows")
    insights: tuple[str, ...]
    learning_points: tuple[str, ...]
    insight_facts: tuple[Remark, ...]
    learning_facts: tuple[Remark, ...]


def analyse(  # noqa: PLR0913, PLR0917  a campaign, its data and its economics
    scenario: Scenario,
    history_before: pd.DataFrame,
    actual: pd.DataFrame,
    forecast_kpis: ScenarioKpis | None,
    country: str | None,
    variable_cost_rates: Mapping[str, float],
    fixed_cost: float,
    dip_days: int = DIP_DAYS,
    forecaster: Forecaster | None = None,
) -> PostMortem:
    """Measure a campaign against a baseline that knows only the days before it.

    Args:
        scenario: the campaign as planned.
        history_before: DAY TOTALS strictly before its start, all cells.
        actual: DAY TOTALS of its window and of the days after it as far as there are any.
        forecast_kpis: the stored forecast; None when there is none.
        country: for public holidays.
        variable_cost_rates: variable cost as a share of sales, by channel.
        fixed_cost: of the campaign, currency.
        dip_days: days after the campaign that are watched.
        forecaster: fitted on `history_before`; None fits one.

    Raises:
        ValueError: the history reaches into the campaign or is too short, the window has no sales,
            no promoted cell has a baseline, a channel has no cost rate, or the forecast is of
            another period.
    """
    start, end = scenario.date_range_start, scenario.date_range_end
    _check(scenario, history_before, actual, forecast_kpis, variable_cost_rates)
    fitted = forecaster or fit_forecaster(history_before, country)
    watched = actual[actual["date"] <= pd.Timestamp(end + dt.timedelta(days=dip_days))]
    data = counterfactual(watched, fitted, scenario)
    own = promoted(data) & data.known
    if not own.any():
        message = (
            "none of the promoted departments has sales before the campaign: without a baseline "
            "its effect cannot be measured"
        )
        raise ValueError(message)
    after = days_for_dip(data, dip_days)
    signals = cross_signals(data, len(fitted.errors.cutoffs))
    totals = _totals(data, variable_cost_rates, fixed_cost)
    # A run that ends early has the first days of its dip in the window, as in the forecast KPIs.
    in_window = (data.runs & data.known) | (window_days(data) & after)
    gross = change(data, in_window, variable_cost_rates, fixed_cost)
    everywhere = in_window | after | _moved(data, signals)
    net = change(data, everywhere, variable_cost_rates, fixed_cost)
    errors = _errors(totals, forecast_kpis)
    findings = Findings(
        scenario=scenario,
        data=data,
        country=country,
        totals=totals,
        forecast=forecast_kpis,
        errors=errors,
        effect=gross,
        net=net,
        promoted=promoted_cells(data, scenario, forecast_kpis),
        dips=dips(data, dip_days),
        dip_days=dip_days,
        signals=signals,
        fixed_cost=fixed_cost,
    )
    said, learned = insights(findings), learning_points(findings)
    return PostMortem(
        scenario_id=scenario.id,
        period_start=start,
        period_end=end,
        verdict=net.sales_value.verdict,
        actual_sales_value=totals["sales_value"],
        actual_margin_value=totals["margin_value"],
        actual_margin_pct=totals["margin_pct"],
        actual_ebit=totals["ebit"],
        actual_units=round(totals["units"]),
        sales_value_error_pct=errors["sales_value"],
        margin_value_error_pct=errors["margin_value"],
        ebit_error_pct=errors["ebit"],
        units_error_pct=errors["units"],
        effect=gross,
        net=net,
        promoted=findings.promoted,
        post_promo_dip=findings.dips,
        dip_complete=findings.dip_complete,
        cannibalization_signals=signals,
        daily=_daily(data, own),
        baseline_until=fitted.trained_until,
        insights=texts(said),
        learning_points=texts(learned),
        insight_facts=said,
        learning_facts=learned,
    )


def _check(
    scenario: Scenario,
    history_before: pd.DataFrame,
    actual: pd.DataFrame,
    forecast: ScenarioKpis | None,
    rates: Mapping[str, float],
) -> None:
    start, end = scenario.date_range_start, scenario.date_range_end
    require_columns(history_before, DAY_TOTALS, "the history")
    require_columns(actual, DAY_TOTALS, "the campaign's sales")
    dates = history_before["date"]
    if dates.empty or (dates.max() - dates.min()).days + 1 < MIN_HISTORY_DAYS:
        message = (
            f"the sales before {start} cover fewer than {MIN_HISTORY_DAYS} days: too few for a "
            "baseline, load older workbooks"
        )
        raise ValueError(message)
    if dates.max() >= pd.Timestamp(start):
        message = (
            f"the history reaches to {dates.max().date()}, into the campaign that starts on "
            f"{start}: cut it before {start}"
        )
        raise ValueError(message)
    if forecast and (forecast.period_start, forecast.period_end) != (start, end):
        message = (
            f"the stored forecast is of {forecast.period_start} to {forecast.period_end} and the "
            f"campaign ran from {start} to {end}: evaluate the scenario again"
        )
        raise ValueError(message)
    if missing := sorted(set(actual["channel"]) - set(rates)):
        message = f"there is no variable cost rate for {', '.join(missing)}: add it to the policy"
        raise ValueError(message)


def _moved(data: Counterfactual, signals: tuple[CrossSignal, ...]) -> BoolArray:
    """Return the days and cells of the significant effects on other cells: (days, cells)."""
    moved = {Cell(s.channel, s.department) for s in signals if s.significant}
    cells = np.array([cell in moved for cell in data.cells])
    return np.asarray(campaign_days(data) & data.free & cells)


def _totals(
    data: Counterfactual, rates: Mapping[str, float], fixed_cost: float
) -> dict[str, float]:
    """Sum the window over every cell of the business, as the report stores it."""
    on = window_days(data)
    sales = np.where(on, data.actual.sales, 0.0).sum(axis=0)
    margin = float(np.where(on, data.actual.margin, 0.0).sum())
    cost = sum(rates[cell.channel] * value for cell, value in zip(data.cells, sales, strict=True))
    total = float(sales.sum())
    return {
        "sales_value": round(total, 2),
        "margin_value": round(margin, 2),
        "margin_pct": round(100 * margin / total, 2) if total else 0.0,
        "ebit": round(margin - cost - fixed_cost, 2),
        "units": float(np.where(on, data.actual.units, 0.0).sum()),
    }


def _errors(totals: Mapping[str, float], forecast: ScenarioKpis | None) -> dict[str, float | None]:
    """Return actual less forecast in per cent of the forecast's size.

    None where there is no forecast, where it is 0, or where the figure passes `_LARGEST_PCT`: next
    to a forecast of about nothing a percentage says nothing.
    """
    result: dict[str, float | None] = {}
    for name in FORECAST_FIGURES:
        expected = 0.0 if forecast is None else float(getattr(forecast, f"total_{name}"))
        gap = 100 * (totals[name] - expected) / abs(expected) if expected else None
        result[name] = None if gap is None or abs(gap) > _LARGEST_PCT else round(gap, 2)
    return result


def _daily(data: Counterfactual, own: BoolArray) -> tuple[Day, ...]:
    """Return the promoted cells day by day; days on which none has a row are left out."""
    seen = data.seen & own
    expected = np.where(seen, data.baseline.sales, 0.0)
    simulated = np.einsum("kdc,dc->kd", data.factors, expected)
    p10, p90 = np.percentile(simulated, [10, 90], axis=0)
    return tuple(
        Day(
            date=day.date(),
            actual=float(data.actual.sales[k][seen[k]].sum()),
            baseline=float(expected[k].sum()),
            p10=float(p10[k]),
            p90=float(p90[k]),
        )
        for k, day in enumerate(data.dates)
        if seen[k].any()
    )
