"""What would be sold without promotions, and how sure that is."""

import datetime as dt
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from analytics.forecast import Forecaster
from analytics.forecast_errors import ErrorDraws
from analytics.money import FloatArray
from analytics.remarks import remark, texts
from analytics.types import Cell, Channel, Interval, Record, Remark
from tools.arguments import check_period, known_department, known_until
from tools.deps import Deps
from tools.errors import refusing

DRAWS = 400


class ForecastDay(Record):
    """One day of a forecast."""

    date: dt.date
    sales_value: float
    margin_value: float
    units: float
    sales_interval: Interval = Field(description="P10, P50, P90 of the day")


class BaselineForecast(Record):
    """What the chosen cells would sell on the days of a period without any promotion."""

    start: dt.date
    end: dt.date
    channel: Channel | None
    department: str | None
    sales_value: float
    margin_value: float
    units: float
    sales_interval: Interval = Field(description="P10, P50, P90 of the total, from past errors")
    days: tuple[ForecastDay, ...]
    uses_sales_until: dt.date
    methods: dict[str, int] = Field(description="how many cells each method forecast")
    fallbacks: tuple[str, ...] = Field(description="cells not forecast by the model, and why")
    backtest_wape: float = Field(description="error of the model on days it had not seen, 0-1")


def forecast_baseline(
    deps: Deps,
    start: Annotated[dt.date, Field(description="first day, e.g. 2025-10-22")],
    end: Annotated[dt.date, Field(description="last day, included, e.g. 2025-10-27")],
    channel: Annotated[
        Channel | None, Field(description="online or offline; both if left out")
    ] = None,
    department: Annotated[str | None, Field(description="e.g. TV; all if left out")] = None,
) -> BaselineForecast:
    """Forecast what would be sold in a period if no promotion ran, with a P10-P90 range.

    Use it for "what would we sell anyway". It never uses sales of the period itself or later, also
    for a period in the past. `methods` names the fallback for cells with too little history.
    Refuses an unknown department, upside-down dates, more than 200 days, and an empty store.
    """
    check_period(start, end, max_days=200)
    before = min(start, known_until(deps) + dt.timedelta(days=1))
    department = department and known_department(deps, department)
    forecaster = deps.forecaster(before)
    with refusing():
        cells = chosen(forecaster.baseline(start, end), channel, department)
    per_day = drawn_days(forecaster, cells, start, end)
    daily = cells.groupby("date", sort=True)[["sales_value", "margin_value", "units"]].sum()
    return BaselineForecast(
        start=start,
        end=end,
        channel=channel,
        department=department,
        sales_value=round(float(daily["sales_value"].sum()), 2),
        margin_value=round(float(daily["margin_value"].sum()), 2),
        units=round(float(daily["units"].sum()), 1),
        sales_interval=total_interval(forecaster, cells, start, end),
        days=tuple(
            ForecastDay(
                date=pd.Timestamp(str(day)).date(),
                sales_value=round(line.sales_value, 2),
                margin_value=round(line.margin_value, 2),
                units=round(line.units, 1),
                sales_interval=interval_of(per_day.iloc[number]),
            )
            for number, (day, line) in enumerate(daily.iterrows())
        ),
        uses_sales_until=before - dt.timedelta(days=1),
        methods=methods(cells),
        fallbacks=texts(fallbacks(forecaster, cells)),
        backtest_wape=round(forecaster.backtest_wape, 4),
    )


def chosen(cells: pd.DataFrame, channel: str | None, department: str | None) -> pd.DataFrame:
    """Return the rows of a forecast frame that belong to a channel and a department."""
    keep = pd.Series(data=True, index=cells.index)
    if channel:
        keep &= cells["channel"] == channel
    if department:
        keep &= cells["department"] == department
    return cells[keep]


