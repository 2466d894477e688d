"""Which depth is meant for which department, where a text names several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.offline.amounts import Percent, PercentRole
    from agents.offline.departments import Mention
    from agents.offline.text import Span

_CLAUSE_END = re.compile(r"[,;.]")


def department_depths(percents: Sequence[Percent], mentions: Sequence[Mention]) -> dict[str, float]:
    """Return department -> depth in per cent, for a text with two or more depths asked for.

    Depths come either before their departments throughout (`10 % on TV and Audio, 15 % on
    Gaming`) or after them (`TV 10 %, Gaming and Audio 15 %`): what the text names first decides.
    """
    depths = [p for p in percents if p.role == "exact"]
    if len(depths) <= 1 or not mentions:
        return {}
    depth_first = depths[0].span < mentions[0].span
    found: dict[str, float] = {}
    for mention in mentions:
        before = [p.value for p in depths if p.span < mention.span]
        after = [p.value for p in depths if p.span > mention.span]
        near = before[-1:] if depth_first else after[:1]
        if near:
            found[mention.department] = near[0]
    return found


def by_department(
    percents: Sequence[Percent], mentions: Sequence[Mention], text: str, role: PercentRole
) -> dict[str, float]:
    """Return department -> percentage where a text gives several of one role, each to its department.

    Each belongs to the nearest department of its own clause (`at most 20 % on TV and 15 % on Audio`);
    one beside no department holds for all (`max 20 %, TV max 15 %` names TV's only).
    """
    given = [percent for percent in percents if percent.role == role]
    if len(given) <= 1:
        return {}
    found: dict[str, float] = {}
    for percent in given:
        near = [
            (len(between), mention.department)
            for mention in mentions
            if not _CLAUSE_END.search(between := _between(text, percent.span, mention.span))
        ]
        if near:
            found[min(near)[1]] = percent.value
    return found


def _between(text: str, one: Span, other: Span) -> str:
    first, second = sorted((one, other))
    return text[first[1] : second[0]]
