"""A dozen conversations at once in one process, on PostgreSQL: nothing is lost or mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from analytics.frames import SALES_ROWS
from analytics.policy import default_policy
from analytics.types import CHANNELS, Cell
from app.settings import Settings
from app.threads import open_checkpointer
from db import sales
from tests.crowd import check_nothing_mixed, people, talk_at_once
from tests.unit.sales_cases import business, day, every
from tools.deps import ForecasterCache, Workspace
from tools.uplift import fit_uplift

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa

DAYS = 105
DEPARTMENTS = ("TV", "AUDIO", "GAMING", "PHOTO")


def open_shop(engine: sa.Engine, folder: Path) -> Workspace:
    """Return a workspace on eight cells with promotions behind them."""
    cells = [Cell(channel, name) for channel in CHANNELS for name in DEPARTMENTS]
    rows = business(cells, DAYS, every(cells, 30, DAYS, 5, {10: 1.3, 20: 1.7})).rename(
        columns={"promo": "promo_flag", "depth_pct": "discount_pct"}
    )
    rows["discount_pct"] = rows["discount_pct"].where(rows["promo_flag"], np.nan)
    shop = Workspace(
        engine=engine,
        today=day(DAYS),
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="tester",
        data_dir=folder,
        forecasters=ForecasterCache("IT"),
    )
    with shop.open("load") as deps:
        sales.upsert_sales(deps.conn, rows[SALES_ROWS])
        fit_uplift(deps)
    return shop


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_twelve_people_plan_at_once(engine: sa.Engine, store_url: str, tmp_path: Path) -> None:
    shop = open_shop(engine, tmp_path)
    with open_checkpointer(Settings(database_url=store_url)) as saver:
        graph = build_graph(shop, lambda name: chat_model(ModelSettings(), name), saver)
        crowd = people(12, DEPARTMENTS, day(DAYS + 3))
        talk_at_once(crowd, graph, shop)
        check_nothing_mixed(crowd, graph, shop)
