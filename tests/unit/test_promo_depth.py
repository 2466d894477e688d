"""How deep promo rows are, and the campaigns they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from analytics.campaigns import campaign_id, campaigns
from analytics.promo_depth import cell_depth, price_depth, with_depth
from analytics.sku_days import sku_days
from tests.unit.line_cases import OCT_1, day, promo_lines, sales_lines

if TYPE_CHECKING:
    from tests.unit.line_cases import Row


def test_the_name_goes_before_the_price() -> None:
    sales = [{"date": day(-d), "units": 2.0, "sales": 200.0} for d in range(1, 8)]
    promo = promo_lines([{"promo_name": "SCONTO 10%", "units": 1.0, "sales": 80.0}])
    lines = with_depth(promo, sku_days(sales_lines(sales)))
    assert lines.select("depth_pct", "depth_source").rows() == [(10.0, "text")]


def test_a_column_of_the_line_goes_before_the_name() -> None:
    rows: list[Row] = [{"discount_pct": share, "promo_name": "SCONTO 10%"} for share in (0.3, 0.0)]
    lines = with_depth(promo_lines(rows), None)
    assert lines.select("depth_pct", "depth_source").rows() == [(30.0, "column"), (10.0, "text")]


def test_the_price_against_the_usual_one() -> None:
    # pieces at 100, 100, 90 and 400 pieces at 110: the piece in the middle cost 110
    sales = [
        {"date": day(-1), "units": 1.0, "sales": 100.0},
        {"date": day(-2), "units": 1.0, "sales": 100.0},
        {"date": day(-3), "units": 1.0, "sales": 90.0},
        {"date": day(-4), "units": 400.0, "sales": 44_000.0},
    ]
    promo = promo_lines([{"units": 2.0, "sales": 176.0}])  # 88 a piece
    lines = with_depth(promo, sku_days(sales_lines(sales)))
    assert lines.select("depth_pct", "depth_source").rows() == [(20.0, "price")]


def test_promoted_days_and_old_days_are_no_usual_price() -> None:
    sales = [
        {"date": day(-57), "units": 90.0, "sales": 90_000.0},  # too old
        {"date": day(-5), "units": 90.0, "sales": 900.0},  # promoted then
        {"date": day(-6), "units": 3.0, "sales": 300.0},
        {"date": day(0), "units": 5.0, "sales": 5.0},  # today
    ]
    promo = promo_lines([{"units": 1.0, "sales": 75.0}, {"date": day(-5), "sales": 10.0}])
    depths = price_depth(promo, sku_days(sales_lines(sales)))
    assert depths.filter(pl.col("date") == OCT_1)["price_pct"].to_list() == [25.0]


@pytest.mark.parametrize("price", [100.0, 120.0, 99.5, 1.0])
def test_no_lower_price_is_unknown_never_zero(price: float) -> None:
    sales = [{"date": day(-d), "units": 2.0, "sales": 200.0} for d in range(1, 8)]
    promo = promo_lines([{"units": 1.0, "sales": price}])
    lines = with_depth(promo, sku_days(sales_lines(sales)))
    assert lines.select("depth_pct", "depth_source").rows() == [(None, None)]


def test_without_sales_files_only_the_name_counts() -> None:
    lines = with_depth(promo_lines([{}, {"promo_name": "NO IVA"}]), None)
    assert lines["depth_pct"].to_list() == [None, 18.03]


def test_depth_of_a_cell_is_weighted_by_sales() -> None:
    promo = promo_lines(
        [
            {"promo_name": "SCONTO 10%", "sales": 300.0},
            {"promo_name": "SCONTO 30%", "sales": 100.0},
            {"promo_name": "VOLANTINO", "sales": 900.0},
            {"promo_name": "SCONTO 50%", "sales": -50.0, "units": -1.0},
            {"department": "AUDIO"},
        ]
    )
    depths = cell_depth(with_depth(promo, None))
    assert depths.select("department", "discount_pct").rows() == [("AUDIO", None), ("TV", 15.0)]


def test_dates_departments_channels_and_depth() -> None:
    rows: list[Row] = [
        {
            "promo_name": "SCONTO 20%",
            "promo_start": day(0),
            "promo_end": day(3),
            "sales": 100.0,
        },
        {"department": "AUDIO", "promo_start": day(-1), "promo_end": day(2), "sales": 300.0},
        {"promo_name": "SCONTO 20%", "channel": "STORES", "sales": 50.0},
        {"promo_code": "P0", "promo_name": None, "date": day(5)},
        {"promo_code": None, "promo_name": "no code"},
    ]
    first, second = campaigns(with_depth(promo_lines(rows), None), "Promo_x.xlsb")
    assert first.id == campaign_id("Promo_x.xlsb", "P1")
    assert (first.promo_name, first.date_start, first.date_end) == (
        "SCONTO 20%",
        day(-1),
        day(3),
    )
    assert first.departments == ("AUDIO", "TV")
    assert first.channels == ("offline", "online")
    assert first.avg_discount_pct == 20.0
    assert [(m["department"], m["channel"], m["discount_pct"]) for m in first.mechanics] == [
        ("AUDIO", "online", None),
        ("TV", "offline", 20.0),
        ("TV", "online", 20.0),
    ]
    assert (second.promo_name, second.date_start, second.date_end) == ("P0", day(5), day(5))
    assert second.avg_discount_pct is None


def test_the_same_file_gives_the_same_campaigns() -> None:
    lines = with_depth(promo_lines([{}, {"promo_code": "P2"}]), None)
    shuffled = lines.sample(fraction=1.0, shuffle=True, seed=1)
    assert campaigns(lines, "a.xlsb") == campaigns(shuffled, "a.xlsb")
    assert campaign_id("a.xlsb", "P1") != campaign_id("b.xlsb", "P1")
