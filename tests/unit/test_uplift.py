"""Uplift coefficients: known effects recovered, shrinkage by hand, prices, backtest."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cell_regression import explain, regress
from analytics.coefficients import coefficients_of
from analytics.panel import days_after, panel
from analytics.price import promoted_cell
from analytics.price_level import price_level, promo_shares, unexplained_price_cut
from analytics.promo_effects import PromoEffects
from analytics.shrinkage import _spread, shrink
from analytics.types import BANDS, Cell
from analytics.uplift import Coefficient, UpliftModel, backtest_uplift, better, fit_uplift
from tests.unit.sales_cases import (
    AUDIO,
    COST,
    FOUR_CELLS,
    PRICE,
    STORE_TV,
    TV,
    Promo,
    business,
    day,
    every,
)

DAYS = 500
DEPTHS = {15.0: 1.35, 25.0: 1.65, 35.0: 2.0}  # log uplift of 2 x depth, very nearly
EIGHT_CELLS = tuple(Cell(c, d) for c in ("offline", "online") for d in ("A", "B", "C", "D"))


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """Eight cells, each at 15, 25 and 35 % in turn."""
    return business(EIGHT_CELLS, DAYS, every(EIGHT_CELLS, 35, DAYS, 6, DEPTHS), noise=0.06)


@pytest.fixture(scope="module")
def model(history: pd.DataFrame) -> UpliftModel:
    """Fitted on all of it."""
    return fit_uplift(history)


def _of(model: UpliftModel, cell: Cell, depth_pct: float) -> Coefficient:
    return model.coefficient(cell, depth_pct)


def test_known_uplifts_are_recovered_in_every_cell_and_band(model: UpliftModel) -> None:
    for cell in EIGHT_CELLS:
        for depth, factor in DEPTHS.items():
            found = _of(model, cell, depth)
            assert found.uplift_units_pct == pytest.approx(100 * (factor - 1), abs=7)
            error = math.log1p(found.uplift_units_pct / 100) - math.log(factor)
            assert abs(error) < 4 * found.se_units_log
            assert found.confidence > 0.99


def test_there_is_one_coefficient_for_every_cell_and_band(model: UpliftModel) -> None:
    keys = {(c.channel, c.department, c.discount_band) for c in model.coefficients}
    assert keys == {(*cell, band) for cell in EIGHT_CELLS for band in BANDS}
    assert len(model.coefficients) == len(keys)
    assert model.fitted_until == day(DAYS - 1)


def test_sample_sizes_count_promo_days_and_pooled_bands_have_none(
    history: pd.DataFrame, model: UpliftModel
) -> None:
    for cell in EIGHT_CELLS:
        own = history[(history["channel"] == cell.channel) & (history["department"] == cell[1])]
        for depth in DEPTHS:
            found = _of(model, cell, depth)
            assert found.sample_size == (own["depth_pct"] == depth).sum()
            assert found.mean_depth_pct == pytest.approx(depth)
            assert not found.pooled
        for depth in (5.0, 45.0):
            assert _of(model, cell, depth).sample_size == 0
            assert _of(model, cell, depth).pooled


def test_a_band_nobody_used_follows_the_others_by_depth_with_a_larger_error(
    model: UpliftModel,
) -> None:
    for cell in EIGHT_CELLS:
        log = {d: math.log1p(_of(model, cell, d).uplift_units_pct / 100) for d in (5.0, 35.0, 45.0)}
        assert log[5.0] == pytest.approx(2 * 0.05, abs=0.05)
        assert log[45.0] == pytest.approx(2 * 0.45, abs=0.12)
        assert _of(model, cell, 45.0).se_units_log > _of(model, cell, 35.0).se_units_log


def test_the_percentages_of_a_coefficient_follow_the_price_arithmetic(model: UpliftModel) -> None:
    for c in model.coefficients:
        new = promoted_cell(
            PRICE, 1, PRICE - COST, c.mean_depth_pct, c.promo_share, c.uplift_units_pct / 100
        )
        assert c.uplift_sales_pct == pytest.approx(100 * (float(new.sales_value) / PRICE - 1))
        margin_pct = 100 * float(new.margin_value) / float(new.sales_value)
        assert c.margin_impact_pct == pytest.approx(margin_pct - 30.0, abs=1e-6)


def test_the_margin_impact_is_what_the_sales_show(
    history: pd.DataFrame, model: UpliftModel
) -> None:
    promoted = history[history["depth_pct"] == 25.0]
    observed = 100 * promoted["margin_value"].sum() / promoted["sales_value"].sum() - 30.0
    assert _of(model, EIGHT_CELLS[0], 25.0).margin_impact_pct == pytest.approx(observed, abs=0.01)
    assert observed == pytest.approx(100 * (1 - 7 / 7.5) - 30)  # by hand


def test_three_promo_days_of_luck_give_no_wild_figure() -> None:
    """A ninth cell has three promo days that sold five times as much."""
    lucky = Cell("online", "LUCKY")
    promos = [*every(EIGHT_CELLS, 35, DAYS, 6, DEPTHS), Promo(lucky, 300, 3, 25.0, 5.0)]
    frame = business((*EIGHT_CELLS, lucky), DAYS, promos, noise=0.3)
    found = fit_uplift(frame).coefficient(lucky, 25.0)
    assert found.sample_size == 3
    assert 65 < found.uplift_units_pct < 250  # raw: 400; its peers: 65


def test_promo_days_of_unknown_depth_contaminate_neither_bands_nor_baseline() -> None:
    known = every(EIGHT_CELLS, 70, DAYS, 6, {25.0: 1.65})
    hidden = [
        Promo(p.cell, p.first + 35, 6, 40.0, 4.0, known=False) for p in known if p.first + 41 < DAYS
    ]
    model = fit_uplift(business(EIGHT_CELLS, DAYS, [*known, *hidden]))
    for cell in EIGHT_CELLS:
        found = model.coefficient(cell, 25.0)
        assert found.uplift_units_pct == pytest.approx(65, abs=8)
        assert found.sample_size == sum(6 for p in known if p.cell == cell)
        assert model.coefficient(cell, 40.0).sample_size == 0


def test_without_effects_the_uplifts_are_about_nothing() -> None:
    """Promotions that move nothing, at a stated depth of 25 %: no confident uplift of units."""
    promos = every(EIGHT_CELLS, 35, DAYS, 6, {25.0: 1.0})
    model = fit_uplift(business(EIGHT_CELLS, DAYS, promos, seed=4))
    uplifts = [model.coefficient(cell, 25.0).uplift_units_pct for cell in EIGHT_CELLS]
    assert np.abs(uplifts).max() < 4


def test_a_history_without_promotions_gives_zero_with_a_wide_error_and_says_so() -> None:
    model = fit_uplift(business(days=120))
    assert {c.uplift_units_pct for c in model.coefficients} == {0.0}
    assert {c.confidence for c in model.coefficients} == {0.5}
    assert all(c.pooled and c.se_units_log > 0.1 for c in model.coefficients)
    assert [note for note in model.notes if "every uplift is 0" in note]


@pytest.mark.filterwarnings("error")
def test_a_cell_that_is_always_promoted_tells_nothing_and_takes_its_peers() -> None:
    """Without a day to compare with, its own level and its effect are one and the same."""
    always = Cell("online", "ALWAYS")
    promos = [*every(EIGHT_CELLS, 35, DAYS, 6, DEPTHS), Promo(always, 0, DAYS, 25.0, 1.65)]
    found = fit_uplift(business((*EIGHT_CELLS, always), DAYS, promos)).coefficient(always, 25.0)
    assert (found.sample_size, found.pooled) == (0, True)
    assert found.uplift_units_pct == pytest.approx(65, abs=15)


def test_a_cell_with_two_weeks_of_history_takes_everything_from_its_peers(
    history: pd.DataFrame,
) -> None:
    new = Cell("online", "NEW")
    young = business([new], 14, [Promo(new, 5, 3, 25.0, 9.0)], first_day=day(DAYS - 14))
    found = fit_uplift(pd.concat([history, young])).coefficient(new, 25.0)
    assert found.uplift_units_pct == pytest.approx(65, abs=15)
    assert (found.sample_size, found.pooled) == (0, True)


def test_dips_are_recovered_where_they_are() -> None:
    promos = [
        Promo(p.cell, p.first, 6, 25.0, 1.65, dip=0.9 if p.cell == TV else 1.0)
        for p in every(FOUR_CELLS, 50, DAYS, 6, {25.0: 1.65})
    ]
    dips = {
        (d.channel, d.department): d for d in fit_uplift(business(days=DAYS, promos=promos)).dips
    }
    assert len(dips) == 4
    assert dips[TV].dip_pct == pytest.approx(-10, abs=2.5)
    assert abs(dips[STORE_TV].dip_pct) < 3
    assert dips[TV].days == 14
    assert 0 < dips[TV].se_pct < 2


def test_a_dip_is_stated_with_the_load_that_made_it() -> None:
    promos = [
        Promo(p.cell, p.first, 6, 25.0, 1.65, dip=0.9)
        for p in every(FOUR_CELLS, 50, DAYS, 6, {25.0: 1.65})
    ]
    for dip in fit_uplift(business(days=DAYS, promos=promos)).dips:
        assert dip.usual_load_days == pytest.approx(6 * 0.65, rel=0.1)
        assert dip.dip_pct == pytest.approx(-10, abs=2.5)


def test_a_shrunk_effect_is_the_normal_conditional_mean() -> None:
    """The covariances of all effects written down, as a check on the regression."""
    labels = pd.DataFrame({"a": list("xxyyz"), "b": list("12345")})
    observed = labels.iloc[:4].assign(estimate=[1.0, 1.4, -0.2, 0.3], se=[0.1, 0.2, 0.1, 0.3])
    levels, prior_sd = (["a"], ["b"]), 2.0
    between = _spread(observed, levels)
    same_a = labels["a"].to_numpy()[:, None] == labels["a"].to_numpy()[None, :]
    covariance = prior_sd**2 + between[0] * same_a + between[1] * np.eye(5)
    gain = covariance[:, :4] @ np.linalg.inv(
        covariance[:4, :4] + np.diag(observed["se"].to_numpy() ** 2)
    )
    found = shrink(observed, labels, levels, prior_sd)
    assert found["estimate"].to_numpy() == pytest.approx(gain @ observed["estimate"].to_numpy())
    variance = np.diag(covariance - gain @ covariance[:4])
    assert found["se"].to_numpy() == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_recent_campaigns_weigh_more() -> None:
    """The effect doubled in the last third of 900 days."""
    promos = [
        Promo(p.cell, p.first, 6, 25.0, 1.4 if p.first < 600 else 1.8)
        for p in every(FOUR_CELLS, 40, 900, 6, {25.0: 1.0})
    ]
    frame = business(days=900, promos=promos, noise=0.03)
    alike, recent = (
        fit_uplift(frame, half_life_days=h).coefficient(TV, 25.0).uplift_units_pct
        for h in (None, 120.0)
    )
    assert 45 < alike < 62
    assert 65 < recent < 81


def test_the_order_of_rows_and_the_size_of_money_change_nothing(
    history: pd.DataFrame, model: UpliftModel
) -> None:
    mixed = history.sample(frac=1, random_state=2)
    mixed[["sales_value", "margin_value"]] *= 1000
    again = fit_uplift(mixed)
    for one, other in zip(again.coefficients, model.coefficients, strict=True):
        assert one.uplift_units_pct == pytest.approx(other.uplift_units_pct)
        assert one.margin_impact_pct == pytest.approx(other.margin_impact_pct)


def test_the_model_is_stored_as_json_without_loss(model: UpliftModel) -> None:
    assert UpliftModel.model_validate_json(model.model_dump_json()) == model


def test_an_unknown_cell_is_refused(model: UpliftModel) -> None:
    with pytest.raises(ValueError, match="no coefficient for DRONES online"):
        model.coefficient(Cell("online", "DRONES"), 20.0)
    with pytest.raises(ValueError, match="no sales to learn from"):
        fit_uplift(business(days=3).iloc[:0])


def test_figures_that_the_store_cannot_hold_are_cut_with_a_note() -> None:
    days = panel(business([TV], days=60))
    bands = pd.DataFrame(
        {
            "channel": "online",
            "department": "TV",
            "band": list(BANDS),
            "estimate": [0.0, 0.0, 0.0, 0.0, 6.0],  # exp(6) - 1 = 402 = 40,243 %
            "se": 0.1,
            "days": 1,
            "depth_pct": [5.0, 15.0, 25.0, 35.0, 45.0],
            "pooled": False,
        }
    )
    none = pd.DataFrame()
    coefficients, notes = coefficients_of(days, PromoEffects(bands, none, None, none))
    assert coefficients[4].uplift_units_pct == 9999.99
    assert "uplift_units_pct of TV online 40+ was cut from 40243" in " ".join(notes)
    assert coefficients[3].uplift_units_pct == 0


def test_missing_margins_are_said() -> None:
    frame = business([TV], days=80).assign(margin_value=np.nan)
    model = fit_uplift(frame)
    assert [note for note in model.notes if "no margins are known for TV online" in note]


def test_stated_discounts_that_the_prices_do_not_show_are_said() -> None:
    """Stated 25 % off, but the price stays at 10: units cost a quarter more than they should."""
    frame = business(EIGHT_CELLS, DAYS, every(EIGHT_CELLS, 35, DAYS, 6, {25.0: 1.5}))
    assert unexplained_price_cut(panel(frame)) == pytest.approx(0, abs=1e-9)
    assert fit_uplift(frame).notes == ()
    frame["sales_value"] = frame["units"] * PRICE
    assert unexplained_price_cut(panel(frame)) == pytest.approx(0.25)
    assert "prices were +25 % off" in fit_uplift(frame).notes[0]
    assert unexplained_price_cut(panel(business(days=20))) is None


# --- regression -----------------------------------------------------------------------------------


def test_a_band_s_standard_error_is_honest_with_few_campaigns() -> None:
    """40 cells of autocorrelated noise and one campaign each: z-scores spread like normal ones."""
    cells = [Cell("online", f"D{k:02}") for k in range(40)]
    rng = np.random.default_rng(11)
    promos = [Promo(cell, int(rng.integers(60, 240)), 6, 25.0, 1.5) for cell in cells]
    frame = business(cells, 300, promos, noise=0.0)
    noise = np.zeros((300, 40))
    for t in range(1, 300):
        noise[t] = 0.5 * noise[t - 1] + 0.06 * rng.standard_normal(40)
    frame["units"] *= np.exp(noise.ravel())  # rows are sorted by date, then department
    data = explain(panel(frame), None, None)
    fits = [regress(data, k) for k in range(40)]
    effects = [fit.effects["20-30"] for fit in fits if fit]
    z = [(effect.estimate - math.log(1.5)) / effect.se for effect in effects]
    assert len(z) == 40
    assert 0.7 < float(np.std(z)) < 1.4  # robust errors alone give about 2


def test_black_friday_is_not_taken_for_an_uplift() -> None:
    """Everybody doubles in that week; one cell is promoted in it, in both years, without effect."""
    frame = business(EIGHT_CELLS, 800, [Promo(EIGHT_CELLS[0], n, 7, 25.0, 1.0) for n in (329, 693)])
    week = frame["date"].between("2024-11-25", "2024-12-01")
    week |= frame["date"].between("2025-11-24", "2025-11-30")
    frame.loc[week, ["sales_value", "margin_value", "units"]] *= 2
    found = fit_uplift(frame).coefficient(EIGHT_CELLS[0], 25.0)
    assert found.sample_size == 14
    assert abs(found.uplift_units_pct) < 15  # taken for an uplift it would be 100
    assert found.confidence < 0.99


def test_days_after_a_promotion_are_fourteen_and_no_promo_days() -> None:
    promo = np.zeros((40, 1), dtype=bool)
    promo[[5, 6, 12]] = True
    assert np.flatnonzero(days_after(promo)).tolist() == [*range(7, 12), *range(13, 27)]


def test_bands_and_unknown_depths_of_a_panel() -> None:
    frame = business([TV], 5, [Promo(TV, 1, 1, 10.0, 1.0), Promo(TV, 2, 1, 9.0, 1.0, known=False)])
    frame.loc[3, ["promo", "depth_pct"]] = [True, 0.0]  # a display without a discount
    days = panel(frame)
    assert days.kind[:, 0].tolist() == [-1, 1, 5, 5, -1]


# --- prices ---------------------------------------------------------------------------------------


def test_price_and_margin_rate_come_from_the_last_unpromoted_days() -> None:
    frame = business([TV], 100, [Promo(TV, 90, 10, 50.0, 1.0)])
    old = frame["date"] < pd.Timestamp(day(34))  # 56 unpromoted days are left
    frame.loc[old, ["sales_value", "margin_value"]] *= 3
    level = price_level(panel(frame))
    assert level.price == pytest.approx([PRICE])
    assert level.margin_rate == pytest.approx([0.3])


def test_promoted_shares_fall_back_to_wider_circles() -> None:
    frame = business((AUDIO, STORE_TV, TV), 20, [Promo(TV, 5, 2, 15.0, 1.0)])
    promoted = frame["promo"]
    frame.loc[promoted, "promo_share"] = 0.4
    shares = promo_shares(panel(frame))
    cells = panel(frame).cells
    assert shares[cells.index(TV)] == pytest.approx([0.4] * 6)
    assert shares[cells.index(STORE_TV)] == pytest.approx([0.4] * 6)  # its department's
    assert shares[cells.index(AUDIO)] == pytest.approx([0.4] * 6)  # its channel's
    assert promo_shares(panel(frame[~promoted])).tolist() == [[1.0] * 6] * 3


# --- shrinkage ------------------------------------------------------------------------------------


def _effects(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["name", "estimate", "se"])


def test_one_effect_alone_is_drawn_to_zero_by_its_error_only() -> None:
    """Posterior of a normal mean: weight 4 / (4 + 1) on the estimate, variance 4 x 1 / 5."""
    result = shrink(_effects(("a", 1.0, 1.0)), _effects(("a", 0, 0)), [["name"]], prior_sd=2.0)
    assert result["estimate"].tolist() == pytest.approx([0.8])
    assert result["se"].tolist() == pytest.approx([math.sqrt(0.8)])


def test_equal_effects_share_their_evidence_also_with_the_unobserved() -> None:
    """No spread between them: everybody gets the common mean, weight 9 / (9 + 1/4)."""
    seen = _effects(*((name, 2.0, 1.0) for name in "abcd"))
    result = shrink(seen, _effects(("a", 0, 0), ("new", 0, 0)), [["name"]], prior_sd=3.0)
    assert result["estimate"].tolist() == pytest.approx([2 * 9 / 9.25] * 2)
    assert result["se"].tolist() == pytest.approx([math.sqrt(9 * 0.25 / 9.25)] * 2)


def test_precise_effects_stay_and_noisy_ones_move_to_the_middle() -> None:
    precise = [1.0, 1.5, 1.8, 2.0, 2.2, 2.5, 3.0]
    seen = _effects(*((str(x), x, 0.01) for x in precise), ("wild", 9.0, 3.0))
    result = shrink(seen, seen, [["name"]], prior_sd=10.0)["estimate"].tolist()
    assert result[:7] == pytest.approx(precise, abs=0.01)
    assert 2 < result[7] < 3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 3)), min_size=1, max_size=8))
def test_shrunk_effects_are_finite_and_no_less_certain_than_before(
    pairs: list[tuple[float, float]],
) -> None:
    seen = _effects(*((str(k), *pair) for k, pair in enumerate(pairs)))
    result = shrink(seen, seen, [["name"]], prior_sd=2.0)
    assert np.isfinite(result.to_numpy()).all()
    assert (result["se"].to_numpy() <= seen["se"].to_numpy() + 1e-9).all()


# --- backtest -------------------------------------------------------------------------------------


def test_fitted_uplifts_beat_none_and_the_plain_ratio_on_promo_days_they_have_not_seen(
    history: pd.DataFrame,
) -> None:
    found = backtest_uplift(history)
    assert found["cut"] == day(350).isoformat()
    later = history["promo"] & (history["date"] >= pd.Timestamp(day(350)))
    assert found["test_days"] == later.sum()
    assert found["wape"] < 0.07  # the noise of 6 % alone gives 0.05
    assert found["wape"] < 0.6 * found["wape_ratio"] < 0.6 * found["wape_no_uplift"]
    assert abs(found["bias"]) < 0.03
    assert found["skill"] == pytest.approx(1 - found["wape"] / found["wape_no_uplift"])
    assert found["margin_impact_mae_points"] == pytest.approx(0, abs=0.01)
    assert found["reason"] is None


def test_the_backtest_fits_on_days_before_the_cut_only(history: pd.DataFrame) -> None:
    """Where later promotions sell nothing more, the prediction must be as far off as that."""
    later = history["promo"] & (history["date"] >= pd.Timestamp(day(350)))
    changed = history.copy()
    factors = changed["depth_pct"].map(DEPTHS)
    changed.loc[later, "units"] = (changed["units"] / factors)[later].round().astype(np.int64)
    found = backtest_uplift(changed)
    assert found["wape"] > 0.5
    assert found["skill"] < -3


def test_too_few_promo_days_are_not_measured() -> None:
    found = backtest_uplift(business(days=200))
    assert found["wape"] is found["skill"] is None
    assert "0 promo days" in found["reason"]
    assert not better(found, None)


@pytest.mark.parametrize(
    ("skill", "in_force", "expected"),
    [
        (0.5, None, True),
        (0.5, 0.4, True),
        (0.5, 0.5, False),
        (0.5, 0.6, False),
        (-0.1, None, False),
        (0.0, -0.5, False),
        (None, None, False),
    ],
)
def test_a_version_is_better_when_it_beats_nothing_and_the_one_in_force(
    skill: float | None, in_force: float | None, *, expected: bool
) -> None:
    champion = None if in_force is None else {"skill": in_force}
    assert better({"skill": skill}, champion) is expected


def test_an_unmeasured_version_in_force_gives_way_to_a_measured_one() -> None:
    assert better({"skill": 0.2}, {"skill": None})


def test_dates_are_dates(model: UpliftModel) -> None:
    assert isinstance(model.fitted_until, dt.date)
