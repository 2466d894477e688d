"""Where a month is heading against its target."""

import datetime as dt
from calendar import monthrange
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from analytics.frames import FORECAST, MEASURES, day_totals
from analytics.money import cents
from analytics.remarks import remark, texts
from analytics.types import Interval, Record, Remark, Target
from db import catalog, sales, targets
from db.errors import NotFoundError
from tools.approved import approved_scenarios
from tools.arguments import known_until
from tools.deps import Deps
from tools.errors import NotStored, Refusal, refusing
from tools.forecast import drawn_totals, fallbacks, interval_of, methods
from tools.memory import digest
from tools.planned_promotions import Planned, planned_promotions

Month = Annotated[
    str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", description="a month, e.g. 2025-10")
]

_STOPPED_AFTER_DAYS = 56  # as the forecast, which takes a cell that silent as gone
_NO_CELLS = pd.MultiIndex.from_arrays([[], []], names=["channel", "department"])


class GapPart(Record):
    """One channel or department of a month."""

    key: str
    sold_so_far_value: float
    forecast_rest_value: float
    expected_value: float
    expected_interval: Interval
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
    promotions_of_unknown_depth: tuple[str, ...] = Field(
        description="those of them whose discount is unknown: counted at the usual one of each department"
    )
    methods: dict[str, int]
    notes: tuple[str, ...] = Field(
        description="fallbacks, and channels loaded less far than others"
    )
    note_facts: tuple[Remark, ...] = Field(description="the notes, for other languages")


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
    here, are counted in and named. Sales after today are not looked at; a channel loaded less far than
    another is forecast from its own newest day on. Refuses a month without a target (it lists the months
    that have one), a month before the first sale, and an empty store.
    """
    geo = geo or deps.workspace.geo
    try:
        target = targets.get(deps.conn, month, geo)
    except NotFoundError as error:
        raise NotStored(_no_target(deps, month, geo)) from error
    first = dt.date.fromisoformat(f"{month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    depends = digest(
        target,
        catalog.list_campaigns(deps.conn, first, last),
        approved_scenarios(deps, first, last),
    )
    return deps.recall(
        ("month gap", deps.today, depends), lambda: _month_gap(deps, target, first, last)
    )


def _month_gap(deps: Deps, target: Target, first: dt.date, last: dt.date) -> MonthGap:
    known = _known(deps, first, last)
    sold = day_totals(sales.sales_rows(deps.conn, first, min(last, known.until)))
    rest = _rest(deps, first, last, known)
    ahead = rest.frame
    sold_value = float(sold["sales_value"].sum())
    rest_value = float(ahead["sales_value"].sum())
    margins = np.concatenate([sold["margin_value"], ahead["margin_value"]])
    expected = round(sold_value, 2) + round(rest_value, 2)
    gap = expected - target.sales_value_target
    notes = known.notes + rest.notes
    return MonthGap(
        month=target.month,
        geo=target.geo,
        target_value=target.sales_value_target,
        target_margin_pct=target.margin_pct_target,
        sold_so_far_value=round(sold_value, 2),
        sold_until=min(known.until, last) if known.until >= first else None,
        forecast_rest_value=round(rest_value, 2),
        expected_value=round(expected, 2),
        expected_margin_pct=(
            round(float(margins.sum()) * 100 / expected, 2)
            if expected > 0 and not np.isnan(margins).any()
            else None
        ),
        expected_interval=interval_of(rest.draws.sum(), round(sold_value, 2)),
        gap_value=round(gap, 2),
        gap_pct=round(gap * 100 / target.sales_value_target, 2),
        by_channel=_parts(deps, "channel", sold, rest, first, last),
        by_department=_parts(deps, "department", sold, rest, first, last),
        planned_promotions=rest.planned.counted,
        promotions_of_unknown_depth=rest.planned.depth_unknown,
        methods=methods(ahead) if len(ahead) else {},
        notes=texts(notes),
        note_facts=notes,
    )


def _no_target(deps: Deps, month: str, geo: str) -> str:
    months = [target.month for target in targets.list_targets(deps.conn, geo=geo)]
    if not months:
        return f"no target is stored for {geo}: import them with promoloop targets import FILE"
    return f"no target is stored for {month} in {geo}: there are targets from {months[0]} to {months[-1]}"


class _Known(NamedTuple):
    """How far sales are known: in all, by channel, and on every channel that still sells."""

    until: dt.date
    newest: dict[str, dt.date]
    complete_until: dt.date
    notes: tuple[Remark, ...]


def _known(deps: Deps, first: dt.date, last: dt.date) -> _Known:
    """Say how far each channel is loaded.

    Raises:
        Refusal: the store is empty, or the whole month lies before its first sale.
    """
    until = known_until(deps)
    period = sales.date_range(deps.conn)
    if period and last < period[0]:
        message = f"the store's sales begin on {period[0]}, after {first:%Y-%m}: load older workbooks, or choose a later month"
        raise Refusal(message)
    newest = sales.newest_by_channel(deps.conn, until)
    selling = {c: day for c, day in newest.items() if (until - day).days < _STOPPED_AFTER_DAYS}
    complete = min(selling.values())
    notes = [
        remark("channel_behind", channel=channel, day=day, until=until)
        if channel in selling
        else remark("channel_stopped", channel=channel, day=day)
        for channel, day in newest.items()
        if day < min(until, last)
    ]
    if period and first < period[0]:
        notes.append(remark("month_begins_late", day=period[0]))
    return _Known(until, newest, complete, tuple(notes))


class _Rest(NamedTuple):
    """What is to come in the month: FORECAST frame of the days that no channel's sales cover yet.

    `draws` has a row per channel and department and a column per draw of its total.
    """

    frame: pd.DataFrame
    draws: pd.DataFrame
    planned: Planned
    notes: tuple[Remark, ...]


def _rest(deps: Deps, first: dt.date, last: dt.date, known: _Known) -> _Rest:
    """Forecast the days of the month that have no sales yet, known promotions counted in.

    The forecast knows the days that every channel has, and is used from each channel's own newest
    day on.
    """
    start = max(first, known.complete_until + dt.timedelta(days=1))
    if start > last:
        empty = pd.DataFrame(0.0, index=_NO_CELLS, columns=[0])
        none = pd.DataFrame(columns=FORECAST).astype(dict.fromkeys(MEASURES, float))
        return _Rest(none, empty, Planned.nothing(), ())
    planned = planned_promotions(deps, start, last)
    forecaster = deps.forecaster(known.complete_until + dt.timedelta(days=1))
    with refusing():
        frame = forecaster.forecast(start, last, planned.plan)
    newest = pd.to_datetime(frame["channel"].map(known.newest))
    frame = frame[~(frame["date"] <= newest)]
    draws = drawn_totals(forecaster, frame, start, last)
    return _Rest(frame, draws, planned, fallbacks(forecaster, frame))


def _parts(
    deps: Deps, key: str, sold: pd.DataFrame, rest: _Rest, first: dt.date, last: dt.date
) -> tuple[GapPart, ...]:
    """Split the month; the parts add up to the totals to the cent."""
    year_ago = sales.sales_rows(deps.conn, _year_before(first), _year_before(last))
    before = year_ago.groupby(key)["sales_value"].sum()
    so_far = sold.groupby(key)["sales_value"].sum()
    to_come = rest.frame.groupby(key)["sales_value"].sum()
    names = sorted({*so_far.index, *to_come.index})
    shares = cents([float(to_come.get(name, 0.0)) for name in names]) / 100
    drawn = rest.draws.groupby(level=key).sum()
    parts = []
    for name, ahead in zip(names, shares.tolist(), strict=True):
        done = round(float(so_far.get(name, 0.0)), 2)
        totals = drawn.loc[name] if name in drawn.index else pd.Series([0.0])
        parts.append(
            GapPart(
                key=str(name),
                sold_so_far_value=done,
                forecast_rest_value=ahead,
                expected_value=round(done + ahead, 2),
                expected_interval=interval_of(totals, done),
                same_month_last_year_value=(
                    round(float(before[name]), 2) if name in before else None
                ),
            )
        )
    return tuple(parts)


def _year_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=min(day.day, monthrange(day.year - 1, day.month)[1]))
