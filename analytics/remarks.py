"""Writes what is said beside figures: remarks, in English, Italian and German.

The sentences are data (`remarks.toml`); a remark is the name of one and the facts that go into it.
"""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from analytics.figures import localised
from analytics.types import Remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics.figures import Language


def remark(sentence: str, /, **facts: Any) -> Remark:  # noqa: ANN401  the record checks them
    """Return a remark; days among its facts become text."""
    plain = {n: str(fact) if isinstance(fact, dt.date) else fact for n, fact in facts.items()}
    return Remark(sentence=sentence, facts=plain)


def written(one: Remark, language: Language = "en") -> str:
    """Write a remark out, figures as the language writes them.

    Raises:
        KeyError: there is no such sentence, or one of its facts is missing.

    >>> written(remark("fix_end", day="2025-10-27"), "de")
    'Beende sie am 2025-10-27'
    """
    return _Writer(language).vformat(sentences()[one.sentence][language], (), one.facts)


def texts(remarks: Iterable[Remark], language: Language = "en") -> tuple[str, ...]:
    """Write each remark out."""
    return tuple(written(one, language) for one in remarks)


@cache
def sentences() -> Mapping[str, Mapping[Language, str]]:
    """Return every sentence by its name, in every language."""
    return tomllib.loads((files("analytics") / "remarks.toml").read_text(encoding="utf-8"))


class _Writer(string.Formatter):
    """Fills a sentence in.

    `:pct` is a percentage with at most one decimal; the specification of a list joins it (a comma
    without one); any other is that of a number.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401  the library's own
        match value:
            case Remark():
                return written(value, self._language)
            case tuple():
                return (format_spec or ", ").join(self.format_field(one, "") for one in value)
            case str():
                return value
            case _ if format_spec == "pct":
                return localised(f"{round(value, 1):g} %", self._language)
            case _:
                return localised(format(value, format_spec), self._language)
