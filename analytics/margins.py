"""Rules about the margin of the business and of its departments, and what would restore it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analytics.findings import cell_row, finding, reduce_depth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analytics.policy import Policy
    from analytics.types import Issue, Mechanic, Scenario, ScenarioKpis


def total_margin(scenario: Scenario, kpis: ScenarioKpis, policy: Policy) -> Iterator[Issue]:
    """Find a margin of the whole business below the policy's floor."""
    floor = policy.min_margin_pct.total
    if kpis.total_margin_pct < floor:
        totals = (kpis.total_sales_value, kpis.total_margin_value)
        yield finding(
            policy,
            "margin_threshold",
            f"The margin of the whole business is {kpis.total_margin_pct:.2f} % of sales, at least "
            f"{floor:.2f} % is asked for",
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
            f"The margin of {name} is {row['margin_pct']:.2f} % of sales, at least {floor:.2f} % "
            "is asked for",
            _raise_margin(own, kpis, (row["sales_value"], row["margin_value"]), floor),
            department=name,
            name="margin_threshold",
        )


def _raise_margin(
    mechanics: Sequence[Mechanic],
    kpis: ScenarioKpis,
    totals: tuple[float, float],
    floor_pct: float,
) -> str:
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
        steps.append(
            f"{needed:,.0f} of margin is missing even then, because the margin without promotions "
            f"is below {floor_pct:.2f} %: review the floor in the policy"
        )
    return "; ".join(steps)


def _given(kpis: ScenarioKpis, mechanic: Mechanic) -> float:
    """Return the discount given in a cell, net of supplier funding."""
    row = cell_row(kpis, mechanic)
    return float(row["markdown_value"]) - float(row["funding_value"])
