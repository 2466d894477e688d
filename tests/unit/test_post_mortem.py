"""Post-mortem: totals and errors by hand, effects of known size, and verdicts that are honest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from analytics.campaign_effects import cross_signals, days_for_dip
from analytics.counterfactual import counterfactual, estimate
from analytics.forecast import Forecaster, fit_forecaster
from analytics.post_mortem import PostMortem, analyse
from analytics.types import Cell, Mechanic, Scenario, ScenarioKpis
from tests.unit.sales_cases import COST, PRICE, WEEKDAY, Promo, business, day, every

if TYPE_CHECKING:
    from collections.abc import Sequence

CELLS = tuple(Cell(c, d) for c in ("offline", "online") for d in ("A", "B", "C", "D", "E", "F"))
ONE, TWO = Cell("online", "A"), Cell("online", "B")
START, LENGTH = 320, 7
RATES = {"online": 0.05, "offline": 0.10}
FIXED_COST = 500.0
HISTORY = [p for p in every(CELLS, 45, START - 20, 6, {20.0: 1.5, 30.0: 1.8}) if p.first < 290]


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    """Sales before the campaign."""
    return business(CELLS, START, HISTORY)


@pytest.fixture(scope="module")
def forecaster(before: pd.DataFrame) -> Forecaster:
    """Fitted on them."""
    return fit_forecaster(before, country=None)


def _scenario(*cells: Cell, depth_pct: float = 20.0) -> Scenario:
    return Scenario(
        id=UUID(int=1),
        label="test",
        scenario_type="balanced",
        date_range_start=day(START),
        date_range_end=day(START + LENGTH - 1),
        mechanics=tuple(
            Mechanic.model_validate(
                {"department": c.department, "channel": c.channel, "discount_pct": depth_pct}
            )
            for c in cells
        ),
    )


def _after(promos: Sequence[Promo] = (), days: int = LENGTH + 14, seed: int = 2) -> pd.DataFrame:
    """Return the sales from the campaign on, with its promotions.

    One draw of noise in ten lies outside P5-P95 (that is tested by itself, over 20 campaigns): those
    of seeds 0 and 1 do, in which ONE and TWO are 2 to 4 % off together.
    """
    frame = business(CELLS, START + days, [*HISTORY, *promos], seed=seed)
    return frame[frame["date"] >= pd.Timestamp(day(START))]


def _promo(cell: Cell, factor: float, **more: object) -> Promo:
    return Promo(cell, START, LENGTH, 20.0, factor, **more)  # type: ignore[arg-type]  # named fields


def _analyse(
    before: pd.DataFrame,
    forecaster: Forecaster,
    promos: Sequence[Promo],
    forecast: ScenarioKpis | None = None,
    days: int = LENGTH + 14,
) -> PostMortem:
    cells = [promo.cell for promo in promos if promo.first == START] or [ONE, TWO]
    return analyse(
        _scenario(*dict.fromkeys(cells)),
        before,
        _after(promos, days),
        forecast,
        None,
        variable_cost_rates=RATES,
        fixed_cost=FIXED_COST,
        forecaster=forecaster,
    )


def _expected_sales(cell: Cell, first: int = START, count: int = LENGTH) -> float:
    level = 200.0 * (CELLS.index(cell) + 1)
    return float(level * PRICE * WEEKDAY[[day(first + k).weekday() for k in range(count)]].sum())


def _kpis(**changes: object) -> ScenarioKpis:
    base = {
        "total_sales_value": 1.0,
        "total_margin_value": 1.0,
        "total_margin_pct": 1.0,
        "total_ebit": 1.0,
        "total_units": 1,
        "sales_value_delta": 0.0,
        "margin_value_delta": 0.0,
        "ebit_delta": 0.0,
        "units_delta": 0,
        "kpi_breakdown": {},
    }
    period = {"period_start": day(START), "period_end": day(START + LENGTH - 1)}
    ids = {"id": UUID(int=2), "scenario_id": UUID(int=1)}
    return ScenarioKpis.model_validate({**base, **period, **ids, **changes})


# --- what is stored -------------------------------------------------------------------------------


def test_totals_are_those_of_every_cell_in_the_window(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.6)])
    window = _after([_promo(ONE, 1.6)], LENGTH)
    sales, margin = window["sales_value"].sum(), window["margin_value"].sum()
    channel = window.groupby("channel")["sales_value"].sum()
    ebit = margin - 0.05 * channel["online"] - 0.10 * channel["offline"] - FIXED_COST
    assert report.actual_sales_value == pytest.approx(sales, abs=0.01)
    assert report.actual_margin_value == pytest.approx(margin, abs=0.01)
    assert report.actual_margin_pct == pytest.approx(100 * margin / sales, abs=0.01)
    assert report.actual_ebit == pytest.approx(ebit, abs=0.01)
    assert report.actual_units == window["units"].sum()
    assert report.baseline_until == day(START - 1)


def test_errors_are_actual_against_the_stored_forecast(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    actual = _analyse(before, forecaster, [_promo(ONE, 1.6)])
    kpis = _kpis(
        total_sales_value=actual.actual_sales_value / 1.25,
        total_margin_value=-actual.actual_margin_value,
        total_ebit=0.0,
        total_units=actual.actual_units * 2,
    )
    report = _analyse(before, forecaster, [_promo(ONE, 1.6)], kpis)
    assert report.sales_value_error_pct == pytest.approx(25)
    assert report.margin_value_error_pct == pytest.approx(200)  # (m - -m) / |-m|
    assert report.ebit_error_pct is None  # a forecast of 0 has no per cent
    assert report.units_error_pct == pytest.approx(-50)


def test_a_large_error_is_not_cut(before: pd.DataFrame, forecaster: Forecaster) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.6)], _kpis(total_units=1))
    assert report.units_error_pct == pytest.approx(100 * (report.actual_units - 1))


def test_a_forecast_of_about_nothing_has_no_error_in_per_cent_and_that_is_said(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    kpis = _kpis(total_sales_value=1e-9, total_ebit=0.0)
    report = _analyse(before, forecaster, [_promo(ONE, 1.6)], kpis)
    assert report.sales_value_error_pct is None
    assert report.ebit_error_pct is None
    said = [line for line in report.insights if "too near to nothing" in line]
    assert [line.split(" came")[0] for line in said] == ["The sales", "The EBIT"]


def test_the_report_survives_json(before: pd.DataFrame, forecaster: Forecaster) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.6)], _kpis())
    assert PostMortem.model_validate_json(report.model_dump_json()) == report


# --- effect and verdict ---------------------------------------------------------------------------


def test_a_campaign_of_known_effect_worked(before: pd.DataFrame, forecaster: Forecaster) -> None:
    """Units x 1.7 at 20 % off: without it the same days had sold 1 / 1.36, at 3 instead of 1."""
    promos = [_promo(ONE, 1.7), _promo(TWO, 1.7)]
    report = _analyse(before, forecaster, promos)
    window = _after(promos, LENGTH)
    sold = float(window.loc[window["promo"], "sales_value"].sum())
    effect, truth = report.effect.sales_value, sold - sold / 1.36
    assert report.verdict == effect.verdict == "worked"
    assert effect.value == pytest.approx(truth, rel=0.25)
    assert effect.p5 <= effect.p10 <= effect.value <= effect.p90 <= effect.p95
    units = sold / (PRICE * 0.8)
    margin = units * (PRICE * 0.8 - COST) - units / 1.7 * (PRICE - COST)
    assert report.effect.margin_value.value == pytest.approx(margin, rel=0.25)
    ebit = margin - 0.05 * truth - FIXED_COST
    assert report.effect.ebit.value == pytest.approx(ebit, rel=0.2)
    assert report.net.ebit.verdict == "did_not"  # it sold more and earned less
    assert any("smaller depth" in line for line in report.learning_points)


def test_a_discount_that_sells_no_more_did_not_work(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.0), _promo(TWO, 1.0)])  # sales - 20 %
    assert report.verdict == "did_not"
    assert report.effect.units.verdict == "cannot_tell"


def test_where_nothing_happened_one_mostly_cannot_tell(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    """20 campaigns in name only: a 90 % interval errs in about two of them."""
    verdicts = []
    for seed in range(20):
        fresh = business(CELLS, LENGTH + 14, seed=100 + seed, first_day=day(START))
        pair = np.random.default_rng(seed).choice(len(CELLS), 2, replace=False)
        report = analyse(
            _scenario(*(CELLS[k] for k in pair)),
            before,
            fresh,
            None,
            None,
            variable_cost_rates=RATES,
            fixed_cost=0.0,
            forecaster=forecaster,
        )
        verdicts.append(report.verdict)
    assert verdicts.count("cannot_tell") >= 14


def test_the_verdict_follows_from_the_interval_alone() -> None:
    draws = np.linspace(0, 100, 101)
    assert estimate(np.append(50.0, draws)).verdict == "worked"  # P5 = 5
    assert estimate(np.append(50.0, draws - 5)).verdict == "cannot_tell"  # P5 = 0
    assert estimate(np.append(-50.0, draws - 101)).verdict == "did_not"
    assert estimate(np.append(0.0, draws + 1)).verdict == "cannot_tell"  # the value counts too


def test_promoted_cells_show_observed_beside_planned(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    planned = {
        "by_cell": [
            {
                "channel": "online",
                "department": "A",
                "uplift_units_pct": 275.0,  # 3.75 x the units at four fifths of the price
                "effective_depth_pct": 20.0,
                "promo_share": 1.0,
                "sales_value_baseline": 100.0,
                "sales_value_planned": 300.0,
            }
        ]
    }
    kpis = _kpis().model_copy(update={"kpi_breakdown": planned})
    report = _analyse(before, forecaster, [_promo(ONE, 1.7)], kpis)
    [cell] = report.promoted
    assert cell.planned_uplift_sales_pct == pytest.approx(200)
    assert cell.uplift_sales_p5_pct < 36 < cell.uplift_sales_p95_pct
    assert cell.uplift_units_pct == pytest.approx(70, abs=12)
    assert (cell.days, cell.promo_days, cell.actual_discount_pct) == (7, 7, 20.0)
    assert any("+200.0 % lies outside" in line for line in report.learning_points)


def test_the_90_per_cent_interval_holds_the_truth_in_about_that_many_campaigns(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    """Twelve times the same campaign, with other luck on its days; under 8 happen in 0.4 % at 90 %."""
    promos = [_promo(ONE, 1.7), _promo(TWO, 1.7)]
    held = []
    for seed in range(1, 13):
        actual = _after(promos, LENGTH, seed)
        sold = float(actual.loc[actual["promo"], "sales_value"].sum())
        report = analyse(
            _scenario(ONE, TWO),
            before,
            actual,
            None,
            None,
            variable_cost_rates=RATES,
            fixed_cost=0.0,
            forecaster=forecaster,
        )
        found = report.effect.sales_value
        held.append(found.p5 < sold - sold / 1.36 < found.p95)
        assert found.verdict == "worked"
    assert sum(held) >= 8


def test_a_shock_to_the_whole_market_is_no_effect_of_the_campaign(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    """Everything sells 30 % less in the window: the campaign's 36 % stay, nobody cannibalizes."""
    promos = [_promo(ONE, 1.7), _promo(TWO, 1.7)]
    actual = _after(promos)
    window = actual["date"] <= pd.Timestamp(day(START + LENGTH - 1))
    measures = ["sales_value", "margin_value", "units"]
    actual[measures] = actual[measures].astype(float).mul(np.where(window, 0.7, 1.0), axis=0)
    report = analyse(
        _scenario(ONE, TWO),
        before,
        actual,
        None,
        None,
        variable_cost_rates=RATES,
        fixed_cost=0.0,
        forecaster=forecaster,
    )
    sold = float(actual.loc[actual["promo"], "sales_value"].sum())
    assert report.effect.sales_value.value == pytest.approx(sold - sold / 1.36, rel=0.1)
    assert not any(signal.significant for signal in report.cannibalization_signals)


