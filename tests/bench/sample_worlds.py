"""Sample retailers made in memory, and plans that they play forward."""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from numpy.random import default_rng

from analytics.frames import day_totals
from analytics.types import Mechanic, Scenario
from sample_data.world import build_world

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sample_data.promotions import Promotion
    from sample_data.world import World

MOST_DAYS_LEFT_OUT = 330


@dataclass(frozen=True)
class Known:
    """A world and what is known of it on a day: the campaigns that are over, and DAY TOTALS."""

    world: World
    until: dt.date
    campaigns: tuple[Promotion, ...]
    history: pd.DataFrame


def seeds(description: str) -> list[int]:
    """Read which seeds to run from the command line: 1 to 20 unless told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    given, _ = parser.parse_known_args()
    return list(range(given.first, given.first + given.seeds))


def say(line: str) -> None:
    """Print a line at once: a benchmark takes minutes."""
    print(line, flush=True)  # noqa: T201  the benchmark's output


def known(seed: int, *, effects: bool = True, cut: bool = True) -> Known:
    """Draw a world and its sales, all of them or until a day within the last eleven months."""
    world = build_world(seed, effects=effects)
    left_out = int(default_rng([seed, 7]).integers(MOST_DAYS_LEFT_OUT)) if cut else 0
    until = world.last_day - dt.timedelta(days=left_out)
    campaigns = tuple(one for one in world.campaigns if one.date_end <= until or not cut)
    rows = world.simulate(world.first_day, until, campaigns, seed)
    return Known(world, until, campaigns, day_totals(rows))


def plans(case: Known, count: int, latest_start: int = 28) -> list[Scenario]:
    """Draw plans after the known days: 2 to 8 cells at 5 to 45 %, for 3 to 14 days."""
    rng = default_rng([case.world.seed, 8])
    return [_plan(case.world, case.until, rng, latest_start, k) for k in range(count)]


def _plan(
    world: World, until: dt.date, rng: np.random.Generator, latest_start: int, number: int
) -> Scenario:
    start = until + dt.timedelta(days=1 + int(rng.integers(latest_start)))
    cells = rng.choice(len(world.cells), int(rng.integers(2, 9)), replace=False)
    mechanics = [
        {
            "channel": world.cells[k].channel,
            "department": world.cells[k].department,
            "discount_pct": float(rng.integers(5, 46)),
            "promo_share": world.truth(world.cells[k]).promo_share,
        }
        for k in cells
    ]
    return Scenario(
        id=UUID(int=world.seed * 1000 + number),
        label=f"plan {number}",
        scenario_type="balanced",
        date_range_start=start,
        date_range_end=start + dt.timedelta(days=int(rng.integers(2, 14))),
        mechanics=tuple(Mechanic.model_validate(one) for one in mechanics),
    )
