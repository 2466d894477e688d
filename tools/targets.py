"""Where a month is heading against its target."""

import datetime as dt
from calendar import monthrange
from itertools import product
from typing import Annotated, NamedTuple

import pandas as pd
from pydantic import Field

from analytics.frames import day_totals
from analytics.types import Campaign, Cell, Interval, Record, Target
from db import catalog, sales, targets
from db.errors import NotFoundError
from tools.approved import approved_scenarios
from tools.arguments import newest_sale
from tools.deps import Deps
from tools.errors import NotStored, refusing
from tools.forecast import methods, total_interval

Month = Annotated[
    str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="a month, e.g. 2025-10")
]


class GapPart(Record):
    """One channel or department of a month."""

    key: str
    sold_so_far_value: float
    forecast_rest_value: float
    expected_value: float
    same_month_last_year_value: float | None


class MonthGap(Record):
    """A month against its target: what is sold, what is to come, what is missing."""

    month: str
    geo: str
    target_value: float
    target_margin_pct: float
    sold_so_far_value: float
    sold_until: dt.date | None
    forecast_rest_value: float
    expected_value: float
    expected_margin_pct: float | None
    expected_interval: Interval
    gap_value: float = Field(description="expected minus target; negative is behind")
    gap_pct: float
    by_channel: tuple[GapPart, ...]
    by_department: tuple[GapPart, ...]
    planned_promotions: tuple[str, ...] = Field(description="campaigns the forecast counts on")
    promotions_left_out: tuple[str, ...] = Field(
        description="campaigns of unknown discount that will run: not counted"
    )
    methods: dict[str, int]


class TargetList(Record):
    """The stored targets of one geography."""

    targets: tuple[Target, ...]


def list_targets(deps: Deps) -> TargetList:
    """List the stored monthly targets (sales value, margin per cent, units), oldest first.

    Takes no arguments. An empty list means that none were imported.
    """
    return TargetList(targets=tuple(targets.list_targets(deps.conn, geo=deps.workspace.geo)))