# --- days after and other cells -------------------------------------------------------------------


def test_a_deep_dip_is_found_and_counts_in_the_net_effect(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.7, dip=0.7)])
    [dip] = report.post_promo_dip
    assert dip.verdict == "dip"
    assert dip.dip_pct == pytest.approx(-30, abs=7)
    assert dip.p5_pct < -30 < dip.p95_pct
    assert dip.days_observed == 14
    assert report.dip_complete
    lost = report.net.sales_value.value - report.effect.sales_value.value
    assert lost == pytest.approx(dip.sales_value)
    assert any("pulled forward" in line for line in report.learning_points)


def test_a_cell_is_measured_on_the_days_of_its_own_run(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    """ONE runs on the third to fifth day of the week only; nothing happens on the others."""
    first, last = START + 2, START + 4
    whole = _scenario(ONE)
    runs = whole.mechanics[0].model_copy(update={"start": day(first), "end": day(last)})
    scenario = whole.model_copy(update={"mechanics": (runs,)})
    actual = _after([Promo(ONE, first, 3, 20.0, 1.7)])
    data = counterfactual(actual, forecaster, scenario)
    position = CELLS.index(ONE)
    assert np.flatnonzero(data.runs[:, position]).tolist() == [2, 3, 4]
    assert np.flatnonzero(days_for_dip(data, 14)[:, position]).tolist() == list(range(5, 19))
    report = analyse(
        scenario,
        before,
        actual,
        None,
        None,
        variable_cost_rates=RATES,
        fixed_cost=0.0,
        forecaster=forecaster,
    )
    [cell] = report.promoted
    assert (cell.days, cell.promo_days) == (3, 3)
    sold = float(actual.loc[actual["promo"], "sales_value"].sum())
    assert cell.actual_sales_value == pytest.approx(sold)
    expected = sold - data.baseline.sales[2:5, position].sum()
    within = actual["date"].between(pd.Timestamp(day(last + 1)), pd.Timestamp(day(START + 6)))
    own = (actual["channel"] == ONE.channel) & (actual["department"] == ONE.department)
    after = float(actual.loc[own & within, "sales_value"].sum())
    dip = after - data.baseline.sales[5:7, position].sum()
    assert report.effect.sales_value.value == pytest.approx(expected + dip)


def test_a_dip_window_that_is_not_over_is_said(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.7)], days=LENGTH + 5)
    assert report.post_promo_dip[0].days_observed == 5
    assert not report.dip_complete
    assert any("5 days after" in line and "not over" in line for line in report.insights)
    none = _analyse(before, forecaster, [_promo(ONE, 1.7)], days=LENGTH)
    assert none.post_promo_dip[0].days_observed == 0
    assert none.post_promo_dip[0].verdict == "cannot_tell"
    assert any("not known" in line for line in none.insights)


