"""The mixed-integer programme behind the optimiser: variables and rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from analytics.binaries import Rows, minimum
from analytics.quiet import prints_to_stderr
from analytics.runs import Run, free_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpi import BaselineTotals
    from analytics.money import FloatArray, IntArray
    from analytics.optimise import Constraints

Name = Literal[
    "margin_floor",
    "budget",
    "department_margin_floors",
    "max_departments",
    "min_departments",
    "required_departments",
    "depth_caps",
    "channels",
    "excluded_departments",
    "blackouts",
    "min_gap",
]
_TOLERANCE = 1e-9
_THOUSAND = 1000.0


class Row(NamedTuple):
    """One linear constraint: low <= coefficients @ variables <= high."""

    coefficients: FloatArray
    low: float
    high: float


class Result(NamedTuple):
    """A plan: positions of the picked options, the relative gap, and whether that is proven."""

    picked: IntArray
    gap: float
    proven: bool


@dataclass(frozen=True)
class Programme:
    """Binaries x (option picked), y (department promoted), z (channel used), w (anything promoted).

    Money is given to the solver in thousands: its absolute tolerance of 1e-6 is then a tenth of a
    cent, and not finer than a sum of doubles can be.

    Attributes:
        options: the options that are on the depth grid and of a department under consideration.
        departments: names behind y.
        channels: names behind z.
        banned: by constraint name, (options,) which options it forbids.
        rows: by constraint name, its rows.
        links: the rows that tie x, y, z and w together.
        active: the named constraints in force.
    """

    options: pd.DataFrame
    baseline: BaselineTotals
    constraints: Constraints
    departments: tuple[str, ...]
    channels: tuple[str, ...]
    banned: dict[Name, npt.NDArray[np.bool_]]
    rows: dict[Name, list[Row]]
    links: list[Row]
    active: frozenset[Name]

    @property
    def size(self) -> int:
        """Number of variables."""
        return len(self.options) + len(self.departments) + len(self.channels) + 1

    def without(self, *names: Name) -> Programme:
        """Return the programme with some named constraints dropped."""
        return replace(self, active=self.active - set(names))

    def vector(
        self,
        x: npt.ArrayLike = 0.0,
        y: npt.ArrayLike = 0.0,
        z: npt.ArrayLike = 0.0,
        w: float = 0.0,
    ) -> FloatArray:
        """Build coefficients over all variables from one value or array per kind."""
        return np.concatenate(
            [
                np.broadcast_to(np.asarray(x, dtype=np.float64), len(self.options)),
                np.broadcast_to(np.asarray(y, dtype=np.float64), len(self.departments)),
                np.broadcast_to(np.asarray(z, dtype=np.float64), len(self.channels)),
                [w],
            ]
        )

    def column(self, name: str) -> FloatArray:
        """Return a column of the options."""
        return self.options[name].to_numpy(dtype=np.float64)

    def gain(self, objective: str) -> FloatArray:
        """Return the objective's coefficients; EBIT pays the fixed costs of what it uses."""
        net = self.column(f"net_{objective}")
        if objective != "ebit":
            return self.vector(net)
        costs = [self.baseline.channel_costs.get(channel, 0.0) for channel in self.channels]
        return self.vector(net, z=[-cost for cost in costs], w=-self.baseline.scenario_cost)

    def maximise(self, gain: FloatArray, extra: Sequence[Row] = ()) -> Result | None:
        """Solve to proven optimality; None when no plan meets the constraints.

        Args:
            gain: (variables,) coefficients of what is maximised.
            extra: further rows.

        Raises:
            RuntimeError: when the solver neither finds nor rules out a plan.
        """
        rows = [
            *self.links,
            *(row for name in sorted(self.active) for row in self.rows.get(name, ())),
            *extra,
        ]
        coefficients = np.array([row.coefficients for row in rows])
        scale = _scale(coefficients)
        highest = np.ones(self.size)
        for name in self.active & self.banned.keys():
            highest[: len(self.options)][self.banned[name]] = 0
        with prints_to_stderr():
            found = minimum(
                -gain / _scale(gain),
                Rows(
                    csr_array(coefficients / scale[:, None]),
                    np.array([row.low for row in rows]) / scale,
                    np.array([row.high for row in rows]) / scale,
                ),
                highest,
            )
        if found is None:
            return None
        picked = np.flatnonzero(found.x[: len(self.options)] > 0.5)  # noqa: PLR2004  binaries
        return Result(picked, found.gap, found.proven)


