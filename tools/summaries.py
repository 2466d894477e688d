"""Scenarios in short: what a planner, or a model, needs to see side by side."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from analytics.types import Interval, Record, Scenario, ScenarioKpis, ScenarioType, Verdict
from db import validations
from tools.deps import Deps


class Mechanics(Record):
    """One promoted cell, in short."""

    department: str
    channel: str
    discount_pct: float
    start: dt.date
    end: dt.date
    uplift_units_pct: float
    confidence: float | None
    pooled: bool | None = Field(description="the uplift comes from other cells: none of its own")


class Effect(Record):
    """One step from the baseline to the net incremental figures."""

    effect: Literal["promotion", "post_promo_dip", "cannibalization", "halo"]
    sales_value: float
    margin_value: float


class ScenarioSummary(Record):
    """One scenario and what it should earn; values are over the whole business in the window."""

    id: str
    label: str
    scenario_type: ScenarioType
    start: dt.date
    end: dt.date
    mechanics: tuple[Mechanics, ...]
    total_sales_value: float
    total_margin_value: float
    total_margin_pct: float
    total_ebit: float
    total_units: int
    sales_value_delta: float = Field(description="against the baseline of the same window")
    margin_value_delta: float
    ebit_delta: float
    units_delta: int
    sales_delta_interval: Interval
    margin_delta_interval: Interval
    net_sales_value: float = Field(description="incremental after dip and cross-effects")
    net_margin_value: float
    net_ebit: float
    effects: tuple[Effect, ...] = Field(description="they add up to the net figures")
    markdown_value: float = Field(description="discount given away")
    below_frontier_value: float | None = Field(
        default=None,
        description="net margin missing to the frontier at those net sales; 0 is on it",
    )
    closes_gap_pct: float | None = Field(
        default=None, description="net sales in per cent of the month's gap to target"
    )
    validation: Verdict | None = None
    model_version: str
    policy_version: str
    remarks: tuple[str, ...] = ()


def summarise(
    deps: Deps,
    scenario: Scenario,
    kpis: ScenarioKpis,
    *,
    below_frontier_value: float | None = None,
    closes_gap_pct: float | None = None,
) -> ScenarioSummary:
    """Return a scenario in short, with its stored validation if there is one."""
    parts = kpis.kpi_breakdown
    net, assumptions = parts["net_effect"]["net_incremental"], parts["assumptions"]
    report = validations.get_for(deps.conn, scenario.id)
    return ScenarioSummary(
        id=str(scenario.id),
        label=scenario.label,
        scenario_type=scenario.scenario_type,
        start=scenario.date_range_start,
        end=scenario.date_range_end,
        mechanics=_mechanics(scenario, parts["by_cell"]),
        total_sales_value=kpis.total_sales_value,
        total_margin_value=kpis.total_margin_value,
        total_margin_pct=kpis.total_margin_pct,
        total_ebit=kpis.total_ebit,
        total_units=kpis.total_units,
        sales_value_delta=kpis.sales_value_delta,
        margin_value_delta=kpis.margin_value_delta,
        ebit_delta=kpis.ebit_delta,
        units_delta=kpis.units_delta,
        sales_delta_interval=Interval(**parts["intervals"]["sales_value_delta"]),
        margin_delta_interval=Interval(**parts["intervals"]["margin_value_delta"]),
        net_sales_value=net["sales_value"],
        net_margin_value=net["margin_value"],
        net_ebit=net["ebit"],
        effects=_effects(kpis),
        markdown_value=assumptions["markdown_value"],
        below_frontier_value=below_frontier_value,
        closes_gap_pct=closes_gap_pct,
        validation=report.status if report else None,
        model_version=assumptions["model_version"],
        policy_version=assumptions["policy_version"],
        remarks=tuple(assumptions["notes"]),
    )


def _effects(kpis: ScenarioKpis) -> tuple[Effect, ...]:
    parts = kpis.kpi_breakdown["net_effect"]
    promoted = {
        "sales_value": kpis.sales_value_delta,
        "margin_value": kpis.margin_value_delta,
    }
    steps: tuple[tuple[Any, dict[str, Any]], ...] = (
        ("promotion", promoted),
        ("post_promo_dip", parts["post_promo_dip"]),
        ("cannibalization", parts["cross_effects"]["cannibalization"]),
        ("halo", parts["cross_effects"]["halo"]),
    )
    return tuple(
        Effect(effect=name, sales_value=part["sales_value"], margin_value=part["margin_value"])
        for name, part in steps
    )


def _mechanics(scenario: Scenario, by_cell: list[dict[str, Any]]) -> tuple[Mechanics, ...]:
    figures = {(cell["channel"], cell["department"]): cell for cell in by_cell}
    return tuple(
        Mechanics(
            **{
                name: figures[m.cell][name]
                for name in Mechanics.model_fields.keys() & figures[m.cell]
            },
            start=scenario.run_of(m)[0],
            end=scenario.run_of(m)[1],
        )
        for m in sorted(scenario.mechanics, key=lambda m: (m.department, m.channel))
    )
