"""Where a month is heading: uneven loads, past days, parts to the cent, days that are not known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from analytics.frames import SALES_ROWS
from analytics.policy import default_policy
from analytics.types import CHANNELS, Campaign, Target
from db import catalog, sales, targets
from tests.unit.sales_cases import business, day
from tools.deps import ForecasterCache, Workspace
from tools.errors import Refusal
from tools.forecast import forecast_baseline
from tools.planned_promotions import planned_promotions
from tools.targets import MonthGap, month_gap

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

DAYS = 105  # from Monday 2024-01-01 to Sunday 2024-04-14
APRIL, TARGET = "2024-04", 1_000_000.0
NEWEST = day(DAYS - 1)


def _rows() -> pd.DataFrame:
    """Return SALES ROWS of four cells whose cents do not round alike."""
    rows = business(days=DAYS).assign(promo_flag=False, discount_pct=np.nan)
    rows["sales_value"] = (rows["sales_value"] * 1.00317).round(2)
    rows["margin_value"] = rows["margin_value"].round(2)
    return rows[SALES_ROWS]


def _shop(engine: sa.Engine, folder: Path, rows: pd.DataFrame, today: dt.date) -> Workspace:
    with engine.begin() as conn:
        sales.upsert_sales(conn, rows)
        targets.save_many(
            conn,
            [
                Target(
                    month=month,
                    geo="IT",
                    sales_value_target=TARGET,
                    margin_pct_target=25.0,
                    units_target=100_000,
                )
                for month in ("2023-12", "2024-01", "2024-03", APRIL)
            ],
        )
    return Workspace(
        engine=engine,
        today=today,
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="tester",
        data_dir=folder,
        forecasters=ForecasterCache("IT"),
    )


def _gap(shop: Workspace, month: str = APRIL) -> MonthGap:
    with shop.open("test") as deps:
        return month_gap(deps, month)


def _sold(rows: pd.DataFrame, first: str, last: dt.date, channel: str | None = None) -> float:
    kept = rows["date"].between(pd.Timestamp(first), pd.Timestamp(last))
    kept &= rows["channel"].isin([channel] if channel else ["offline", "online"])
    return round(float(rows.loc[kept, "sales_value"].sum()), 2)


def test_the_parts_add_up_to_the_month_to_the_cent(engine: sa.Engine, tmp_path: Path) -> None:
    rows = _rows()
    found = _gap(_shop(engine, tmp_path, rows, NEWEST + dt.timedelta(days=1)))
    assert found.sold_so_far_value == _sold(rows, "2024-04-01", NEWEST)
    for parts in (found.by_channel, found.by_department):
        assert sum(round(p.forecast_rest_value * 100) for p in parts) == round(
            found.forecast_rest_value * 100
        )
        assert sum(round(p.expected_value * 100) for p in parts) == round(
            found.expected_value * 100
        )
        for part in parts:
            interval = part.expected_interval
            assert part.sold_so_far_value < interval.p10 < part.expected_value < interval.p90
    assert found.gap_value == pytest.approx(found.expected_value - TARGET, abs=0.005)
    interval = found.expected_interval
    widths = [p.expected_interval.p90 - p.expected_interval.p10 for p in found.by_channel]
    assert interval.p10 < found.expected_value < interval.p90
    assert interval.p90 - interval.p10 <= sum(widths) + 0.05


def test_a_channel_loaded_less_far_is_forecast_from_its_own_newest_day(
    engine: sa.Engine, tmp_path: Path
) -> None:
    """The stores' last ten days are missing: they are to come, not lost."""
    rows = _rows()
    short = NEWEST - dt.timedelta(days=10)
    uneven = rows[(rows["channel"] == "online") | (rows["date"] <= pd.Timestamp(short))]
    found = _gap(_shop(engine, tmp_path, uneven, NEWEST + dt.timedelta(days=1)))
    parts = {part.key: part for part in found.by_channel}
    whole = {"offline": _sold(rows, "2024-04-01", NEWEST, "offline")}
    stores = parts["offline"]
    assert stores.sold_so_far_value == _sold(rows, "2024-04-01", short, "offline")
    assert stores.expected_value == pytest.approx(whole["offline"] * 30 / 14, rel=0.08)
    assert parts["online"].sold_so_far_value == _sold(rows, "2024-04-01", NEWEST, "online")
    assert any(note.startswith(f"offline is loaded until {short}") for note in found.notes)


