"""Plain values: when two are equal, what is a number, what a number is in another unit."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.grounding.units import Unit

FLOAT_NOISE = 1e-6
"""Two floats that differ by less than this part are one (a sum done in another order)."""


class Missing:
    """What an argument is that was not given and has no default."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Missing()


def same(one: object, other: object) -> bool:
    """Say whether two values are equal in type and value; floats up to their noise.

    >>> same(1, True), same("10.5%", "-10.5%"), same(0.18, 0.1800001), same(20, 20.0)
    (False, False, True, True)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=FLOAT_NOISE, abs_tol=1e-9)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def number(value: object) -> float | None:
    """Return a number, also one written as plain text; None for anything else.

    >>> number("18.5"), number("-3"), number(True), number("18 %"), number("1.2.3")
    (18.5, -3.0, None, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d+)?", value.strip()):
        return float(value)
    return None


def converted(value: float, unit: Unit | None, to: Unit | None) -> float | None:
    """Return a number in another unit; None where one is not the other.

    >>> converted(18, "percent", "fraction"), converted(18, None, "fraction")
    (0.18, 18)
    """
    if unit is None or to is None or unit == to:
        return value
    if (unit, to) == ("percent", "fraction"):
        return value / 100
    if (unit, to) == ("fraction", "percent"):
        return value * 100
    return None


def plain_text(text: str) -> str:
    """Return a text in one form: composed, folded, single spaces; punctuation and signs stay."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
