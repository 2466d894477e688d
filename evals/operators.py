"""What an argument, a stored value or a figure is expected to be: plain values and operators.

Rules: a percentage equals a fraction only where both units are known; sign and decimal point
always count; true is not 1; an empty value is not a missing one unless `absent_ok` says so.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Union

from pydantic import Field, TypeAdapter, model_validator

from agents.grounding.units import Unit, unit_of
from analytics.types import Record
from evals.matching import pairing
from evals.periods import Grain, Span, around, span_of

FLOAT_NOISE = 1e-6
"""Two floats that differ by less than this part are one (a sum done in another order)."""


Lookup = Callable[[str], object]
"""Resolves `a.scenarios.0.id` to the value that call `a` returned."""


class Missing:
    """What an argument is that was not given and has no default."""

    def __repr__(self) -> str:
        return "missing"


MISSING = Missing()


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


class Eq(Operator):
    """Exactly this value, of this type."""

    eq: Any

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        return same(self.eq, value)

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.eq


class AnyValue(Operator):
    """Any value, but one must be given."""

    any: Literal[True]
    gold: Any = None

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        return value is not MISSING

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.gold


class AbsentOk(Operator):
    """As expected, or left out, or empty."""

    absent_ok: Argument

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        return value is MISSING or value is None or holds(self.absent_ok, value, lookup, unit)

    def example(self, lookup: Lookup) -> object:
        return example(self.absent_ok, lookup)


class Num(Operator):
    """A number within a tolerance; with a unit, 18 percent is 0.18 as a fraction."""

    num: float
    abs: float = Field(default=0.0, ge=0)
    rel: float = Field(default=FLOAT_NOISE, ge=0)
    unit: Unit | None = None

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup
        found = number(value)
        if found is None:
            return False
        wanted = converted(self.num, self.unit, unit)
        slack = converted(self.abs, self.unit, unit) if wanted is not None else None
        if wanted is None or slack is None:
            return False
        return abs(found - wanted) <= max(slack, self.rel * abs(wanted))

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.num


class Day(Operator):
    """A day; with a grain, any spelling of the week, month, quarter or year it lies in."""

    date: dt.date
    grain: Grain = "day"

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        found = span_of(value)
        if found is None:
            return False
        wanted = around(self.date, self.grain)
        return found == wanted or (_one_day(found) and around(found.start, self.grain) == wanted)

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.date.isoformat()


class DateRange(Operator):
    """From the first to the last day, both included, however the period is spelled."""

    daterange: tuple[dt.date, dt.date]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        first, last = self.daterange
        wanted = Span(first, last + dt.timedelta(days=1))
        if isinstance(value, dict) and {"start", "end"} <= value.keys():
            value = [value["start"], value["end"]]
        if isinstance(value, list | tuple) and len(value) == 2:  # noqa: PLR2004  first and last
            ends = [span_of(part) for part in value]
            return (
                ends[0] is not None
                and ends[1] is not None
                and Span(ends[0].start, ends[1].end) == wanted
            )
        return span_of(value) == wanted

    def example(self, lookup: Lookup) -> object:
        del lookup
        return [day.isoformat() for day in self.daterange]


class Between(Operator):
    """A number from the first to the second bound, both included."""

    between: tuple[float, float]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        found = number(value)
        low, high = self.between
        return found is not None and low - FLOAT_NOISE <= found <= high + FLOAT_NOISE

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.between[1]


class Set(Operator):
    """These members in any order; repeats do not count."""

    set: tuple[Argument, ...]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        found = _members(value)
        return found is not None and _all_paired(self.set, _distinct(found), lookup, unit)

    def example(self, lookup: Lookup) -> object:
        return [example(member, lookup) for member in self.set]


class Multiset(Operator):
    """These members in any order, as often as stated."""

    multiset: tuple[Argument, ...]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        found = _members(value)
        return found is not None and _all_paired(self.multiset, found, lookup, unit)

    def example(self, lookup: Lookup) -> object:
        return [example(member, lookup) for member in self.multiset]


class SubsetOf(Operator):
    """Only members of these."""

    subset_of: tuple[Argument, ...]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        found = _members(value)
        return found is not None and all(
            any(holds(allowed, member, lookup, unit) for allowed in self.subset_of)
            for member in found
        )

    def example(self, lookup: Lookup) -> object:
        return [example(member, lookup) for member in self.subset_of]


class SupersetOf(Operator):
    """All of these, and perhaps more."""

    superset_of: tuple[Argument, ...]

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        found = _members(value)
        if found is None:
            return False
        pairs = _pairs(self.superset_of, found, lookup, unit)
        return len(pairs) == len(self.superset_of)

    def example(self, lookup: Lookup) -> object:
        return [example(member, lookup) for member in self.superset_of]


class Every(Operator):
    """A list of which each member is as stated; an empty list is not one."""

    every: Argument

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        found = _members(value)
        return bool(found) and all(
            holds(self.every, member, lookup, unit) for member in found or ()
        )

    def example(self, lookup: Lookup) -> object:
        return [example(self.every, lookup)]


class ApproxText(Operator):
    """This text, capitals, accents' encoding and runs of spaces apart."""

    approx_text: str

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        return isinstance(value, str) and plain_text(value) == plain_text(self.approx_text)

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.approx_text


