"""What a promotion plan should earn: the KPIs of a scenario and of every option of a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import Field

from analytics import breakdown
from analytics.effects import by_row, treatment
from analytics.effects import case as case_of
from analytics.intervals import intervals
from analytics.ledger import Ledger, ledger, table
from analytics.money import as_money
from analytics.runs import Run
from analytics.segments import customers
from analytics.types import Mechanic, Record, ScenarioKpis
from analytics.window import window as cut

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from analytics.effects import Case
    from analytics.forecast_errors import ErrorDraws
    from analytics.policy import Policy
    from analytics.types import Cell, Scenario, ScenarioType, Segment
    from analytics.uplift import UpliftModel
    from analytics.window import Window


@dataclass(frozen=True)
class PlanningInputs:
    """All that the figures of a plan depend on, besides the plan.

    Attributes:
        baseline: FORECAST frame, every cell and day of the window and of the 14 days after it.
        uplift: the coefficients in force.
        model_version: their version.
        errors: forecast errors over the window (first day first); None leaves the intervals with
            the coefficients' errors only, and the assumptions say so.
        policy: company rules and economics.
        segments: customer segments; may be empty.
    """

    baseline: pd.DataFrame
    uplift: UpliftModel
    model_version: str
    errors: ErrorDraws | None
    policy: Policy
    segments: tuple[Segment, ...] = ()


class BaselineTotals(Record):
    """The whole business in a window without promotions, and what any campaign would cost."""

    sales_value: float
    margin_value: float
    ebit: float
    units: float
    scenario_cost: float = 0.0
    channel_costs: dict[str, float] = Field(default_factory=dict)

    def fixed_cost(self, channels: Collection[str]) -> float:
        """Return what a campaign in these channels costs; nothing without a channel."""
        if not channels:
            return 0.0
        return self.scenario_cost + sum(self.channel_costs.get(c, 0.0) for c in set(channels))


def evaluate(
    scenario: Scenario, inputs: PlanningInputs, *, kpi_id: UUID, draws: int = 400, seed: int = 0
) -> ScenarioKpis:
    """Compute the KPIs of a scenario over the whole business in its window.

    Totals cover every cell; deltas are against the baseline of the same window; every table of
    `kpi_breakdown` adds up to the totals to the cent. The dip after the campaign and the effects on
    other cells are in `net_effect`, not in the totals. See `analytics/README.md` for the keys.

    Args:
        scenario: the plan.
        inputs: baseline, coefficients, policy and segments.
        kpi_id: id of the result.
        draws: simulated futures for the intervals.
        seed: of the simulation.

    Raises:
        ValueError: a promoted cell has no baseline or coefficient, a segment is unknown, the
            baseline lacks days, or a flash lasts more than its days.
    """
    _check_flash(scenario, inputs.policy)
    start, end = scenario.date_range_start, scenario.date_range_end
    window = cut(inputs.baseline, start, end, inputs.policy)
    for mechanic in scenario.mechanics:
        window.index(mechanic.cell)  # refuses an unknown cell with the known ones
    case = _case(scenario.mechanics, scenario.scenario_type, inputs, window)
    fixed_cost = inputs.policy.fixed_cost(case.channels)
    book = ledger(case, fixed_cost)
    simulated = intervals(case, inputs.errors, fixed_cost=fixed_cost, draws=draws, seed=seed)
    totals, deltas = book.planned.figures(), book.delta.figures("_delta")
    return ScenarioKpis(
        id=kpi_id,
        scenario_id=scenario.id,
        period_start=start,
        period_end=end,
        total_sales_value=totals["sales_value"],
        total_margin_value=totals["margin_value"],
        total_margin_pct=book.planned.margin_pct(),
        total_ebit=as_money(book.ebit),
        total_units=int(totals["units"]),
        sales_value_delta=deltas["sales_value_delta"],
        margin_value_delta=deltas["margin_value_delta"],
        ebit_delta=as_money(book.ebit_delta),
        units_delta=int(deltas["units_delta"]),
        kpi_breakdown={
            **_tables(scenario, inputs, case, book),
            "intervals": simulated,
            "net_effect": breakdown.net_effect(case.exposed, book),
            "assumptions": {
                **_assumptions(inputs, case, book),
                "draws": draws,
                "seed": seed,
                "notes": _notes(scenario, inputs, case),
            },
        },
    )


def cell_options(  # noqa: PLR0913  a grid and its mechanic
    inputs: PlanningInputs,
    start: dt.date,
    end: dt.date,
    cells: Sequence[Cell],
    depths: Sequence[float],
    *,
    scenario_type: ScenarioType = "balanced",
    promo_share: float | None = None,
    runs: Mapping[Cell, Sequence[Run]] | None = None,
    funding_pct: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Compute what promoting each cell at each depth would change, without fixed cost.

    Effects of different cells add up, so the sum of the chosen options, less the fixed cost, is the
    net incremental figure that `evaluate` gives for the plan made of them.

    Args:
        inputs: as for `evaluate`.
        start: first day of the window.
        end: last day of the window.
        cells: what may be promoted.
        depths: depths to try, per cent.
        scenario_type: mechanic of the options.
        promo_share: share of the units on promotion; None takes what past promotions of the cell
            at that depth had (the column says which; give it to the mechanics of the plan).
        runs: the days on which each cell may run, see `runs.cell_runs`; None for the whole window.
        funding_pct: suppliers' part of the discount by department; others as in the policy.

    Raises:
        ValueError: a cell has no baseline or coefficient, or the baseline lacks days.

    Returns:
        One row per cell, run and depth: `channel, department, start, end, depth_pct, promo_share,
        funding_pct` (None: the policy's), `uplift_units_pct`; changes in the window `sales_delta, margin_delta, ebit_delta,
        units_delta`; with dip and cross effects `net_sales, net_margin, net_ebit, net_units`;
        `markdown_value, funding_value`; the department's baseline over both channels
        `department_sales, department_margin`; `in_blackout, too_near` mark runs that are
        forbidden. Cells that a blackout closes for the whole window have no other row.
    """
    window = cut(inputs.baseline, start, end, inputs.policy)
    for cell in cells:
        window.index(cell)
    runs = runs or dict.fromkeys(cells, (Run(start, end),))
    chosen = [(cell, run, depth) for cell in cells for run in runs[cell] for depth in depths]
    mechanics = [
        Mechanic(
            department=cell.department,
            channel=cell.channel,  # type: ignore[arg-type]  # pydantic checks it
            discount_pct=depth,
            promo_share=promo_share or inputs.uplift.coefficient(cell, depth).promo_share,
            supplier_funding_pct=(funding_pct or {}).get(cell.department),
            start=run.start,
            end=run.end,
        )
        for cell, run, depth in chosen
    ]
    case = _case(mechanics, scenario_type, inputs, window)
    frame = _options_frame(mechanics, case)
    frame["in_blackout"] = [run.in_blackout for _, run, _ in chosen]
    frame["too_near"] = [run.too_near for _, run, _ in chosen]
    # A run without an open day promotes nothing: it is kept only to say what forbids it.
    kept = case.exposed.on_days.any(axis=1) | frame["in_blackout"].to_numpy(dtype=bool)
    return frame[kept].reset_index(drop=True)


