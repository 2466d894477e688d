# ruff: noqa: T201  a measurement prints its figures
"""The optimiser beside a greedy search and one uniform depth; its time; how fast plans are priced.

Run it with `python -m tests.bench.accuracy_optimiser`. It exits with 1 when a target is missed.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from analytics.frontier import frontier
from analytics.kpi import PlanningInputs, baseline_totals, cell_options, evaluate
from analytics.optimise import Constraints, mechanics_of, optimise
from analytics.plans import plan_table
from analytics.types import CHANNELS, Cell
from tests.unit.planning_cases import (
    KPI_ID,
    START,
    coefficients,
    cross,
    dip,
    flat_baseline,
    model,
    policy_with,
    scenario,
)
from tests.unit.test_optimise_days import check_against_brute_force

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from analytics.kpi import BaselineTotals

DEPARTMENTS, DAYS = 50, 14
DEPTHS = tuple(float(depth) for depth in range(5, 45, 5))
END = START + dt.timedelta(days=DAYS - 1)
SEEDS = range(4)
CASES = 200
PLANS = 10_000


def market(seed: int) -> tuple[PlanningInputs, Constraints]:
    """Return a business of 50 departments with elastic demand, and a brief that binds.

    Per cell: an elasticity of 1.5 to 4 at promoted prices, a margin of 22 to 42 %, a quarter of the
    uplift pulled forward, some effects on other cells; suppliers fund 10 to 60 % of the discount.
    """
    rng = np.random.default_rng(seed)
    cells = [Cell(c, f"D{n:02d}") for c in CHANNELS for n in range(DEPARTMENTS)]
    baseline = flat_baseline(
        {
            cell: (sales, sales * rng.uniform(0.22, 0.42), sales / rng.uniform(50, 400))
            for cell, sales in zip(cells, rng.lognormal(9, 0.8, len(cells)), strict=True)
        },
        DAYS,
    )
    elasticity = dict(zip(cells, rng.uniform(1.5, 4, len(cells)), strict=True))
    middles = np.array([5, 15, 25, 35, 45]) / 100
    uplift = model(
        *(
            coefficients(cell, tuple((((1 - middles) ** -e - 1) * 100).tolist()))
            for cell, e in elasticity.items()
        ),
        dips=tuple(dip(cell, -float(rng.uniform(0, 6))) for cell in cells),
        cross_effects=tuple(
            cross(one, other, float(rng.uniform(-3, 1.5)))
            for one in cells
            for other in cells
            if one != other and rng.random() < 0.01
        ),
    )
    funded = {f"D{n:02d}": float(rng.uniform(0.1, 0.6)) for n in range(DEPARTMENTS)}
    policy = policy_with(supplier_funding_rate={"default": 0.1, "departments": funded})
    inputs = PlanningInputs(baseline, uplift, "bench", None, policy)
    base = baseline_totals(inputs, START, END)
    brief = Constraints(
        min_depth_pct=5,
        max_depth_pct=40,
        max_promoted_departments=12,
        budget_value=0.03 * base.sales_value,
        margin_floor_pct=100 * base.margin_value / base.sales_value - 1.5,
        department_margin_floors_pct={f"D{n:02d}": 15.0 for n in range(DEPARTMENTS)},
    )
    return inputs, brief


class Search:
    """Plans built one move at a time, judged by the same figures as the optimiser's."""

    def __init__(self, options: pd.DataFrame, baseline: BaselineTotals, brief: Constraints) -> None:
        self.options, self.baseline, self.brief = options, baseline, brief
        self.cell = options.groupby(["channel", "department"], sort=False).ngroup().to_numpy()
        self.department = options["department"].to_numpy()
        self.spent = (options["markdown_value"] - options["funding_value"]).to_numpy()

    def value(self, picked: Iterable[int]) -> float:
        """Return the net EBIT of a plan."""
        rows = np.array([sorted(picked)], dtype=np.int64)
        return float(plan_table(self.options, self.baseline, rows)["net_ebit"].iloc[0])

    def meets(self, picked: Iterable[int]) -> bool:
        """Say whether a plan keeps the brief."""
        rows = self.options.iloc[sorted(picked)]
        brief, base = self.brief, self.baseline
        sales = base.sales_value + rows["sales_delta"].sum()
        margin = base.margin_value + rows["margin_delta"].sum()
        groups = rows.groupby("department")
        own_sales = groups["department_sales"].first() + groups["sales_delta"].sum()
        own_margin = groups["department_margin"].first() + groups["margin_delta"].sum()
        return bool(
            (rows["markdown_value"] - rows["funding_value"]).sum() <= (brief.budget_value or 0)
            and margin >= (brief.margin_floor_pct or 0) / 100 * sales
            and rows["department"].nunique() <= (brief.max_promoted_departments or 0)
            and (own_margin >= 0.15 * own_sales - 1e-9).all()
        )

    def greedy(self) -> float:
        """Take the move with the most gain per money spent until none fits or gains.

        A move promotes a cell, or makes its discount deeper.
        """
        picked: dict[int, int] = {}
        gain, cells = self.options["net_ebit"].to_numpy(), list(map(int, self.cell))
        while True:
            now = np.array([gain[picked[c]] if c in picked else 0.0 for c in cells])
            paid = np.array([self.spent[picked[c]] if c in picked else 0.0 for c in cells])
            more, cost = gain - now, np.maximum(self.spent - paid, 1.0)
            for move in np.argsort(-more / cost):
                if more[move] <= 0:
                    return self.value(picked.values())
                changed = picked | {int(self.cell[move]): int(move)}
                if self.meets(changed.values()):
                    picked = changed
                    break
            else:
                return self.value(picked.values())

    def uniform(self) -> float:
        """Use one depth for all: cells by falling gain while they fit; the best depth counts."""
        best = 0.0
        gain = self.options["net_ebit"].to_numpy()
        for depth in DEPTHS:
            at_depth = np.flatnonzero((self.options["depth_pct"] == depth).to_numpy() & (gain > 0))
            picked: list[int] = []
            for move in at_depth[np.argsort(-gain[at_depth])]:
                if self.meets([*picked, int(move)]):
                    picked.append(int(move))
            best = max(best, self.value(picked))
        return best


