"""Text made comparable: folded without changing its length, so that spans stay valid."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Span = tuple[int, int]

MASK = "|"
_LOOK_BACK = 120
_PLAIN = {
    # Hyphens, dashes and the minus sign; quotation marks, as keyboards and editors type them.
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    "ß": "s",
    "ẞ": "s",
    "º": "°",
}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if plain := _PLAIN.get(character):
        return plain
    if unicodedata.category(character) == "No":  # a half is not a one
        return character
    for part in unicodedata.normalize("NFKD", character):
        if not unicodedata.combining(part):
            return " " if part.isspace() else part.lower()[0]
    return " "


def composed(text: str) -> str:
    """Return `text` with each accented letter as one character, as `fold` counts them."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return `text` in lower case without accents, one character for each of `composed(text)`.

    >>> fold("Großgeräte 20 % Più")
    'grosgerate 20 % piu'
    """
    return "".join(map(_fold_character, composed(text)))


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """Return the form in which names are compared: folded, `ss` as `s`, words by one space.

    >>> key("Gross-Geräte"), key("GROß GERÄTE")
    ('gros gerate', 'gros gerate')
    """
    return " ".join(re.findall(r"[^\W_]+", fold(text).replace("ss", "s")))


def before(text: str, position: int) -> str:
    """Return the words before a position, as many as a rule looks at; so reading stays linear."""
    return text[max(0, position - _LOOK_BACK) : position]


def words(folded: str) -> list[str]:
    """Return the words of a folded text in order."""
    return _WORD.findall(folded)


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return `text` with each span blanked by `|`, so that nothing reads it twice."""
    for start, end in spans:
        text = text[:start] + MASK * (end - start) + text[end:]
    return text


def alternatives(items: Iterable[str]) -> str:
    """Return a regex alternation of literal items, the longest first."""
    return "|".join(re.escape(item) for item in sorted(set(items), key=lambda s: (-len(s), s)))
