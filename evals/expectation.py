"""An expectation of a value: the base of all operators, and asking one of them.

Rules: a percentage equals a fraction only where both units are known; sign and decimal point
always count; true is not 1; an empty value is not a missing one unless `absent_ok` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analytics.types import Record
from evals.values import same

if TYPE_CHECKING:
    from agents.grounding.units import Unit

Lookup = Callable[[str], object]
"""Resolves `a.scenarios.0.id` to the value that call `a` returned."""


def no_lookup(path: str) -> object:
    """Resolve nothing: for values outside a conversation."""
    message = f"there is no call that {path!r} could refer to"
    raise LookupError(message)


class Operator(Record):
    """One expectation; `holds` says whether a value meets it."""

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        """Say whether `value`, whose unit is known or None, is as expected."""
        raise NotImplementedError

    def example(self, lookup: Lookup) -> object:
        """Return a value that meets the expectation, as a perfect model would choose it."""
        raise NotImplementedError


def holds(wanted: object, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
    """Say whether a value is as a plain value or an operator expects it."""
    if isinstance(wanted, Operator):
        return wanted.holds(value, lookup, unit)
    return same(wanted, value)


def example(wanted: object, lookup: Lookup) -> object:
    """Return a value that meets an expectation."""
    return wanted.example(lookup) if isinstance(wanted, Operator) else wanted
