"""Mends what fast typing does to the words that dates hang on: shorthand and misspelt months."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING

from agents.offline.lexicon import lines, table
from agents.offline.months import FULL_MONTHS
from agents.offline.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"(?<![\w/])(?:w/o|[^\W\d_]+\.?)(?!\w)")
_MISSPELT_LENGTH = 6
_CLOSE = 0.85
_LONG_MONTHS = [name for name in FULL_MONTHS if len(name) >= _MISSPELT_LENGTH]


@cache
def _shorthand() -> Mapping[str, str]:
    pairs = (line.split(maxsplit=1) for line in lines(table("shorthand")["words"]))
    return {fold(short): full for short, full in pairs}


def respelled(text: str) -> str:
    """Return `text` with shorthand written out and misspelt month names mended.

    >>> respelled("smth for TV 22-27 otobre")
    'something for TV 22-27 ottobre'
    """
    return _WORD.sub(lambda match: _mended(match[0]), text)


def _mended(word: str) -> str:
    folded = fold(word)
    bare = folded.rstrip(".")
    full = _shorthand().get(folded) or _shorthand().get(bare)
    return full or _month(bare) or word


@cache
def _month(bare: str) -> str | None:
    """Return the month that a long word nearly spells, when it begins like it."""
    if len(bare) < _MISSPELT_LENGTH or bare in FULL_MONTHS:
        return None
    near = difflib.get_close_matches(bare, _LONG_MONTHS, n=1, cutoff=_CLOSE)
    return near[0] if near and near[0][0] == bare[0] else None
