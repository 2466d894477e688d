"""A planned scenario played by the sample world: the world's own effects, and refusals."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import pandas as pd
import pytest

from analytics.types import Mechanic, Scenario
from sample_data.play import campaigns_of
from sample_data.world import World, build_world

START, END = dt.date(2025, 10, 20), dt.date(2025, 10, 26)


@pytest.fixture(scope="module")
def world() -> World:
    """The sample retailer."""
    return build_world(3)


def _plan(**changes: object) -> Scenario:
    mechanic = {"department": "TV", "channel": "online", "discount_pct": 20.0, **changes}
    return Scenario(
        id=UUID(int=1),
        label="autumn",
        scenario_type="balanced",
        date_range_start=START,
        date_range_end=END,
        mechanics=(Mechanic.model_validate(mechanic),),
    )


def test_a_plan_does_what_the_world_says_its_cells_do(world: World) -> None:
    plan = _plan()
    came = world.expected(START, END, campaigns_of(plan, world))
    plain = world.expected(START, END, ())
    both = came.merge(plain, on=["date", "channel", "department"], suffixes=("", "_plain"))
    own = both[(both["channel"] == "online") & (both["department"] == "TV")]
    uplift = 100 * (own["units"].sum() / own["units_plain"].sum() - 1)
    assert len(own) == 7
    assert uplift == pytest.approx(world.truth(plan.mechanics[0].cell).units_uplift_pct(20.0))


def test_the_rows_of_a_played_plan_carry_its_flag_and_depth(world: World) -> None:
    rows = world.simulate(START, END, campaigns_of(_plan(), world), seed=1)
    promoted = rows[rows["promo_flag"]]
    assert set(promoted["department"]) == {"TV"}
    assert set(promoted["discount_pct"]) == {20.0}
    assert set(promoted["date"]) == set(pd.date_range(START, END))


def test_a_plan_that_the_world_cannot_play_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no DRONES online"):
        campaigns_of(_plan(department="DRONES"), world)
    with pytest.raises(ValueError, match="everyone without coupons"):
        campaigns_of(_plan(redemption_rate=0.3), world)
