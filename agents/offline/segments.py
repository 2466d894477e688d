"""Customer segments that a text names, by id, by name or by kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agents.offline.lexicon import alternation, table, whole_words
from agents.offline.text import fold, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.offline.text import Span

_KINDS = tuple(
    (whole_words(kind["said"]), re.compile(alternation(kind["contains"])))
    for kind in table("terms")["segment"]
)


class Audience(NamedTuple):
    """Segments of the store that were named, and kinds of customers it has no segment for."""

    segments: tuple[str, ...]
    unknown: tuple[str, ...]
    spans: tuple[Span, ...]


def find_segments(text: str, known: Mapping[str, str]) -> Audience:
    """Return the segments (ids) that `text` names out of `known` (id -> name)."""
    folded = fold(text)
    found: list[str] = []
    unknown: list[str] = []
    spans: list[Span] = []
    for segment, name in known.items():
        written = re.compile(rf"\b(?:{_written(segment)}|{_written(name)})\b")
        places = [place.span() for place in written.finditer(folded)]
        found += [segment] if places else []
        spans += places
    for said, contains in _KINDS:
        match = said.search(folded)
        if match is None:
            continue
        spans.append(match.span())
        fitting = [s for s, name in known.items() if contains.search(f"{key(s)} {key(name)}")]
        if not set(fitting) & set(found):
            found += fitting
        if not fitting:
            unknown.append(text[slice(*match.span())])
    return Audience(tuple(dict.fromkeys(found)), tuple(unknown), tuple(spans))


def are_members(segments: Sequence[str], known: Mapping[str, str]) -> bool:
    """Return whether segments are all of loyal customers: a promotion for them is for members only."""
    _, loyal = _KINDS[0]
    return bool(segments) and all(loyal.search(f"{key(s)} {key(known[s])}") for s in segments)


def _written(name: str) -> str:
    """Return a pattern for a name whose words are joined by spaces, hyphens or underscores."""
    return r"[\s_-]+".join(re.escape(word) for word in re.findall(r"[^\W_]+", fold(name)))
