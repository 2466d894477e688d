"""Why no plan meets a brief: the constraints that clash, and how far one of them must give."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analytics.programme import Name, net_markdown, programme
from analytics.types import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analytics.kpi import BaselineTotals
    from analytics.money import IntArray
    from analytics.optimise import Constraints
    from analytics.programme import Programme

_CENT = 0.01


class Infeasibility(Record):
    """A smallest set of constraints that cannot hold together.

    Without any one of `constraints` the rest of *them* can be met. `reachable` has, for those
    whose giving makes the whole brief feasible, the value at which it does; `repairs` says the same
    in words.
    """

    constraints: tuple[Name, ...]
    reachable: dict[Name, float]
    repairs: dict[Name, str]
    sentence: str


def explain_infeasible(
    options: pd.DataFrame, baseline: BaselineTotals, constraints: Constraints
) -> Infeasibility | None:
    """Find an irreducible clash of named constraints and what resolves it.

    Deletion filter (Chinneck & Dravnieks 1991): drop each constraint in turn and keep it dropped
    when the rest is still infeasible. Then each remaining one is relaxed as little as possible
    with all others of the brief in force.

    Returns:
        The clash, or None when the brief can be met.
    """
    problem = programme(options, baseline, constraints)
    if _feasible(problem):
        return None
    clash = problem
    for name in sorted(problem.active):
        if not _feasible(clash.without(name)):
            clash = clash.without(name)
    names = tuple(sorted(clash.active))
    found = {name: _RELAX[name](problem.without(name)) for name in names}
    repairs = {name: answer for name, answer in found.items() if answer is not None}
    return Infeasibility(
        constraints=names,
        reachable={name: value for name, (value, _) in repairs.items()},
        repairs={name: words for name, (_, words) in repairs.items()},
        sentence=_sentence(names, [words for _, words in repairs.values()], constraints),
    )


def _sentence(names: tuple[Name, ...], repairs: list[str], asked: Constraints) -> str:
    clash = " and ".join(_words(name, asked) for name in names)
    cannot = "cannot be met" if len(names) == 1 else "cannot hold together"
    if not repairs:
        # Any of these given up left the brief infeasible: there is another clash.
        given_up = "that up" if len(names) == 1 else "one of them up"
        return (
            f"{clash[0].upper()}{clash[1:]} {cannot}, and giving {given_up} is not enough: "
            "other limits clash too."
        )
    return f"{clash[0].upper()}{clash[1:]} {cannot}: {', or '.join(repairs)}."


def _words(name: Name, asked: Constraints) -> str:
    words: dict[Name, str] = {
        "margin_floor": f"the margin floor of {asked.margin_floor_pct} %",
        "budget": f"the budget of {asked.budget_value or 0:,.2f}",
        "department_margin_floors": "the margin floors of the departments",
        "max_departments": f"at most {asked.max_promoted_departments} promoted departments",
        "min_departments": f"at least {asked.min_promoted_departments} promoted departments",
        "required_departments": f"promoting {', '.join(asked.departments)}",
        "depth_caps": "the discount caps",
        "channels": f"the channels {', '.join(asked.channels)}",
        "excluded_departments": f"excluding {', '.join(asked.excluded_departments)}",
        "blackouts": "the blackout days",
        "min_gap": f"{asked.min_gap_days} free days between promotions of a department",
    }
    return words[name]


def _feasible(problem: Programme) -> bool:
    return problem.maximise(np.zeros(problem.size)) is not None


def _margin_floor(problem: Programme) -> tuple[float, str] | None:
    """Find the highest margin in per cent (Dinkelbach 1967: a ratio by repeated linear maxima)."""
    sales = problem.column("sales_delta")
    margin = problem.column("margin_delta")
    ratio = -math.inf
    result = problem.maximise(np.zeros(problem.size))
    while result is not None:
        total = problem.baseline.sales_value + float(sales[result.picked].sum())
        new = (problem.baseline.margin_value + float(margin[result.picked].sum())) / total
        if new <= ratio + 1e-12:
            break
        ratio = new
        result = problem.maximise(problem.vector(margin - ratio * sales))
    if math.isinf(ratio):
        return None
    reachable = math.floor(ratio * 1e4 + 1e-9) / 100
    return reachable, f"lower the margin floor to {reachable:.2f} %, the highest margin reachable"


def _budget(problem: Programme) -> tuple[float, str] | None:
    cost = net_markdown(problem)
    result = problem.maximise(problem.vector(-cost))
    if result is None:
        return None
    needed = math.ceil(float(cost[result.picked].sum()) / _CENT - 1e-6) * _CENT
    return round(needed, 2), f"raise the budget to {needed:,.2f}"


def _department_floors(problem: Programme) -> tuple[float, str] | None:
    """Find the plan whose departments are together least below their floors."""
    floors = problem.constraints.department_margin_floors_pct
    share = problem.options["department"].map(lambda d: floors.get(d, 0.0)).to_numpy() / 100
    excess = problem.column("margin_delta") - share * problem.column("sales_delta")
    result = problem.maximise(problem.vector(excess))
    if result is None:
        return None
    worst = min(_department_margins(problem, result.picked), key=lambda m: m[1] - floors[m[0]])
    reachable = math.floor(worst[1] * 100) / 100
    return reachable, f"lower the margin floor of {worst[0]} to {reachable:.2f} %"


def _department_margins(problem: Programme, picked: IntArray) -> list[tuple[str, float]]:
    """Return the margin in per cent of each department with a floor that is promoted."""
    rows = problem.options.iloc[picked]
    margins = []
    for name, group in rows.groupby("department"):
        sales = group["department_sales"].iloc[0] + group["sales_delta"].sum()
        margin = group["department_margin"].iloc[0] + group["margin_delta"].sum()
        if name in problem.constraints.department_margin_floors_pct:
            margins.append((str(name), 100 * float(margin) / float(sales)))
    return margins


def _max_departments(problem: Programme) -> tuple[float, str] | None:
    result = problem.maximise(problem.vector(y=-1))
    if result is None:
        return None
    count = _departments(problem, result.picked)
    return count, f"allow {count} promoted departments"


def _min_departments(problem: Programme) -> tuple[float, str] | None:
    result = problem.maximise(problem.vector(y=1))
    if result is None:
        return None
    count = _departments(problem, result.picked)
    return count, f"accept {count} promoted departments"


def _departments(problem: Programme, picked: IntArray) -> int:
    return int(problem.options.iloc[picked]["department"].nunique())


def _required(problem: Programme) -> tuple[float, str] | None:
    """Keep as many of the required departments as possible."""
    required = problem.constraints.departments
    wanted = [float(d in required) for d in problem.departments]
    result = problem.maximise(problem.vector(y=wanted))
    if result is None:
        return None
    kept = set(problem.options.iloc[result.picked]["department"])
    dropped = [d for d in required if d not in kept]
    return len(required) - len(dropped), f"drop {', '.join(dropped)}"


def _depth_caps(problem: Programme) -> tuple[float, str] | None:
    """Exceed the caps by as few points as possible."""
    caps = problem.options["department"].map(problem.constraints.cap_pct).to_numpy(dtype=np.float64)
    over = np.maximum(problem.column("depth_pct") - caps, 0.0)
    result = problem.maximise(problem.vector(-over))
    if result is None:
        return None
    rows = problem.options.iloc[result.picked]
    deeper = rows[over[result.picked] > 0]
    names = ", ".join(f"{depth:g} % for {name}" for name, depth in _deepest(deeper).items())
    return float(deeper["depth_pct"].max()), f"allow {names}"


def _deepest(rows: pd.DataFrame) -> dict[str, float]:
    return {
        str(name): float(d) for name, d in rows.groupby("department")["depth_pct"].max().items()
    }


def _min_gap(problem: Programme) -> tuple[float, str] | None:
    """Count the departments whose other promotions are too near, in as few cells as possible."""
    near = problem.banned["min_gap"]
    result = problem.maximise(problem.vector(-near.astype(np.float64)))
    if result is None:
        return None
    used = problem.options.iloc[result.picked[near[result.picked]]]
    names = sorted(set(used["department"]))
    if not names:
        return 0, "accept that channels of one department run on days that are near each other"
    return len(names), f"accept fewer free days around the promotion of {', '.join(names)}"


def _banned(
    name: Name, column: str, verb: str = "allow"
) -> Callable[[Programme], tuple[float, str] | None]:
    """Use as few forbidden options as possible, and name what they are."""

    def relax(problem: Programme) -> tuple[float, str] | None:
        forbidden = problem.banned[name]
        result = problem.maximise(problem.vector(-forbidden.astype(np.float64)))
        if result is None:
            return None
        used = problem.options.iloc[result.picked[forbidden[result.picked]]]
        names = sorted(set(used[column]))
        return len(names), f"{verb} {', '.join(names)}"

    return relax


_RELAX: dict[Name, Callable[[Programme], tuple[float, str] | None]] = {
    "margin_floor": _margin_floor,
    "budget": _budget,
    "department_margin_floors": _department_floors,
    "max_departments": _max_departments,
    "min_departments": _min_departments,
    "required_departments": _required,
    "depth_caps": _depth_caps,
    "channels": _banned("channels", "channel"),
    "excluded_departments": _banned("excluded_departments", "department"),
    "blackouts": _banned("blackouts", "department", "choose days without a blackout for"),
    "min_gap": _min_gap,
}