def methods(cells: pd.DataFrame) -> dict[str, int]:
    """Count the cells of a forecast frame by the method that forecast them."""
    per_cell = cells.groupby(["channel", "department"])["method"].first()
    return {str(method): int(count) for method, count in per_cell.value_counts().items()}


_PLAIN_METHODS = {"weekday_mean", "cell_mean", "no_history"}


def fallbacks(forecaster: Forecaster, cells: pd.DataFrame) -> tuple[Remark, ...]:
    """Say in a sentence each which cells of a forecast frame the model could not forecast as usual."""
    per_cell = cells.drop_duplicates(["channel", "department"])
    columns = per_cell[["channel", "department", "method"]]
    plain = [
        remark(f"forecast_{method}", department=department, channel=channel)
        for channel, department, method in columns.itertuples(index=False)
        if method in _PLAIN_METHODS
    ]
    shown = set(columns[["channel", "department"]].itertuples(index=False, name=None))
    everyday = [
        remark("forecast_everyday", department=cell.department, channel=cell.channel)
        for cell in forecaster.everyday
        if tuple(cell) in shown
    ]
    return tuple(plain + everyday)


def total_interval(
    forecaster: Forecaster, cells: pd.DataFrame, start: dt.date, end: dt.date
) -> Interval:
    """Return P10, P50 and P90 of the summed sales of a forecast frame.

    Past forecast errors are replayed on the forecast, whole blocks at a time, so that cells and
    days which erred together do so here too.
    """
    return interval_of(drawn_totals(forecaster, cells, start, end).sum())


def interval_of(totals: "pd.Series[float]", already: float = 0.0) -> Interval:
    """Return P10, P50 and P90 of drawn totals on top of what is sold already."""
    p10, p50, p90 = (float(v) + already for v in np.percentile(totals.to_numpy(), [10, 50, 90]))
    return Interval(p10=round(p10, 2), p50=round(p50, 2), p90=round(p90, 2))


def drawn_totals(
    forecaster: Forecaster, cells: pd.DataFrame, start: dt.date, end: dt.date
) -> pd.DataFrame:
    """Draw the summed sales of each cell of a forecast frame: index channel and department.

    Args:
        forecaster: what made the frame.
        cells: FORECAST frame, rows within the window; it may lack days.
        start: first day of the window.
        end: last day of the window.

    Returns:
        One column per draw. A cell without past errors takes its forecast in each.
    """
    draws, matrix = _replay(forecaster, cells, start, end)
    names = pd.MultiIndex.from_tuples(draws.cells, names=["channel", "department"])
    return pd.DataFrame(np.einsum("kcd,cd->ck", draws.factors, matrix), index=names)


def drawn_days(
    forecaster: Forecaster, cells: pd.DataFrame, start: dt.date, end: dt.date
) -> pd.DataFrame:
    """Draw the summed sales of each day of a forecast frame: one row per day, one column per draw."""
    draws, matrix = _replay(forecaster, cells, start, end)
    return pd.DataFrame(np.einsum("kcd,cd->dk", draws.factors, matrix))


def _replay(
    forecaster: Forecaster, cells: pd.DataFrame, start: dt.date, end: dt.date
) -> tuple[ErrorDraws, FloatArray]:
    """Return drawn error factors, and the forecast sales that they are for: (cells, days)."""
    draws = forecaster.error_draws(start, end, draws=DRAWS, seed=0)
    names = pd.MultiIndex.from_tuples(draws.cells, names=["channel", "department"])
    order = {cell: index for index, cell in enumerate(draws.cells)}
    matrix = np.zeros((len(order), (end - start).days + 1))
    known = cells[pd.MultiIndex.from_frame(cells[["channel", "department"]]).isin(names)]
    rows = [order[Cell(*cell)] for cell in zip(known["channel"], known["department"], strict=True)]
    days = (known["date"] - pd.Timestamp(start)).dt.days.to_numpy()
    matrix[rows, days] = known["sales_value"].to_numpy()
    return draws, matrix