Result = TypeVar("Result")


def timed(work: Callable[..., Result], *arguments: object, **named: object) -> tuple[Result, float]:
    """Return what work gives and the seconds of processor time it took (the machine may be shared)."""
    began = time.process_time()
    return work(*arguments, **named), time.process_time() - began


def large_markets() -> bool:
    """Compare optimum, greedy and uniform depth; time one point and an 11-point frontier.

    Seconds are of the processor; the frontier has two threads, and its target is for two free cores.
    """
    print(f"{DEPARTMENTS} departments x 2 channels x {len(DEPTHS)} depths, net EBIT")
    print("seed   optimum   gap  greedy  uniform  options s  point s  11 points s  elapsed")
    cells = [Cell(c, f"D{n:02d}") for c in CHANNELS for n in range(DEPARTMENTS)]
    fine = True
    for seed in SEEDS:
        inputs, brief = market(seed)
        options, options_s = timed(cell_options, inputs, START, END, cells, DEPTHS)
        base = baseline_totals(inputs, START, END)
        best, point_s = timed(optimise, options, base, brief)
        began = time.monotonic()
        points, frontier_s = timed(frontier, options, base, brief, 11)
        elapsed_s = time.monotonic() - began
        search = Search(options, base, brief)
        value = best.objective_value or 0.0
        greedy, uniform = search.greedy() / value, search.uniform() / value
        print(
            f"{seed:4d} {value:9,.0f} {best.mip_gap or 0:5.1%} {greedy:7.1%} {uniform:8.1%} "
            f"{options_s:10.2f} {point_s:8.2f} {frontier_s:12.2f} {elapsed_s:8.2f} "
            f"({len(points)} distinct)"
        )
        fine &= best.status == "optimal" and best.mip_gap == 0 and greedy <= 1 + 1e-9
        fine &= options_s + point_s < 1 and elapsed_s < 5
    return fine


def small_markets() -> bool:
    """Compare with every plan of small markets under random constraints of every kind."""
    met = [check_against_brute_force(seed) for seed in range(CASES)]
    print(
        f"brute force over at most 10,000 plans: same answer in {len(met)} of {CASES} cases "
        f"({sum(met)} optima, {CASES - sum(met)} irreducible clashes)"
    )
    return len(met) == CASES


def pricing() -> bool:
    """Count plans priced per second together and one by one, and time a what-if."""
    inputs, brief = market(0)
    cells = [Cell(c, f"D{n:02d}") for c in CHANNELS for n in range(DEPARTMENTS)]
    options = cell_options(inputs, START, END, cells, DEPTHS)
    base = baseline_totals(inputs, START, END)
    rng = np.random.default_rng(0)
    depth = rng.integers(-len(DEPTHS), len(DEPTHS), size=(PLANS, len(cells)))
    picks = np.where(depth < 0, -1, depth + len(DEPTHS) * np.arange(len(cells)))
    table, seconds = timed(plan_table, options, base, picks)
    best = optimise(options, base, brief)
    plan = scenario(*mechanics_of(best.chosen, START, END), days=DAYS)
    figures, whatif_s = timed(evaluate, plan, inputs, kpi_id=KPI_ID)
    net = figures.kpi_breakdown["net_effect"]["net_incremental"]["ebit"]
    agrees = abs(net - (best.objective_value or 0.0)) < 1
    print(
        f"{len(table):,} plans over {len(cells)} cells: {len(table) / seconds:,.0f} a second; one "
        f"scenario in full, with 400 simulated futures: {whatif_s * 1000:.0f} ms "
        f"({whatif_s / (seconds / len(table)):,.0f} x a priced plan); "
        f"its net EBIT is the optimiser's: {agrees}"
    )
    return agrees and len(table) / seconds >= PLANS


def main() -> int:
    """Print every figure; 0 when all targets are met."""
    results = [large_markets(), small_markets(), pricing()]
    print("targets met" if all(results) else "TARGET MISSED")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
