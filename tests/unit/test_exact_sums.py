"""Sums that add up, whatever the order."""

from __future__ import annotations

import random
from fractions import Fraction

import polars as pl
import pytest

from analytics.exact_sums import CENT, NANO, apportion, nano_values, round_half_away, sum_columns


def test_no_order_of_lines_changes_a_sum() -> None:
    rng = random.Random(5)  # noqa: S311  test data
    values = [rng.uniform(-1e6, 1e6) for _ in range(2000)] + [12.3400001, 1e-7, -0.005]
    frame = pl.DataFrame({"sales": values, "margin": values, "units": values})
    first = nano_values(frame.select(sum_columns()), "sales")
    rng.shuffle(values)
    again = pl.DataFrame({"sales": values, "margin": values, "units": values})
    assert nano_values(again.select(sum_columns()), "sales") == first
    exact = sum(Fraction(value) for value in values)
    assert abs(Fraction(first[0], NANO) - exact) < Fraction(1, 10**5)


def test_decimals_of_up_to_nine_places_are_exact() -> None:
    values = [0.1] * 10 + [12.3400001, 7.123456789]
    frame = pl.DataFrame({"sales": values, "margin": values, "units": values})
    assert nano_values(frame.select(sum_columns()), "margin") == [20_463_456_889]


def test_missing_values_count_as_nothing() -> None:
    frame = pl.DataFrame({"sales": [1.5, None], "margin": [None, None], "units": [2.0, 1.0]})
    sums = frame.with_columns(pl.col("margin").cast(pl.Float64)).select(sum_columns())
    assert nano_values(sums, "sales") == [1_500_000_000]
    assert nano_values(sums, "margin") == [0]


@pytest.mark.parametrize(
    ("value", "quantum", "rounded"),
    [(15, 10, 2), (14, 10, 1), (-15, 10, -2), (-14, 10, -1), (0, 10, 0), (25, 10, 3)],
)
def test_halves_are_rounded_away_from_zero(value: int, quantum: int, rounded: int) -> None:
    assert round_half_away(value, quantum) == rounded


def test_cents_of_three_thirds_make_one_cent() -> None:
    third = CENT // 3 + 1  # a little more than a third of a cent
    assert apportion([third, third, third]) == [1, 0, 0]


def test_parts_add_up_and_stay_within_a_cent() -> None:
    rng = random.Random(6)  # noqa: S311  test data
    for _ in range(200):
        values = [rng.randint(-(10**13), 10**13) for _ in range(rng.randint(1, 30))]
        parts = apportion(values)
        assert sum(parts) == round_half_away(sum(values), CENT)
        assert all(abs(p * CENT - v) < CENT for p, v in zip(parts, values, strict=True))


def test_whole_cents_are_never_touched() -> None:
    assert apportion([123 * CENT, -45 * CENT, 0]) == [123, -45, 0]


def test_nothing_to_share_out() -> None:
    assert apportion([]) == []
