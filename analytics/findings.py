"""How a rule reports: one issue with its severity from the policy."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from analytics.remarks import remark, written
from analytics.types import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analytics.policy import Policy
    from analytics.types import Mechanic, Remark, ScenarioKpis


def finding(  # noqa: PLR0913  the parts of an issue
    policy: Policy,
    rule: str,
    message: Remark,
    fix: Remark,
    *,
    mechanic: Mechanic | None = None,
    department: str | None = None,
    name: str | None = None,
) -> Issue:
    """Build the issue of a rule; `name` is the type to show when it differs from the rule."""
    return Issue(
        type=name or rule,
        severity=policy.rules.of(rule).severity,
        message=written(message),
        suggested_fix=written(fix),
        affected_department=mechanic.department if mechanic else department,
        affected_channel=mechanic.channel if mechanic else None,
        message_facts=message,
        fix_facts=fix,
    )


def cell_of(mechanic: Mechanic) -> dict[str, str]:
    """Return the facts that name a promoted cell."""
    return {"department": mechanic.department, "channel": mechanic.channel}


def reduce_depth(mechanic: Mechanic, depth_pct: float) -> Remark:
    """Suggest a lower depth in whole points, or to drop the cell when none is left."""
    depth = math.floor(depth_pct + 1e-9)
    if depth < 1:
        return remark("fix_drop", **cell_of(mechanic))
    return remark("fix_depth", **cell_of(mechanic), depth_pct=mechanic.discount_pct, to_pct=depth)


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
