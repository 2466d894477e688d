"""A plan knows what was known on its day: sales after `today` are not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.frames import SALES_ROWS
from analytics.policy import default_policy
from db import sales
from tests.unit.sales_cases import business, day
from tools.deps import ForecasterCache, Workspace
from tools.errors import Refusal
from tools.scenarios import DepthChange, create_scenario

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import pandas as pd
    import sqlalchemy as sa

    from tools.summaries import ScenarioSummary

TODAY = day(119)
START, END = day(121), day(123)


def promoted_rows(days: int, lift: float = 1.4) -> pd.DataFrame:
    """Return SALES ROWS of four cells with a promotion of two days every third week."""
    rows = business(days=days)
    number = (rows["date"] - rows["date"].min()).dt.days
    promoted = number % 21 < 2
    factor = np.where(promoted, lift, 1.0)
    units = np.rint(100 * rows["units"] * factor / np.where(promoted, 0.85, 1.0))
    value = (100 * rows["sales_value"] * factor).round(2)
    return rows.assign(
        promo_flag=promoted,
        discount_pct=np.where(promoted, 15.0, np.nan),
        sales_value=value,
        margin_value=(value - 7 * units).round(2),
        units=units.astype("int64"),
    )[SALES_ROWS]


def shop(engine: sa.Engine, folder: Path, today: dt.date) -> Workspace:
    """Return the store as it is worked with on a day."""
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


def _planned(engine: sa.Engine, folder: Path, today: dt.date, start: dt.date) -> ScenarioSummary:
    with shop(engine, folder, today).open("test") as deps:
        department = sales.cells(deps.conn)[0].department
        asked = (DepthChange(department=department, discount_pct=15),)
        end = start + (END - START)
        return create_scenario(deps, "Weekend", start, end, asked).scenarios[0]


def test_sales_after_today_change_nothing_in_a_plan(engine: sa.Engine, tmp_path: Path) -> None:
    until_today, later = promoted_rows(119), promoted_rows(160)
    later.loc[later["date"] >= until_today["date"].max(), "sales_value"] *= 3
    later = later[later["date"] > until_today["date"].max()]
    with engine.begin() as conn:
        sales.upsert_sales(conn, until_today)
    before = _planned(engine, tmp_path, TODAY, START)
    with engine.begin() as conn:
        sales.upsert_sales(conn, later)
    after = _planned(engine, tmp_path, TODAY, START)
    assert after.net_sales_value == pytest.approx(before.net_sales_value, abs=0.02)
    assert after.total_sales_value == pytest.approx(before.total_sales_value, abs=0.02)
    known_now = _planned(engine, tmp_path, day(160), day(162))
    assert known_now.total_sales_value > 2 * before.total_sales_value


def test_a_day_before_the_first_sale_has_nothing_to_plan_with(
    engine: sa.Engine, tmp_path: Path
) -> None:
    with engine.begin() as conn:
        sales.upsert_sales(conn, promoted_rows(60))
    with pytest.raises(Refusal, match="choose a later --today"):
        _planned(engine, tmp_path, day(0), day(10))