class Regex(Operator):
    """A text that the pattern fits as a whole."""

    regex: str
    gold: str = ""

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        return isinstance(value, str) and re.fullmatch(self.regex, value, re.DOTALL) is not None

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.gold


class EnumAlias(Operator):
    """One of several names of the same thing."""

    enum_alias: tuple[str, ...] = Field(min_length=1)

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del lookup, unit
        names = {plain_text(name) for name in self.enum_alias}
        return isinstance(value, str) and plain_text(value) in names

    def example(self, lookup: Lookup) -> object:
        del lookup
        return self.enum_alias[0]


class JsonObject(Operator):
    """An object with these keys as stated; other keys are free."""

    json_object: dict[str, Argument] = Field(alias="json")

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        if not isinstance(value, dict):
            return False
        return all(
            holds(wanted, value.get(key, MISSING), lookup, unit_of(key) or unit)
            for key, wanted in self.json_object.items()
        )

    def example(self, lookup: Lookup) -> object:
        return {key: example(wanted, lookup) for key, wanted in self.json_object.items()}


class Ref(Operator):
    """What an earlier call of this turn returned: `a.scenarios.0.id`."""

    ref: str

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del unit
        try:
            return same(lookup(self.ref), value)
        except LookupError:
            return False

    def example(self, lookup: Lookup) -> object:
        return lookup(self.ref)


class Not(Operator):
    """Anything but this."""

    unlike: Argument = Field(alias="not")

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        return not holds(self.unlike, value, lookup, unit)

    def example(self, lookup: Lookup) -> object:
        del lookup
        return None


class OneOf(Operator):
    """Any of these."""

    one_of: tuple[Argument, ...] = Field(min_length=1)

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        return any(holds(choice, value, lookup, unit) for choice in self.one_of)

    def example(self, lookup: Lookup) -> object:
        return example(self.one_of[0], lookup)


class Sql(Operator):
    """What a query on the store as it was before the case returns; filled in when a case starts."""

    sql: str

    @model_validator(mode="after")
    def _reads_only(self) -> Sql:
        if not self.sql.lstrip().lower().startswith(("select", "with")):
            message = "an `sql` operator only reads: begin it with select"
            raise ValueError(message)
        return self

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        del unit
        try:
            return same(lookup(f"sql:{self.sql}"), value)
        except LookupError:
            return False

    def example(self, lookup: Lookup) -> object:
        return lookup(f"sql:{self.sql}")


Plain = str | int | float | bool | None
Argument = Annotated[
    Union[  # noqa: UP007  the members are not all classes yet
        Eq,
        AnyValue,
        AbsentOk,
        Num,
        Day,
        DateRange,
        Between,
        Set,
        Multiset,
        SubsetOf,
        SupersetOf,
        Every,
        ApproxText,
        Regex,
        EnumAlias,
        JsonObject,
        Ref,
        Not,
        OneOf,
        Sql,
        Plain,
        list[Any],
    ],
    Field(description="a plain value, or one operator such as {num: 18, unit: percent}"),
]

for _model in (AbsentOk, Set, Multiset, SubsetOf, SupersetOf, Every, JsonObject, Not, OneOf):
    _model.model_rebuild()

ARGUMENT: TypeAdapter[Any] = TypeAdapter(Argument)


def holds(wanted: object, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
    """Say whether a value is as a plain value or an operator expects it."""
    if isinstance(wanted, Operator):
        return wanted.holds(value, lookup, unit)
    return same(wanted, value)


def example(wanted: object, lookup: Lookup) -> object:
    """Return a value that meets an expectation."""
    return wanted.example(lookup) if isinstance(wanted, Operator) else wanted


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


def _one_day(span: Span) -> bool:
    return span.end - span.start == dt.timedelta(days=1)


def _members(value: object) -> list[object] | None:
    return list(value) if isinstance(value, list | tuple | frozenset) else None


def _distinct(values: list[object]) -> list[object]:
    kept: list[object] = []
    for value in values:
        if not any(same(value, other) for other in kept):
            kept.append(value)
    return kept


def _pairs(
    wanted: Sequence[object], found: list[object], lookup: Lookup, unit: Unit | None
) -> dict[int, int]:
    fits = [
        [index for index, member in enumerate(found) if holds(one, member, lookup, unit)]
        for one in wanted
    ]
    return pairing(fits)


def _all_paired(
    wanted: Sequence[object], found: list[object], lookup: Lookup, unit: Unit | None
) -> bool:
    return len(wanted) == len(found) == len(_pairs(wanted, found, lookup, unit))
