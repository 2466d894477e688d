"""Day totals: both rows of a day together, depth and promoted share by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analytics.frames import (
    DAY_TOTALS,
    SALES_ROWS,
    by_cell,
    cells_of,
    day_totals,
    require_columns,
)
from analytics.types import Cell


def _rows(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=SALES_ROWS)


def test_the_two_rows_of_a_day_are_one_total() -> None:
    totals = day_totals(
        _rows(
            ("2025-03-01", "online", "TV", False, np.nan, 600.0, 180.0, 6),
            ("2025-03-01", "online", "TV", True, 20.0, 320.0, 40.0, 4),
        )
    )
    assert list(totals.columns) == DAY_TOTALS
    assert len(totals) == 1
    day = totals.iloc[0]
    assert (day["sales_value"], day["margin_value"], day["units"]) == (920.0, 220.0, 10)
    assert bool(day["promo"])
    assert day["depth_pct"] == 20.0
    assert day["promo_share"] == 0.4


def test_an_unpromoted_day_has_no_depth_and_no_share() -> None:
    day = day_totals(_rows(("2025-03-01", "online", "TV", False, np.nan, 100.0, 30.0, 1))).iloc[0]
    assert not day["promo"]
    assert (day["depth_pct"], day["promo_share"]) == (0.0, 0.0)


def test_an_unknown_depth_stays_unknown_and_is_no_zero() -> None:
    day = day_totals(_rows(("2025-03-01", "online", "TV", True, np.nan, 100.0, 30.0, 1))).iloc[0]
    assert bool(day["promo"])
    assert math.isnan(day["depth_pct"])


def test_depths_of_several_promoted_rows_are_weighted_by_sales() -> None:
    day = day_totals(
        _rows(
            ("2025-03-01", "online", "TV", True, 10.0, 300.0, 0.0, 1),
            ("2025-03-01", "online", "TV", True, 30.0, 100.0, 0.0, 1),
        )
    ).iloc[0]
    assert day["depth_pct"] == pytest.approx(15.0)  # (300 x 10 + 100 x 30) / 400


@pytest.mark.parametrize(("promoted", "unpromoted"), [(3, -3), (-2, 1), (0, 0)])
def test_a_promo_day_whose_units_net_to_nothing_counts_as_all_promoted(
    promoted: int, unpromoted: int
) -> None:
    day = day_totals(
        _rows(
            ("2025-03-01", "online", "TV", True, 10.0, 1.0, 0.0, promoted),
            ("2025-03-01", "online", "TV", False, np.nan, 1.0, 0.0, unpromoted),
        )
    ).iloc[0]
    assert day["promo_share"] == 1.0


def test_returns_larger_than_the_unpromoted_sales_leave_the_share_at_one() -> None:
    day = day_totals(
        _rows(
            ("2025-03-01", "online", "TV", True, 10.0, 1.0, 0.0, 5),
            ("2025-03-01", "online", "TV", False, np.nan, 1.0, 0.0, -2),
        )
    ).iloc[0]
    assert day["units"] == 3
    assert day["promo_share"] == 1.0


def test_a_missing_margin_is_missing_in_the_total_too() -> None:
    day = day_totals(_rows(("2025-03-01", "online", "TV", False, np.nan, 1.0, np.nan, 1))).iloc[0]
    assert math.isnan(day["margin_value"])


def test_days_cells_and_sums_are_kept() -> None:
    rng = np.random.default_rng(3)
    rows = _rows(
        *(
            (day, channel, name, flag, 20.0 if flag else np.nan, *rng.integers(1, 99, 3))
            for day in pd.date_range("2025-01-01", periods=5)
            for channel in ("online", "offline")
            for name in ("TV", "AUDIO")
            for flag in (True, False)
        )
    )
    totals = day_totals(rows.sample(frac=1, random_state=0))
    assert len(totals) == 5 * 2 * 2
    assert totals["sales_value"].sum() == rows["sales_value"].sum()
    assert totals["units"].dtype == np.int64
    assert totals[["date", "channel", "department"]].apply(tuple, axis=1).is_monotonic_increasing


def test_no_rows_give_no_totals() -> None:
    totals = day_totals(_rows())
    assert totals.empty
    assert list(totals.columns) == DAY_TOTALS


def test_the_caller_s_frame_is_left_alone() -> None:
    rows = _rows(("2025-03-01", "online", "TV", True, 10.0, 1.0, 0.5, 5))
    before = rows.copy(deep=True)
    day_totals(rows)
    pd.testing.assert_frame_equal(rows, before)


def test_a_missing_column_is_named_with_the_repair() -> None:
    with pytest.raises(ValueError, match=r"the plan lacks the columns depth_pct, date .*add them"):
        require_columns(pd.DataFrame({"channel": []}), ["channel", "depth_pct", "date"], "the plan")


def test_the_layout_by_cell_puts_each_row_at_its_day_and_cell() -> None:
    frame = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-01-02", "2025-01-01", "2024-12-31"]),
            "channel": ["online", "offline", "online"],
            "department": ["TV", "TV", "TV"],
            "units": [5, 7, 9],
        }
    )
    cells, arrays = by_cell(frame, ["units"], pd.date_range("2025-01-01", "2025-01-02"))
    assert cells == (Cell("offline", "TV"), Cell("online", "TV"))
    np.testing.assert_array_equal(arrays["units"], [[7.0, np.nan], [np.nan, 5.0]])
    assert cells_of(frame) == list(cells)
