"""Exact minimum over binaries: HiGHS, on the few variables that can matter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import vstack

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult
    from scipy.sparse import csr_array

    from analytics.money import FloatArray

_TIME_LIMIT_S = 60.0
_CORE = 80
_TOLERANCE = 1e-6
_OPTIMAL, _INFEASIBLE = 0, 2


class Rows(NamedTuple):
    """Linear constraints: low <= matrix @ x <= high."""

    matrix: csr_array
    low: FloatArray
    high: FloatArray


class Found(NamedTuple):
    """A solution: the variables, the proven relative gap, and whether it is proven to be the best."""

    x: FloatArray
    gap: float
    proven: bool


def minimum(cost: FloatArray, rows: Rows, highest: FloatArray) -> Found | None:
    """Minimise cost @ x over binaries x <= highest that keep the rows.

    The linear relaxation gives a bound and, by its reduced costs, what each variable must cost at
    the least when it leaves the value it has there. A first programme over the cheapest ones gives
    a plan; the second has every variable whose loss is not larger than the distance of that plan to
    the bound. What is left out of it cannot be in a better plan, so its optimum is the optimum
    (reduced-cost fixing: Nemhauser & Wolsey 1988, II.5.3; Balas & Zemel 1980 for the core).

    Returns:
        The optimum with its proof; None when no x meets the rows.

    Raises:
        RuntimeError: when the solver neither finds nor rules out a solution.
    """
    relaxed = _relaxed(cost, rows, highest)
    if relaxed.status == _INFEASIBLE:
        return None
    if relaxed.status != _OPTIMAL:
        return _exact(cost, rows, np.zeros_like(cost), highest)
    loss_of_one = np.where(highest > 0, relaxed.lower.marginals, np.inf)
    loss_of_zero = -relaxed.upper.marginals
    limit = float(np.sort(loss_of_one)[min(_CORE, len(cost)) - 1])
    while True:
        must = (loss_of_zero > limit + _TOLERANCE).astype(np.float64)
        may = highest * (loss_of_one <= limit + _TOLERANCE)
        # Presolve costs more on a core than it saves.
        found = _exact(cost, rows, must, may, presolve=math.isinf(limit))
        above = math.inf if found is None else float(cost @ found.x) - relaxed.fun
        if above <= limit:
            return found
        limit = above


def _relaxed(cost: FloatArray, rows: Rows, highest: FloatArray) -> OptimizeResult[Any]:
    below, above = np.isfinite(rows.high), np.isfinite(rows.low)
    found: OptimizeResult[Any] = linprog(  # type: ignore[call-overload]  # its stubs know no sparse rows
        cost,
        A_ub=vstack([rows.matrix[below], -rows.matrix[above]]),
        b_ub=np.concatenate([rows.high[below], -rows.low[above]]),
        bounds=np.column_stack([np.zeros_like(highest), highest]),
        method="highs",
    )
    return found


def _exact(
    cost: FloatArray,
    rows: Rows,
    lowest: FloatArray,
    highest: FloatArray,
    *,
    presolve: bool = True,
) -> Found | None:
    """Solve over the variables that may be 1; the others stay 0."""
    free = np.flatnonzero(highest > 0)
    answer = milp(
        cost[free],
        integrality=np.ones(len(free), dtype=np.int64),
        bounds=Bounds(lowest[free], highest[free]),
        constraints=LinearConstraint(rows.matrix[:, free], rows.low, rows.high),
        options={"mip_rel_gap": 0.0, "time_limit": _TIME_LIMIT_S, "presolve": presolve},
    )
    if answer.status == _INFEASIBLE:
        return None
    if answer.x is None:
        message = f"the solver found no plan and could not rule one out: {answer.message}"
        raise RuntimeError(message)
    x = np.zeros_like(cost)
    x[free] = answer.x
    return Found(x, float(answer.mip_gap or 0.0), answer.status == _OPTIMAL)
