"""The efficient frontier: plans of which none earns more sales and more margin at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal

import numpy as np

from analytics.optimise import Choice, PlanTotals, choices, plan_totals
from analytics.programme import Row, programme
from analytics.types import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analytics.kpi import BaselineTotals
    from analytics.money import IntArray
    from analytics.optimise import Constraints
    from analytics.programme import Programme

PointName = Literal["conservative", "balanced", "aggressive"]
_CENT = 0.01
_CORES = 2


class FrontierPoint(Record):
    """A plan on the frontier; sales and margin are net incremental."""

    net_sales: float
    net_margin: float
    chosen: tuple[Choice, ...]
    totals: PlanTotals


def frontier(
    options: pd.DataFrame, baseline: BaselineTotals, constraints: Constraints, points: int = 11
) -> tuple[FrontierPoint, ...]:
    """Trace the frontier of net sales against net margin by the epsilon-constraint method.

    Between the plan with most margin and the plan with most sales, net sales are maximised under a
    rising floor on net margin; of the plans with those sales the one with most margin is taken, so
    no point is dominated (Mavrotas 2009, the augmented variant). Every plan promotes something:
    doing nothing is the origin, not a plan.

    Args:
        options: as `kpi.cell_options` gives them.
        baseline: the business without promotions.
        constraints: the brief and the policy.
        points: number of floors, >= 2; equal plans are kept once.

    Returns:
        Points by rising sales and falling margin; empty when no plan meets the constraints.
    """
    least = max(1, constraints.min_promoted_departments)
    problem = programme(
        options, baseline, constraints.model_copy(update={"min_promoted_departments": least})
    )
    sales, margin = problem.column("net_sales"), problem.column("net_margin")
    top = _best(problem, margin, sales)
    if top is None:
        return ()
    most_sales = _best(problem, sales, margin)
    plans = [plan for plan in (top, most_sales) if plan is not None]
    low, high = (float(margin[plan].sum()) for plan in (plans[-1], plans[0]))

    def above(floor: float) -> IntArray | None:
        return _best(problem, sales, margin, [Row(problem.vector(margin), floor, np.inf)])

    floors = np.linspace(low, high, max(points, 2))[1:-1].tolist()
    with ThreadPoolExecutor(_CORES) as pool:  # HiGHS lets other threads run while it solves
        plans += [plan for plan in pool.map(above, floors) if plan is not None]
    return _efficient([_point(problem, plan) for plan in plans])


def named_points(points: Sequence[FrontierPoint]) -> dict[PointName, FrontierPoint]:
    """Pick the conservative, balanced and aggressive plans.

    Conservative has most margin, aggressive most sales, balanced is the knee: the point between
    them farthest above the chord that joins them, both axes scaled to 0-1. With fewer than three
    points some names share a plan.

    Raises:
        ValueError: when the frontier is empty.
    """
    if not points:
        message = "the frontier has no plan: relax the constraint that explain_infeasible names"
        raise ValueError(message)
    ordered = sorted(points, key=lambda p: p.net_sales)
    first, last = ordered[0], ordered[-1]
    inner = ordered[1:-1] or [first]
    width = (last.net_sales - first.net_sales) or 1.0
    height = (first.net_margin - last.net_margin) or 1.0
    knee = max(
        inner,
        key=lambda p: (
            (p.net_sales - first.net_sales) / width + (p.net_margin - last.net_margin) / height
        ),
    )
    return {"conservative": first, "balanced": knee, "aggressive": last}


def distance_to_frontier(points: Sequence[FrontierPoint], sales: float, margin: float) -> float:
    """Return how much more net margin a plan of the frontier earns with at least these net sales.

    0 when no plan of the frontier beats it.
    """
    better = [p.net_margin - margin for p in points if p.net_sales >= sales - _CENT]
    return max([0.0, *better])


def _best(
    problem: Programme, first: np.ndarray, second: np.ndarray, extra: Sequence[Row] = ()
) -> IntArray | None:
    """Maximise one column, and of plans that are equal in it the other.

    The second counts for so little that all of it together weighs less than half a cent of the
    first: one solution instead of two, and no second one on the edge of the first.
    """
    weight = _CENT / 2 / max(float(np.abs(second).sum()), 1.0)
    found = problem.maximise(problem.vector(first + weight * second), extra)
    return None if found is None else found.picked


def _point(problem: Programme, picked: IntArray) -> FrontierPoint:
    totals = plan_totals(problem, picked)
    return FrontierPoint(
        net_sales=totals.net_sales,
        net_margin=totals.net_margin,
        chosen=choices(problem, picked),
        totals=totals,
    )


def _efficient(points: Sequence[FrontierPoint]) -> tuple[FrontierPoint, ...]:
    """Sort by sales and keep the points whose margin beats that of all points with more sales."""
    kept: list[FrontierPoint] = []
    for point in sorted(points, key=lambda p: (-p.net_sales, -p.net_margin)):
        if not kept or point.net_margin > kept[-1].net_margin + _CENT:
            kept.append(point)
    return tuple(reversed(kept))
