"""The baseline of a period as arrays: every cell, the days of the window and the days after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.frames import require_columns
from analytics.types import Cell

if TYPE_CHECKING:
    from analytics.money import FloatArray
    from analytics.policy import Policy

DAYS_AFTER = 14
Index = npt.NDArray[np.int64] | npt.NDArray[np.bool_] | list[int] | tuple[slice, slice]


@dataclass(frozen=True)
class Amounts:
    """Sales, margin (currency) and units as arrays of one shape."""

    sales: FloatArray
    margin: FloatArray
    units: FloatArray

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.sales + other.sales, self.margin + other.margin, self.units + other.units
        )

    def __mul__(self, factor: npt.ArrayLike) -> Amounts:
        by = np.asarray(factor, dtype=np.float64)
        return Amounts(self.sales * by, self.margin * by, self.units * by)

    def __getitem__(self, index: Index) -> Amounts:
        return Amounts(self.sales[index], self.margin[index], self.units[index])

    def sum(self) -> Amounts:
        """Add up the last axis."""
        return Amounts(self.sales.sum(-1), self.margin.sum(-1), self.units.sum(-1))

    def ebit(self, cost_rate: npt.ArrayLike) -> FloatArray:
        """Return margin less variable cost; `cost_rate` is a share of sales, last axis."""
        return self.margin - np.asarray(cost_rate, dtype=np.float64) * self.sales


@dataclass(frozen=True)
class Window:
    """Baseline amounts of all cells: `during` is (cells, days), `after` is (cells, 14).

    Attributes:
        open_days: (cells, days) False where a blackout forbids promoting the cell.
        cost_rate: (cells,) variable cost as a share of sales.
        methods: the forecast methods used for each cell in the window.
    """

    start: dt.date
    end: dt.date
    cells: tuple[Cell, ...]
    during: Amounts
    after: Amounts
    open_days: npt.NDArray[np.bool_]
    cost_rate: FloatArray
    methods: tuple[tuple[str, ...], ...]

    def index(self, cell: Cell) -> int:
        """Return the position of a cell.

        Raises:
            ValueError: when the cell has no baseline; the message lists the known ones.
        """
        if cell in self.cells:
            return self.cells.index(cell)
        known = sorted({c.department for c in self.cells if c.channel == cell.channel})
        message = (
            f"there is no baseline for {cell.department} {cell.channel}: the departments known "
            f"{cell.channel} are {', '.join(known) or 'none'}"
        )
        raise ValueError(message)


def window(baseline: pd.DataFrame, start: dt.date, end: dt.date, policy: Policy) -> Window:
    """Cut the window and the 14 days after it out of a FORECAST frame.

    Args:
        baseline: FORECAST frame with one row per cell and day.
        start: first day of the window.
        end: last day of the window.
        policy: for blackouts and cost rates.

    Raises:
        ValueError: a column is missing, or a cell lacks one of the days.
    """
    columns = ("date", "channel", "department", "sales_value", "margin_value", "units", "method")
    require_columns(baseline, columns, "baseline")
    days = pd.date_range(start, end + dt.timedelta(days=DAYS_AFTER))
    rows = baseline[baseline["date"].between(days[0], days[-1])]
    measures = ("sales_value", "margin_value", "units")
    tables = [
        rows.pivot(  # noqa: PD010  pivot_table adds up two rows of one day and hides missing values
            index=["channel", "department"], columns="date", values=name
        ).reindex(columns=days)
        for name in measures
    ]
    if rows.empty or any(bool(table.isna().to_numpy().any()) for table in tables):
        message = (
            f"the baseline lacks days or values between {start} and {days[-1].date()}: forecast "
            f"the window and the {DAYS_AFTER} days after it for every department"
        )
        raise ValueError(message)
    cells = tuple(Cell(str(channel), str(name)) for channel, name in tables[0].index)
    count = (end - start).days + 1
    every = Amounts(*(t.to_numpy(dtype=np.float64) for t in tables))
    return Window(
        start=start,
        end=end,
        cells=cells,
        during=every[:, :count],
        after=every[:, count:],
        open_days=_open_days(cells, days[:count], policy),
        cost_rate=np.array([policy.cost_rate(cell.channel) for cell in cells]),
        methods=_methods(rows[rows["date"] <= pd.Timestamp(end)], cells),
    )


def _open_days(
    cells: tuple[Cell, ...], days: pd.DatetimeIndex, policy: Policy
) -> npt.NDArray[np.bool_]:
    dates = [day.date() for day in days]
    return np.array([[policy.blackout(date, cell) is None for date in dates] for cell in cells])


def _methods(rows: pd.DataFrame, cells: tuple[Cell, ...]) -> tuple[tuple[str, ...], ...]:
    used = rows.groupby(["channel", "department"])["method"].unique()
    return tuple(tuple(sorted(used[cell])) for cell in cells)
