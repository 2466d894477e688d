"""Price arithmetic worked out by hand, and rounding that adds up."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.money import allocate, as_money, cents, whole
from analytics.price import promoted_cell

# Ten pieces at 100 with a cost of 70 each: S = 1000, U = 10, M = 300.
BASE = {"sales": 1000.0, "units": 10.0, "margin": 300.0}


def test_whole_department_on_promotion() -> None:
    # 15 pieces at 80 = 1200; they cost 15 x 70 = 1050; each is 20 cheaper = 300 discount given.
    result = promoted_cell(**BASE, depth_pct=20, promo_share=1, unit_uplift=0.5)
    assert result.units == pytest.approx(15)
    assert result.sales_value == pytest.approx(1200)
    assert result.margin_value == pytest.approx(150)
    assert result.markdown_value == pytest.approx(300)


def test_half_of_the_units_on_promotion() -> None:
    # 7.5 pieces at 80 and 7.5 at 100 = 1350; cost 1050; 7.5 x 20 = 150 discount given.
    result = promoted_cell(**BASE, depth_pct=20, promo_share=0.5, unit_uplift=0.5)
    assert result.sales_value == pytest.approx(1350)
    assert result.margin_value == pytest.approx(300)
    assert result.markdown_value == pytest.approx(150)


def test_supplier_funding_goes_to_the_margin_only() -> None:
    result = promoted_cell(**BASE, depth_pct=20, promo_share=1, unit_uplift=0.5, funding=90)
    assert result.margin_value == pytest.approx(240)
    assert result.sales_value == pytest.approx(1200)


def test_no_discount_and_no_uplift_change_nothing() -> None:
    result = promoted_cell(**BASE, depth_pct=0, promo_share=1, unit_uplift=0)
    assert [float(x) for x in result] == [1000, 10, 300, 0]


def test_a_cell_without_baseline_gives_zeros_even_with_funding() -> None:
    result = promoted_cell(0, 0, 0, 20, 1, 0.5, funding=90)
    assert [float(x) for x in result] == [0, 0, 0, 0]


def test_arguments_broadcast() -> None:
    result = promoted_cell(
        np.array([1000.0, 0.0]), np.array([10.0, 0.0]), np.array([300.0, 0.0]), [[10], [20]], 1, 0.5
    )
    assert result.sales_value == pytest.approx(np.array([[1350, 0], [1200, 0]]))


@given(
    sales=st.floats(1, 1e6),
    units=st.floats(0.1, 1e4),
    margin_share=st.floats(-0.5, 0.9),
    depth=st.floats(0, 100),
    share=st.floats(0, 1),
    uplift=st.floats(-0.9, 5),
)
def test_the_formula_of_the_design_with_average_price_and_cost(
    sales: float, units: float, margin_share: float, depth: float, share: float, uplift: float
) -> None:
    margin, d = sales * margin_share, depth / 100
    price, cost = sales / units, (sales - margin) / units
    new_units = units * (1 + uplift)
    new_sales = new_units * price * (share * (1 - d) + 1 - share)
    result = promoted_cell(sales, units, margin, depth, share, uplift)
    tolerance = 1e-9 * sales * 10
    assert result.units == pytest.approx(new_units)
    assert result.sales_value == pytest.approx(new_sales, abs=tolerance)
    assert result.margin_value == pytest.approx(new_sales - new_units * cost, abs=tolerance)
    assert result.markdown_value == pytest.approx(new_units * share * d * price, abs=tolerance)


def test_largest_fractions_get_the_missing_units() -> None:
    # The sum is 3.0; the floors sum to 1, so the two largest fractions (.9 and .6) go up.
    assert whole([0.9, 1.6, 0.5]).tolist() == [1, 2, 0]
    assert whole([-0.9, -1.6, -0.5]).tolist() == [-1, -2, 0]


@given(st.lists(st.floats(-1e9, 1e9), max_size=30))
def test_rounded_parts_sum_to_the_rounded_total(values: list[float]) -> None:
    exact = sum((Decimal(v) for v in values), Decimal(0))
    rounded = whole(values)
    assert abs(Decimal(int(rounded.sum())) - exact) <= Decimal("0.500001")
    assert np.all(np.abs(rounded - np.array(values, dtype=float)) <= 1)


def test_cents_keep_whole_cents() -> None:
    assert cents([0.1, 0.2, 0.30]).tolist() == [10, 20, 30]
    assert [as_money(c) for c in cents([19.99, -0.01])] == [19.99, -0.01]


@given(
    st.integers(-(10**12), 10**12),
    st.lists(st.floats(0, 1), min_size=1, max_size=12).filter(lambda w: sum(w) > 1e-3),
)
def test_an_allocation_sums_to_its_total_and_follows_the_weights(
    total: int, weights: list[float]
) -> None:
    result = allocate(total, weights)
    assert int(result.sum()) == total
    quotas = total * np.array(weights) / sum(weights)
    assert np.all(np.abs(result - quotas) <= 1 + abs(total) * 1e-7)


def test_a_cent_that_cannot_be_split_goes_to_the_first() -> None:
    assert allocate(100, [1, 1, 1]).tolist() == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]).tolist() == [-33, -33, -34]
