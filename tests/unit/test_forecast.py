"""Forecasts: what promotions may move, what must not be known, fallbacks, and honest errors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analytics.baseline import fit_baseline
from analytics.forecast import Forecaster, fit_forecaster, weekday_baseline
from analytics.forecast_backtest import backtest
from analytics.forecast_errors import PastErrors
from analytics.frames import FORECAST, MEASURES, PLAN
from analytics.panel import panel
from analytics.types import Cell
from tests.unit.sales_cases import (
    AUDIO,
    COST,
    FOUR_CELLS,
    PRICE,
    STORE_AUDIO,
    STORE_TV,
    TV,
    WEEKDAY,
    Promo,
    business,
    day,
    every,
)

DAYS = 300
DEPTHS = {20.0: 1.5, 30.0: 1.8}


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """Four cells, each promoted every 40 days or so, with a dip of 10 % after."""
    promos = [
        Promo(p.cell, p.first, p.days, p.depth_pct, p.factor, dip=0.9)
        for p in every(FOUR_CELLS, 40, DAYS - 20, 6, DEPTHS)
    ]
    return business(days=DAYS, promos=promos)


@pytest.fixture(scope="module")
def forecaster(history: pd.DataFrame) -> Forecaster:
    """Fitted on all of it."""
    return fit_forecaster(history)


def _unmeasured(history: pd.DataFrame) -> Forecaster:
    """Return a forecaster without its backtest, which takes most of the time."""
    days = panel(history)
    return Forecaster(days, fit_baseline(days, "IT", 0), _past([[[100, 100]]]))


def _plan(cell: Cell, *days: int, depth_pct: float = 20.0) -> pd.DataFrame:
    rows = [(pd.Timestamp(day(n)), *cell, depth_pct) for n in days]
    return pd.DataFrame(rows, columns=PLAN)


def _sales(frame: pd.DataFrame, cell: Cell) -> np.ndarray:
    own = frame[(frame["channel"] == cell.channel) & (frame["department"] == cell.department)]
    return own.sort_values("date")["sales_value"].to_numpy()


def _expected_sales(cell: Cell, first: int, count: int) -> np.ndarray:
    level = 200.0 * (FOUR_CELLS.index(cell) + 1)
    weekdays = [day(first + k).weekday() for k in range(count)]
    return level * PRICE * WEEKDAY[weekdays]


def test_the_baseline_is_what_sells_without_promotions(forecaster: Forecaster) -> None:
    frame = forecaster.baseline(day(DAYS + 14), day(DAYS + 41))  # no dip of the past reaches it
    assert list(frame.columns) == FORECAST
    assert set(frame["method"]) == {"lightgbm"}
    for cell in FOUR_CELLS:
        ratio = _sales(frame, cell) / _expected_sales(cell, DAYS + 14, 28)
        assert ratio.mean() == pytest.approx(1, abs=0.04)
        assert np.abs(ratio - 1).max() < 0.12


def test_units_and_margin_follow_from_price_and_margin_rate(forecaster: Forecaster) -> None:
    frame = forecaster.baseline(day(DAYS), day(DAYS + 6))
    np.testing.assert_allclose(frame["units"], frame["sales_value"] / PRICE)
    np.testing.assert_allclose(frame["margin_value"], frame["sales_value"] * (1 - COST / PRICE))


def test_a_promotion_moves_every_day_it_covers_and_no_other_but_the_dip(
    forecaster: Forecaster,
) -> None:
    start, end = day(DAYS), day(DAYS + 34)
    baseline = forecaster.baseline(start, end)
    covered = range(DAYS + 3, DAYS + 10)
    planned = forecaster.forecast(start, end, _plan(TV, *covered))
    ratio = _sales(planned, TV) / _sales(baseline, TV)
    assert ratio[3:10].min() > 1.1  # 1.5 x 0.8 = 1.2 in truth
    np.testing.assert_allclose(ratio[3:10], ratio[3])
    np.testing.assert_allclose(ratio[:3], 1)
    assert ratio[10:24].max() < 0.97
    np.testing.assert_allclose(ratio[10:24], ratio[10])
    np.testing.assert_allclose(ratio[24:], 1)
    for other in (AUDIO, STORE_TV, STORE_AUDIO):
        np.testing.assert_array_equal(_sales(planned, other), _sales(baseline, other))


@pytest.mark.parametrize("step", [0, 1, 13, 27, 59])
def test_each_single_day_of_the_horizon_reacts_to_its_own_promotion(
    forecaster: Forecaster, step: int
) -> None:
    start, end = day(DAYS), day(DAYS + 59)
    planned = forecaster.forecast(start, end, _plan(AUDIO, DAYS + step))
    ratio = _sales(planned, AUDIO) / _sales(forecaster.baseline(start, end), AUDIO)
    assert ratio[step] == pytest.approx(1.2, abs=0.12)
    assert (np.delete(ratio, step) <= 1).all()


def test_a_deeper_promotion_sells_more_units_at_a_lower_price(forecaster: Forecaster) -> None:
    window = day(DAYS), day(DAYS)
    shallow = forecaster.forecast(*window, _plan(TV, DAYS, depth_pct=20.0))
    deep = forecaster.forecast(*window, _plan(TV, DAYS, depth_pct=30.0))
    own = [f[(f["channel"] == "online") & (f["department"] == "TV")] for f in (shallow, deep)]
    units = [float(f["units"].iloc[0]) for f in own]
    price = [float(f["sales_value"].iloc[0]) / u for f, u in zip(own, units, strict=True)]
    assert units[1] > units[0]
    assert price == pytest.approx([PRICE * 0.8, PRICE * 0.7])


def test_a_plan_before_the_window_casts_only_its_dip_into_it(forecaster: Forecaster) -> None:
    start, end = day(DAYS + 10), day(DAYS + 20)
    planned = forecaster.forecast(start, end, _plan(TV, *range(DAYS, DAYS + 10)))
    ratio = _sales(planned, TV) / _sales(forecaster.baseline(start, end), TV)
    assert (ratio < 0.97).all()


def test_past_promotions_do_not_lift_the_baseline() -> None:
    """A cell on promotion until yesterday sold for 2.1 times as much; its baseline must not."""
    promos = [Promo(TV, first, 20, 30.0, 3.0) for first in (40, 100, 160, 220, 280)]
    frame = _unmeasured(business(days=DAYS, promos=promos)).baseline(day(DAYS), day(DAYS + 27))
    ratio = _sales(frame, TV) / _expected_sales(TV, DAYS, 28)
    assert ratio.mean() == pytest.approx(1, abs=0.06)


def test_promotions_of_unknown_depth_do_not_lift_it_either() -> None:
    promos = [Promo(TV, n, 20, 30.0, 3.0, known=False) for n in range(40, DAYS, 60)]
    frame = _unmeasured(business(days=DAYS, promos=promos)).baseline(day(DAYS), day(DAYS + 27))
    ratio = _sales(frame, TV) / _expected_sales(TV, DAYS, 28)
    assert ratio.mean() == pytest.approx(1, abs=0.06)


def test_equal_seeds_and_data_give_equal_forecasts(
    history: pd.DataFrame, forecaster: Forecaster
) -> None:
    again = fit_forecaster(history)
    window = day(DAYS), day(DAYS + 20)
    pd.testing.assert_frame_equal(again.baseline(*window), forecaster.baseline(*window))
    pd.testing.assert_frame_equal(again.backtest, forecaster.backtest)


def test_money_in_cents_gives_the_same_forecast_in_cents(
    history: pd.DataFrame, forecaster: Forecaster
) -> None:
    scaled = history.assign(
        sales_value=history["sales_value"] * 100, margin_value=history["margin_value"] * 100
    )
    window = day(DAYS), day(DAYS + 20)
    cents, euros = _unmeasured(scaled).baseline(*window), forecaster.baseline(*window)
    np.testing.assert_allclose(cents["sales_value"], 100 * euros["sales_value"], rtol=1e-6)
    np.testing.assert_allclose(cents["units"], euros["units"], rtol=1e-6)


def test_the_row_order_of_the_history_does_not_matter(
    history: pd.DataFrame, forecaster: Forecaster
) -> None:
    mixed = _unmeasured(history.sample(frac=1, random_state=1))
    window = day(DAYS), day(DAYS + 6)
    pd.testing.assert_frame_equal(mixed.baseline(*window), forecaster.baseline(*window))


def test_no_backtest_forecast_knows_a_day_after_its_cutoff(history: pd.DataFrame) -> None:
    """Changing the last week changes what happened, but no forecast: all cutoffs are older."""
    changed = history.copy()
    late = changed["date"] >= pd.Timestamp(day(DAYS - 7))
    changed.loc[late, MEASURES] = changed.loc[late, MEASURES] * 3
    before, after = (backtest(panel(f), "IT", 0) for f in (history, changed))
    np.testing.assert_array_equal(before.forecast, after.forecast)
    last = np.nansum(before.actual[-1, -7:])
    assert np.nansum(after.actual[-1, -7:]) == pytest.approx(3 * last)


def test_the_backtest_lists_past_forecasts_beside_what_happened(
    history: pd.DataFrame, forecaster: Forecaster
) -> None:
    frame = forecaster.backtest
    assert list(frame.columns) == [
        "cutoff",
        "channel",
        "department",
        "date",
        "actual",
        "forecast",
    ]
    assert (frame["date"] > frame["cutoff"]).all()
    assert frame["cutoff"].max() == pd.Timestamp(day(DAYS - 57))
    joined = frame.merge(history, on=["date", "channel", "department"])
    np.testing.assert_array_equal(joined["actual"], joined["sales_value"])
    wape = (frame["actual"] - frame["forecast"]).abs().sum() / frame["actual"].sum()
    assert forecaster.backtest_wape == pytest.approx(wape)
    assert forecaster.backtest_wape < 0.08  # noise alone: 0.8 x 5 % = 4 %


def test_the_model_beats_the_weekday_mean_where_there_is_a_season() -> None:
    """Sales that rise and fall by 40 % over the year; the last 28 of 700 days are held out."""
    frame = business(days=700)
    season = 1 + 0.4 * np.sin(2 * np.pi * frame["date"].dt.dayofyear / 365.25)
    frame["units"] = (frame["units"] * season).round().astype(np.int64)
    frame["sales_value"] = frame["units"] * PRICE
    cut = pd.Timestamp(day(672))
    known, later = frame[frame["date"] < cut], frame[frame["date"] >= cut]
    window = day(672), day(699)
    forecasts = (_unmeasured(known).baseline(*window), weekday_baseline(known, *window))
    model, means = (
        (later["sales_value"].to_numpy() - f["sales_value"].to_numpy()) for f in forecasts
    )
    assert np.abs(model).sum() < 0.4 * np.abs(means).sum()
    assert np.abs(model).sum() / later["sales_value"].sum() < 0.07


def _short_lived() -> pd.DataFrame:
    """One cell for each fallback, beside one with enough history."""
    full = business([TV], days=200)
    one = business([Cell("online", "10 DAYS")], days=10, first_day=day(190))
    two = business([Cell("online", "30 DAYS")], days=30, first_day=day(170))
    gone = business([Cell("online", "GONE")], days=100)
    flat = business([Cell("online", "FLAT")], days=200, noise=0.0)
    flat[["sales_value", "margin_value", "units"]] = [50.0, 5.0, 5]
    negative = business([Cell("online", "RETURNS")], days=200)
    negative[["sales_value", "margin_value"]] *= -1
    return pd.concat([full, one, two, gone, flat, negative], ignore_index=True)


def test_cells_with_too_little_to_go_by_fall_back_by_name() -> None:
    frame = _unmeasured(_short_lived()).baseline(day(200), day(213))
    methods = frame.groupby("department")["method"].unique().explode()
    assert methods.to_dict() == {
        "TV": "lightgbm",
        "10 DAYS": "cell_mean",
        "30 DAYS": "weekday_mean",
        "FLAT": "weekday_mean",
        "RETURNS": "weekday_mean",
        "GONE": "no_history",
    }
    assert np.isfinite(frame[MEASURES].to_numpy()).all()
    assert (frame[["sales_value", "units"]].to_numpy() >= 0).all()
    sales = frame.groupby("department")["sales_value"]
    assert sales.unique()["FLAT"] == pytest.approx([50.0])
    assert sales.nunique()["10 DAYS"] == 1
    assert sales.nunique()["30 DAYS"] == 7
    assert sales.max()["GONE"] == sales.max()["RETURNS"] == 0


def test_a_planned_cell_without_any_history_is_forecast_as_nothing(
    forecaster: Forecaster,
) -> None:
    strange = Cell("online", "DRONES")
    frame = forecaster.forecast(day(DAYS), day(DAYS + 1), _plan(strange, DAYS))
    own = frame[frame["department"] == "DRONES"]
    assert own["method"].tolist() == ["no_history", "no_history"]
    assert own[MEASURES].to_numpy().sum() == 0
    assert len(frame) == 2 * 5


def test_a_young_cell_in_an_old_business_has_no_trend_to_run_away_with() -> None:
    """60 days that rose by a tenth, 60 days ahead: the level, not the rise, goes on."""
    young = business([AUDIO], days=60, first_day=day(640), noise=0.02)
    rise = np.linspace(0.95, 1.05, 60)
    young["sales_value"] = young["sales_value"] * rise
    fitted = _unmeasured(pd.concat([business([TV, STORE_TV], days=700), young]))
    frame = fitted.baseline(day(700), day(759))
    ratio = _sales(frame, AUDIO).mean() / young["sales_value"].mean()
    assert set(frame["method"]) == {"lightgbm"}
    assert ratio == pytest.approx(1, abs=0.12)


def test_days_without_sales_are_part_of_the_mean() -> None:
    """A cell that sells on two days in three; logs of the selling days alone would be too high."""
    frame = business([TV, AUDIO], days=300)
    idle = (frame["department"] == "TV") & (frame["date"].dt.dayofyear % 3 == 0)
    frame.loc[idle, MEASURES] = 0
    forecast = _unmeasured(frame).baseline(day(300), day(341))
    own = forecast[forecast["department"] == "TV"]
    assert set(own["method"]) == {"weekday_mean"}
    truth = frame.loc[frame["department"] == "TV", "sales_value"].mean()
    assert own["sales_value"].mean() == pytest.approx(truth, rel=0.02)


def test_no_origin_of_the_backtest_lies_in_a_gap_of_the_data() -> None:
    frame = business(days=300)
    frame = frame[(frame["date"] < "2024-04-01") | (frame["date"] > "2024-07-15")]
    past = backtest(panel(frame), None, 0)
    assert past.cutoffs.min() > pd.Timestamp("2024-07-15")
    assert past.wape < 0.08


@pytest.mark.parametrize("days", [2, 5, 20, 40, 80])
def test_short_histories_give_a_forecast_with_errors(days: int) -> None:
    fitted = fit_forecaster(business(days=days))
    frame = fitted.baseline(day(days), day(days + 6))
    assert np.isfinite(frame[MEASURES].to_numpy()).all()
    factors = fitted.error_draws(day(days), day(days + 6), 20, 0).factors
    assert np.isfinite(factors).all()
    assert 0 <= fitted.backtest_wape < 0.5


def test_one_day_of_sales_is_too_few() -> None:
    with pytest.raises(ValueError, match=r"2024-01-01 only.*at least 2 days"):
        fit_forecaster(business(days=1))


def test_missing_days_are_missing_and_not_zero(history: pd.DataFrame) -> None:
    hole = (history["department"] == "TV") & history["date"].between(
        pd.Timestamp(day(250)), pd.Timestamp(day(264))
    )
    frame = _unmeasured(history[~hole]).baseline(day(DAYS + 14), day(DAYS + 20))
    ratio = _sales(frame, TV) / _expected_sales(TV, DAYS + 14, 7)
    assert ratio.mean() == pytest.approx(1, abs=0.06)


def test_a_day_on_which_the_stores_are_always_closed_is_zero() -> None:
    history = business(days=370)
    christmas = pd.Timestamp("2024-12-25")
    open_days = history[(history["date"] != christmas) | (history["channel"] == "online")]
    frame = _unmeasured(open_days).baseline(dt.date(2025, 12, 24), dt.date(2025, 12, 26))
    stores = frame[frame["channel"] == "offline"].groupby("date")["sales_value"].sum()
    web = frame[frame["channel"] == "online"].groupby("date")["sales_value"].sum()
    assert [bool(value) for value in stores] == [True, False, True]
    assert (web > 0).all()


def test_windows_that_cannot_be_forecast_are_refused_with_the_repair(
    forecaster: Forecaster,
) -> None:
    with pytest.raises(ValueError, match=r"has seen sales until .*fit it on the sales before"):
        forecaster.baseline(day(DAYS - 1), day(DAYS + 5))
    with pytest.raises(ValueError, match=r"401 days after the last known sales.*load newer"):
        forecaster.baseline(day(DAYS), day(DAYS + 400))
    with pytest.raises(ValueError, match=r"before it starts .*swap"):
        forecaster.error_draws(day(DAYS + 5), day(DAYS), 10, 0)
    assert forecaster.error_draws(day(DAYS + 399), day(DAYS + 399), 1, 0).factors.shape == (1, 4, 1)


def test_a_plan_of_unknown_depth_counts_at_the_usual_depth_of_the_cell(
    history: pd.DataFrame, forecaster: Forecaster
) -> None:
    window = day(DAYS), day(DAYS + 20)
    own = (history["channel"] == TV.channel) & (history["department"] == TV.department)
    usual = float(history.loc[own & history["promo"], "depth_pct"].mean())
    unknown = forecaster.forecast(*window, _plan(TV, DAYS + 2, depth_pct=np.nan))
    known = forecaster.forecast(*window, _plan(TV, DAYS + 2, depth_pct=usual))
    pd.testing.assert_frame_equal(unknown, known)
    assert not unknown.equals(forecaster.baseline(*window))


def test_where_no_depth_was_ever_known_an_unknown_one_cannot_count() -> None:
    plain = _unmeasured(business(days=100))
    window = day(100), day(110)
    planned = plain.forecast(*window, _plan(TV, 102, depth_pct=np.nan))
    pd.testing.assert_frame_equal(planned, plain.baseline(*window))


def test_plans_that_make_no_sense_are_refused(forecaster: Forecaster) -> None:
    window = day(DAYS), day(DAYS + 1)
    with pytest.raises(ValueError, match="the plan lacks the column depth_pct"):
        forecaster.forecast(*window, _plan(TV, DAYS).drop(columns="depth_pct"))
    with pytest.raises(ValueError, match="twice on one day"):
        forecaster.forecast(*window, _plan(TV, DAYS, DAYS))
    with pytest.raises(ValueError, match="between 0 and 100"):
        forecaster.forecast(*window, _plan(TV, DAYS, depth_pct=0.0))


# --- the simple reference -------------------------------------------------------------------------


def test_the_weekday_baseline_is_the_mean_of_unpromoted_days_before_the_start() -> None:
    """Mondays of 100, 300 (promoted: 900) and a later 5000 that must not count."""
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-01-06", "2025-01-13", "2025-01-20", "2025-01-27"]),
            "channel": "online",
            "department": "TV",
            "sales_value": [100.0, 300.0, 900.0, 5000.0],
            "margin_value": [10.0, 30.0, 50.0, 500.0],
            "units": [1, 3, 12, 50],
            "promo": [False, False, True, False],
            "depth_pct": [0.0, 0.0, 20.0, 0.0],
            "promo_share": [0.0, 0.0, 1.0, 0.0],
        }
    )
    frame = weekday_baseline(rows, dt.date(2025, 1, 27), dt.date(2025, 1, 28))
    assert frame[["sales_value", "margin_value", "units"]].to_numpy().tolist() == [
        [200.0, 20.0, 2.0],  # Monday
        [0.0, 0.0, 0.0],  # no Tuesday was ever open
    ]
    promoted = weekday_baseline(rows[2:3], dt.date(2025, 1, 27), dt.date(2025, 1, 27))
    assert promoted["sales_value"].tolist() == [900.0]  # only promo Mondays: all its days
    with pytest.raises(ValueError, match="no sales before 2025-01-06"):
        weekday_baseline(rows, dt.date(2025, 1, 6), dt.date(2025, 1, 7))


# --- errors ---------------------------------------------------------------------------------------


def _past(actual: list[list[list[float]]]) -> PastErrors:
    """Return errors against a forecast of 100: (origins, days, cells)."""
    values = np.array(actual, dtype=float)
    return PastErrors(
        cells=(AUDIO, TV),
        cutoffs=pd.date_range("2024-01-01", periods=len(values), freq="28D"),
        actual=values,
        forecast=np.full(values.shape, 100.0),
    )


def _around_one(past: PastErrors, *errors: float) -> tuple[float, ...]:
    """Return errors, levels of +-0.2 widened 2.5-fold as two blocks tell little, as factors."""
    return tuple(round(max(1 + past.width * error, 0.0), 6) for error in errors)


def test_drawn_errors_keep_cells_and_days_of_one_origin_together() -> None:
    """AUDIO: levels +-0.2, days -+0.1 around it; TV: +-0.3 and -+0.1. Both are 1 on average."""
    past = _past([[[110, 120], [130, 140]], [[90, 80], [70, 60]]])
    draws = past.draws(length=2, count=200, seed=0)
    assert draws.cells == [AUDIO, TV]
    assert draws.factors.shape == (200, 2, 2)
    blocks = {tuple(one.ravel().round(6).tolist()) for one in draws.factors}
    assert blocks == {
        _around_one(past, 0.4, 0.6, 0.65, 0.85),
        _around_one(past, -0.4, -0.6, -0.65, -0.85),
    }


def test_a_day_takes_errors_of_forecasts_made_as_long_before() -> None:
    past = _past([[[110, 120], [130, 140]], [[90, 80], [70, 60]]])
    near = past.draws(length=1, count=400, seed=0)
    assert {tuple(one.ravel().round(6).tolist()) for one in near.factors} == {
        _around_one(past, 0.4, 0.65),
        _around_one(past, -0.4, -0.65),
    }
    far = past.draws(length=1, count=400, seed=0, lead=1)
    assert {tuple(one.ravel().round(6).tolist()) for one in far.factors} == {
        _around_one(past, 0.6, 0.85),
        _around_one(past, -0.6, -0.85),
    }


def test_a_mean_error_of_the_past_is_not_taken_to_go_on() -> None:
    """Sales were 30 % above each forecast: the factors are 1 on average all the same."""
    past = _past([[[120, 120]] * 7, [[130, 130]] * 7, [[140, 140]] * 7])
    assert past.draws(7, 600, 0).factors.mean() == pytest.approx(1, abs=0.02)


def test_errors_beyond_the_backtest_s_horizon_repeat_and_do_not_average_out() -> None:
    past = _past([[[110, 110]] * 2, [[90, 90]] * 2, [[100, 100]] * 2])
    near, far = (past.draws(length, 500, seed=1).factors.sum(axis=2) for length in (2, 40))
    assert far.std(axis=0) / 40 == pytest.approx(near.std(axis=0) / 2, rel=0.1)


def test_gaps_in_the_errors_are_filled_from_the_cell_and_then_from_the_worst() -> None:
    gap = np.nan
    past = _past([[[150, gap], [130, gap], [gap, gap]], [[100, gap], [80, gap], [90, gap]]])
    draws = past.draws(length=3, count=50, seed=0).factors
    assert np.isfinite(draws).all()
    np.testing.assert_array_equal(draws[:, 0], draws[:, 1])  # TV takes AUDIO's
    seen = {tuple(one[0].round(6).tolist()) for one in draws}  # levels +-0.25, days 0.1, -0.1, 0
    assert seen == {
        _around_one(past, 0.725, 0.525, 0.625),
        _around_one(past, -0.525, -0.725, -0.625),
    }


def test_equal_seeds_draw_equal_errors(forecaster: Forecaster) -> None:
    window = day(DAYS), day(DAYS + 9)
    one, same, other = (forecaster.error_draws(*window, 50, seed).factors for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.shape == (50, 4, 10)


def test_intervals_of_sums_hold_what_happened_about_as_often_as_they_say() -> None:
    """Days share a shock, so cells err together: P10-P90 of 7-day totals on 40 held-out windows."""
    frame = business(days=560, noise=0.03)
    dates = pd.date_range(frame["date"].min(), periods=560)
    shock = pd.Series(np.exp(0.1 * np.random.default_rng(8).standard_normal(560)), dates)
    frame[MEASURES] = frame[MEASURES].mul(frame["date"].map(shock), axis=0)
    fitted = fit_forecaster(frame[frame["date"] < dates[280]])
    totals = frame.groupby("date")["sales_value"].sum().to_numpy()
    forecast = fitted.baseline(day(280), day(559))["sales_value"].to_numpy().reshape(280, 4)
    factors = fitted.error_draws(day(280), day(286), 300, 0).factors
    held = 0
    for first in range(280, 560, 7):
        sums = np.einsum("kcd,dc->k", factors, forecast[first - 280 : first - 273])
        p10, p90 = np.percentile(sums, [10, 90])
        held += bool(p10 <= totals[first : first + 7].sum() <= p90)
    assert 24 <= held <= 39  # 32 of 40 in expectation, give or take 3 binomial deviations
