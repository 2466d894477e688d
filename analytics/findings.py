"""How a rule reports: one issue with its severity from the policy, and how figures are written."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from analytics.types import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analytics.policy import Policy
    from analytics.types import Mechanic, ScenarioKpis


def finding(  # noqa: PLR0913  the parts of an issue
    policy: Policy,
    rule: str,
    message: str,
    fix: str,
    *,
    mechanic: Mechanic | None = None,
    department: str | None = None,
    name: str | None = None,
) -> Issue:
    """Build the issue of a rule; `name` is the type to show when it differs from the rule."""
    return Issue(
        type=name or rule,
        severity=policy.rules.of(rule).severity,
        message=message,
        suggested_fix=fix,
        affected_department=mechanic.department if mechanic else department,
        affected_channel=mechanic.channel if mechanic else None,
    )


def label(mechanic: Mechanic) -> str:
    """Name a promoted cell.

    >>> from analytics.types import Mechanic
    >>> label(Mechanic(department="TV", channel="online", discount_pct=20))
    'TV online'
    """
    return f"{mechanic.department} {mechanic.channel}"


def pct(value: float) -> str:
    """Write a percentage with at most one decimal.

    >>> pct(20.0), pct(17.25)
    ('20 %', '17.2 %')
    """
    return f"{round(value, 1):g} %"


def reduce_depth(mechanic: Mechanic, depth_pct: float) -> str:
    """Suggest a lower depth in whole points, or to drop the cell when none is left."""
    depth = math.floor(depth_pct + 1e-9)
    if depth < 1:
        return f"Drop {label(mechanic)}"
    return f"Reduce {label(mechanic)} from {pct(mechanic.discount_pct)} to {pct(depth)}"


def cell_row(kpis: ScenarioKpis, mechanic: Mechanic) -> dict[str, Any]:
    """Return the row of a promoted cell in `by_cell`."""
    return next(
        row
        for row in kpis.kpi_breakdown["by_cell"]
        if (row["channel"], row["department"]) == tuple(mechanic.cell)
    )


def forbidden(text: str, claims: Iterable[str]) -> Iterator[str]:
    """Yield the forbidden claims that a text contains as whole words, capitals aside."""
    for claim in claims:
        words = r"\s+".join(re.escape(word) for word in claim.split())
        if re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE):
            yield claim
