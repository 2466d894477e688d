"""The optimiser with days to choose, under every kind of constraint, against every plan there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.bookings import Booking
from analytics.infeasible import explain_infeasible
from analytics.kpi import baseline_totals, cell_options, evaluate
from analytics.optimise import Constraints, mechanics_of, optimise
from analytics.plans import plan_table
from analytics.runs import Run, cell_runs, free_days
from analytics.types import CHANNELS, Cell
from tests.unit.brute_force import DAY, random_limits, random_market
from tests.unit.planning_cases import KPI_ID, START, policy_with, random_inputs, scenario

if TYPE_CHECKING:
    import datetime as dt

OBJECTIVES = ("ebit", "margin", "sales")


@pytest.mark.parametrize("seed", range(60))
def test_the_optimum_and_the_clash_are_those_of_brute_force(seed: int) -> None:
    check_against_brute_force(seed)


def check_against_brute_force(seed: int) -> bool:
    """Compare one random brief with all plans; return whether it could be met."""
    rng = np.random.default_rng(seed)
    market, brief = random_market(rng), random_limits(rng)
    assert len(market.plans) <= 10_000
    objective = OBJECTIVES[seed % 3]
    on_grid = ~market.uses(market.options["depth_pct"] < brief.min_depth_pct)
    open_to = market.considered(brief) & on_grid
    holds = market.holds(brief)
    feasible = open_to & np.all(list(holds.values()), axis=0)
    solution = optimise(market.options, market.baseline, brief, objective)  # type: ignore[arg-type]  # a literal
    if feasible.any():
        best = float(market.value(objective)[feasible].max())
        assert solution.status == "optimal"
        assert solution.mip_gap == 0
        assert solution.objective_value == pytest.approx(best, abs=1e-6)
        return True
    assert solution.status == "infeasible"
    answer = explain_infeasible(market.options, market.baseline, brief)
    assert answer is not None
    clash = {name: holds[name] for name in answer.constraints}
    assert not (open_to & np.all(list(clash.values()), axis=0)).any()
    for name in clash:
        rest = [meets for other, meets in clash.items() if other != name]
        assert (open_to & np.all([open_to, *rest], axis=0)).any(), f"{name} is not needed"
        others = [meets for other, meets in holds.items() if other != name]
        assert (name in answer.reachable) == bool((open_to & np.all(others, axis=0)).any())
    return False


def test_a_promotion_takes_the_best_days_and_its_kpis_are_those_that_were_optimised() -> None:
    given = random_inputs(np.random.default_rng(5), 3, 8)
    end = START + 7 * DAY
    cells = [Cell(c, f"D{n}") for c in CHANNELS for n in range(3)]
    runs = cell_runs(cells, Run(START, end), given.policy, days=3)
    assert {len(found) for found in runs.values()} == {6}
    options = cell_options(given, START, end, cells, (10.0, 20.0), runs=runs)
    brief = Constraints(departments=("D0", "D1"), min_depth_pct=10, depth_step_pct=10)
    solution = optimise(options, baseline_totals(given, START, end), brief, "margin")
    plan = scenario(*mechanics_of(solution.chosen, START, end), days=8)
    assert {Run(*plan.run_of(m)).days for m in plan.mechanics} == {3}
    result = evaluate(plan, given, kpi_id=KPI_ID)
    net = result.kpi_breakdown["net_effect"]["net_incremental"]
    assert net["margin_value"] == pytest.approx(solution.objective_value, abs=0.06)
    for mechanic in plan.mechanics:
        first = plan.run_of(mechanic)[0]
        for start in (START + n * DAY for n in range(6)):
            moved = mechanic.model_copy(update={"start": start, "end": start + 2 * DAY})
            others = [m for m in plan.mechanics if m != mechanic]
            other = evaluate(scenario(*others, moved, days=8), given, kpi_id=KPI_ID)
            margin = other.kpi_breakdown["net_effect"]["net_incremental"]["margin_value"]
            assert margin <= net["margin_value"] + 0.03, (mechanic.cell, first, start)


def test_thousands_of_plans_at_once_have_the_figures_of_each() -> None:
    given = random_inputs(np.random.default_rng(6), 3, 4)
    end = START + 3 * DAY
    cells = [Cell(c, f"D{n}") for c in CHANNELS for n in range(3)]
    options = cell_options(given, START, end, cells, (10.0, 20.0))
    base = baseline_totals(given, START, end)
    rng = np.random.default_rng(1)
    choice = rng.integers(-1, 2, size=(50, len(cells)))
    picks = np.where(choice < 0, -1, choice + 2 * np.arange(len(cells)))
    table = plan_table(options, base, picks)
    for row, plan in zip(picks, table.itertuples(), strict=True):
        rows = options.iloc[row[row >= 0]]
        fixed = base.fixed_cost(set(rows["channel"]))
        assert plan.fixed_cost == fixed
        assert plan.net_ebit == pytest.approx(rows["net_ebit"].sum() - fixed)
        assert plan.sales_value == pytest.approx(base.sales_value + rows["sales_delta"].sum())
        assert plan.margin_pct == pytest.approx(
            100 * (base.margin_value + rows["margin_delta"].sum()) / float(plan.sales_value)  # type: ignore[arg-type]  # a row
        )


def day(number: int) -> dt.date:
    """Return a day of the window, counted from 0."""
    return START + number * DAY


TV = Cell("online", "TV")


def test_runs_are_the_whole_window_when_nothing_forbids_a_day() -> None:
    runs = cell_runs([TV], Run(day(0), day(6)), policy_with())
    assert runs == {TV: (Run(day(0), day(6)),)}


def test_a_blackout_splits_the_window() -> None:
    blackout = {"start": day(3), "end": day(3), "departments": ["TV"], "reason": "stock take"}
    runs = cell_runs([TV], Run(day(0), day(6)), policy_with(blackouts=[blackout]))
    assert runs[TV] == (
        Run(day(0), day(2)),
        Run(day(0), day(6), in_blackout=True),
        Run(day(4), day(6)),
    )


def test_runs_of_a_length_keep_their_distance_to_other_promotions() -> None:
    other = Booking("campaign", "x", day(-4), day(-2), frozenset({"tv"}), frozenset({"offline"}))
    found = cell_runs([TV], Run(day(0), day(4)), policy_with(), days=3, booked=[other], gap_days=3)[
        TV
    ]
    # Free days after the other promotion: 1, 2, 3 for starts on days 0, 1, 2.
    assert [(run.start, run.too_near) for run in found] == [
        (day(0), True),
        (day(1), True),
        (day(2), False),
    ]
    apart = cell_runs([TV], Run(day(-4), day(4)), policy_with(), booked=[other])[TV]
    assert apart == (Run(day(-4), day(4)),)  # the other channel, and no free days asked for


def test_free_days_between_runs() -> None:
    assert free_days(Run(day(0), day(2)), Run(day(2), day(3))) is None
    assert free_days(Run(day(0), day(2)), Run(day(3), day(3))) == 0
    assert free_days(Run(day(8), day(9)), Run(day(0), day(2))) == 5
