"""Opportunities: which cells, on which days, with what potential."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from analytics.frames import day_totals
from analytics.kpi import evaluate
from analytics.opportunities import YEAR, best_of_each_cell, sold_a_year_before
from analytics.optimise import Choice, Solution, mechanics_of
from analytics.remarks import texts
from analytics.types import CHANNELS, Cell, Channel, Interval, Record, Remark, Scenario
from db import sales
from tools.deps import Deps
from tools.errors import NotStored
from tools.limits import Departments, RunDays, brief_limits
from tools.planning import Basis, planning_basis
from tools.proposals import left_out, open_market, other_promotions
from tools.targets import month_gap

MOST = 10


class Opportunity(Record):
    """The best promotion of one cell by itself, within the policy. Money; depth in per cent."""

    department: str
    channel: Channel
    start: dt.date
    end: dt.date
    discount_pct: float
    baseline_sales_value: float = Field(description="of the cell on these days, not promoted")
    last_year_sales_value: float | None = Field(description="same weekdays 52 weeks before")
    baseline_on_last_year_pct: float | None = Field(description="negative: behind last year")
    net_sales_value: float = Field(description="additional, after dip and cross-effects")
    net_margin_value: float
    net_ebit: float = Field(description="after the fixed cost of a campaign of its own")
    sales_delta_interval: Interval = Field(
        description="P10, P50, P90 of the additional sales on these days, before dip and cross-effects"
    )
    closes_gap_pct: float | None = Field(description="of the month's gap, if it is behind target")
    promo_days_known: int = Field(description="past promotion days behind the uplift")
    confidence: float = Field(description="probability that the uplift is positive, 0-1")


class Opportunities(Record):
    """Opportunities of a window, the most net EBIT first."""

    start: dt.date
    end: dt.date
    gap_value: float | None = Field(description="expected less target of the first day's month")
    opportunities: tuple[Opportunity, ...]
    cells_looked_at: int
    remarks: tuple[str, ...]
    remark_facts: tuple[Remark, ...] = Field(description="the remarks, for other languages")


def find_opportunities(
    deps: Deps,
    start: Annotated[dt.date, Field(description="first day to look at, e.g. 2025-10-20")],
    end: Annotated[dt.date, Field(description="last day, included, e.g. 2025-11-16")],
    departments: Departments = (),
    channel: Annotated[
        Channel | None, Field(description="online or offline; both if left out")
    ] = None,
    run_days: RunDays = None,
) -> Opportunities:
    """Show where promoting pays most: cells (department and channel), their best days and depth.

    Use it for "where are the opportunities?". Each cell is looked at by itself, over every run of
    `run_days` days (7 if left out, or the whole window) and every depth that the policy allows,
    away from blackouts and other promotions: the potential is what it earns against its own
    baseline, after dip, cross-effects and the fixed cost. Cells that would earn nothing are left
    out, at most 10 are listed. The figures of two cells do not add up: for a plan use
    propose_scenarios. Refuses an unknown department, upside-down dates and an empty store.
    """
    basis = planning_basis(deps, start, end)
    limits = brief_limits(
        deps,
        start,
        end,
        departments=departments,
        channels=(channel,) if channel else CHANNELS,
        run_days=min(run_days or 7, (end - start).days + 1) if run_days is None else run_days,
    )
    booked = other_promotions(deps, start, end, limits, stated=True)
    market = open_market(basis, start, end, limits, booked=booked)
    options = market.options
    if departments:
        options = options[options["department"].isin(limits.departments)]
    if channel:
        options = options[options["channel"] == channel]
    best = best_of_each_cell(options, market.baseline, market.limits)[:MOST]
    gap = _gap_value(deps, start)
    past = day_totals(sales.sales_rows(deps.conn, start - YEAR, end - YEAR))
    runs = [(_cell(s.chosen[0]), s.chosen[0].start, s.chosen[0].end) for s in best]
    said = (*basis.remarks, *left_out(market))
    return Opportunities(
        start=start,
        end=end,
        gap_value=gap,
        opportunities=tuple(
            _opportunity(deps, basis, solution, year_ago, gap)
            for solution, year_ago in zip(best, sold_a_year_before(past, runs), strict=True)
        ),
        cells_looked_at=len(options[["channel", "department"]].drop_duplicates()),
        remarks=texts(said),
        remark_facts=said,
    )


def _cell(choice: Choice) -> Cell:
    return Cell(choice.channel, choice.department)


def _gap_value(deps: Deps, start: dt.date) -> float | None:
    try:
        return month_gap(deps, f"{start:%Y-%m}").gap_value
    except NotStored:
        return None


def _opportunity(
    deps: Deps, basis: Basis, solution: Solution, year_ago: float | None, gap: float | None
) -> Opportunity:
    choice, totals = solution.chosen[0], solution.totals
    if totals is None:
        message = "an optimum has totals"
        raise RuntimeError(message)
    known = basis.inputs.uplift.coefficient(_cell(choice), choice.discount_pct)
    frame = basis.inputs.baseline
    own = frame[
        (frame["channel"] == choice.channel)
        & (frame["department"] == choice.department)
        & frame["date"].between(str(choice.start), str(choice.end))
    ]
    baseline = float(own["sales_value"].sum())
    behind = gap is not None and gap < 0
    return Opportunity(
        department=choice.department,
        channel=choice.channel,
        start=choice.start,
        end=choice.end,
        discount_pct=choice.discount_pct,
        baseline_sales_value=round(baseline, 2),
        last_year_sales_value=None if year_ago is None else round(year_ago, 2),
        baseline_on_last_year_pct=(
            round(baseline * 100 / year_ago - 100, 1) if year_ago and year_ago > 0 else None
        ),
        net_sales_value=round(totals.net_sales, 2),
        net_margin_value=round(totals.net_margin, 2),
        net_ebit=round(totals.net_ebit, 2),
        sales_delta_interval=_interval(deps, basis, choice),
        closes_gap_pct=round(totals.net_sales * 100 / -gap, 1) if gap and behind else None,
        promo_days_known=known.sample_size,
        confidence=round(known.confidence, 3),
    )


def _interval(deps: Deps, basis: Basis, choice: Choice) -> Interval:
    """Simulate the promotion alone on its own days."""
    alone = Scenario(
        id=deps.new_id("opportunity", choice.model_dump_json()),
        label=f"{choice.department} {choice.channel}",
        scenario_type="balanced",
        date_range_start=choice.start,
        date_range_end=choice.end,
        mechanics=mechanics_of((choice,), choice.start, choice.end),
    )
    figures = evaluate(alone, basis.inputs, kpi_id=alone.id)
    return Interval(**figures.kpi_breakdown["intervals"]["sales_value_delta"])
