"""Operators on one value: a number with a unit, a day, a text, what an earlier call or a query returned."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from agents.grounding.units import Unit
from evals.expectation import Operator
from evals.periods import Grain, Span, around, span_of
from evals.values import FLOAT_NOISE, MISSING, converted, number, plain_text, same

if TYPE_CHECKING:
    from evals.expectation import Lookup


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


def _one_day(span: Span) -> bool:
    return span.end - span.start == dt.timedelta(days=1)
