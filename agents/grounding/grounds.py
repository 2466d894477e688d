"""Is every figure of an answer one that a tool returned, of the thing it is said of, the right way?

Only direct values count: if sums and ratios of tool figures were accepted too, a wrong figure would
pass by chance nine times out of ten (with a hundred figures in the results). An answer may cite the
call behind a figure, `12,345 [sales_summary]`; then only that call's figures count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from agents.grounding.evidence import Leaf, leaves, texts
from agents.grounding.figures import Figure, find_figures
from agents.grounding.mentions import attributed, find_mentions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from agents.grounding.evidence import Answered
    from analytics.figures import Language

Verdict = Literal["grounded", "ungrounded", "wrong_entity", "wrong_direction"]

_DOWN = re.compile(
    r"\b(?:behind|below|under|short(?:fall)?|miss(?:es|ing)?|less|lower|fewer|down|los(?:e|es|t|s|ing)|"
    r"decreas\w*|fall\w*|fell|drop\w*|cost\w*|worse|negative|declin\w*|dip|"
    r"sotto|meno|mancan\w*|inferior\w*|perd\w+|cal[oai]\w*|diminu\w*|indietro|scende\w*|negativ\w*|costa\w*|"
    r"unter|weniger|fehl\w*|zurück|niedriger|sink\w*|verlier\w*|verlust\w*|rückgang\w*|hinter|negativ\w*|"
    r"minus|kostet)\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:ahead|above|over|more|higher|up|gain\w*|increas\w*|rise\w*|rose|grow\w*|better|extra|additional|"
    r"sopra|più|superior\w*|avanti|aument\w*|cresc\w*|"
    r"über|mehr|höher|vor|steig\w*|gewinn\w*|zuwachs|zusätzlich\w*|besser|plus)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:more|higher|better|larger|greater)\b.*\bthan\b|\b(?:più|superiore|maggiore|meglio)\b|"
    r"\b(?:mehr|höher|besser|größer)\b.*\bals\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:less|lower|worse|smaller|fewer)\b.*\bthan\b|\b(?:meno|inferiore|minore|peggio)\b|"
    r"\b(?:weniger|niedriger|schlechter|kleiner|geringer)\b.*\bals\b",
    re.IGNORECASE,
)
_ORDINAL_GOES_ON = (
    r"(?:bis|und|zum|(?:Jan|Jän|Febr?|Feber|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-z]*)\b"
)
SENTENCE = re.compile(rf"(?<=[.!?;])(?!(?<=\d\.)\s+{_ORDINAL_GOES_ON})\s+|\n+")
"""Where a sentence ends; the full stop of a German day (`22. bis 27. Oktober`) is no end."""

_METRICS = {
    "units": re.compile(r"\b(?:units?|pieces|unità|pezzi|stück|einheiten)\b", re.IGNORECASE),
    "margin_value": re.compile(r"\b(?:margins?|margin[ei]|marge|spanne)\b", re.IGNORECASE),
    "sales_value": re.compile(
        r"\b(?:sales|sold|sells?|revenue|vend\w+|fatturato|ricavi|umsatz\w*|verkauf\w*)\b",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True)
class Finding:
    """One figure, or one comparison in words, and what became of it."""

    text: str
    verdict: Verdict
    detail: str = ""


class Grounds:
    """What a conversation gives an answer to stand on."""

    def __init__(
        self,
        calls: Sequence[Answered],
        departments: tuple[str, ...],
        said_by_person: Sequence[str],
        language: Language,
    ) -> None:
        self._departments = departments
        self._language = language
        self._leaves = leaves(calls, departments)
        self._sizes = np.abs([leaf.value for leaf in self._leaves])
        self._own = {
            (leaf.measure, name)
            for leaf in self._leaves
            if len(leaf.departments) == 1
            for name in leaf.departments
        }
        self._texts = texts(calls)
        self._said = [
            value
            for text in said_by_person
            for figure in find_figures(text, language)
            for value, _ in figure.readings
        ]

    def judge(self, text: str) -> list[Finding]:
        """Return a finding for each figure and each comparison of a text."""
        return [finding for part in sentences(text) for finding in self._sentence(part)]

    def figures(self, text: str) -> list[tuple[Figure, frozenset[str]]]:
        """Return the figures of a text and the departments each is said of."""
        return [
            pair
            for part in sentences(text)
            for found in [find_figures(part, self._language)]
            for pair in zip(
                found,
                attributed(part, found, find_mentions(part, self._departments)),
                strict=True,
            )
        ]

    def _sentence(self, text: str) -> list[Finding]:
        figures = find_figures(text, self._language, self._texts)
        mentions = find_mentions(text, self._departments)
        about = attributed(text, figures, mentions)
        found = [
            self._figure(figure, names, text)
            for figure, names in zip(figures, about, strict=True)
            if not any(figure.states(value) for value in self._said)
        ]
        names = list(dict.fromkeys(mention.name for mention in mentions))
        if len(names) == 2 and (compared := self._comparison(text, names)):  # noqa: PLR2004  two are compared
            found.append(compared)
        return found

    def _figure(self, figure: Figure, about: frozenset[str], sentence: str) -> Finding:
        pool = [self._leaves[position] for position in self._near(figure)]
        if figure.cites is not None:
            pool = [leaf for leaf in pool if figure.cites in {leaf.call_id, leaf.tool}]
        fitting = [leaf for leaf in pool if _states(figure, leaf)]
        if not fitting:
            return Finding(figure.text, "ungrounded", "no tool returned it")
        right = [leaf for leaf in fitting if self._belongs(leaf, about)]
        if not right:
            whose = ", ".join(sorted({d for leaf in fitting for d in leaf.departments})) or "all"
            return Finding(
                figure.text, "wrong_entity", f"said of {', '.join(sorted(about))}, it is of {whose}"
            )
        if not any(_direction_fits(figure, leaf, sentence) for leaf in right):
            return Finding(figure.text, "wrong_direction", f"the tool returned {right[0].value:g}")
        return Finding(figure.text, "grounded", f"{right[0].tool}{right[0].path}")

    def _near(self, figure: Figure) -> npt.NDArray[np.intp]:
        """Return the positions of all numbers that a figure might state, as such or as a fraction."""
        near = np.zeros(len(self._sizes), dtype=bool)
        for reading, slack in figure.readings:
            near |= np.abs(reading - self._sizes) <= slack
            near |= np.abs(reading - self._sizes * 100) <= slack
        return np.flatnonzero(near)

    def _belongs(self, leaf: Leaf, about: frozenset[str]) -> bool:
        if not about or leaf.departments & about:
            return True
        if leaf.departments:
            return False
        # A figure of the whole business is not that of a department for which the tool has another.
        return not any((leaf.measure, name) in self._own for name in about)

    def _comparison(self, text: str, names: list[str]) -> Finding | None:
        more, less = _MORE.search(text), _LESS.search(text)
        if bool(more) == bool(less):
            return None
        metric = next((name for name, words in _METRICS.items() if words.search(text)), None)
        values = [
            next(
                (
                    leaf.value
                    for leaf in self._leaves
                    if leaf.key == metric and leaf.departments == {n}
                ),
                None,
            )
            for n in names
        ]
        if metric is None or values[0] is None or values[1] is None or values[0] == values[1]:
            return None
        right = (values[0] > values[1]) == bool(more)
        verdict: Verdict = "grounded" if right else "wrong_direction"
        return Finding(text.strip(), verdict, f"{names[0]} {values[0]:g}, {names[1]} {values[1]:g}")


def sentences(text: str) -> list[str]:
    """Split a text into sentences and lines."""
    return [part for part in SENTENCE.split(text) if part.strip()]


def _states(figure: Figure, leaf: Leaf) -> bool:
    """Say whether a figure states a tool's number directly: percent and fraction by their units."""
    size = abs(leaf.value)
    if figure.unit == "percent":
        if leaf.unit == "fraction":
            return figure.states(size * 100)
        return leaf.unit in {"percent", "points", None} and figure.states(size)
    if figure.unit == "points":
        return leaf.unit in {"percent", "points", None} and figure.states(size)
    if figure.unit == "money" and leaf.unit in {"percent", "points", "fraction", "units"}:
        return False
    return figure.states(size)


def _direction_fits(figure: Figure, leaf: Leaf, sentence: str) -> bool:
    if leaf.value == 0:
        return True
    if figure.sign:
        return (figure.sign == "-") == (leaf.value < 0)
    down, up = _DOWN.search(sentence), _UP.search(sentence)
    if leaf.value < 0:
        return down is not None
    return not (leaf.signed and down and not up)