def test_the_dip_ends_where_the_cell_is_promoted_again(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    again = Promo(ONE, START + LENGTH + 4, 3, 20.0, 1.7)
    report = _analyse(before, forecaster, [_promo(ONE, 1.7), again])
    assert report.post_promo_dip[0].days_observed == 4
    data = counterfactual(_after([again]), forecaster, _scenario(ONE))
    days = days_for_dip(data, 14)[:, CELLS.index(ONE)]
    assert np.flatnonzero(days).tolist() == list(range(LENGTH, LENGTH + 4))


def test_a_strong_cannibalization_is_found_and_counts(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    victim = Cell("offline", "A")
    report = _analyse(before, forecaster, [_promo(ONE, 2.5, others=((victim, 0.5),))])
    found = {(s.channel, s.department): s for s in report.cannibalization_signals}
    assert set(found) == set(CELLS) - {ONE}
    signal = found[victim]
    assert signal.significant
    assert signal.kind == "cannibalization"
    assert signal.effect_pct == pytest.approx(-50, abs=8)
    assert [pair for pair, s in found.items() if s.significant] == [victim]
    dip = report.post_promo_dip[0].sales_value
    assert report.net.sales_value.value == pytest.approx(
        report.effect.sales_value.value + dip + signal.sales_value
    )
    assert any("cannibalization A offline" in line for line in report.insights)


def test_cells_on_promotion_themselves_are_no_signals_but_are_named(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    other = Cell("online", "F")
    overlap = Promo(other, START - 2, 8, 30.0, 1.8)
    report = _analyse(before, forecaster, [_promo(ONE, 1.7), overlap])
    assert len(report.cannibalization_signals) == len(CELLS) - 2
    assert other not in {(s.channel, s.department) for s in report.cannibalization_signals}
    assert any(
        "Other promotions" in line and "F online (6 days)" in line for line in report.insights
    )


def test_a_cell_that_recovers_from_its_own_promotion_is_no_signal() -> None:
    """Its last promotion ended five days before the campaign, and half of its sales are missing."""
    other = Cell("online", "F")
    earlier = Promo(other, START - 12, 7, 30.0, 1.8, dip=0.5)
    everything = business(CELLS, START + LENGTH, [*HISTORY, earlier, _promo(ONE, 1.7)])
    start = pd.Timestamp(day(START))
    known = fit_forecaster(everything[everything["date"] < start], country=None)
    data = counterfactual(everything[everything["date"] >= start], known, _scenario(ONE))
    position = CELLS.index(other)
    assert not data.free[:, position].any()
    assert data.free.sum() == LENGTH * (len(CELLS) - 2)
    tested = {(s.channel, s.department) for s in cross_signals(data, 5)}
    assert tested == set(CELLS) - {ONE, other}


# --- words ----------------------------------------------------------------------------------------


def test_holidays_in_the_window_and_what_is_not_known_are_named(before: pd.DataFrame) -> None:
    """The window of 16 to 22 November 2024 is shifted to hold the first of November."""
    shift = dt.timedelta(days=18)  # starts on 29 October
    scenario = _scenario(ONE).model_copy(
        update={
            "date_range_start": day(START) - shift,
            "date_range_end": day(START + LENGTH - 1) - shift,
        }
    )
    early = before[before["date"] < pd.Timestamp(day(START) - shift)]
    report = analyse(
        scenario,
        early,
        before[before["date"] >= pd.Timestamp(day(START) - shift)],
        None,
        "IT",
        variable_cost_rates=RATES,
        fixed_cost=0.0,
    )
    assert any("(2024-11-01)" in line for line in report.insights)
    assert any("Weather, stock" in line for line in report.insights)
    assert any("No forecast" in line for line in report.insights)


def test_the_daily_rows_are_the_promoted_cells_day_by_day(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = _analyse(before, forecaster, [_promo(ONE, 1.7), _promo(TWO, 1.7)])
    assert [row.date for row in report.daily] == [day(START + k) for k in range(LENGTH + 14)]
    actual = _after([_promo(ONE, 1.7), _promo(TWO, 1.7)])
    own = actual[(actual["channel"] == "online") & actual["department"].isin(["A", "B"])]
    sums = own.groupby("date")["sales_value"].sum().to_numpy()
    np.testing.assert_allclose([row.actual for row in report.daily], sums)
    assert all(row.p10 < row.p90 for row in report.daily)
    window = report.daily[:LENGTH]
    assert sum(row.baseline for row in window) == pytest.approx(
        _expected_sales(ONE) + _expected_sales(TWO), rel=0.1
    )


# --- refusals -------------------------------------------------------------------------------------


def test_what_cannot_be_measured_is_refused_with_the_repair(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    actual = _after([_promo(ONE, 1.7)])

    def refused(match: str, **changes: object) -> None:
        arguments: dict[str, object] = {
            "scenario": _scenario(ONE),
            "history_before": before,
            "actual": actual,
            "forecast_kpis": None,
            "country": None,
            "variable_cost_rates": RATES,
            "fixed_cost": 0.0,
            "forecaster": forecaster,
        }
        with pytest.raises(ValueError, match=match):
            analyse(**(arguments | changes))  # type: ignore[arg-type]  # one is wrong on purpose

    refused("into the campaign", history_before=pd.concat([before, actual]))
    refused("fewer than 28 days", history_before=before[before["date"] > "2024-11-01"])
    refused("no sales from", actual=actual[actual["date"] > pd.Timestamp(day(START + LENGTH))])
    refused("no variable cost rate for offline", variable_cost_rates={"online": 0.05})
    refused("none of the promoted", scenario=_scenario(Cell("online", "DRONES")))
    shifted = _kpis(period_end=day(START + 30))
    refused("evaluate the scenario again", forecast_kpis=shifted)
    known = fit_forecaster(pd.concat([before, actual]), country=None)
    refused("has seen sales until", forecaster=known)


def test_a_promoted_cell_without_history_is_left_out_and_named(
    before: pd.DataFrame, forecaster: Forecaster
) -> None:
    report = analyse(
        _scenario(ONE, Cell("online", "DRONES")),
        before,
        _after([_promo(ONE, 1.7)]),
        None,
        None,
        variable_cost_rates=RATES,
        fixed_cost=0.0,
        forecaster=forecaster,
    )
    assert [cell.department for cell in report.promoted] == ["A"]
    assert any("DRONES online had no sales before" in line for line in report.insights)
