"""Which department a figure of a sentence is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.grounding.figures import Figure

_FOR = re.compile(
    r"\s*(?:[^\W\d_]+\s+){0,3}?(?:for|of|in|from|on|by|per|di|da|nel|nella|del|della|für|von|bei|im|aus)\s+"
    r"(?:the\s+|il\s+|la\s+)?$",
    re.IGNORECASE,
)
_AND = re.compile(r"[\s,/&]*(?:and|e|ed|und|sowie|y)?[\s,/&]*", re.IGNORECASE)


@dataclass(frozen=True)
class Mention:
    """A department that a text names."""

    name: str
    start: int
    end: int


def find_mentions(text: str, departments: Sequence[str]) -> list[Mention]:
    """Return the departments a text names, in order; the longest name wins where two overlap."""
    found: list[Mention] = []
    for name in sorted(departments, key=len, reverse=True):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            if not any(m.start < match.end() and match.start() < m.end for m in found):
                found.append(Mention(name, match.start(), match.end()))
    return sorted(found, key=lambda mention: mention.start)


def attributed(
    text: str, figures: Sequence[Figure], mentions: Sequence[Mention]
) -> list[frozenset[str]]:
    """Return for each figure of one sentence the departments it may be about; empty for none named.

    `5 for TV` binds to what follows; otherwise a figure is about what stands before it, and figures
    after a list of names (`TV and GAMING sold 5 and 6`) about one each, in order.
    """
    about: list[frozenset[str]] = []
    bound: set[int] = set()
    for index, figure in enumerate(figures):
        until = figures[index + 1].start if index + 1 < len(figures) else len(text)
        following = _following(text, figure, mentions, until)
        if following is not None:
            bound.add(following)
            about.append(frozenset({mentions[following].name}))
            continue
        group = _group_before(text, figure.start, mentions, bound)
        if not group:
            about.append(frozenset())
            continue
        after = [
            i
            for i, other in enumerate(figures)
            if other.start > group[-1].end
            and not _mention_between(group[-1].end, other.start, mentions)
        ]
        if len(group) > 1 and len(after) == len(group) and index in after:
            about.append(frozenset({group[after.index(index)].name}))
        else:
            about.append(frozenset(mention.name for mention in group))
    return about


def _following(text: str, figure: Figure, mentions: Sequence[Mention], until: int) -> int | None:
    for index, mention in enumerate(mentions):
        if figure.end <= mention.start < until and _FOR.fullmatch(text[figure.end : mention.start]):
            return index
    return None


def _group_before(
    text: str, start: int, mentions: Sequence[Mention], bound: set[int]
) -> list[Mention]:
    """Return the nearest names before a place: several when only commas and `and` stand between."""
    before = [m for i, m in enumerate(mentions) if m.end <= start and i not in bound]
    group = before[-1:]
    while len(group) < len(before):
        earlier = before[-len(group) - 1]
        if not _AND.fullmatch(text[earlier.end : group[0].start]):
            break
        group = [earlier, *group]
    return group


def _mention_between(start: int, end: int, mentions: Sequence[Mention]) -> bool:
    return any(start <= mention.start < end for mention in mentions)
