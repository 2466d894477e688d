"""The optimiser against brute force over every plan of small businesses."""

from __future__ import annotations

import itertools
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from analytics.frontier import FrontierPoint, distance_to_frontier, frontier, named_points
from analytics.infeasible import Infeasibility, explain_infeasible
from analytics.kpi import BaselineTotals, baseline_totals, cell_options, evaluate
from analytics.optimise import Constraints, PlanTotals, mechanics_of, optimise
from analytics.policy import default_policy
from analytics.types import CHANNELS, Cell
from tests.unit.planning_cases import KPI_ID, START, policy_with, random_inputs, scenario

if TYPE_CHECKING:
    from collections.abc import Collection

    from analytics.programme import Name

DEPARTMENTS = ("A", "B", "C")
DEPTHS = (5.0, 10.0, 15.0)
CELLS = [(c, d) for c in CHANNELS for d in DEPARTMENTS]
BASE = BaselineTotals(
    sales_value=100_000,
    margin_value=20_000,
    ebit=11_000,
    units=500,
    scenario_cost=300,
    channel_costs={"online": 100, "offline": 200},
)
Plans = npt.NDArray[np.bool_]


def random_options(rng: np.random.Generator) -> pd.DataFrame:
    """Return options of six cells at three depths with unrelated random effects."""
    count = len(CELLS) * len(DEPTHS)
    frame = pd.DataFrame(
        [
            {"channel": c, "department": d, "depth_pct": depth, "promo_share": 1.0}
            for c, d in CELLS
            for depth in DEPTHS
        ]
    )
    for name, low, high in [
        ("sales", 0, 9000),
        ("margin", -2500, 1500),
        ("ebit", -2500, 1200),
        ("units", 0, 50),
    ]:
        frame[f"{name}_delta"] = rng.uniform(low, high, count)
        frame[f"net_{name}"] = frame[f"{name}_delta"] * rng.uniform(0.6, 1.1, count)
    frame["markdown_value"] = rng.uniform(100, 2000, count)
    frame["funding_value"] = frame["markdown_value"] * 0.2
    frame["uplift_units_pct"] = 10.0
    frame["start"], frame["end"] = START, START
    frame["in_blackout"], frame["too_near"] = False, False
    frame["funding_pct"] = None
    frame["department_sales"] = 30_000.0
    frame["department_margin"] = frame["department"].map({"A": 6000.0, "B": 4000.0, "C": 9000.0})
    return frame


@cache
def every_plan() -> Plans:
    """Return all 4^6 plans as rows of picked options."""
    rows = []
    for depths in itertools.product([None, *range(len(DEPTHS))], repeat=len(CELLS)):
        picked = np.zeros(len(CELLS) * len(DEPTHS), dtype=bool)
        for cell, depth in enumerate(depths):
            if depth is not None:
                picked[cell * len(DEPTHS) + depth] = True
        rows.append(picked)
    return np.array(rows)


