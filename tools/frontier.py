"""The efficient frontier: what can be had at best, sales against margin."""

import datetime as dt
from collections.abc import Mapping

from pydantic import Field

from analytics.frontier import FrontierPoint, PointName, named_points
from analytics.remarks import texts
from analytics.types import CHANNELS, Channel, Record, Remark
from tools.deps import Deps
from tools.limits import (
    Budget,
    Caps,
    Channels,
    Departments,
    End,
    Excluded,
    Funding,
    MarginFloor,
    MaxDepartments,
    MaxDiscount,
    MinDiscount,
    MinGap,
    RunDays,
    Start,
    brief_limits,
    funding_rates,
)
from tools.planning import planning_basis
from tools.proposals import left_out, market_frontier, open_market, other_promotions


class PointMechanic(Record):
    """One promoted cell of a frontier point."""

    department: str
    channel: Channel
    discount_pct: float
    start: dt.date
    end: dt.date


class Point(Record):
    """One plan on the efficient frontier."""

    names: tuple[str, ...]
    net_sales_value: float
    net_margin_value: float
    net_ebit: float
    markdown_value: float
    mechanics: tuple[PointMechanic, ...]


class Frontier(Record):
    """The efficient frontier: more net sales cost margin. Every point is a proved optimum."""

    start: dt.date
    end: dt.date
    points: tuple[Point, ...]
    remarks: tuple[str, ...]
    remark_facts: tuple[Remark, ...] = Field(description="the remarks, for other languages")


def efficient_frontier(
    deps: Deps,
    start: Start,
    end: End,
    departments: Departments = (),
    channels: Channels = CHANNELS,
    max_discount_pct: MaxDiscount = None,
    min_discount_pct: MinDiscount = None,
    margin_floor_pct: MarginFloor = None,
    budget_value: Budget = None,
    max_departments: MaxDepartments = None,
    excluded_departments: Excluded = (),
    department_caps: Caps = (),
    supplier_funding: Funding = (),
    run_days: RunDays = None,
    min_gap_days: MinGap = None,
) -> Frontier:
    """Show the best that can be had: for each margin the most additional sales, exactly solved.

    Nothing is stored. `names` marks the points that propose_scenarios calls conservative, balanced
    and aggressive. Refuses like propose_scenarios.
    """
    basis = planning_basis(deps, start, end)
    limits = brief_limits(
        deps,
        start,
        end,
        departments=departments,
        channels=channels,
        max_discount_pct=max_discount_pct,
        min_discount_pct=min_discount_pct,
        margin_floor_pct=margin_floor_pct,
        budget_value=budget_value,
        max_departments=max_departments,
        excluded_departments=excluded_departments,
        department_caps=department_caps,
        run_days=run_days,
        min_gap_days=min_gap_days,
    )
    market = open_market(
        basis,
        start,
        end,
        limits,
        booked=other_promotions(deps, start, end, limits, stated=min_gap_days is not None),
        funding_pct=funding_rates(deps, supplier_funding),
    )
    points = market_frontier(market)
    names = named_points(points)
    remarks = (*basis.remarks, *left_out(market))
    return Frontier(
        start=start,
        end=end,
        points=tuple(_point(point, names) for point in points),
        remarks=texts(remarks),
        remark_facts=remarks,
    )


def _point(point: FrontierPoint, names: Mapping[PointName, FrontierPoint]) -> Point:
    return Point(
        names=tuple(name for name, named in names.items() if named == point),
        net_sales_value=round(point.totals.net_sales, 2),
        net_margin_value=round(point.totals.net_margin, 2),
        net_ebit=round(point.totals.net_ebit, 2),
        markdown_value=round(point.totals.markdown_value, 2),
        mechanics=tuple(
            PointMechanic(
                department=choice.department,
                channel=choice.channel,
                discount_pct=choice.discount_pct,
                start=choice.start,
                end=choice.end,
            )
            for choice in point.chosen
        ),
    )
