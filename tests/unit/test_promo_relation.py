"""Promo rows: part of the sales, or on top of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analytics.promo_relation import relation_by_cell, relation_by_sku
from analytics.sku_days import sku_days
from tests.unit.line_cases import OCT_1, day, promo_lines, sales_lines

if TYPE_CHECKING:
    from tests.unit.line_cases import Row

COVERED = pl.DataFrame({"channel": ["online"], "date": [OCT_1]})
PROMO: list[Row] = [{"sku": str(i), "units": 3.0, "sales": 30.0} for i in range(10)]


def test_promo_rows_that_are_part_of_the_sales() -> None:
    sales = sales_lines([*PROMO, {"sku": "1", "units": 2.0}])
    evidence = relation_by_sku(promo_lines(PROMO), sku_days(sales), COVERED)
    assert evidence is not None
    assert (evidence.relation, evidence.grain, evidence.clear) == ("subset", "sku_day", True)
    assert (evidence.compared, evidence.share_covered) == (10, 1.0)


def test_promo_rows_on_top_of_the_sales() -> None:
    rest = [{"sku": "1", "units": 1.0}, {"sku": "2", "units": 5.0, "sales": 90.0}]
    evidence = relation_by_sku(promo_lines(PROMO), sku_days(sales_lines(rest)), COVERED)
    assert evidence is not None
    assert (evidence.relation, evidence.share_covered) == ("additional", 0.1)


def test_a_return_on_the_same_day_hides_nothing() -> None:
    sales = sales_lines([*PROMO, {"sku": "1", "units": -3.0, "sales": -30.0}])
    evidence = relation_by_sku(promo_lines(PROMO), sku_days(sales), COVERED)
    assert evidence is not None
    assert evidence.share_covered == 1.0


def test_days_that_no_sales_file_covers_say_nothing() -> None:
    sales = sales_lines([{"date": day(1), "sku": "1"}])
    covered = COVERED.with_columns(pl.lit(day(1)).alias("date"))
    assert relation_by_sku(promo_lines(PROMO), sku_days(sales), covered) is None


def test_day_totals_are_weaker_evidence() -> None:
    promo = pl.DataFrame(
        {"date": [OCT_1], "channel": "online", "department": "TV", "sales": 30.0, "units": 3}
    )
    total = promo.with_columns(pl.lit(100.0).alias("sales"), pl.lit(9).alias("units"))
    evidence = relation_by_cell(promo, total)
    assert (evidence.relation, evidence.grain, evidence.clear) == ("subset", "cell_day", False)
    assert "weak" in evidence.reason


def test_nothing_to_compare_is_said() -> None:
    promo = pl.DataFrame(
        {"date": [OCT_1], "channel": "online", "department": "TV", "sales": 30.0, "units": 3}
    )
    evidence = relation_by_cell(promo, promo.clear())
    assert (evidence.grain, evidence.share_covered) == ("none", None)