def baseline_totals(inputs: PlanningInputs, start: dt.date, end: dt.date) -> BaselineTotals:
    """Return the totals of the business in the window when nothing is promoted."""
    window = cut(inputs.baseline, start, end, inputs.policy)
    total = window.during.sum()
    costs = inputs.policy.campaign_fixed_cost
    return BaselineTotals(
        sales_value=float(total.sales.sum()),
        margin_value=float(total.margin.sum()),
        ebit=float(total.ebit(window.cost_rate).sum()),
        units=float(total.units.sum()),
        scenario_cost=costs.scenario,
        channel_costs={"online": costs.online, "offline": costs.offline},
    )


def _check_flash(scenario: Scenario, policy: Policy) -> None:
    if scenario.scenario_type == "flash" and scenario.days > policy.flash.max_days:
        message = (
            f"a flash lasts at most {policy.flash.max_days} days and this one {scenario.days}: "
            "shorten it or choose another scenario type"
        )
        raise ValueError(message)


def _case(
    mechanics: Sequence[Mechanic],
    scenario_type: ScenarioType,
    inputs: PlanningInputs,
    window: Window,
) -> Case:
    known = customers(inputs.segments, inputs.policy)
    treatments = [
        treatment(mechanic, scenario_type, inputs.policy, known, inputs.uplift)
        for mechanic in mechanics
    ]
    return case_of(treatments, window, inputs.uplift, known, inputs.policy)


