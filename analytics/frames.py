"""Tidy frames of sales: rows as stored, day totals of a cell, and which columns a frame must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.types import Cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

CELL = ["channel", "department"]
KEY = ["date", *CELL]
MEASURES = ["sales_value", "margin_value", "units"]
SALES_ROWS = [*KEY, "promo_flag", "discount_pct", *MEASURES]
DAY_TOTALS = [*KEY, *MEASURES, "promo", "depth_pct", "promo_share"]
FORECAST = [*KEY, *MEASURES, "method"]
PLAN = [*KEY, "depth_pct"]


def require_columns(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Refuse a frame that lacks columns.

    Raises:
        ValueError: names the frame, what it lacks and what it has.
    """
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        has = ", ".join(map(str, frame.columns)) or "none"
        message = (
            f"{name} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)} (it has "
            f"{has}): rename or add {'them' if len(missing) > 1 else 'it'} before the call"
        )
        raise ValueError(message)


def day_totals(sales_rows: pd.DataFrame) -> pd.DataFrame:
    """Add the promoted and the unpromoted row of each day of a cell together.

    Args:
        sales_rows: columns of `SALES_ROWS`; the margin may be missing (NaN), then so is its total.

    Returns:
        One row per date, channel and department, sorted so, with the columns of `DAY_TOTALS`.
        `depth_pct` is the sales-weighted depth of the promoted part: 0 without a promotion, NaN
        where any promoted row's depth is unknown. `promo_share` is the promoted share of the
        units, 0-1; 1 on a promo day whose units net to nothing or less.

    Raises:
        ValueError: a column is missing.
    """
    require_columns(sales_rows, SALES_ROWS, "the sales rows")
    rows = pd.DataFrame({column: sales_rows[column] for column in SALES_ROWS})
    rows["date"] = pd.to_datetime(rows["date"]).astype("datetime64[ns]")
    rows = rows.astype({"channel": str, "department": str, "promo_flag": bool})
    rows[["discount_pct", *MEASURES]] = rows[["discount_pct", *MEASURES]].astype(float)
    promoted = rows[rows["promo_flag"]]
    whole = _sums(rows)
    part = _sums(promoted).reindex(whole.index)
    promo = part["units"].notna()
    share = (part["units"] / whole["units"].where(whole["units"] > 0)).clip(0.0, 1.0)
    result = whole.assign(
        units=whole["units"].round().astype(np.int64),
        promo=promo,
        depth_pct=_depth(promoted).reindex(whole.index).where(promo, 0.0),
        promo_share=share.fillna(1.0).where(promo, 0.0),
    )
    return result.reset_index()[DAY_TOTALS]


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    # min_count: a total of nothing but missing values is missing, not zero.
    return rows.groupby(KEY, sort=True, observed=True)[MEASURES].sum(min_count=1)


def _depth(promoted: pd.DataFrame) -> pd.Series[float]:
    """Return the sales-weighted depth by day and cell; NaN where a part of it is unknown."""
    weight = promoted["sales_value"].clip(lower=0.0) + np.finfo(float).tiny
    parts = promoted[KEY].assign(weight=weight, cut=weight * promoted["discount_pct"])
    groups = parts.groupby(KEY, sort=True, observed=True)
    depth = groups["cut"].sum() / groups["weight"].sum()
    unknown = parts["cut"].isna().groupby([parts[name] for name in KEY], sort=True).any()
    return depth.mask(unknown)


def cells_of(frame: pd.DataFrame) -> list[Cell]:
    """Return the cells of a frame, sorted by channel and department."""
    pairs = frame[CELL].drop_duplicates().sort_values(CELL)
    return [Cell(str(channel), str(name)) for channel, name in pairs.itertuples(index=False)]


def by_cell(
    frame: pd.DataFrame, columns: Sequence[str], dates: pd.DatetimeIndex
) -> tuple[tuple[Cell, ...], dict[str, FloatArray]]:
    """Lay columns of a tidy frame out as arrays.

    Args:
        frame: with the columns of `KEY`, one row per day and cell at most, and `columns` (numbers).
        columns: what to lay out.
        dates: the days of the result, without gaps; rows of other days are left out.

    Returns:
        The cells, sorted, and for each column a (days, cells) array; NaN where there is no row.
    """
    cells = tuple(cells_of(frame))
    number = {cell: k for k, cell in enumerate(cells)}
    rows = frame[frame["date"].between(dates[0], dates[-1])]
    day = (rows["date"] - dates[0]).dt.days.to_numpy()
    cell = [number[Cell(*pair)] for pair in zip(rows["channel"], rows["department"], strict=True)]
    arrays = {name: np.full((len(dates), len(cells)), np.nan) for name in columns}
    for name, array in arrays.items():
        array[day, cell] = rows[name].to_numpy(dtype=np.float64)
    return cells, arrays
