"""Finds the figures of a text: value, how exactly it is stated, unit, sign. Three locales."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.figures import Language

FigureUnit = Literal["percent", "points", "money", ""]

_MONTHS = (
    r"(?:jan(?:uary|uar)?|gen(?:naio)?|feb(?:ruary|ruar|braio)?|mar(?:ch|zo)?|märz|apr(?:il|ile)?|"
    r"may|mai|mag(?:gio)?|june?|juni|giu(?:gno)?|july?|juli|lug(?:lio)?|aug(?:ust)?|ago(?:sto)?|"
    r"sep(?:t|tember)?|set(?:tembre)?|oct(?:ober)?|okt(?:ober)?|ott(?:obre)?|nov(?:ember|embre)?|"
    r"dec(?:ember)?|dez(?:ember)?|dic(?:embre)?)\b\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th|°|\.)?"
_RANGE = rf"(?:(?:from|dal(?:l')?|vom|von)\s+)?{_DAY}(?:\s*(?:-|–|to|al(?:l')?|bis(?:\s+zum)?|and|e|und|until)\s*{_DAY})?"
_EXEMPT = re.compile(
    "|".join(
        (
            r"`[^`]*`",
            r"https?://\S+",
            r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?(?:\.\d+\b)?",
            r"\b\d{4}-(?:W|Q)?\d{1,2}\b",
            r"\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b",
            rf"\b{_RANGE}\s*(?:of\s+|de[li]\s+)?{_MONTHS}(?:,?\s+(?:de[li]\s+)?\d{{4}})?",
            rf"\b{_MONTHS}\s+{_DAY}(?:\s*(?:-|–|to)\s*{_DAY})?(?:,?\s+\d{{4}})?(?![\d,.]*\d)",
            rf"\b{_MONTHS}\s+(?:de[li]\s+)?\d{{4}}",
            r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
            r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{8,}\b",
            r"\b[Pp]\d{2}\b",
            r"\b(?:kw|calendar week|week|settimana|woche)\s*\d{1,2}\b",
            r"(?m:^\s*\d{1,2}[.)]\s)",
            r"#\d+",
            r"\b[^\W\d_]+\d[\w]*\b",
        )
    ),
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d{2}(?![\d.,]*\d|\s*(?:%|€|eur|k\b|m\b))", re.IGNORECASE)
_NUMBER = r"\d{1,3}(?:[.,'’\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_SCALES: dict[float, str] = {
    1e9: r"bn|billion[s]?|mrd\.?|miliard[oi]|milliarden?",
    1e6: r"mln|mio\.?|mn|m|million[s]?|milion[ei]|millionen?",
    1e3: r"k|thousand|mila|tsd\.?|tausend",
}
_UNITS: dict[FigureUnit, str] = {
    "percent": r"%|per\s?cent|percent|pct|per\s?cento|prozent",
    "points": r"pp|p\.p\.|(?:percentage )?points?|punti(?: percentuali)?|(?:prozent)?punkte?n?",
    "money": r"€|eur|euros?",
}
_FIGURE = re.compile(
    rf"(?P<money>€\s?)?(?P<sign>(?<![\w\d)])[+\-−–](?:€\s?)?)?(?<![\w.,])(?P<number>{_NUMBER})"
    r"(?:\s?(?P<scale>"
    + "|".join(_SCALES.values())
    + r")(?![^\W\d_]))?(?:\s?(?P<unit>"
    + "|".join(_UNITS.values())
    + r")(?![^\W\d_]))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Figure:
    """One figure as a text states it.

    Attributes:
        text: as written.
        start: where it begins.
        end: where it ends.
        readings: the numbers it can mean (1.234 is ambiguous), each with how far off it may be.
        sign: `+`, `-` or empty.
        unit: what stands with it.
        cites: name of the call or tool in brackets behind it, if any.
    """

    text: str
    start: int
    end: int
    readings: tuple[tuple[float, float], ...]
    sign: str
    unit: FigureUnit
    cites: str | None = None

    def states(self, value: float) -> bool:
        """Say whether the figure, without its sign, is this value within its own rounding."""
        return any(abs(reading - value) <= slack for reading, slack in self.readings)


def find_figures(text: str, language: Language, exempt: Iterable[str] = ()) -> list[Figure]:
    """Return the figures of a text that state something.

    Dates, years, ids, ordinals of lists, code and the texts of `exempt` are none.
    """
    masked = text
    for quoted in sorted({part for part in exempt if part}, key=len, reverse=True):
        if quoted in masked:
            masked = _blanked(masked, re.compile(re.escape(quoted)))
    for pattern in (_EXEMPT, _YEAR):
        masked = _blanked(masked, pattern)
    found = [_figure(match, language) for match in _FIGURE.finditer(masked)]
    return [
        replace(figure, text=text[figure.start : figure.end], cites=_citation(text, figure, after))
        for figure, after in zip(found, [*(f.start for f in found[1:]), len(text)], strict=False)
    ]


def readings(number: str, language: Language) -> list[tuple[float, int]]:
    """Return what a written number can mean, each with its decimals.

    >>> readings("1,234.5", "en"), readings("1.234,5", "de"), readings("1.234", "en")
    ([(1234.5, 1)], [(1234.5, 1)], [(1.234, 3)])
    >>> readings("1.234", "de"), readings("12,5", "it")
    ([(1234.0, 0), (1.234, 3)], [(12.5, 1)])
    """
    plain = re.sub(r"['’\u202f\u00a0 ]", "", number)
    marks = [char for char in plain if char in ".,"]
    if not marks:
        return [(float(plain), 0)]
    last = marks[-1]
    if len(set(marks)) == 2:  # noqa: PLR2004  both separators: the last one is the decimal
        return [_with_decimal(plain, last)]
    tail = plain.rpartition(last)[2]
    grouped = (float(plain.replace(last, "")), 0)
    if len(marks) > 1:
        return [grouped]
    decimal = _with_decimal(plain, last)
    if len(tail) != 3 or plain.startswith("0"):  # noqa: PLR2004  a group has three digits
        return [decimal]
    if language == "en":
        return [grouped] if last == "," else [decimal]
    return [grouped, decimal] if last == "." else [decimal, grouped]


def _with_decimal(plain: str, mark: str) -> tuple[float, int]:
    whole, _, decimals = plain.rpartition(mark)
    return float(f"{re.sub('[.,]', '', whole)}.{decimals}"), len(decimals)


def _figure(match: re.Match[str], language: Language) -> Figure:
    scale = _scale(match["scale"])
    meant = tuple(
        (value * scale, 0.5 * 10.0**-decimals * scale * (1 + 1e-9) + 1e-9)
        for value, decimals in readings(match["number"], language)
    )
    sign = (match["sign"] or "")[:1].replace("−", "-").replace("–", "-")
    return Figure(
        match[0], match.start(), match.end(), meant, sign, _unit(match["unit"], match["money"])
    )


def _scale(written: str | None) -> float:
    if not written:
        return 1.0
    return next(
        size for size, words in _SCALES.items() if re.fullmatch(words, written, re.IGNORECASE)
    )


def _unit(written: str | None, currency: str | None) -> FigureUnit:
    if not written:
        return "money" if currency else ""
    return next(
        unit for unit, words in _UNITS.items() if re.fullmatch(words, written, re.IGNORECASE)
    )


def _citation(text: str, figure: Figure, until: int) -> str | None:
    found = re.search(r"\[([A-Za-z_][\w-]*)\]", text[figure.end : until])
    return found[1] if found else None


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: re.sub(r"[^\n]", "\x00", match[0]), text)
