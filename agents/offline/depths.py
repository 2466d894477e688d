"""Which depth is meant for which department, where a text names several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.offline.amounts import Percent
    from agents.offline.departments import Mention


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
