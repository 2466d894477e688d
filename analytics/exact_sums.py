"""Sums of money that do not depend on the order of the lines, and cents that add up.

A line's value is taken at nine decimals ("nano"), as two integers: the whole part and the
billionths. Integer sums are exact, so any grouping and any order give the same figure, and
accepted + rejected = read holds by arithmetic. Cents are given out once per file: every cell gets
its own sum cut down to whole cents, and the cents still missing to the file's rounded total go to
the cells with the largest remainders (Hamilton's method), so that the cells add up to the file
and no cell is a full cent away from its own exact sum.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NANO = 10**9
CENT = NANO // 100
MEASURES = ("sales", "margin", "units")


def sum_columns(measures: Iterable[str] = MEASURES) -> list[pl.Expr]:
    """Aggregations giving `<measure>_whole` and `<measure>_nano` (Int64) of Float64 columns.

    Nulls count as nothing. Values must be smaller than 1e10 (the cleaning rejects larger ones).
    """
    return [
        expression
        for name in measures
        for expression in (
            _whole(name).sum().alias(f"{name}_whole"),
            ((pl.col(name) - _whole(name)) * float(NANO))
            .round(0)
            .cast(pl.Int64)
            .sum()
            .alias(f"{name}_nano"),
        )
    ]


def resum_columns(measures: Iterable[str] = MEASURES) -> list[pl.Expr]:
    """Aggregations that add up the columns `sum_columns` made."""
    return [pl.col(f"{name}_{part}").sum() for name in measures for part in ("whole", "nano")]


def nano_values(sums: pl.DataFrame, measure: str) -> list[int]:
    """Exact sums of `measure` in billionths, one Python integer per row of `sums`."""
    whole = sums[f"{measure}_whole"].to_list()
    nano = sums[f"{measure}_nano"].to_list()
    return [int(w) * NANO + int(n) for w, n in zip(whole, nano, strict=True)]


def round_half_away(value: int, quantum: int) -> int:
    """Round `value` to whole multiples of `quantum`, halves away from zero (as NUMERIC does).

    >>> round_half_away(5, 10), round_half_away(-5, 10), round_half_away(14, 10)
    (1, -1, 1)
    """
    count = (2 * abs(value) + quantum) // (2 * quantum)
    return count if value >= 0 else -count


def apportion(values: Sequence[int], quantum: int = CENT) -> list[int]:
    """Give each value whole quanta so that they add up to the rounded sum of all values.

    Args:
        values: exact sums in nano, in a fixed order (it breaks ties between equal remainders).
        quantum: size of what is stored, in nano (`CENT`, or `NANO` for whole pieces).

    Returns:
        One count of quanta per value: its floor, or its floor + 1.

    >>> apportion([CENT // 3, CENT // 3, CENT // 3 + 1])
    [0, 0, 1]
    """
    counts = [value // quantum for value in values]
    missing = round_half_away(sum(values), quantum) - sum(counts)
    by_remainder = sorted(range(len(values)), key=lambda i: (-(values[i] % quantum), i))
    for index in by_remainder[:missing]:
        counts[index] += 1
    return counts


def as_decimal(count: int, quantum: int = CENT) -> Decimal:
    """Write a count of quanta as a decimal number: 1234 cents -> 12.34, 7 pieces -> 7."""
    return Decimal(count).scaleb(-2) if quantum == CENT else Decimal(count)


def _whole(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64, strict=True)
