"""The sample world: its effects obey the stated arithmetic, its noise has the stated size."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analytics.types import BANDS, Cell, band_of
from sample_data.promotions import NO_IVA_PCT, REST_DAYS, Promotion
from sample_data.season import black_friday
from sample_data.split import Split
from sample_data.world import FIRST_DAY, LAST_DAY, World, build_world

if TYPE_CHECKING:
    from collections.abc import Sequence

FY25 = dt.date(2024, 10, 1), dt.date(2025, 9, 30)
MEASURES = ["sales_value", "margin_value", "units"]


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(7)


@pytest.fixture(scope="module")
def sales(world: World) -> pd.DataFrame:
    return world.simulate(FIRST_DAY, LAST_DAY, world.campaigns, 7)


def campaign(
    start: str, end: str, depths: dict[str, float], channels: Sequence[str] = ("online", "offline")
) -> Promotion:
    return Promotion(
        code="PRM",
        text="",
        kind="NO PEAK",
        date_start=dt.date.fromisoformat(start),
        date_end=dt.date.fromisoformat(end),
        channels=tuple(channels),
        depths=tuple(depths.items()),
    )


def days_of(frame: pd.DataFrame, cell: Cell) -> pd.DataFrame:
    """The rows of one cell, by date."""
    rows = (frame["channel"] == cell.channel) & (frame["department"] == cell.department)
    return frame[rows].set_index("date")[MEASURES]


def units_by_cell(frame: pd.DataFrame) -> pd.DataFrame:
    """Units with a row per date and a column per cell."""
    return frame.pivot_table("units", "date", ["channel", "department"], aggfunc="sum")


def change(world: World, promotion: Promotion, cell: Cell, days_after: int) -> pd.DataFrame:
    """Expected minus baseline of one cell, from the campaign's start to some days after it."""
    end = promotion.date_end + dt.timedelta(days=days_after)
    with_promotion = world.expected(promotion.date_start, end, [promotion])
    return days_of(with_promotion, cell) - days_of(world.baseline(promotion.date_start, end), cell)


# The retailer


def test_the_business_has_the_stated_size_and_margin(world: World) -> None:
    year = world.baseline(*FY25)
    assert 1.1e6 < year["sales_value"].sum() / 365 < 1.4e6
    stores = year.loc[year["channel"] == "offline", "sales_value"].sum()
    assert 0.65 < stores / year["sales_value"].sum() < 0.75
    assert 0.19 < year["margin_value"].sum() / year["sales_value"].sum() < 0.21


@pytest.mark.parametrize(
    ("department", "margin_pct"),
    [("TV", 16.5), ("TELEPHONY", 13.5), ("ACCESSORIES", 38.5), ("SERVICES", 45.5)],
)
def test_departments_earn_their_own_margin(
    world: World, department: str, margin_pct: float
) -> None:
    year = world.baseline(*FY25)
    totals = year[year["department"] == department][MEASURES].sum()
    assert 100 * totals["margin_value"] / totals["sales_value"] == pytest.approx(margin_pct)