def test_sales_after_today_are_not_looked_at(engine: sa.Engine, tmp_path: Path) -> None:
    rows, today = _rows(), dt.date(2024, 4, 8)
    shop = _shop(engine, tmp_path, rows, today)
    found = _gap(shop)
    assert found.sold_until == dt.date(2024, 4, 7)
    assert found.sold_so_far_value == _sold(rows, "2024-04-01", dt.date(2024, 4, 7))
    with shop.open("test") as deps:
        ahead = forecast_baseline(deps, dt.date(2024, 4, 20), dt.date(2024, 4, 21))
        past = forecast_baseline(deps, dt.date(2024, 3, 20), dt.date(2024, 3, 21))
    assert ahead.uses_sales_until == dt.date(2024, 4, 7)
    assert past.uses_sales_until == dt.date(2024, 3, 19)


def test_a_month_that_is_over_is_what_was_sold(engine: sa.Engine, tmp_path: Path) -> None:
    rows = _rows()
    found = _gap(_shop(engine, tmp_path, rows, NEWEST), "2024-03")
    assert found.expected_value == _sold(rows, "2024-03-01", dt.date(2024, 3, 31))
    assert found.expected_interval.p10 == found.expected_interval.p90 == found.expected_value
    assert found.forecast_rest_value == 0


def test_a_month_before_the_first_sale_is_refused(engine: sa.Engine, tmp_path: Path) -> None:
    shop = _shop(engine, tmp_path, _rows(), NEWEST)
    with pytest.raises(Refusal, match=r"begin on 2024-01-01, after 2023-12: load older"):
        _gap(shop, "2023-12")


def test_today_before_every_sale_is_refused(engine: sa.Engine, tmp_path: Path) -> None:
    shop = _shop(engine, tmp_path, _rows(), dt.date(2024, 1, 1))
    with pytest.raises(Refusal, match="no sales before 2024-01-01"):
        _gap(shop)


def test_a_channel_that_stopped_is_named_and_does_not_hold_the_others_back(
    engine: sa.Engine, tmp_path: Path
) -> None:
    rows = _rows()
    ended = dt.date(2024, 2, 1)
    left = rows[(rows["channel"] == "online") | (rows["date"] <= pd.Timestamp(ended))]
    found = _gap(_shop(engine, tmp_path, left, NEWEST + dt.timedelta(days=1)))
    assert found.sold_until == NEWEST
    assert f"offline has sold nothing since {ended} and is not forecast" in found.notes
    assert all(np.isfinite(part.expected_value) for part in found.by_department)


def test_a_campaign_of_unknown_depth_counts_at_the_usual_one_and_is_named(
    engine: sa.Engine, tmp_path: Path
) -> None:
    shop = _shop(engine, tmp_path, _rows(), NEWEST + dt.timedelta(days=1))
    last = NEWEST + dt.timedelta(days=5)
    with shop.open("test") as deps:
        campaigns = [
            Campaign(
                id=UUID(int=number),
                promo_name=f"campaign {number}",
                date_start=last - dt.timedelta(days=number),
                date_end=last,
                departments=("TV",),
                channels=channels,
                avg_discount_pct=depth,
            )
            for number, (depth, channels) in enumerate(((None, CHANNELS), (20.0, CHANNELS[:1])))
        ]
        catalog.replace_campaigns(deps.conn, "promotions", campaigns)
        planned = planned_promotions(deps, NEWEST, last)
    assert planned.counted == ("campaign 1", "campaign 0")
    assert planned.depth_unknown == ("campaign 0",)
    plan = planned.plan.sort_values(["date", "channel"])
    before = last - dt.timedelta(days=1)
    assert list(zip(plan["date"].dt.date, plan["channel"], strict=True)) == [
        (before, "online"),
        (last, "offline"),
        (last, "online"),
    ]
    np.testing.assert_array_equal(plan["depth_pct"].to_numpy(), [20.0, np.nan, 20.0])
