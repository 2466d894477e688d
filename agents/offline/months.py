"""Month and weekday names of the three languages, as Unicode's CLDR has them (through babel)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from babel.dates import get_day_names, get_month_names

from agents.offline.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOCALES = {"en": ("en", "en_GB"), "it": ("it",), "de": ("de", "de_AT")}
_WIDTHS: tuple[Literal["wide", "abbreviated"], ...] = ("wide", "abbreviated")
_CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
_TRANSLITERATED = {"marz": "maerz", "janner": "jaenner", "mar": "maer"}


def _names(language: str, width: Literal["wide", "abbreviated"]) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in _LOCALES[language]:
        for context in _CONTEXTS:
            for number, name in get_month_names(width, context, locale).items():
                names.setdefault(fold(name).rstrip("."), number)
    if language == "de":
        names |= {_TRANSLITERATED[n]: k for n, k in names.items() if n in _TRANSLITERATED}
    return names


def _weekdays(language: str, width: Literal["wide", "abbreviated"]) -> dict[str, int]:
    return {
        fold(name).rstrip("."): number
        for locale in _LOCALES[language]
        for number, name in get_day_names(width, "format", locale).items()
    }


MONTHS_BY_LANGUAGE: Mapping[str, Mapping[str, int]] = {k: _names(k, "wide") for k in _LOCALES}
"""Language -> full month name, folded -> 1-12."""

WEEKDAYS_BY_LANGUAGE: Mapping[str, Mapping[str, int]] = {
    k: _weekdays(k, "wide") | ({"sonnabend": 5} if k == "de" else {}) for k in _LOCALES
}
"""Language -> full weekday name, folded -> 0 (Monday) to 6."""

FULL_MONTHS: Mapping[str, int] = {n: k for m in MONTHS_BY_LANGUAGE.values() for n, k in m.items()}
"""Full names of all three languages; none means two different months."""

MONTHS: Mapping[str, int] = {
    name: number for k in _LOCALES for w in _WIDTHS for name, number in _names(k, w).items()
}
"""Full and short names of all three languages."""

ENGLISH_MONTHS: Mapping[str, int] = {n: k for w in _WIDTHS for n, k in _names("en", w).items()}
"""English names: only in English does the month come before the day."""

WEEKDAYS: Mapping[str, int] = {n: k for m in WEEKDAYS_BY_LANGUAGE.values() for n, k in m.items()}
"""Full weekday names of all three languages."""

SHORT_WEEKDAYS: frozenset[str] = frozenset(
    name for k in _LOCALES for name in _weekdays(k, "abbreviated")
)
"""Short weekday names; they only decorate a date (`Wed 22 Oct`)."""
