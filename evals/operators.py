"""What an argument, a stored value or a figure is expected to be: a plain value or an operator.

The operators here hold expectations of their own (members of a set, keys of an object); those on one
value stand in `scalars.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, TypeAdapter

from agents.grounding.units import Unit, unit_of
from evals.expectation import Operator, example, holds
from evals.matching import pairing
from evals.scalars import (
    AnyValue,
    ApproxText,
    Between,
    DateRange,
    Day,
    EnumAlias,
    Eq,
    Num,
    Ref,
    Regex,
    Sql,
)
from evals.values import MISSING, same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evals.expectation import Lookup


class AbsentOk(Operator):
    """As expected, or left out, or empty."""

    absent_ok: Argument

    def holds(self, value: object, lookup: Lookup, unit: Unit | None = None) -> bool:
        return value is MISSING or value is None or holds(self.absent_ok, value, lookup, unit)

    def example(self, lookup: Lookup) -> object:
        return example(self.absent_ok, lookup)


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