def _scale(coefficients: FloatArray) -> FloatArray:
    """Return 1000 for rows of money and 1 for rows of counts (last axis: variables)."""
    return np.where(np.abs(coefficients).max(axis=-1) > _THOUSAND, _THOUSAND, 1.0)


def programme(
    options: pd.DataFrame, baseline: BaselineTotals, constraints: Constraints
) -> Programme:
    """Set up the programme of a brief.

    Raises:
        ValueError: when a required department has no option, or none is on the depth grid.
    """
    known = set(options["department"])
    missing = sorted(set(constraints.departments) - known)
    if missing:
        message = (
            f"there is no option for {', '.join(missing)}: the departments with options are "
            f"{', '.join(sorted(known))}"
        )
        raise ValueError(message)
    kept = options[_considered(options, constraints)].reset_index(drop=True)
    if kept.empty:
        message = (
            f"no option has a depth of {constraints.min_depth_pct:g} % or steps of "
            f"{constraints.depth_step_pct:g} points from there: compute options for these depths"
        )
        raise ValueError(message)
    empty = Programme(
        options=kept,
        baseline=baseline,
        constraints=constraints,
        departments=tuple(sorted(set(kept["department"]) | set(constraints.departments))),
        channels=tuple(sorted(set(kept["channel"]))),
        banned=_banned(kept, constraints),
        rows={},
        links=[],
        active=frozenset(),
    )
    named = _named_rows(empty)
    return replace(
        empty,
        rows=named,
        links=_links(empty),
        active=frozenset([*named, *(n for n, mask in empty.banned.items() if mask.any())]),
    )


def _considered(options: pd.DataFrame, constraints: Constraints) -> npt.NDArray[np.bool_]:
    """Mark the options on the depth grid (continued beyond the cap) and of the brief."""
    depth = options["depth_pct"].to_numpy(dtype=np.float64)
    steps = (depth - constraints.min_depth_pct) / constraints.depth_step_pct
    on_grid = (steps > -_TOLERANCE) & (np.abs(steps - np.rint(steps)) < _TOLERANCE)
    if not constraints.departments:
        return np.asarray(on_grid)
    return np.asarray(on_grid & options["department"].isin(constraints.departments).to_numpy())


def _banned(options: pd.DataFrame, constraints: Constraints) -> dict[Name, npt.NDArray[np.bool_]]:
    department = options["department"]
    caps = department.map(constraints.cap_pct).to_numpy(dtype=np.float64)
    depth = options["depth_pct"].to_numpy(dtype=np.float64)
    return {
        "depth_caps": np.asarray(depth > caps + _TOLERANCE),
        "channels": np.asarray([c not in constraints.channels for c in options["channel"]]),
        "excluded_departments": department.isin(constraints.excluded_departments).to_numpy(),
        "blackouts": options["in_blackout"].to_numpy(dtype=bool),
        "min_gap": options["too_near"].to_numpy(dtype=bool),
    }