def month_gap(
    deps: Deps, month: Month, geo: Annotated[str | None, Field(description="e.g. IT")] = None
) -> MonthGap:
    """Say where a month is heading against its target: sold so far, forecast of the rest, the gap.

    `gap_value` is expected minus target: negative means behind. `expected_interval` is the P10-P90
    range of the month's total. Promotions that still run in the month, of the catalog or approved
    here, are counted in and named. Refuses a month without a target (it lists the months that have one) and an empty
    store.
    """
    geo = geo or deps.workspace.geo
    try:
        target = targets.get(deps.conn, month, geo)
    except NotFoundError as error:
        raise NotStored(_no_target(deps, month, geo)) from error
    first = dt.date.fromisoformat(f"{month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    newest = newest_sale(deps)
    sold = day_totals(sales.sales_rows(deps.conn, first, last))
    rest_start = max(first, min(newest, last) + dt.timedelta(days=1))
    rest, interval, planned = _rest(deps, rest_start, last, newest)
    sold_value, rest_value = float(sold["sales_value"].sum()), float(rest["sales_value"].sum())
    margin = float(sold["margin_value"].sum() + rest["margin_value"].sum())
    expected = sold_value + rest_value
    return MonthGap(
        month=month,
        geo=geo,
        target_value=target.sales_value_target,
        target_margin_pct=target.margin_pct_target,
        sold_so_far_value=round(sold_value, 2),
        sold_until=min(newest, last) if newest >= first else None,
        forecast_rest_value=round(rest_value, 2),
        expected_value=round(expected, 2),
        expected_margin_pct=round(margin * 100 / expected, 2) if expected > 0 else None,
        expected_interval=Interval(
            p10=round(sold_value + interval.p10, 2),
            p50=round(sold_value + interval.p50, 2),
            p90=round(sold_value + interval.p90, 2),
        ),
        gap_value=round(expected - target.sales_value_target, 2),
        gap_pct=round((expected - target.sales_value_target) * 100 / target.sales_value_target, 2),
        by_channel=_parts(deps, "channel", sold, rest, first, last),
        by_department=_parts(deps, "department", sold, rest, first, last),
        planned_promotions=planned.counted,
        promotions_left_out=planned.left_out,
        methods=methods(rest) if len(rest) else {},
    )


def _no_target(deps: Deps, month: str, geo: str) -> str:
    months = [target.month for target in targets.list_targets(deps.conn, geo=geo)]
    if not months:
        return f"no target is stored for {geo}: import them with promoloop targets import FILE"
    return f"no target is stored for {month} in {geo}: there are targets from {months[0]} to {months[-1]}"


class _Planned(NamedTuple):
    """Promotions that still run, as a PLAN frame, and by name."""

    plan: pd.DataFrame
    counted: tuple[str, ...]
    left_out: tuple[str, ...]


def _rest(
    deps: Deps, start: dt.date, end: dt.date, newest: dt.date
) -> tuple[pd.DataFrame, Interval, _Planned]:
    """Forecast the days of the month that have no sales yet, known promotions counted in."""
    planned = _catalog_plan(deps, start, end)
    if start > end:
        columns = ["date", "channel", "department", "sales_value", "margin_value", "units"]
        return pd.DataFrame(columns=[*columns, "method"]), Interval(p10=0, p50=0, p90=0), planned
    forecaster = deps.forecaster(newest + dt.timedelta(days=1))
    with refusing():
        rest = forecaster.forecast(start, end, planned.plan)
    return rest, total_interval(forecaster, rest, start, end), planned


def _catalog_plan(deps: Deps, start: dt.date, end: dt.date) -> _Planned:
    """Return what runs in a period, of the catalog and approved here; the deepest where two meet."""
    if start > end:
        return _Planned(_plan_frame({}), (), ())
    found = catalog.list_campaigns(deps.conn, start, end)
    known = [campaign for campaign in found if campaign.avg_discount_pct is not None]
    approved = approved_scenarios(deps, start, end)
    depths: dict[tuple[pd.Timestamp, Cell], float] = {}
    running = [
        (c.date_start, c.date_end, Cell(channel, department), c.avg_discount_pct or 0.0)
        for c in known
        for channel, department in product(c.channels, c.departments)
    ] + [(*s.run_of(m), m.cell, m.discount_pct) for s in approved for m in s.mechanics]
    for first, last, cell, depth in running:
        for day in pd.date_range(max(start, first), min(end, last)):
            depths[day, cell] = max(depths.get((day, cell), 0.0), depth)
    counted = _names(known) + tuple(f"{s.label} (approved)" for s in approved)
    return _Planned(_plan_frame(depths), counted, _names([c for c in found if c not in known]))


def _plan_frame(depths: dict[tuple[pd.Timestamp, Cell], float]) -> pd.DataFrame:
    plan = pd.DataFrame(
        [(day, cell.channel, cell.department, depth) for (day, cell), depth in depths.items()],
        columns=["date", "channel", "department", "depth_pct"],
    )
    return plan.astype({"date": "datetime64[ns]", "depth_pct": float})


def _names(campaigns: list[Campaign]) -> tuple[str, ...]:
    return tuple(campaign.promo_name or str(campaign.id) for campaign in campaigns)


def _parts(
    deps: Deps, key: str, sold: pd.DataFrame, rest: pd.DataFrame, first: dt.date, last: dt.date
) -> tuple[GapPart, ...]:
    year_ago = sales.sales_rows(deps.conn, _year_before(first), _year_before(last))
    so_far = sold.groupby(key)["sales_value"].sum()
    to_come = rest.groupby(key)["sales_value"].sum()
    before = year_ago.groupby(key)["sales_value"].sum()
    return tuple(
        GapPart(
            key=str(name),
            sold_so_far_value=round(float(so_far.get(name, 0.0)), 2),
            forecast_rest_value=round(float(to_come.get(name, 0.0)), 2),
            expected_value=round(float(so_far.get(name, 0.0) + to_come.get(name, 0.0)), 2),
            same_month_last_year_value=round(float(before[name]), 2) if name in before else None,
        )
        for name in sorted({*so_far.index, *to_come.index})
    )


def _year_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))
