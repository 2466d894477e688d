"""The figures that tools returned: each with its name, its sign and what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from agents.grounding.figures import find_figures
from agents.grounding.units import unit_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agents.grounding.figures import Figure
    from agents.grounding.units import Unit

_NAMES_DEPARTMENT = ("department", "affected_department", "key")
_SIGNED = (
    "gap",
    "delta",
    "net_",
    "impact",
    "error",
    "change",
    "uplift",
    "effect",
)
_QUANTILES = frozenset({"p10", "p50", "p90"})


class Answered(Protocol):
    """A tool call and what it was answered."""

    @property
    def call_id(self) -> str:
        """Its id."""

    @property
    def tool(self) -> str:
        """Its tool."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it was called with."""

    @property
    def result(self) -> Mapping[str, Any]:
        """What it returned; empty when it refused."""

    @property
    def refusal(self) -> str | None:
        """Why it refused, if it did."""


@dataclass(frozen=True)
class Leaf:
    """One number in a tool's result.

    Attributes:
        value: the number.
        key: name of its field.
        path: where it lies in the result.
        unit: what its name says about its unit.
        departments: the departments it belongs to; empty for the whole business.
        call_id: the call that returned it.
        tool: the tool of that call.
    """

    value: float
    key: str
    path: str
    unit: Unit | None
    departments: frozenset[str]
    call_id: str
    tool: str

    @property
    def measure(self) -> str:
        """What it measures: a total and its parts measure the same."""
        return self.key.removeprefix("total_")

    @property
    def signed(self) -> bool:
        """Whether its sign is a direction (a gap, a change) and not a property of the amount."""
        # A quantile is of what its interval is named after; a total inside a gap is no gap.
        name = self.path.split("/")[-2] if self.key in _QUANTILES else self.key
        return any(part in name for part in _SIGNED)


def leaves(calls: Iterable[Answered], departments: tuple[str, ...]) -> list[Leaf]:
    """Return every number of every result, those inside texts included."""
    found: list[Leaf] = []
    for call in calls:
        scope = frozenset(
            name
            for value in call.arguments.values()
            for name in ([value] if isinstance(value, str) else [])
            if name.casefold() in {d.casefold() for d in departments}
        )
        known = _Known(call, departments)
        found += known.walk(call.result, "", "", frozenset(d.upper() for d in scope))
        if call.refusal:
            found += known.in_text(call.refusal, "refusal", "", frozenset())
    return found


def texts(calls: Iterable[Answered]) -> list[str]:
    """Return the texts of results that hold digits: an answer that quotes one states no figure."""
    return [
        text
        for call in calls
        for text in [*_strings(call.result), call.refusal or ""]
        if any(char.isdigit() for char in text) and len(text) > 3  # noqa: PLR2004  no bare number
    ]


class _Known:
    def __init__(self, call: Answered, departments: tuple[str, ...]) -> None:
        self._call = call
        self._departments = {name.casefold(): name for name in departments}

    def walk(self, value: Any, key: str, path: str, scope: frozenset[str]) -> Iterator[Leaf]:  # noqa: ANN401  any JSON value
        match value:
            case bool() | None:
                return
            case int() | float():
                yield self._leaf(float(value), key, path, scope)
            case str():
                yield from self.in_text(value, key, path, scope)
            case dict():
                inner = self._scope(value) or scope
                for name, part in value.items():
                    yield from self.walk(part, name, f"{path}/{name}", inner)
            case list() | tuple():
                # How many there are is a figure of the result, too.
                yield self._leaf(float(len(value)), f"{key}#", f"{path}#", scope)
                for index, part in enumerate(value):
                    yield from self.walk(part, key, f"{path}/{index}", scope)

    def in_text(self, text: str, key: str, path: str, scope: frozenset[str]) -> Iterator[Leaf]:
        for figure in _figures_of(text):
            value, _ = figure.readings[0]
            yield self._leaf(-value if figure.sign == "-" else value, key, path, scope)

    def _leaf(self, value: float, key: str, path: str, scope: frozenset[str]) -> Leaf:
        return Leaf(value, key, path, unit_of(key), scope, self._call.call_id, self._call.tool)

    def _scope(self, value: dict[str, Any]) -> frozenset[str]:
        own = [value.get(name) for name in _NAMES_DEPARTMENT]
        lists = [value.get("departments"), value.get("mechanics")]
        named = [
            name
            for part in [*own, *lists]
            for name in (part if isinstance(part, list | tuple) else [part])
        ]
        named = [name.get("department") if isinstance(name, dict) else name for name in named]
        return frozenset(
            self._departments[name.casefold()]
            for name in named
            if isinstance(name, str) and name.casefold() in self._departments
        )


@lru_cache(maxsize=4096)
def _figures_of(text: str) -> tuple[Figure, ...]:
    """Return the figures in a text of a result: each answer looks at the results of all turns."""
    return tuple(find_figures(text, "en"))


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401  any JSON value
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _strings(part)
        case list() | tuple():
            for part in value:
                yield from _strings(part)
