"""Rules about the margin of the business and of its departments, and what would restore it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analytics.findings import cell_row, finding, reduce_depth
from analytics.remarks import remark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analytics.policy import Policy
    from analytics.types import Issue, Mechanic, Remark, Scenario, ScenarioKpis


def total_margin(scenario: Scenario, kpis: ScenarioKpis, policy: Policy) -> Iterator[Issue]:
    """Find a margin of the whole business below the policy's floor."""
    floor = policy.min_margin_pct.total
    if kpis.total_margin_pct < floor:
        totals = (kpis.total_sales_value, kpis.total_margin_value)
        yield finding(
            policy,
            "margin_threshold",
            remark("margin_total", margin_pct=kpis.total_margin_pct, floor_pct=floor),
            _raise_margin(scenario.mechanics, kpis, totals, floor),
        )


def department_margins(scenario: Scenario, kpis: ScenarioKpis, policy: Policy) -> Iterator[Issue]:
    """Find promoted departments whose margin, over both channels, is below their floor."""
    rows = {row["department"]: row for row in kpis.kpi_breakdown["by_department"]}
    for name in dict.fromkeys(m.department for m in scenario.mechanics):
        row, floor = rows[name], policy.margin_floor_pct(name)
        if row["margin_pct"] >= floor:
            continue
        own = [m for m in scenario.mechanics if m.department == name]
        yield finding(
            policy,
            "margin_threshold_department",
            remark(
                "margin_department",
                department=name,
                margin_pct=row["margin_pct"],
                floor_pct=floor,
            ),
            _raise_margin(own, kpis, (row["sales_value"], row["margin_value"]), floor),
            department=name,
            name="margin_threshold",
        )


def _raise_margin(
    mechanics: Sequence[Mechanic],
    kpis: ScenarioKpis,
    totals: tuple[float, float],
    floor_pct: float,
) -> Remark:
    """Take back markdown, the largest first, until the margin reaches the floor.

    A markdown m that is not given adds m to both sales S and margin M, so (M + m) / (S + m) meets
    the floor f at m = (fS - M) / (1 - f). The units lost with the depth are left out.
    """
    floor = floor_pct / 100
    needed = (floor * totals[0] - totals[1]) / (1 - floor) if floor < 1 else math.inf
    steps = []
    for mechanic in sorted(mechanics, key=lambda m: -_given(kpis, m)):
        given = _given(kpis, mechanic)
        if needed <= 0 or given <= 0:
            break
        steps.append(reduce_depth(mechanic, mechanic.discount_pct * (1 - needed / given)))
        needed -= given
    if needed > 0:
        steps.append(remark("fix_floor", missing=needed, floor_pct=floor_pct))
    return remark("fix_steps", steps=steps)


def _given(kpis: ScenarioKpis, mechanic: Mechanic) -> float:
    """Return the discount given in a cell, net of supplier funding."""
    row = cell_row(kpis, mechanic)
    return float(row["markdown_value"]) - float(row["funding_value"])