def _options_frame(mechanics: Sequence[Mechanic], case: Case) -> pd.DataFrame:
    exposed, window, changes = case.exposed, case.window, case.changes
    rates = window.cost_rate[exposed.cell]
    cross_ebit = changes.cross.ebit(window.cost_rate[exposed.link_target])
    gross = {
        "sales": changes.delta.sales,
        "margin": changes.delta.margin,
        "ebit": changes.delta.ebit(rates),
        "units": changes.delta.units,
    }
    outside = {
        "sales": changes.dip.sales + by_row(changes.cross.sales, exposed),
        "margin": changes.dip.margin + by_row(changes.cross.margin, exposed),
        "ebit": changes.dip.ebit(rates) + by_row(cross_ebit, exposed),
        "units": changes.dip.units + by_row(changes.cross.units, exposed),
    }
    base = window.during.sum()
    department = np.array([cell.department for cell in window.cells])
    whole = {m.department: base[department == m.department] for m in mechanics}
    return pd.DataFrame(
        {
            "channel": [m.channel for m in mechanics],
            "department": [m.department for m in mechanics],
            "start": [m.start for m in mechanics],
            "end": [m.end for m in mechanics],
            "depth_pct": [m.discount_pct for m in mechanics],
            "funding_pct": pd.Series([m.supplier_funding_pct for m in mechanics], dtype=object),
            "promo_share": [m.promo_share for m in mechanics],
            "uplift_units_pct": changes.uplift * 100,
            **{f"{name}_delta": values for name, values in gross.items()},
            **{f"net_{name}": gross[name] + outside[name] for name in gross},
            "markdown_value": changes.markdown,
            "funding_value": changes.funding,
            "department_sales": [float(whole[m.department].sales.sum()) for m in mechanics],
            "department_margin": [float(whole[m.department].margin.sum()) for m in mechanics],
        }
    )


def _tables(scenario: Scenario, inputs: PlanningInputs, case: Case, book: Ledger) -> dict[str, Any]:
    cells = case.window.cells
    return {
        "by_channel": table(book, [c.channel for c in cells], "channel"),
        "by_department": table(book, [c.department for c in cells], "department"),
        "by_segment": breakdown.by_segment(case.exposed, book, case.known),
        "by_cell": breakdown.by_cell(scenario, case, book, inputs.uplift),
    }


def _assumptions(inputs: PlanningInputs, case: Case, book: Ledger) -> dict[str, Any]:
    policy = inputs.policy
    return {
        "model_version": inputs.model_version,
        "policy_version": policy.version,
        "variable_cost_rate": policy.variable_cost_rate.model_dump(),
        "fixed_cost": as_money(book.fixed_cost),
        "supplier_funding_value": as_money(book.funding.sum()),
        "markdown_value": as_money(book.markdown.sum()),
        "segments": list(case.known.ids),
    }


def _notes(scenario: Scenario, inputs: PlanningInputs, case: Case) -> list[str]:
    lines = breakdown.notes(scenario, case, inputs.uplift, inputs.policy)
    if inputs.errors is None:
        lines.append("the intervals leave out the forecast error: only that of the coefficients")
    return lines
