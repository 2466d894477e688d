"""A program that remembers gives the figures of one that starts anew, whatever changes meanwhile."""

from __future__ import annotations

import copy
import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from analytics.frames import SALES_ROWS
from analytics.policy import default_policy
from analytics.types import Campaign, Segment, Target
from db import catalog, sales, segments, targets
from db.tables import sales_aggregated, uplift_models
from tests.unit.sales_cases import FOUR_CELLS, business, day, every
from tools.deps import ForecasterCache, Workspace
from tools.memory import Memory
from tools.scenarios import compare_scenarios, propose_scenarios
from tools.targets import month_gap
from tools.uplift import fit_uplift
from tools.validation import validate_scenario

if TYPE_CHECKING:
    from pathlib import Path

DAYS = 105  # from Monday 2024-01-01 to Sunday 2024-04-14
START, END = day(DAYS + 3), day(DAYS + 7)
TARGET = Target(
    month="2024-04", geo="IT", sales_value_target=1e6, margin_pct_target=25, units_target=100_000
)
GUEST = Segment(
    segment_id="LOYAL_HIGH_VALUE",
    name="Loyal",
    share_of_customers=0.2,
    share_of_revenue=0.5,
    avg_basket_value=80,
)
SALE = Campaign(
    id=UUID(int=1),
    promo_name="Spring",
    date_start=day(DAYS + 9),
    date_end=day(DAYS + 12),
    departments=("TV",),
    channels=("online",),
    avg_discount_pct=20,
)


@pytest.fixture
def shop(engine: sa.Engine, tmp_path: Path) -> Workspace:
    """Four cells with promotions, coefficients, a target and segments."""
    promos = every(FOUR_CELLS, 30, DAYS, 5, {10: 1.3, 20: 1.7})
    rows = business(days=DAYS, promos=promos).rename(
        columns={"promo": "promo_flag", "depth_pct": "discount_pct"}
    )
    rows["discount_pct"] = rows["discount_pct"].where(rows["promo_flag"], np.nan)
    workspace = Workspace(
        engine=engine,
        today=day(DAYS),
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="tester",
        data_dir=tmp_path,
        forecasters=ForecasterCache("IT"),
    )
    with workspace.open("load") as deps:
        sales.upsert_sales(deps.conn, rows[SALES_ROWS])
        targets.save_many(deps.conn, [TARGET])
        segments.save_many(deps.conn, [GUEST])
        fit_uplift(deps)
    return workspace


class TakenBackError(Exception):
    """Ends a unit of work without a trace."""


def answers(shop: Workspace) -> str:
    """Return what the tools say of one brief, whole; the store stays as it was."""
    said: list[str] = []
    with suppress(TakenBackError), shop.open("brief") as deps:
        made = propose_scenarios(
            deps,
            START,
            END,
            max_discount_pct=20,
            scenario_types=("conservative", "balanced", "member_only"),
        )
        ids = tuple(scenario.id for scenario in made.scenarios)
        verdicts = [validate_scenario(deps, scenario_id) for scenario_id in ids]
        compared, gap = compare_scenarios(deps, ids), month_gap(deps, "2024-04")
        said += [answer.model_dump_json() for answer in (made, *verdicts, compared, gap)]
        raise TakenBackError
    return "\n".join(said)


def other_sale(conn: sa.Connection) -> None:
    row = sales_aggregated.c
    where = (row.date == day(80)) & (row.channel == "online") & (row.department == "TV")
    changed = sales_aggregated.update().where(where).values(sales_value=row.sales_value + 1)
    assert conn.execute(changed).rowcount == 1


def other_coefficient(conn: sa.Connection) -> None:
    """Change one coefficient, the version's name as it was."""
    detail = copy.deepcopy(conn.execute(sa.select(uplift_models.c.detail)).scalar_one())
    online_tv = next(
        c
        for c in detail["coefficients"]
        if (c["channel"], c["department"], c["discount_band"]) == ("online", "TV", "10-20")
    )
    online_tv["uplift_units_pct"] += 1.0
    conn.execute(uplift_models.update().values(detail=detail))


def other_target(conn: sa.Connection) -> None:
    targets.save_many(conn, [TARGET.model_copy(update={"sales_value_target": 1.1e6})])


def other_segment(conn: sa.Connection) -> None:
    segments.save_many(conn, [GUEST.model_copy(update={"share_of_revenue": 0.4})])


def campaign(conn: sa.Connection) -> None:
    catalog.replace_campaigns(conn, "Promo.xlsb", [SALE])


def test_what_changes_is_seen_at_once(shop: Workspace) -> None:
    """Each change in turn, on what a program remembers of all before."""
    said = [answers(shop)]
    assert answers(shop) == said[0]
    for change in (other_coefficient, other_target, other_segment, campaign, other_sale):
        with shop.engine.begin() as conn:
            change(conn)
        said.append(answers(shop))
        assert said[-1] != said[-2], change.__name__
        assert said[-1] == answers(replace(shop, memory=Memory(8))), change.__name__
    with shop.open("look", write=False) as deps:
        known, anew = (
            forecasters.get(deps.conn, day(DAYS)).baseline(START, END)
            for forecasters in (shop.forecasters, ForecasterCache("IT"))
        )
    pd.testing.assert_frame_equal(known, anew)


def test_another_policy_and_another_day_are_seen(shop: Workspace) -> None:
    before = answers(shop)
    policy = default_policy()
    costs = policy.campaign_fixed_cost.model_copy(update={"online": 7_000.0})
    others = (
        replace(shop, policy=policy.model_copy(update={"campaign_fixed_cost": costs})),
        replace(shop, today=shop.today - dt.timedelta(days=3)),
    )
    for other in others:
        after = answers(other)
        assert after != before
        assert after == answers(replace(other, memory=Memory(8)))
    assert answers(shop) == before


def test_the_state_of_the_sales_is_that_of_their_content(shop: Workspace) -> None:
    with shop.engine.connect() as conn:
        state = sales.data_state(conn)
        other_sale(conn)
        assert sales.data_state(conn) != state
        conn.rollback()
        assert sales.data_state(conn) == state
