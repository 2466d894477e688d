"""Promotions that will run in a period: of the catalog, and approved here."""

import datetime as dt
import math
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.types import Campaign, Cell
from db import catalog
from tools.approved import approved_scenarios
from tools.deps import Deps

_ALL_PCT = 100


class Planned(NamedTuple):
    """Promotions as a PLAN frame, and by name.

    Those of unknown depth are NaN in the plan: the forecast takes each cell's usual depth.
    """

    plan: pd.DataFrame
    counted: tuple[str, ...]
    depth_unknown: tuple[str, ...]

    @classmethod
    def nothing(cls) -> "Planned":
        """Return no promotions."""
        return cls(_plan_frame({}), (), ())


def planned_promotions(deps: Deps, start: dt.date, end: dt.date) -> Planned:
    """Return what runs in a period, of the catalog and approved here; the deepest where two meet.

    A known depth goes before an unknown one.
    """
    if start > end:
        return Planned.nothing()
    found = catalog.list_campaigns(deps.conn, start, end)
    unknown = [c for c in found if not 0 < (c.avg_discount_pct or 0) < _ALL_PCT]
    approved = approved_scenarios(deps, start, end)
    depths: dict[tuple[pd.Timestamp, Cell], float] = {}
    running = [
        (
            c.date_start,
            c.date_end,
            Cell(channel, department),
            math.nan if c in unknown else c.avg_discount_pct or math.nan,
        )
        for c in found
        for channel, department in product(c.channels, c.departments)
    ] + [(*s.run_of(m), m.cell, m.discount_pct) for s in approved for m in s.mechanics]
    for first, last, cell, depth in running:
        for day in pd.date_range(max(start, first), min(end, last)):
            depths[day, cell] = float(np.fmax(depths.get((day, cell), math.nan), depth))
    counted = _names(found) + tuple(f"“{s.label}”" for s in approved)
    return Planned(_plan_frame(depths), counted, _names(unknown))


def _plan_frame(depths: dict[tuple[pd.Timestamp, Cell], float]) -> pd.DataFrame:
    plan = pd.DataFrame(
        [(day, cell.channel, cell.department, depth) for (day, cell), depth in depths.items()],
        columns=["date", "channel", "department", "depth_pct"],
    )
    return plan.astype({"date": "datetime64[ns]", "depth_pct": float})


def _names(campaigns: list[Campaign]) -> tuple[str, ...]:
    return tuple(campaign.promo_name or str(campaign.id) for campaign in campaigns)
