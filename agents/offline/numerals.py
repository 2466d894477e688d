"""Numbers as people write them: digits with local separators, and words from one to ten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel.numbers import NumberFormatError, parse_decimal

from agents.offline.text import alternatives

if TYPE_CHECKING:
    from collections.abc import Mapping

# CLDR's spelled-out rules are not in babel, so the few words a planner uses are listed.
_SPELLED = {
    1: "one a an uno un una ein eine einen einer",
    2: "two due zwei",
    3: "three tre drei",
    4: "four quattro vier",
    5: "five cinque funf fuenf",
    6: "six sei sechs",
    7: "seven sette sieben",
    8: "eight otto acht",
    9: "nine nove neun",
    10: "ten dieci zehn",
    15: "fifteen quindici funfzehn fuenfzehn",
    20: "twenty venti zwanzig",
    25: "twenty-five venticinque funfundzwanzig fuenfundzwanzig",
    30: "thirty trenta dreisig dreissig",
    40: "forty quaranta vierzig",
    50: "fifty cinquanta funfzig fuenfzig",
}
WORD_VALUES: Mapping[str, int] = {
    word: value for value, spelled in _SPELLED.items() for word in spelled.split()
}
"""Folded number word -> value."""

_ARTICLES = frozenset(["a", "an", "un", "una", "ein", "eine", "einen", "einer"])
NUMBER = r"\d{1,15}(?!\d)(?:[.,' ]\d{3}(?!\d)){0,4}(?:[.,]\d{1,9})?(?!\d)"
"""A number in digits; its separators are read by `parse_number`."""

NUMBER_WORD = alternatives(WORD_VALUES.keys() - _ARTICLES)
"""A spelled number, articles left out."""

COUNT_WORD = alternatives(WORD_VALUES)
"""A spelled number where an article counts as one (`for a week`)."""

_ORDINALS = {
    1: r"first|1st|prim[oaei]|erste[nrsm]?|1°",
    2: r"second|2nd|second[oaei]|zweite[nrsm]?|2°",
    3: r"third|3rd|terz[oaei]|dritte[nrsm]?|3°",
    4: r"fourth|4th|quart[oaei]|vierte[nrsm]?|4°",
    5: r"fifth|5th|quint[oaei]|f(?:u|ue)nfte[nrsm]?|5°",
}
ORDINAL = "|".join(_ORDINALS.values())
"""A spelled or written ordinal, first to fifth."""

_THREE_DECIMALS = re.compile(r"\d{1,3}[.,]\d{3}")


def parse_ordinal(word: str) -> int:
    """Return 1-5 for a word that `ORDINAL` matched."""
    return next(n for n, pattern in _ORDINALS.items() if re.fullmatch(pattern, word))


def parse_number(written: str, language: str, *, scaled: bool = False) -> float:
    """Return the value of a number in digits or words, read as `language` writes it.

    One separator with three digits after it is a thousands separator in every language
    (nobody writes money with three decimals), unless the number is `scaled` by a word such
    as `million`. A number that is not well formed in the language is read in the others.

    >>> parse_number("1.234.567,89", "en"), parse_number("1.5", "it"), parse_number("150.000", "en")
    (1234567.89, 1.5, 150000.0)
    """
    if written in WORD_VALUES:
        return float(WORD_VALUES[written])
    compact = written.replace(" ", "").replace("'", "")
    if not scaled and _THREE_DECIMALS.fullmatch(compact):
        return float(re.sub(r"[.,]", "", compact))
    for locale in (language, "en", "it"):
        try:
            return float(parse_decimal(compact, locale=locale, strict=True))
        except NumberFormatError:
            continue
    whole, _, decimals = compact.replace(",", ".").rpartition(".")
    return float(f"{whole.replace('.', '')}.{decimals}")