def _links(problem: Programme) -> list[Row]:
    """At most one depth per cell; y, z and w are 1 exactly or at least when they must."""
    options, rows = problem.options, []
    identity = np.eye(len(problem.departments))
    used = np.eye(len(problem.channels))
    of_cell = pd.MultiIndex.from_frame(options[["channel", "department"]])
    number, cells = of_cell.factorize()
    for position, (channel, department) in enumerate(cells):
        x = (number == position).astype(np.float64)
        y = identity[problem.departments.index(department)]
        z = used[problem.channels.index(channel)]
        rows += [
            Row(problem.vector(x, -y), -np.inf, 0),
            Row(problem.vector(x, z=-z), -np.inf, 0),
        ]
    names = options["department"].to_numpy()
    for d, name in enumerate(problem.departments):
        own = (names == name).astype(np.float64)
        rows += [
            Row(problem.vector(-own, identity[d]), -np.inf, 0),
            Row(problem.vector(y=identity[d], w=-1), -np.inf, 0),
        ]
    return rows


def _named_rows(problem: Programme) -> dict[Name, list[Row]]:
    asked, options = problem.constraints, problem.options
    rows: dict[Name, list[Row]] = {}
    if asked.margin_floor_pct is not None:
        floor = asked.margin_floor_pct / 100
        slack = problem.baseline.margin_value - floor * problem.baseline.sales_value
        excess = problem.column("margin_delta") - floor * problem.column("sales_delta")
        rows["margin_floor"] = [Row(problem.vector(excess), -slack, np.inf)]
    if asked.budget_value is not None:
        rows["budget"] = [Row(problem.vector(net_markdown(problem)), -np.inf, asked.budget_value)]
    if asked.max_promoted_departments is not None:
        high = asked.max_promoted_departments
        rows["max_departments"] = [Row(problem.vector(y=1), 0, high)]
    if asked.min_promoted_departments:
        low = asked.min_promoted_departments
        rows["min_departments"] = [Row(problem.vector(y=1), low, np.inf)]
    if asked.departments:
        needed = [float(d in asked.departments) for d in problem.departments]
        rows["required_departments"] = [Row(problem.vector(y=needed), sum(needed), np.inf)]
    floors = asked.department_margin_floors_pct
    limited = sorted(floors.keys() & set(options["department"]))
    if limited:
        rows["department_margin_floors"] = [
            department_floor(problem, name, floors[name] / 100) for name in limited
        ]
    if apart := _apart(problem, asked.min_gap_days):
        rows["min_gap"] = apart
    return rows


def _apart(problem: Programme, gap_days: int) -> list[Row]:
    """Forbid two runs of a department in its two channels that are neither together nor far apart.

    One row per department and run of its first channel: that run, or those that clash with it.
    """
    options = problem.options
    runs: dict[tuple[str, str], dict[Run, list[int]]] = {}
    columns = (options[name] for name in ("department", "channel", "start", "end"))
    for position, (name, channel, start, end) in enumerate(zip(*columns, strict=True)):
        runs.setdefault((name, channel), {}).setdefault(Run(start, end), []).append(position)
    rows = []
    for name in problem.departments:
        both = [runs[name, channel] for channel in problem.channels if (name, channel) in runs]
        if len(both) < 2:  # noqa: PLR2004  two channels
            continue
        for run, own in both[0].items():
            clashing = [
                position
                for other, positions in both[1].items()
                if (free := free_days(run, other)) is not None and free < gap_days
                for position in positions
            ]
            if clashing:
                x = np.zeros(len(options))
                x[[*own, *clashing]] = 1.0
                rows.append(Row(problem.vector(x), -np.inf, 1))
    return rows


def department_floor(problem: Programme, name: str, floor: float) -> Row:
    """Keep a department's margin at its floor; below it already, a plan may not lower it further.

    `floor` is a share of sales; the department counts with both channels.
    """
    own = (problem.options["department"] == name).to_numpy(dtype=np.float64)
    first = problem.options[own > 0].iloc[0]
    slack = float(first["department_margin"] - floor * first["department_sales"])
    excess = problem.column("margin_delta") - floor * problem.column("sales_delta")
    return Row(problem.vector(own * excess), -max(slack, 0.0), np.inf)


def net_markdown(problem: Programme) -> FloatArray:
    """Return the discount given less supplier funding of each option, currency."""
    return problem.column("markdown_value") - problem.column("funding_value")
