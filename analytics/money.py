"""Rounding money to cents and units to whole ones so that every sum stays exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def whole(values: npt.ArrayLike) -> IntArray:
    """Round to whole numbers whose sum is the rounded sum (largest remainder method).

    Plain rounding of each part can miss the rounded total by half a unit per part; here the parts
    with the largest fractions are rounded up until the total fits.

    Args:
        values: (n,) numbers of either sign, e.g. units or cents.

    Returns:
        (n,) integers, each within one of its value.

    >>> whole([0.4, 0.4, 0.4]).tolist()
    [1, 0, 0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    floors = np.floor(numbers)
    fractions = numbers - floors
    missing = int(np.rint(fractions.sum()))
    result = floors.astype(np.int64)
    result[np.argsort(-fractions, kind="stable")[:missing]] += 1
    return result


def cents(values: npt.ArrayLike) -> IntArray:
    """Round money to whole cents whose sum is the rounded sum.

    >>> cents([0.004, 0.004, 1.0]).tolist()
    [1, 0, 100]
    """
    return whole(np.asarray(values, dtype=np.float64) * 100)


def allocate(total: int, weights: Sequence[float]) -> IntArray:
    """Share out a whole total in proportion to weights, to the last unit.

    The quotas are exact integers (weights are taken to nine decimals of their sum), so that no
    float error decides who gets the last cent.

    Args:
        total: what is shared out, of either sign (cents or units).
        weights: (n,) numbers >= 0 with a positive sum.

    Returns:
        (n,) integers that sum to `total`.

    >>> allocate(100, [1, 1, 1]).tolist()
    [34, 33, 33]
    """
    scale = 1e9 / sum(weights)
    parts = [round(weight * scale) for weight in weights]
    whole_sum = sum(parts)
    result = np.array([total * part // whole_sum for part in parts], dtype=np.int64)
    remainders = np.array([total * part % whole_sum for part in parts], dtype=np.int64)
    missing = total - int(result.sum())
    result[np.argsort(-remainders, kind="stable")[:missing]] += 1
    return result


def as_money(value: float) -> float:
    """Turn whole cents into currency.

    >>> as_money(12345)
    123.45
    """
    return round(int(value) / 100, 2)