def easter(year: int) -> dt.date:
    """The anonymous Gregorian computus."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ell = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 19 * ell) // 433
    month = (h + ell - 7 * m + 90) // 25
    return dt.date(year, month, (h + ell - 7 * m + 33 * month + 19) % 32)


def test_stores_are_closed_on_three_days_a_year_and_the_web_never(sales: pd.DataFrame) -> None:
    every_day = set(pd.date_range(FIRST_DAY, LAST_DAY))
    open_days = {
        channel: set(group["date"].unique()) for channel, group in sales.groupby("channel")
    }
    closed = [easter(2024), easter(2025)]
    closed += [dt.date(year, 1, 1) for year in (2024, 2025)]
    closed += [dt.date(year, 12, 25) for year in (2023, 2024)]
    assert every_day - open_days["offline"] == {pd.Timestamp(day) for day in closed}
    assert open_days["online"] == every_day


def test_stores_live_on_saturday_and_the_web_on_sunday_and_monday(world: World) -> None:
    year = world.baseline(*FY25)
    by_day = year.groupby(["channel", year["date"].dt.dayofweek])["sales_value"].mean()
    assert by_day["offline"].idxmax() == 5
    assert set(by_day["online"].nlargest(2).index) == {0, 6}


def test_black_friday_and_the_weeks_before_christmas_are_peaks(world: World) -> None:
    assert black_friday(2023) == dt.date(2023, 11, 24)
    assert black_friday(2024) == dt.date(2024, 11, 29)
    daily = world.baseline(*FY25).groupby("date")["sales_value"].sum()
    ordinary_friday = daily["2025-03-07"]
    assert daily["2024-11-29"] > 1.2 * ordinary_friday
    assert daily["2024-12-20"] > 1.35 * ordinary_friday


def test_a_seed_gives_one_world() -> None:
    assert build_world(11) == build_world(11)
    assert build_world(11) != build_world(12)


# What a promotion does


@pytest.mark.parametrize("depth_pct", [10.0, 20.0, 30.0])
def test_units_follow_elasticity_and_money_the_price_arithmetic(
    world: World, depth_pct: float
) -> None:
    promotion = campaign("2025-03-04", "2025-03-08", {"PHOTO": depth_pct})
    for cell in promotion.cells:
        truth, depth = world.truth(cell), depth_pct / 100
        before = days_of(world.baseline(promotion.date_start, promotion.date_end), cell)
        during = days_of(
            world.expected(promotion.date_start, promotion.date_end, [promotion]), cell
        )
        uplift = math.exp(truth.elasticity * truth.promo_share * depth) - 1
        price = before["sales_value"] / before["units"]
        cost = (before["sales_value"] - before["margin_value"]) / before["units"]
        q = truth.promo_share
        units = before["units"] * (1 + uplift)
        sales = units * q * price * (1 - depth) + units * (1 - q) * price
        np.testing.assert_allclose(during["units"], units)
        np.testing.assert_allclose(during["sales_value"], sales)
        np.testing.assert_allclose(during["margin_value"], sales - units * cost)
        assert truth.units_uplift_pct(depth_pct) == pytest.approx(100 * uplift)
        sales_uplift_pct = 100 * (sales.sum() / before["sales_value"].sum() - 1)
        assert world.sales_uplift_pct(cell, depth_pct) == pytest.approx(sales_uplift_pct)


@pytest.mark.parametrize("seed", [1, 7, 23])
@pytest.mark.parametrize(
    ("depth_pct", "lowest", "highest"), [(10, 15, 35), (20, 35, 80), (30, 57, 150)]
)
def test_uplifts_lie_in_the_range_of_a_department(
    seed: int, depth_pct: float, lowest: float, highest: float
) -> None:
    uplifts = [truth.units_uplift_pct(depth_pct) for truth in build_world(seed).truths]
    assert lowest < min(uplifts) < max(uplifts) < highest
    assert len(set(uplifts)) > 20  # cells differ


@pytest.mark.parametrize(
    ("start", "end"),
    [("2025-03-04", "2025-03-08"), ("2024-12-15", "2024-12-21")],  # the second: 25 Dec is closed
)
def test_the_dip_takes_back_its_share_of_the_extra_units(
    world: World, start: str, end: str
) -> None:
    cell = Cell("offline", "SMALL DOMESTIC APPLIANCES")
    promotion = campaign(start, end, {cell.department: 20.0}, ["offline"])
    units = change(world, promotion, cell, days_after=20)["units"]
    last = pd.Timestamp(promotion.date_end)
    extra = units[units.index <= last].sum()
    dip = units[(units.index > last) & (units.index <= last + pd.Timedelta(days=14))]
    assert extra > 0
    assert (dip < 0).all()
    assert -dip.sum() == pytest.approx(world.truth(cell).dip_share * extra)
    assert 0.05 <= world.truth(cell).dip_share <= 0.20
    np.testing.assert_allclose(units[units.index > last + pd.Timedelta(days=14)], 0, atol=1e-9)
    assert dip.iloc[0] < 4 * dip.iloc[-1]  # it decays


def test_the_dip_reaches_into_a_window_that_starts_after_the_campaign(world: World) -> None:
    promotion = campaign("2025-03-04", "2025-03-08", {"AUDIO": 30.0})
    start, end = dt.date(2025, 3, 9), dt.date(2025, 3, 30)
    alone = world.expected(start, end, [promotion])
    whole = world.expected(promotion.date_start, end, [promotion])
    tail = whole[whole["date"] >= pd.Timestamp(start)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, tail)
    assert (alone["units"] < world.baseline(start, end)["units"] - 1e-9).any()


def test_other_cells_move_exactly_as_the_cross_effects_say(world: World) -> None:
    pairs = {(e.source, e.target): e.effect_pct for e in world.cross_effects}
    assert 6 <= pairs[Cell("online", "TV"), Cell("online", "AUDIO")] <= 10
    assert -8 <= pairs[Cell("online", "TV"), Cell("offline", "TV")] <= -5
    start, end = dt.date(2025, 3, 4), dt.date(2025, 3, 6)
    baseline = world.baseline(start, end).groupby(["channel", "department"])[MEASURES].sum()
    for source in world.cells:
        promotion = campaign(str(start), str(end), {source.department: 20.0}, [source.channel])
        expected = world.expected(start, end, [promotion])
        ratio = (expected.groupby(["channel", "department"])[MEASURES].sum() / baseline).T
        for target in world.cells:
            if target != source:
                wanted = 1 + pairs.get((source, target), 0.0) / 100
                np.testing.assert_allclose(ratio[target], wanted)


def test_a_cell_on_promotion_is_not_moved_by_others(world: World) -> None:
    both = campaign("2025-03-04", "2025-03-06", {"TV": 20.0, "AUDIO": 10.0}, ["online"])
    alone = campaign("2025-03-04", "2025-03-06", {"AUDIO": 10.0}, ["online"])
    audio = Cell("online", "AUDIO")
    pd.testing.assert_frame_equal(
        change(world, both, audio, days_after=0), change(world, alone, audio, days_after=0)
    )


def test_in_the_null_world_campaigns_change_nothing() -> None:
    world = build_world(7, effects=False)
    pd.testing.assert_frame_equal(
        world.expected(*FY25, world.campaigns), world.baseline(*FY25), rtol=1e-12
    )
    assert world.campaigns == build_world(7).campaigns
    assert world.cross_effects == ()
    rows = world.simulate(*FY25, world.campaigns, 7)
    assert rows["promo_flag"].any()
    prices = rows.assign(price=rows["sales_value"] / rows["units"])
    prices = prices.pivot_table("price", ["date", "channel", "department"], "promo_flag").dropna()
    np.testing.assert_allclose(prices[True], prices[False], rtol=2e-3)


# What is drawn


def test_simulated_rows_have_the_columns_of_sales_rows(sales: pd.DataFrame) -> None:
    wanted = {
        "date": "datetime64[ns]",
        "channel": "object",
        "department": "object",
        "promo_flag": "bool",
        "discount_pct": "float64",
        "sales_value": "float64",
        "margin_value": "float64",
        "units": "int64",
    }
    assert {name: str(kind) for name, kind in sales.dtypes.items()} == wanted
    assert not sales.duplicated(["date", "channel", "department", "promo_flag"]).any()
    assert (sales["discount_pct"].notna() == sales["promo_flag"]).all()
    assert (sales["units"] > 0).all()
    cents = 100 * sales[["sales_value", "margin_value"]]
    np.testing.assert_allclose(cents, cents.round(), atol=1e-4)


def test_promoted_rows_are_the_cells_and_days_of_the_campaigns(
    world: World, sales: pd.DataFrame
) -> None:
    wanted = {
        (day, *cell): promotion.depth_pct(cell.department)
        for promotion in world.campaigns
        for cell in promotion.cells
        for day in pd.date_range(promotion.date_start, promotion.date_end)
    }
    promoted = sales[sales["promo_flag"]].set_index(["date", "channel", "department"])
    found = set(promoted["discount_pct"].items())
    assert found <= set(wanted.items())
    closed = {key for key, _ in set(wanted.items()) - found}
    assert all(day == pd.Timestamp(easter(day.year)) or day.day in {1, 25} for day, *_ in closed)


def test_promoted_units_are_the_promo_share_and_cost_depth_less(
    world: World, sales: pd.DataFrame
) -> None:
    keys = ["date", "channel", "department"]
    promoted = sales[sales["promo_flag"]].set_index(keys)
    rest = sales[~sales["promo_flag"]].set_index(keys).reindex(promoted.index)
    share = [world.truth(Cell(*key[1:])).promo_share for key in promoted.index]
    wanted = np.array(share) * (promoted["units"] + rest["units"])
    assert (wanted - promoted["units"]).abs().max() <= 0.5 + 1e-9
    ratio = (promoted["sales_value"] / promoted["units"]) / (rest["sales_value"] / rest["units"])
    np.testing.assert_allclose(ratio, 1 - promoted["discount_pct"] / 100, rtol=2e-3)


def test_noise_has_the_stated_size_and_no_bias(world: World, sales: pd.DataFrame) -> None:
    actual = units_by_cell(sales)
    expected = units_by_cell(world.expected(FIRST_DAY, LAST_DAY, world.campaigns))
    error = (actual / expected).map(math.log, na_action="ignore")
    for truth in world.truths:
        assert 0.060 <= truth.noise_sd <= 0.085
        of_cell = error[truth.cell].dropna()
        rounding = 0.29 / expected[truth.cell].mean()
        wanted = math.hypot(truth.noise_sd, rounding)
        assert of_cell.std() == pytest.approx(wanted, rel=0.12)
        assert of_cell.mean() == pytest.approx(0, abs=0.012)
    # the day is common to all cells, so cells correlate, but far from fully
    correlation = error.corr().to_numpy()[np.triu_indices(24, 1)].mean()
    assert 0.15 < correlation < 0.45


def test_a_day_is_the_same_in_every_window(world: World, sales: pd.DataFrame) -> None:
    start, end = dt.date(2024, 11, 20), dt.date(2024, 12, 31)
    window = sales[sales["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
    alone = world.simulate(start, end, world.campaigns, 7)
    pd.testing.assert_frame_equal(alone, window.reset_index(drop=True))
    other_seed = world.simulate(start, end, world.campaigns, 8)
    assert not other_seed["units"].equals(alone["units"])


def test_the_baseline_of_a_day_is_the_same_in_every_window(world: World) -> None:
    years = world.baseline(dt.date(2023, 10, 1), dt.date(2026, 12, 31))
    for start in (dt.date(2023, 12, 28), dt.date(2024, 12, 30), dt.date(2025, 12, 31)):
        end = start + dt.timedelta(days=6)
        window = years[years["date"].between(pd.Timestamp(start), pd.Timestamp(end))]
        alone = world.baseline(start, end)
        pd.testing.assert_frame_equal(alone, window.reset_index(drop=True))


def test_there_is_nothing_before_the_first_day(world: World) -> None:
    with pytest.raises(ValueError, match="begins on 2023-10-01"):
        world.simulate(dt.date(2023, 9, 30), dt.date(2023, 10, 2), (), 7)


# The calendar


@pytest.mark.parametrize("seed", range(6))
def test_the_calendar_leaves_every_cell_mostly_unpromoted(seed: int) -> None:
    world = build_world(seed)
    days = (LAST_DAY - FIRST_DAY).days + 1
    promoted: dict[Cell, list[tuple[dt.date, dt.date]]] = {cell: [] for cell in world.cells}
    for promotion in world.campaigns:
        assert 3 <= promotion.days <= 10
        assert 1 <= len(promotion.depths) <= 4
        assert FIRST_DAY <= promotion.date_start <= promotion.date_end < LAST_DAY
        assert all(5 <= depth <= 45 for _, depth in promotion.depths)
        for cell in promotion.cells:
            promoted[cell].append((promotion.date_start, promotion.date_end))
    for runs in promoted.values():
        assert runs
        assert sum((end - start).days + 1 for start, end in runs) <= 0.4 * days
        gaps = [(later - end).days - 1 for (_, end), (later, _) in itertools.pairwise(runs)]
        assert all(gap >= REST_DAYS for gap in gaps)
    bands = {band_of(depth) for p in world.campaigns for _, depth in p.depths}
    assert bands == set(BANDS)
    assert len({p.code for p in world.campaigns}) == len(world.campaigns)
    assert 44 <= len(world.campaigns) <= 78  # two or three in each of 25 months


@pytest.mark.parametrize("seed", range(6))
def test_a_depth_that_a_name_tells_is_the_true_one(seed: int) -> None:
    told = 0
    for promotion in build_world(seed).campaigns:
        percent = re.search(r"(\d+)%", promotion.text)
        if percent or promotion.text.startswith("NO IVA"):
            told += 1
            wanted = float(percent[1]) if percent else NO_IVA_PCT
            assert {depth for _, depth in promotion.depths} == {wanted}
    assert 0.4 < told / len(build_world(seed).campaigns) < 0.95


def test_waiving_the_italian_vat_is_18_03_per_cent() -> None:
    assert round(NO_IVA_PCT, 2) == 18.03


def test_campaigns_can_be_planned_beyond_the_calendar(world: World) -> None:
    planned = replace(
        campaign("2025-10-22", "2025-10-27", {"TV": 15.0, "GAMING": 15.0}), code="PLAN"
    )
    start, end = dt.date(2025, 10, 15), dt.date(2025, 10, 31)
    rows = world.simulate(start, end, [*world.campaigns, planned], 7)
    assert rows.loc[rows["promo_flag"], "department"].unique().tolist() == ["GAMING", "TV"]


# Splitting totals


def test_apportioned_pieces_add_up_and_are_off_by_less_than_one() -> None:
    rng = np.random.default_rng(3)
    lines = rng.integers(1, 9, 200)
    values = rng.uniform(0.1, 5.0, lines.sum())
    totals = rng.integers(0, 5_000, 200)
    pieces = Split(lines).apportion(values, totals)
    start = 0
    for count, total in zip(lines, totals, strict=True):
        part = slice(start, start + count)
        exact = values[part] * total / values[part].sum()
        assert pieces[part].sum() == total
        assert np.abs(pieces[part] - exact).max() < 1 + 1e-6
        start += count


def test_apportioning_by_hand() -> None:
    # part one: 10 over weights 1, 1, 1; part two: -7 on its only line
    pieces = Split(np.array([3, 1])).apportion(np.array([1.0, 1.0, 1.0, 2.0]), np.array([10, -7]))
    assert pieces.tolist() == [3, 4, 3, -7]
    # without weights the last line takes all
    assert Split(np.array([2])).apportion(np.zeros(2), np.array([5])).tolist() == [0, 5]
