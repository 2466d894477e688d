"""The word lists of the offline model: TOML files beside this module, in natural spelling."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from agents.offline.text import fold

Block = str | Mapping[str, str]
"""Entries one per line, or such texts by language."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_PATTERNS = {"ä": "(?:a|ae)", "ö": "(?:o|oe)", "ü": "(?:u|ue)", "ß": "(?:s|ss)"}


@cache
def table(name: str) -> Mapping[str, Any]:
    """Return the word list `words/<name>.toml`."""
    text = (files("agents.offline") / "words" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def spelled(pattern: str) -> str:
    """Return a regex in natural spelling as one for folded text.

    Accents go; an umlaut may also be written with `e`, an `ß` as `ss`.

    >>> spelled("für|più")
    'f(?:u|ue)r|piu'
    """
    return "".join(_PATTERNS.get(c) or (c if c.isascii() else fold(c)) for c in pattern)


def spellings(word: str) -> set[str]:
    """Return the folded ways to write a word: `für` gives `fur` and `fuer`."""
    return {fold(word), fold(word.translate(_UMLAUTS))}


def vocabulary(block: Block) -> frozenset[str]:
    """Return the words of a block, in every spelling, folded."""
    return frozenset(s for line in lines(block) for word in line.split() for s in spellings(word))


def lines(block: Block) -> list[str]:
    """Return the entries of a block, of all its languages, one per line."""
    texts = [block] if isinstance(block, str) else block.values()
    return [line for text in texts for line in text.strip().splitlines()]


def alternation(block: Block) -> str:
    """Return the entries of a block as one regex alternation for folded text."""
    return "|".join(spelled(line) for line in lines(block))


def groups(blocks: Mapping[str, Block]) -> str:
    """Return the blocks as one alternation in which each is a group of its own name."""
    return "|".join(f"(?P<{name}>{alternation(block)})" for name, block in blocks.items())


def whole_words(block: Block) -> re.Pattern[str]:
    """Return a pattern that finds any entry of a block as whole words."""
    return re.compile(rf"(?<![\w-])(?:{alternation(block)})(?!\w)")
