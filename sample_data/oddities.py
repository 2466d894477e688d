"""What real exports contain: returns, zero quantities, equal rows, and rows nobody can read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from sample_data.lines import Lines, join_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

RETURN_SHARE, ZERO_SHARE, DUPLICATE_TRIES = 0.015, 0.004, 0.04
EXTRA_SHARE = RETURN_SHARE + ZERO_SHARE + 0.004
"""Rows that the oddities add, as a share of the lines."""

_RETURNED_UNITS_SHARE = 0.02
_DIRTY_ROWS_PER_KIND = 3


class Dirt(IntEnum):
    """What is wrong with a row; the names in lower case are the reasons in truth.json."""

    NONE = 0
    DATE_UNREADABLE = 1
    DEPARTMENT_MISSING = 2
    VALUE_UNREADABLE = 3
    DATE_OUT_OF_RANGE = 4
    BLANK_ROW = 5

    @property
    def reason(self) -> str:
        """The reason as truth.json states it."""
        return self.name.lower()


@dataclass(frozen=True, eq=False)
class DirtyLines:
    """Lines as a workbook shows them: those with `dirt` > 0 are to be rejected."""

    lines: Lines
    dirt: IntArray

    @property
    def clean(self) -> Lines:
        """The lines that are to be accepted."""
        return self.lines.take(self.dirt == Dirt.NONE)


def add_oddities(lines: Lines, rng: np.random.Generator) -> Lines:
    """Add returns, zero quantities and equal rows without changing any total; sort by day."""
    for add in (_with_returns, _with_zero_quantities, _with_equal_rows):
        lines = add(lines, rng)
    shuffled = lines.take(rng.permutation(len(lines)))
    return shuffled.take(np.argsort(shuffled.day, kind="stable"))


def _with_returns(lines: Lines, rng: np.random.Generator) -> Lines:
    """Let some lines sell a little more and take it back in a row of its own."""
    rows = np.flatnonzero(rng.random(len(lines)) < RETURN_SHARE)
    sold = lines.take(rows)
    units = np.maximum(1, np.rint(_RETURNED_UNITS_SHARE * sold.units)).astype(np.int64)
    share = units / sold.units
    returned = replace(
        sold,
        units=-units,
        sales_cents=-np.rint(sold.sales_cents * share).astype(np.int64),
        margin_cents=-np.rint(sold.margin_cents * share).astype(np.int64),
    )
    return _split_off(lines, rows, returned)


def _with_zero_quantities(lines: Lines, rng: np.random.Generator) -> Lines:
    """Add price corrections (a value, no quantity) and give-aways (a cost, nothing else)."""
    rows = np.flatnonzero(rng.random(len(lines)) < ZERO_SHARE)
    base = lines.take(rows)
    amount = np.rint(base.sales_cents * rng.uniform(0.001, 0.006, len(rows))).astype(np.int64)
    is_gift = rng.random(len(rows)) < 0.5  # noqa: PLR2004  half
    zero = replace(
        base,
        units=np.zeros_like(base.units),
        sales_cents=np.where(is_gift, 0, -amount),
        margin_cents=-amount,
    )
    return _split_off(lines, rows, zero)


def _with_equal_rows(lines: Lines, rng: np.random.Generator) -> Lines:
    """Split lines that can be halved without a remainder into two equal rows."""
    is_even = (
        (lines.units > 1)
        & (lines.units % 2 == 0)
        & (lines.sales_cents % 2 == 0)
        & (lines.margin_cents % 2 == 0)
    )
    rows = np.flatnonzero(is_even & (rng.random(len(lines)) < DUPLICATE_TRIES))
    whole = lines.take(rows)
    half = replace(
        whole,
        units=whole.units // 2,
        sales_cents=whole.sales_cents // 2,
        margin_cents=whole.margin_cents // 2,
    )
    return _split_off(lines, rows, half)


def _split_off(lines: Lines, rows: IntArray, new: Lines) -> Lines:
    """Add new lines and take what they hold from the lines they came from."""
    units, sales, margin = (
        column.copy() for column in (lines.units, lines.sales_cents, lines.margin_cents)
    )
    units[rows] -= new.units
    sales[rows] -= new.sales_cents
    margin[rows] -= new.margin_cents
    changed = replace(lines, units=units, sales_cents=sales, margin_cents=margin)
    return join_lines([changed, new])


def add_dirt(lines: Lines, kinds: Sequence[Dirt], rng: np.random.Generator) -> DirtyLines:
    """Insert rows that cannot be read: copies of other rows with something wrong in them."""
    dirt = np.repeat(np.array(kinds, dtype=np.int64), _DIRTY_ROWS_PER_KIND)
    models = lines.take(rng.integers(len(lines), size=len(dirt)))
    place = np.concatenate([np.arange(len(lines)), rng.uniform(0, len(lines), len(dirt))])
    order = np.argsort(place, kind="stable")
    flags = np.concatenate([np.zeros(len(lines), np.int64), dirt])
    return DirtyLines(join_lines([lines, models]).take(order), flags[order])
