"""Scenario types and the objective that a text names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from agents.offline.lexicon import alternation, groups, table, whole_words
from agents.offline.text import fold
from analytics.types import SCENARIO_TYPES, ScenarioType

if TYPE_CHECKING:
    from agents.offline.text import Span

Objective = Literal["margin", "sales", "ebit"]
OBJECTIVES: tuple[Objective, ...] = ("ebit", "margin", "sales")

_TERMS = table("terms")
_TYPES: dict[ScenarioType, re.Pattern[str]] = {
    name: whole_words(_TERMS["scenario_types"][name]) for name in SCENARIO_TYPES
}
_ARTICLES = r"the|our|on|for|total|a|al|alla|alle|il|la|le|i|gli|lo|su|sul|sulla|sulle|auf|den|die|das|unsere[nr]?"
_OBJECTIVE = groups(_TERMS["objectives"])
_WISHED = (
    re.compile(
        rf"\b(?:{alternation(_TERMS['objective_wish'])})\s+(?:(?:{_ARTICLES})\s+|(?:sul|al)?l')*"
        rf"(?:{_OBJECTIVE})\b"
    ),
    re.compile(rf"\b(?:{_OBJECTIVE})\s+(?:{alternation(_TERMS['objective_wish_after'])})\b"),
)


def type_mentions(folded: str) -> list[tuple[Span, ScenarioType]]:
    """Return (span, scenario type) for each mention in a folded text, in order."""
    return sorted(
        (match.span(), name)
        for name, pattern in _TYPES.items()
        for match in pattern.finditer(folded)
    )


def find_objective(text: str) -> Objective | None:
    """Return what the plan should maximise, when the text says so."""
    folded = fold(text)
    for pattern in _WISHED:
        if match := pattern.search(folded):
            return next(name for name in OBJECTIVES if match[name])
    return None
