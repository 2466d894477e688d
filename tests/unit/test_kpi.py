"""The KPIs of a plan, worked out by hand on a business of three cells."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.effects import side_effect_scale, usual_uplifts
from analytics.forecast_errors import ErrorDraws
from analytics.kpi import PlanningInputs, baseline_totals, cell_options, evaluate
from analytics.response import response_curve
from analytics.types import Cell, Mechanic, Scenario, ScenarioKpis, ScenarioType, Segment
from tests.unit.planning_cases import (
    KPI_ID,
    START,
    coefficients,
    cross,
    dip,
    flat_baseline,
    mechanic,
    model,
    policy_with,
    random_inputs,
    scenario,
)

TV_WEB = Cell("online", "TV")
TV_SHOP = Cell("offline", "TV")
AUDIO = Cell("online", "Audio")
# Per day: sales, margin, units.
CELLS = {TV_WEB: (1000.0, 300.0, 10.0), TV_SHOP: (2000.0, 500.0, 20.0), AUDIO: (400.0, 100.0, 8.0)}
# Log-linear between the bands' mean depths of 5, 15, 25, 35 and 45 per cent.
UPLIFTS = (5.0, 20.0, 50.0, 80.0, 100.0)
POLICY = policy_with(
    variable_cost_rate={"online": 0.1, "offline": 0.05},
    campaign_fixed_cost={"scenario": 50, "online": 10, "offline": 20},
    loyalty_segments=["GOLD"],
    sensitivity={"low": 0.5, "medium": 1, "high": 2},
)
PLAN = scenario(mechanic("TV", "online", 25), days=2)


def segment(name: str, share: float, sensitivity: str) -> Segment:
    """Return a segment."""
    return Segment.model_validate(
        {
            "segment_id": name,
            "name": name,
            "share_of_customers": 0.1,
            "share_of_revenue": share,
            "avg_basket_value": 100,
            "discount_sensitivity": sensitivity,
        }
    )


def inputs(days: int = 2, **changes: Any) -> PlanningInputs:
    """Return the business of three cells without dips, cross effects or uncertainty."""
    plain = PlanningInputs(
        baseline=flat_baseline(CELLS, days),
        uplift=model(*(coefficients(cell, UPLIFTS) for cell in CELLS)),
        model_version="v7",
        errors=None,
        policy=POLICY,
    )
    return replace(plain, **changes)


def kpis(plan: Scenario, given: PlanningInputs) -> ScenarioKpis:
    """Evaluate with few draws."""
    return evaluate(plan, given, kpi_id=KPI_ID, draws=20)


def row(result: ScenarioKpis, table: str, **key: str) -> dict[str, Any]:
    """Return the one row of a table of the breakdown that has these values."""
    rows: list[dict[str, Any]] = result.kpi_breakdown[table]
    found = [r for r in rows if key.items() <= r.items()]
    assert len(found) == 1
    return found[0]


def notes(result: ScenarioKpis) -> str:
    """Return the notes of the assumptions as one text."""
    return "\n".join(result.kpi_breakdown["assumptions"]["notes"])


def test_totals_cover_every_cell_and_deltas_the_promoted_one() -> None:
    # TV online, two days: S 2000, M 600, U 20. At 25 % the uplift is 50 %: 30 pieces at 75 = 2250,
    # cost 30 x 70 = 2100, margin 150. The other cells: 4800 sales, 1200 margin, 56 units.
    result = kpis(PLAN, inputs())
    assert result.total_sales_value == 2250 + 4800
    assert result.total_margin_value == 150 + 1200
    assert result.total_units == 30 + 56
    assert result.total_margin_pct == 19.15  # 1350 / 7050
    assert (result.sales_value_delta, result.margin_value_delta, result.units_delta) == (
        250,
        -450,
        10,
    )


def test_ebit_takes_variable_and_fixed_cost() -> None:
    # Variable: 10 % of online (2250 + 800) = 305, 5 % of 4000 offline = 200; fixed 50 + 10.
    result = kpis(PLAN, inputs())
    assert result.total_ebit == 1350 - 305 - 200 - 60
    # Against the baseline: margin -450, cost of 250 more sales 25, fixed 60.
    assert result.ebit_delta == -450 - 25 - 60
    assert result.kpi_breakdown["assumptions"]["fixed_cost"] == 60


def test_nothing_promoted_is_the_baseline_without_fixed_cost() -> None:
    result = kpis(scenario(days=2), inputs())
    assert result.total_sales_value == 6800
    assert (result.sales_value_delta, result.ebit_delta, result.units_delta) == (0, 0, 0)
    assert result.total_ebit == 1800 - 280 - 200
    assert result.kpi_breakdown["net_effect"]["net_incremental"]["ebit"] == 0


def test_the_tables_show_plan_and_change() -> None:
    result = kpis(PLAN, inputs())
    assert row(result, "by_channel", channel="online") == {
        "channel": "online",
        "sales_value": 3050,
        "margin_value": 350,
        "margin_pct": 11.48,
        "units": 46,
        "sales_value_delta": 250,
        "margin_value_delta": -450,
        "units_delta": 10,
    }
    tv = row(result, "by_department", department="TV")
    assert (tv["sales_value"], tv["margin_value"], tv["units"]) == (6250, 1150, 70)
    cell = row(result, "by_cell", channel="online", department="TV")
    assert cell["discount_pct"] == 25
    assert cell["uplift_units_pct"] == 50
    assert (cell["confidence"], cell["sample_size"], cell["pooled"]) == (0.95, 12, False)
    assert (cell["sales_value_baseline"], cell["sales_value_planned"]) == (2000, 2250)
    assert (cell["margin_value_baseline"], cell["margin_value_planned"]) == (600, 150)
    assert (cell["units_baseline"], cell["units_planned"]) == (20, 30)
    assert cell["markdown_value"] == 750  # 30 pieces, 25 each
    assert row(result, "by_cell", department="Audio")["discount_pct"] == 0


def test_supplier_funding_by_rate_or_as_stated() -> None:
    rate = {"default": 0, "departments": {"TV": 0.4}}
    given = inputs(
        policy=POLICY.model_validate(POLICY.model_dump() | {"supplier_funding_rate": rate})
    )
    assert kpis(PLAN, given).margin_value_delta == -450 + 300  # 40 % of 750
    stated = scenario(mechanic("TV", "online", 25, supplier_funding_value=120))
    result = kpis(stated, given)
    assert result.margin_value_delta == -450 + 120
    assert result.kpi_breakdown["assumptions"]["supplier_funding_value"] == 120


def test_dip_and_cross_effects_make_the_net_effect() -> None:
    uplift = model(
        *(coefficients(cell, UPLIFTS) for cell in CELLS),
        # The bands lift units by 51 % on average, this plan by 50 %: dip and cross effects shrink by 50/51.
        dips=(dip(TV_WEB, -5.1),),
        cross_effects=(
            cross(TV_WEB, TV_SHOP, -10.2),
            cross(TV_WEB, AUDIO, 20.4),
            cross(TV_SHOP, AUDIO, 50.0),
            cross(TV_WEB, AUDIO, 90.0, significant=False),
        ),
    )
    result = kpis(PLAN, inputs(uplift=uplift))
    net = result.kpi_breakdown["net_effect"]
    # 14 days x 1000 x -5 %; margin 14 x 300 x -5 %; units 14 x 10 x -5 %.
    assert net["post_promo_dip"]["sales_value"] == -700
    assert net["post_promo_dip"]["margin_value"] == -210
    assert net["post_promo_dip"]["units"] == -7
    # 2 days x 2000 x -10 % and 2 days x 400 x 20 %.
    loss, halo = net["cross_effects"]["cannibalization"], net["cross_effects"]["halo"]
    assert (loss["sales_value"], loss["margin_value"], loss["units"]) == (-400, -100, -4)
    assert (halo["sales_value"], halo["margin_value"], halo["units"]) == (160, 40, 3)  # 3.2
    assert [s["source_department"] for s in loss["sources"]] == ["TV"]
    # Deltas 250, -450, 10; EBIT -535 + (-210 + 70) + (-100 + 20) + (40 - 16).
    assert net["net_incremental"] == {
        "sales_value": 250 - 700 - 400 + 160,
        "margin_value": -450 - 210 - 100 + 40,
        "ebit": -535 - 140 - 80 + 24,
        "units": 10 - 7 - 4 + 3,
    }
    assert result.sales_value_delta == 250


def test_a_dip_grows_with_the_uplift_that_it_pays_back() -> None:
    # Promo days: 30 in the band that lifts by 20 %, 10 in the one that lifts by 60 %: 30 % usually.
    bands = coefficients(TV_WEB, (20, 60, 60, 60, 60))
    days = [
        c.model_copy(update={"sample_size": n})
        for c, n in zip(bands, (30, 10, 0, 0, 0), strict=True)
    ]
    uplift = model(tuple(days), dips=(dip(TV_WEB, -6.0),))
    usual = usual_uplifts(uplift)[TV_WEB]
    assert side_effect_scale(usual, 0.60) == pytest.approx(2.0)
    assert side_effect_scale(usual, 0.15) == pytest.approx(0.5)
    assert side_effect_scale(usual, -0.10) == 0


def test_a_rise_after_promotions_is_not_planned_with_and_says_so() -> None:
    uplift = model(*(coefficients(cell, UPLIFTS) for cell in CELLS), dips=(dip(TV_WEB, 3.0),))
    result = kpis(PLAN, inputs(uplift=uplift))
    assert result.kpi_breakdown["net_effect"]["post_promo_dip"]["sales_value"] == 0
    assert "TV online: past promotions were followed by a rise" in notes(result)


def test_a_coupon_has_the_effect_of_its_effective_depth() -> None:
    coupon = scenario(mechanic("TV", "online", 50, redemption_rate=0.5), scenario_type="coupon")
    plain = kpis(PLAN, inputs())
    result = kpis(coupon, inputs())
    assert result.total_sales_value == plain.total_sales_value
    assert result.total_margin_value == plain.total_margin_value
    assert row(result, "by_cell", channel="online", department="TV")["effective_depth_pct"] == 25


def test_a_coupon_without_a_rate_takes_that_of_the_policy_and_says_so() -> None:
    policy = POLICY.model_validate(
        POLICY.model_dump() | {"coupon": {"default_redemption_rate": 0.25}}
    )
    coupon = scenario(mechanic("TV", "online", 100), scenario_type="coupon")
    result = kpis(coupon, inputs(policy=policy))
    assert result.total_sales_value == kpis(PLAN, inputs()).total_sales_value
    assert "redemption rate 0.25 from the policy" in notes(result)


def test_member_only_reaches_the_members_with_their_response() -> None:
    # GOLD has 40 % of revenue and half the average response (.4 x .5 + .2 x 2 + .4 x 1 = 1).
    # Uplift 50 % x .4 x .5 = 10 %: 22 pieces; 40 % of them at 75: 22 x 90 = 1980; cost 1540.
    segments = (segment("GOLD", 0.4, "low"), segment("SILVER", 0.2, "high"))
    plan = scenario(mechanic("TV", "online", 25), scenario_type="member_only")
    result = kpis(plan, inputs(segments=segments))
    cell = row(result, "by_cell", channel="online", department="TV")
    assert cell["uplift_units_pct"] == 10
    assert cell["promo_share"] == 0.4
    assert (cell["sales_value_planned"], cell["margin_value_planned"]) == (1980, 440)
    # All of the change is the members'.
    assert row(result, "by_segment", segment_id="GOLD")["sales_value_delta"] == -20
    assert row(result, "by_segment", segment_id="SILVER")["sales_value_delta"] == 0


def test_segments_share_the_baseline_by_revenue_and_the_change_by_response() -> None:
    segments = (segment("GOLD", 0.4, "low"), segment("SILVER", 0.2, "high"))
    result = kpis(PLAN, inputs(segments=segments))
    table = result.kpi_breakdown["by_segment"]
    assert [r["segment_id"] for r in table] == ["GOLD", "SILVER", "OTHER"]
    # Baseline 6800 by .4, .2, .4; change 250 by .4 x .5, .2 x 2, .4 x 1.
    assert [r["sales_value"] for r in table] == [2720 + 50, 1360 + 100, 2720 + 100]
    assert [r["margin_value"] for r in table] == [720 - 90, 360 - 180, 720 - 180]


def test_without_segments_the_table_is_empty_and_a_note_says_so() -> None:
    result = kpis(PLAN, inputs())
    assert result.kpi_breakdown["by_segment"] == []
    assert "no customer segments are known" in notes(result)


def test_promoting_less_than_past_promotions_scales_the_uplift_down() -> None:
    uplift = model(*(coefficients(cell, UPLIFTS, promo_share=0.5) for cell in CELLS))
    half = kpis(scenario(mechanic("TV", "online", 25, promo_share=0.25)), inputs(uplift=uplift))
    assert row(half, "by_cell", channel="online", department="TV")["uplift_units_pct"] == 25
    assert "promotes 25% of units where past promotions had 50%" in notes(half)
    full = kpis(PLAN, inputs(uplift=uplift))
    assert row(full, "by_cell", channel="online", department="TV")["uplift_units_pct"] == 50


def test_blackout_days_are_not_promoted() -> None:
    blackout = {"start": START, "end": START, "departments": ["TV"], "reason": "stock take"}
    policy = POLICY.model_validate(POLICY.model_dump() | {"blackouts": [blackout]})
    result = kpis(PLAN, inputs(policy=policy))
    assert result.sales_value_delta == 125
    assert f"TV online: not promoted on 1 blackout days from {START} (stock take)" in notes(result)


def test_other_cells_react_on_the_days_their_source_is_promoted() -> None:
    blackout = {"start": START, "end": START, "channels": ["online"], "reason": "stock take"}
    policy = POLICY.model_validate(POLICY.model_dump() | {"blackouts": [blackout]})
    uplift = model(
        *(coefficients(cell, UPLIFTS) for cell in CELLS),
        cross_effects=(cross(TV_WEB, TV_SHOP, -10.2),),
    )
    result = kpis(PLAN, inputs(policy=policy, uplift=uplift))
    lost = result.kpi_breakdown["net_effect"]["cross_effects"]["cannibalization"]
    assert lost["sales_value"] == -200  # one open day of 2000


def test_a_cell_closed_for_the_whole_window_has_no_effect_and_no_cost() -> None:
    blackout = {"start": START, "end": START + dt.timedelta(days=1), "reason": "stock take"}
    policy = POLICY.model_validate(POLICY.model_dump() | {"blackouts": [blackout]})
    uplift = model(
        *(coefficients(cell, UPLIFTS) for cell in CELLS),
        dips=(dip(TV_WEB, -5.0),),
        cross_effects=(cross(TV_WEB, TV_SHOP, -10.0),),
    )
    given = inputs(policy=policy, uplift=uplift)
    result = kpis(scenario(mechanic("TV", "online", 25, supplier_funding_value=99)), given)
    assert result.ebit_delta == 0
    assert result.kpi_breakdown["net_effect"]["net_incremental"]["margin_value"] == 0
    end = START + dt.timedelta(days=1)
    assert cell_options(given, START, end, [TV_WEB], [10]).empty


def test_fallbacks_are_named() -> None:
    baseline = pd.concat(
        [
            flat_baseline({TV_WEB: CELLS[TV_WEB]}, 2),
            flat_baseline({AUDIO: CELLS[AUDIO]}, 2, method="weekday_mean"),
        ]
    )
    uplift = model(coefficients(TV_WEB, UPLIFTS, pooled=True), coefficients(AUDIO, UPLIFTS))
    policy = POLICY.model_validate(
        POLICY.model_dump() | {"max_discount_pct": {"default": 40, "departments": {"Tv": 10}}}
    )
    result = kpis(PLAN, inputs(baseline=baseline, uplift=uplift, policy=policy))
    text = notes(result)
    assert "the baseline of 1 of 2 cells uses weekday_mean, not lightgbm" in text
    assert "TV online: no past promotion at this depth" in text
    assert "the policy names departments that have no sales: Tv" in text
    assert "leave out the forecast error" in text
    assumptions = result.kpi_breakdown["assumptions"]
    assert assumptions["model_version"] == "v7"
    assert assumptions["policy_version"] == POLICY.version


def test_a_department_without_baseline_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no baseline for Toys online: .* online are Audio, TV$"):
        kpis(scenario(mechanic("Toys", "online", 10)), inputs())


def test_a_cell_without_coefficient_is_refused() -> None:
    with pytest.raises(ValueError, match="Audio online"):
        kpis(
            scenario(mechanic("Audio", "online", 10)),
            inputs(uplift=model(coefficients(TV_WEB, UPLIFTS))),
        )


def test_a_baseline_that_ends_with_the_window_is_refused() -> None:
    short = flat_baseline(CELLS, 2)
    short = short[short["date"] < pd.Timestamp(START) + pd.Timedelta(days=10)]
    with pytest.raises(ValueError, match="the 14 days after it"):
        kpis(PLAN, inputs(baseline=short))


def test_a_baseline_with_a_missing_value_or_a_day_twice_is_refused() -> None:
    gap = flat_baseline(CELLS, 2)
    gap.loc[3, "margin_value"] = np.nan
    with pytest.raises(ValueError, match="lacks days or values"):
        kpis(PLAN, inputs(baseline=gap))
    twice = pd.concat([flat_baseline(CELLS, 2), flat_baseline(CELLS, 2).head(1)])
    with pytest.raises(ValueError, match="duplicate"):
        kpis(PLAN, inputs(baseline=twice))
    with pytest.raises(ValueError, match="baseline lacks the column method"):
        kpis(PLAN, inputs(baseline=flat_baseline(CELLS, 2).drop(columns="method")))


def test_a_flash_of_three_days_is_refused() -> None:
    plan = scenario(mechanic("TV", "online", 25), scenario_type="flash", days=3)
    with pytest.raises(ValueError, match="at most 2 days and this one 3"):
        kpis(plan, inputs(days=3))


@pytest.mark.parametrize(
    "scenario_type", ["conservative", "balanced", "aggressive", "best_deal", "flash"]
)
def test_scenario_types_without_a_mechanic_of_their_own_price_alike(
    scenario_type: ScenarioType,
) -> None:
    plan = PLAN.model_copy(update={"scenario_type": scenario_type})
    assert kpis(plan, inputs()).total_sales_value == 7050


@pytest.mark.parametrize(
    ("depth", "uplift"),
    [
        (5, 5.0),  # the bands' coefficients at their mean depths
        (25, 50.0),
        (45, 100.0),
        (60, 100.0),  # flat beyond the deepest
        (20, (1.2 * 1.5) ** 0.5 * 100 - 100),  # half way in logs
        (2.5, 1.05**0.5 * 100 - 100),  # no discount has no effect
    ],
)
def test_the_response_curve_joins_the_coefficients(depth: float, uplift: float) -> None:
    curve = response_curve([*coefficients(AUDIO, (1.0,) * 5), *coefficients(TV_WEB, UPLIFTS)])
    log_uplift = float(curve.weights(TV_WEB, depth) @ curve.log_uplift)
    assert np.expm1(log_uplift) * 100 == pytest.approx(uplift)


def test_pooled_coefficients_of_a_band_err_together() -> None:
    own = coefficients(TV_WEB, UPLIFTS, se_units_log=0.1)
    pooled = coefficients(AUDIO, UPLIFTS, se_units_log=0.1, pooled=True)
    also = coefficients(TV_SHOP, UPLIFTS, se_units_log=0.1, pooled=True)
    curve = response_curve([*own, *pooled, *also])
    errors = curve.draws(50, np.random.default_rng(1)) - curve.log_uplift
    assert np.allclose(errors[:, 5], errors[:, 10])
    assert not np.allclose(errors[:, 0], errors[:, 5])
    assert not np.allclose(errors[:, 5], errors[:, 6])


def test_without_uncertainty_the_intervals_are_the_figures() -> None:
    result = kpis(PLAN, inputs())
    expected = {
        "total_sales_value": result.total_sales_value,
        "total_ebit": result.total_ebit,
        "margin_value_delta": result.margin_value_delta,
        "units_delta": result.units_delta,
        "net_incremental_ebit": result.kpi_breakdown["net_effect"]["net_incremental"]["ebit"],
    }
    for name, value in expected.items():
        interval = result.kpi_breakdown["intervals"][name]
        assert interval == {"p10": value, "p50": value, "p90": value}


def test_coefficient_errors_are_normal_in_logs() -> None:
    uplift = model(*(coefficients(cell, UPLIFTS, se_units_log=0.1) for cell in CELLS))
    result = evaluate(PLAN, inputs(uplift=uplift), kpi_id=KPI_ID, draws=4000)
    interval = result.kpi_breakdown["intervals"]["units_delta"]
    # Units are 20 x exp(log 1.5 + .1 z): the quantiles are those of z = -1.2816, 0, 1.2816.
    for name, z in {"p10": -1.2816, "p50": 0.0, "p90": 1.2816}.items():
        assert interval[name] == pytest.approx(20 * 1.5 * np.exp(0.1 * z) - 20, abs=0.15)


def test_forecast_errors_move_baseline_and_plan_together() -> None:
    # Every draw says sales will be 10 % above the forecast.
    factors = np.full((3, 3, 2), 1.1)
    errors = ErrorDraws(factors=factors, cells=[AUDIO, TV_SHOP, TV_WEB])
    result = kpis(PLAN, inputs(errors=errors))
    intervals = result.kpi_breakdown["intervals"]
    assert intervals["total_sales_value"]["p50"] == pytest.approx(1.1 * 7050)
    assert intervals["sales_value_delta"]["p50"] == pytest.approx(1.1 * 250)
    assert "leave out the forecast error" not in notes(result)


def test_forecast_errors_follow_their_cell_and_day() -> None:
    # Only TV online errs, only on the second day, and doubles.
    factors = np.ones((1, 3, 2))
    factors[0, 1, 1] = 2.0
    errors = ErrorDraws(factors=factors, cells=[TV_SHOP, TV_WEB, AUDIO])
    result = kpis(PLAN, inputs(errors=errors))
    assert result.kpi_breakdown["intervals"]["total_sales_value"]["p50"] == 4800 + 1.5 * 2250


def test_forecast_errors_of_fewer_days_are_refused() -> None:
    errors = ErrorDraws(factors=np.ones((1, 3, 1)), cells=[TV_SHOP, TV_WEB, AUDIO])
    with pytest.raises(ValueError, match="cover 1 days and the window has 2"):
        kpis(PLAN, inputs(errors=errors))


def test_equal_seeds_give_equal_intervals() -> None:
    uplift = model(*(coefficients(cell, UPLIFTS, se_units_log=0.1) for cell in CELLS))
    runs = [
        evaluate(PLAN, inputs(uplift=uplift), kpi_id=KPI_ID, draws=30, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1]
    assert runs[0].kpi_breakdown["intervals"] != runs[2].kpi_breakdown["intervals"]


def test_the_breakdown_is_json() -> None:
    breakdown = kpis(PLAN, inputs()).kpi_breakdown
    assert json.loads(json.dumps(breakdown, allow_nan=False)) == breakdown


def random_plan(
    rng: np.random.Generator, given: PlanningInputs, scenario_type: ScenarioType
) -> tuple[Scenario, pd.DataFrame]:
    """Return a plan over random cells and the options that make it up."""
    end = START + dt.timedelta(days=1)
    cells = [Cell("online", "D0"), Cell("offline", "D0"), Cell("online", "D2")]
    options = cell_options(given, START, end, cells, [5, 15, 30], scenario_type=scenario_type)
    picked = options.groupby(["channel", "department"]).sample(
        1, random_state=int(rng.integers(99))
    )
    columns = ["department", "channel", "depth_pct", "promo_share"]
    rows = picked[columns].rename(columns={"depth_pct": "discount_pct"}).to_dict("records")
    mechanics = [Mechanic.model_validate(r) for r in rows]
    return scenario(*mechanics, scenario_type=scenario_type), picked


@pytest.mark.parametrize("scenario_type", ["balanced", "coupon", "member_only", "flash"])
@pytest.mark.parametrize("seed", range(5))
def test_every_table_adds_up_to_the_cent_and_options_add_up_to_the_plan(
    seed: int, scenario_type: ScenarioType
) -> None:
    rng = np.random.default_rng(seed)
    given = random_inputs(rng, 3, 2)
    given = replace(given, segments=(segment("LOYAL", 0.3333, "low"), segment("NEW", 0.4, "high")))
    plan, picked = random_plan(rng, given, scenario_type)
    result = kpis(plan, given)
    for table in ("by_channel", "by_department", "by_segment"):
        rows = result.kpi_breakdown[table]
        for column, total in {
            "sales_value": result.total_sales_value,
            "margin_value": result.total_margin_value,
            "units": result.total_units,
            "sales_value_delta": result.sales_value_delta,
            "margin_value_delta": result.margin_value_delta,
            "units_delta": result.units_delta,
        }.items():
            assert sum(Decimal(str(r[column])) for r in rows) == Decimal(str(total)), (
                table,
                column,
            )
    cells = result.kpi_breakdown["by_cell"]
    planned = sum(Decimal(str(r["sales_value_planned"])) for r in cells)
    assert planned == Decimal(str(result.total_sales_value))
    assert_options_add_up(result, picked, given)


def assert_options_add_up(
    result: ScenarioKpis, picked: pd.DataFrame, given: PlanningInputs
) -> None:
    """Compare baseline plus options with the evaluated plan, within rounding."""
    base = baseline_totals(given, result.period_start, result.period_end)
    fixed = base.fixed_cost(set(picked["channel"]))
    sums = picked.sum(numeric_only=True)
    net = result.kpi_breakdown["net_effect"]["net_incremental"]
    pairs = [
        (base.sales_value + sums["sales_delta"], result.total_sales_value),
        (base.margin_value + sums["margin_delta"], result.total_margin_value),
        (base.ebit + sums["ebit_delta"] - fixed, result.total_ebit),
        (sums["net_sales"], net["sales_value"]),
        (sums["net_margin"], net["margin_value"]),
        (sums["net_ebit"] - fixed, net["ebit"]),
    ]
    for expected, actual in pairs:
        assert actual == pytest.approx(expected, abs=0.06)
    assert net["units"] == pytest.approx(sums["net_units"], abs=3)


def test_options_by_hand() -> None:
    uplift = model(
        *(coefficients(cell, UPLIFTS) for cell in CELLS),
        # The bands lift units by 51 % on average, this plan by 50 %: dip and cross effects shrink by 50/51.
        dips=(dip(TV_WEB, -5.1),),
        cross_effects=(cross(TV_WEB, TV_SHOP, -10.2), cross(TV_WEB, AUDIO, 20.4)),
    )
    end = START + dt.timedelta(days=1)
    option = cell_options(inputs(uplift=uplift), START, end, [TV_WEB], [25]).iloc[0]
    expected = {
        "sales_delta": 250,
        "margin_delta": -450,
        "ebit_delta": -475,
        "units_delta": 10,
        "net_sales": 250 - 700 - 400 + 160,
        "net_margin": -450 - 210 - 100 + 40,
        "net_ebit": -475 - 140 - 80 + 24,
        "net_units": 10 - 7 - 4 + 3.2,
        "markdown_value": 750,
        "funding_value": 0,
        "promo_share": 1,
        "uplift_units_pct": 50,
        "department_sales": 6000,
        "department_margin": 1600,
    }
    assert {name: float(option[name]) for name in expected} == pytest.approx(expected)
