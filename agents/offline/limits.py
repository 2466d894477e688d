"""The limits of a brief, out of the amounts that its text names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from agents.offline.amounts import find_counts, find_money, find_percents
from agents.offline.text import mask

if TYPE_CHECKING:
    from agents.offline.amounts import Count, Money, Percent
    from agents.offline.text import Span


class Amounts(NamedTuple):
    """Every amount of one text."""

    percents: tuple[Percent, ...]
    money: tuple[Money, ...]
    counts: tuple[Count, ...]

    @property
    def spans(self) -> list[Span]:
        """Where the amounts stand."""
        return [amount.span for amounts in self for amount in amounts]


def find_amounts(text: str, language: str) -> Amounts:
    """Return the percentages, the money and the counts of a text, none read twice."""
    percents = find_percents(text, language)
    money = find_money(mask(text, [percent.span for percent in percents]), language)
    return Amounts(tuple(percents), tuple(money), tuple(find_counts(text)))


class Limits(TypedDict):
    """The fields of a brief that amounts fill; percentages 0-100, values in currency."""

    cap_pct: float | None
    min_pct: float | None
    exact_pct: float | None
    previous_pct: float | None
    depth_change_pct: float | None
    margin_floor_pct: float | None
    gap_pct: float | None
    gap_value: float | None
    budget_value: float | None
    max_departments: int | None
    funding_pct: float | None


def limits(amounts: Amounts) -> Limits:
    """Return the strictest bound of each kind; of several wishes the last one said."""
    by_role: dict[str, list[float]] = {}
    for percent in amounts.percents:
        by_role.setdefault(percent.role, []).append(percent.value)
    money = {m.role: m.value for m in reversed(amounts.money)}
    counts = {c.of: c.value for c in reversed(amounts.counts)}
    return {
        "cap_pct": min(by_role.get("cap", ()), default=None),
        "min_pct": max(by_role.get("minimum", ()), default=None),
        "exact_pct": by_role.get("exact", [None])[-1],
        "previous_pct": by_role.get("previous", [None])[-1],
        "depth_change_pct": by_role.get("change", [None])[-1],
        "margin_floor_pct": max(by_role.get("floor", ()), default=None),
        "gap_pct": by_role.get("gap", [None])[-1],
        "gap_value": money.get("gap"),
        "budget_value": money.get("budget"),
        "max_departments": counts.get("departments"),
        "funding_pct": by_role.get("funding", [None])[-1],
    }