def total(options: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Return a column's total for every plan."""
    return np.asarray(every_plan() @ options[column].to_numpy(dtype=np.float64))


def uses(options: pd.DataFrame, column: str, value: str) -> npt.NDArray[np.bool_]:
    """Say for every plan whether it promotes something with this value."""
    return np.asarray(every_plan()[:, (options[column] == value).to_numpy()].any(axis=1))


def value(options: pd.DataFrame, objective: str) -> npt.NDArray[np.float64]:
    """Return the net objective of every plan, with fixed cost in EBIT."""
    result = total(options, f"net_{objective}")
    if objective == "ebit":
        result = result - 300.0 * every_plan().any(axis=1)
        result = result - 100.0 * uses(options, "channel", "online")
        result = result - 200.0 * uses(options, "channel", "offline")
    return np.asarray(result)


def meets(options: pd.DataFrame, asked: Constraints, dropped: str = "") -> npt.NDArray[np.bool_]:
    """Say for every plan whether it meets the constraints, but for the dropped one."""
    promoted = {d: uses(options, "department", d) for d in DEPARTMENTS}
    count = np.sum(list(promoted.values()), axis=0)
    checks: dict[str, Any] = {}
    if asked.margin_floor_pct is not None:
        margin = BASE.margin_value + total(options, "margin_delta")
        sales = BASE.sales_value + total(options, "sales_delta")
        checks["margin_floor"] = margin / sales >= asked.margin_floor_pct / 100 - 1e-12
    if asked.budget_value is not None:
        spent = total(options, "markdown_value") - total(options, "funding_value")
        checks["budget"] = spent <= asked.budget_value + 1e-9
    if asked.max_promoted_departments is not None:
        checks["max_departments"] = count <= asked.max_promoted_departments
    checks["min_departments"] = count >= asked.min_promoted_departments
    checks["required_departments"] = np.all([promoted[d] for d in asked.departments or ()], axis=0)
    for name, banned in {
        "depth_caps": options["depth_pct"] > options["department"].map(asked.cap_pct),
        "channels": ~options["channel"].isin(asked.channels),
        "excluded_departments": options["department"].isin(asked.excluded_departments),
    }.items():
        checks[name] = ~every_plan()[:, banned.to_numpy()].any(axis=1)
    floors = [
        department_holds(options, d, floor)
        for d, floor in asked.department_margin_floors_pct.items()
    ]
    checks["department_margin_floors"] = np.all(floors, axis=0) if floors else True
    result = np.ones(len(every_plan()), dtype=bool)
    if asked.departments:
        for d in set(DEPARTMENTS) - set(asked.departments):
            result &= ~promoted[d]
    for name, holds in checks.items():
        if name != dropped:
            result &= holds
    return result


def department_holds(options: pd.DataFrame, name: str, floor: float) -> npt.NDArray[np.bool_]:
    """Say whether a department keeps its floor, or is below it without promotion and not worse."""
    own = options["department"] == name
    base_sales, base_margin = options[own][["department_sales", "department_margin"]].iloc[0]
    only = options.assign(
        sales_delta=options["sales_delta"] * own, margin_delta=options["margin_delta"] * own
    )
    sales = base_sales + total(only, "sales_delta")
    margin = base_margin + total(only, "margin_delta")
    at_floor = margin - floor / 100 * sales
    return np.asarray(at_floor >= min(0.0, base_margin - floor / 100 * base_sales) - 1e-9)


def random_brief(rng: np.random.Generator) -> Constraints:
    """Return constraints, each of which is there half of the time."""

    def maybe(thing: Any, otherwise: Any = None) -> Any:
        return thing if rng.random() < 0.5 else otherwise

    required = tuple(d for d in DEPARTMENTS if rng.random() < 0.4)
    return Constraints(
        departments=maybe(required, ()),
        channels=maybe((str(rng.choice(CHANNELS)),), CHANNELS),
        excluded_departments=maybe((str(rng.choice(DEPARTMENTS)),), ())
        if rng.random() < 0.3
        else (),
        department_caps_pct=maybe({"A": 10.0, "B": 5.0}, {}),
        margin_floor_pct=maybe(float(rng.uniform(14, 21))),
        department_margin_floors_pct=maybe({"A": 15.0, "B": 20.0}, {}),
        budget_value=maybe(float(rng.uniform(300, 5000))),
        max_promoted_departments=maybe(int(rng.integers(0, 3))),
        min_promoted_departments=maybe(1, 0),
    )


@pytest.mark.parametrize("seed", range(120))
def test_the_optimum_is_that_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    options, brief = random_options(rng), random_brief(rng)
    objective = ("ebit", "margin", "sales")[seed % 3]
    feasible = meets(options, brief)
    solution = optimise(options, BASE, brief, objective)  # type: ignore[arg-type]  # a literal
    if not feasible.any():
        assert solution.status == "infeasible"
        assert solution.chosen == ()
        assert_smallest_clash(options, brief)
        return
    best = float(value(options, objective)[feasible].max())
    assert solution.status == "optimal"
    assert solution.mip_gap == 0
    assert solution.objective_value == pytest.approx(best, abs=1e-6)
    picked = np.array(
        [
            solution.depths.get(Cell(r.channel, r.department)) == r.depth_pct  # type: ignore[arg-type]  # a row
            for r in options.itertuples()
        ]
    )
    position = int(np.flatnonzero((every_plan() == picked).all(axis=1))[0])
    assert feasible[position]
    assert solution.differs_from_start == picked.any()


def assert_smallest_clash(options: pd.DataFrame, brief: Constraints) -> None:
    """Check by brute force that the clash is one, is irreducible, and that each repair works."""
    answer = explain_infeasible(options, BASE, brief)
    assert answer is not None
    clash = only(brief, set(answer.constraints))
    assert not meets(options, clash).any()
    for name in answer.constraints:
        rest = only(brief, set(answer.constraints) - {name})
        assert meets(options, rest, dropped=name).any(), name
        assert (name in answer.reachable) == meets(options, brief, dropped=name).any()
    for part, repaired, too_little in repairs(brief, answer):
        assert meets(options, repaired).any(), part
        assert not meets(options, too_little).any(), part


def only(brief: Constraints, names: Collection[str]) -> Constraints:
    """Return a brief with just the named constraints (which departments are meant stays)."""
    fields: dict[str, tuple[str, Any]] = {
        "margin_floor": ("margin_floor_pct", None),
        "budget": ("budget_value", None),
        "department_margin_floors": ("department_margin_floors_pct", {}),
        "max_departments": ("max_promoted_departments", None),
        "min_departments": ("min_promoted_departments", 0),
        "depth_caps": ("department_caps_pct", {}),
        "channels": ("channels", CHANNELS),
        "excluded_departments": ("excluded_departments", ()),
    }
    dropped = {key: plain for name, (key, plain) in fields.items() if name not in names}
    return brief.model_copy(update=dropped)


def repairs(
    brief: Constraints, answer: Infeasibility
) -> list[tuple[Name, Constraints, Constraints]]:
    """Return the brief with each reachable value in place, and with slightly less than that."""
    result = []
    steps: dict[Name, tuple[str, float]] = {
        "margin_floor": ("margin_floor_pct", 0.02),
        "budget": ("budget_value", -0.02),
        "max_departments": ("max_promoted_departments", -1),
    }
    for name, (key, step) in steps.items():
        if name in answer.reachable:
            new = answer.reachable[name]
            result.append(
                (
                    name,
                    brief.model_copy(update={key: new}),
                    brief.model_copy(update={key: new + step}),
                )
            )
    return result


def test_doing_nothing_is_the_answer_when_nothing_pays() -> None:
    options = random_options(np.random.default_rng(1)).assign(net_ebit=-1.0)
    solution = optimise(options, BASE, Constraints(), "ebit")
    assert solution.status == "optimal"
    assert solution.chosen == ()
    assert not solution.differs_from_start
    assert solution.totals is not None
    assert solution.totals.ebit == BASE.ebit


def test_a_plan_must_earn_its_fixed_cost() -> None:
    options = random_options(np.random.default_rng(1)).assign(net_ebit=0.0)
    options.loc[0, "net_ebit"] = 399.0  # offline or online A; online costs 300 + 100
    assert options.loc[0, "channel"] == "online"
    assert not optimise(options, BASE, Constraints(), "ebit").differs_from_start
    options.loc[0, "net_ebit"] = 401.0
    solution = optimise(options, BASE, Constraints(), "ebit")
    assert solution.objective_value == pytest.approx(1.0)


def test_only_the_departments_of_the_brief_are_promoted() -> None:
    options = random_options(np.random.default_rng(2))
    solution = optimise(options, BASE, Constraints(departments=("A", "B")), "sales")
    assert {c.department for c in solution.chosen} == {"A", "B"}


def test_a_department_without_options_is_refused() -> None:
    options = random_options(np.random.default_rng(2))
    with pytest.raises(ValueError, match=r"no option for Toys: .* are A, B, C"):
        optimise(options, BASE, Constraints(departments=("Toys",)))


def test_depths_off_the_grid_are_refused() -> None:
    options = random_options(np.random.default_rng(2))
    with pytest.raises(ValueError, match="7 %"):
        optimise(options, BASE, Constraints(min_depth_pct=7))


def test_the_grid_stops_at_the_deepest_discount() -> None:
    assert Constraints(max_depth_pct=20).depths() == (5, 10, 15, 20)
    assert Constraints(min_depth_pct=10, depth_step_pct=2.5, max_depth_pct=16).depths() == (
        10,
        12.5,
        15,
    )
    with pytest.raises(ValueError, match="5 % is below the shallowest of 10 %"):
        Constraints(min_depth_pct=10, max_depth_pct=5)


def test_the_policy_only_tightens_a_brief() -> None:
    policy = policy_with(
        max_discount_pct={"default": 30, "departments": {"A": 15}},
        min_margin_pct={"total": 18, "department_default": 5, "departments": {"A": 9}},
        max_promoted_departments=4,
    )
    brief = Constraints(max_depth_pct=20, margin_floor_pct=15, max_promoted_departments=6)
    tight = brief.under(policy, ("A", "B"), "balanced")
    assert (tight.cap_pct("A"), tight.cap_pct("B")) == (15, 20)
    assert (tight.margin_floor_pct, tight.max_promoted_departments) == (18, 4)
    assert tight.department_margin_floors_pct == {"A": 9, "B": 5}
    strict = Constraints(margin_floor_pct=20, max_promoted_departments=1)
    assert strict.under(policy, ("A",), "balanced").margin_floor_pct == 20
    assert strict.under(policy, ("A",), "balanced").max_promoted_departments == 1


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_beats_a_point_of_the_frontier(seed: int) -> None:
    rng = np.random.default_rng(seed)
    options, brief = random_options(rng), Constraints(max_promoted_departments=2, budget_value=5000)
    feasible = meets(options, brief) & every_plan().any(axis=1)
    sales, margin = total(options, "net_sales")[feasible], total(options, "net_margin")[feasible]
    points = frontier(options, BASE, brief)
    assert points[0].net_margin == pytest.approx(margin.max())
    assert points[-1].net_sales == pytest.approx(sales.max())
    for point in points:
        beats = (sales >= point.net_sales - 0.001) & (margin >= point.net_margin - 0.001)
        more = (sales > point.net_sales + 0.02) | (margin > point.net_margin + 0.02)
        assert not (beats & more).any()
    assert [p.net_sales for p in points] == sorted(p.net_sales for p in points)
    assert [p.net_margin for p in points] == sorted((p.net_margin for p in points), reverse=True)
    assert len({p.chosen for p in points}) == len(points)


def test_of_plans_with_equal_sales_the_one_with_most_margin_is_taken() -> None:
    options = random_options(np.random.default_rng(0)).assign(net_sales=0.0, net_margin=-5.0)
    options.loc[0, ["net_sales", "net_margin"]] = [100.0, -50.0]  # online A at 5 %
    options.loc[4, "net_margin"] = 7.0  # online B at 10 %
    options.loc[11, "net_margin"] = 9.0  # offline A at 15 %
    most_sales = frontier(options, BASE, Constraints(), points=2)[-1]
    assert (most_sales.net_sales, most_sales.net_margin) == (100, -50 + 7 + 9)


def test_doing_nothing_is_no_point_of_the_frontier() -> None:
    options = random_options(np.random.default_rng(0)).assign(net_margin=-5.0)
    points = frontier(options, BASE, Constraints())
    assert points[0].net_margin == -5
    assert all(p.chosen for p in points)


def test_an_infeasible_brief_has_no_frontier() -> None:
    options = random_options(np.random.default_rng(0))
    assert frontier(options, BASE, Constraints(margin_floor_pct=90)) == ()
    with pytest.raises(ValueError, match="the frontier has no plan"):
        named_points(())


def points_at(*values: tuple[float, float]) -> tuple[FrontierPoint, ...]:
    """Return frontier points at (sales, margin) without plans."""
    totals = PlanTotals.model_validate(dict.fromkeys(PlanTotals.model_fields, 0.0))
    return tuple(
        FrontierPoint(net_sales=s, net_margin=m, chosen=(), totals=totals) for s, m in values
    )


def test_the_knee_is_farthest_from_the_chord() -> None:
    # Scaled: (0, 1), (.2, .9), (.6, .75), (.8, .3), (1, 0); x + y - 1 is .1, .35, .1 inside.
    points = points_at((100, 50), (120, 45), (160, 37.5), (180, 15), (200, 0))
    named = named_points(points)
    assert named["conservative"] == points[0]
    assert named["balanced"] == points[2]
    assert named["aggressive"] == points[4]


def test_three_points_are_three_plans_even_when_the_middle_one_is_below_the_chord() -> None:
    points = points_at((0, 10), (2, 3), (10, 0))
    assert named_points(points)["balanced"] == points[1]


def test_fewer_than_three_points_share_names() -> None:
    two = points_at((0, 10), (10, 0))
    assert [p.net_sales for p in named_points(two).values()] == [0, 0, 10]
    one = points_at((0, 10))
    assert set(named_points(one).values()) == set(one)


def test_the_distance_is_what_the_frontier_earns_more_at_least_at_these_sales() -> None:
    points = points_at((100, 50), (160, 30), (200, 0))
    assert distance_to_frontier(points, 90, 20) == 30
    assert distance_to_frontier(points, 110, 20) == 10
    assert distance_to_frontier(points, 160, 30) == 0
    assert distance_to_frontier(points, 250, -80) == 0


def test_a_feasible_brief_needs_no_explanation() -> None:
    options = random_options(np.random.default_rng(0))
    assert explain_infeasible(options, BASE, Constraints()) is None


def test_the_sentence_says_what_clashes_and_what_to_change() -> None:
    options = random_options(np.random.default_rng(3))
    answer = explain_infeasible(
        options, BASE, Constraints(departments=("A", "B"), max_promoted_departments=1)
    )
    assert answer is not None
    assert answer.constraints == ("max_departments", "required_departments")
    assert answer.reachable == {"max_departments": 2, "required_departments": 1}
    assert answer.sentence.startswith(
        "At most 1 promoted departments and promoting A, B cannot hold together: "
        "allow 2 promoted departments, or drop "
    )


def test_a_cap_below_the_shallowest_depth_is_named() -> None:
    options = random_options(np.random.default_rng(3))
    answer = explain_infeasible(
        options, BASE, Constraints(departments=("A",), department_caps_pct={"A": 3})
    )
    assert answer is not None
    assert answer.constraints == ("depth_caps", "required_departments")
    assert answer.repairs["depth_caps"] == "allow 5 % for A"


def test_a_channel_or_an_exclusion_that_forbids_a_required_department_is_named() -> None:
    options = random_options(np.random.default_rng(3))
    online_only = options[(options["channel"] == "online") | (options["department"] != "A")]
    answer = explain_infeasible(
        online_only, BASE, Constraints(departments=("A",), channels=("offline",))
    )
    assert answer is not None
    assert answer.repairs["channels"] == "allow online"
    excluded = Constraints(departments=("A",), excluded_departments=("A",))
    second = explain_infeasible(options, BASE, excluded)
    assert second is not None
    assert second.sentence == (
        "Excluding A and promoting A cannot hold together: allow A, or drop A."
    )


def test_a_department_floor_is_lowered_to_what_is_reachable() -> None:
    options = random_options(np.random.default_rng(3)).assign(sales_delta=0.0, margin_delta=-600.0)
    brief = Constraints(departments=("A",), department_margin_floors_pct={"A": 19})
    answer = explain_infeasible(options, BASE, brief)
    assert answer is not None
    # A has 6000 of margin on 30000 of sales; one promoted cell leaves 5400 = 18 %.
    assert answer.repairs["department_margin_floors"] == "lower the margin floor of A to 18.00 %"


def test_an_optimal_plan_evaluates_to_its_totals() -> None:
    given = random_inputs(np.random.default_rng(5), 4, 2)
    end = scenario(days=2).date_range_end
    brief = Constraints(max_depth_pct=25, min_promoted_departments=2).under(
        default_policy(), [f"D{n}" for n in range(4)], "balanced"
    )
    cells = [Cell(c, f"D{n}") for c in CHANNELS for n in range(4)]
    options = cell_options(given, START, end, cells, brief.depths())
    solution = optimise(options, baseline_totals(given, START, end), brief, "ebit")
    plan = scenario(*mechanics_of(solution.chosen, START, end))
    result = evaluate(plan, given, kpi_id=KPI_ID, draws=10)
    assert solution.totals is not None
    assert len({c.department for c in solution.chosen}) >= 2
    assert result.total_ebit == pytest.approx(solution.totals.ebit, abs=0.05)
    assert result.total_margin_pct == pytest.approx(solution.totals.margin_pct, abs=0.006)
    net = result.kpi_breakdown["net_effect"]["net_incremental"]["ebit"]
    assert net == pytest.approx(solution.objective_value, abs=0.05)


def solver_says(status: int, x: npt.NDArray[np.float64] | None) -> Any:
    """Return what scipy gives back after the time limit."""
    return SimpleNamespace(status=status, x=x, mip_gap=0.07, message="Time limit reached.")


def test_a_plan_that_is_not_proven_says_so_with_its_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    options = random_options(np.random.default_rng(1))
    plan = np.zeros(len(options) + 6)
    plan[0] = 1
    monkeypatch.setattr("analytics.binaries.milp", lambda *_, **__: solver_says(1, plan))
    solution = optimise(options, BASE, Constraints(), "sales")
    assert (solution.status, solution.mip_gap) == ("time_limit", 0.07)
    assert solution.depths == {Cell("online", "A"): 5.0}


def test_a_solver_without_any_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.binaries.milp", lambda *_, **__: solver_says(1, None))
    with pytest.raises(RuntimeError, match="Time limit reached"):
        optimise(random_options(np.random.default_rng(1)), BASE, Constraints())


def test_of_two_separate_clashes_one_is_named_and_that_there_is_more() -> None:
    options = random_options(np.random.default_rng(1))
    asked = Constraints(departments=("A",), excluded_departments=("A",), margin_floor_pct=99)
    answer = explain_infeasible(options, BASE, asked)
    assert answer is not None
    assert answer.constraints == ("margin_floor",)
    assert answer.sentence.endswith("is not enough: other limits clash too.")
