"""Where promoting pays: the best promotion of each cell by itself, and what the cell sold a year ago."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

import pandas as pd

from analytics.optimise import Solution, optimise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.kpi import BaselineTotals
    from analytics.optimise import Constraints
    from analytics.types import Cell, Channel

YEAR = dt.timedelta(days=364)


def best_of_each_cell(
    options: pd.DataFrame, baseline: BaselineTotals, constraints: Constraints
) -> tuple[Solution, ...]:
    """Find for each cell the days and the depth with the most net EBIT, as if it ran alone.

    Args:
        options: as `kpi.cell_options` gives them.
        baseline: the business without promotions, and the fixed costs of a campaign.
        constraints: the brief and the policy; its own departments and counts do not bind one cell.

    Returns:
        Proved optima of one choice each, the most net EBIT first; cells whose best promotion earns
        nothing after its fixed cost are left out. They do not add up: each pays the fixed cost.
    """
    alone = {"departments": (), "min_promoted_departments": 0}
    found = [
        optimise(
            own.reset_index(drop=True),
            baseline,
            constraints.model_copy(update=alone | {"channels": (cast("Channel", channel),)}),
        )
        for (channel, _), own in options.groupby(["channel", "department"], sort=True)
    ]
    paying = [s for s in found if s.differs_from_start and (s.objective_value or 0.0) > 0]
    return tuple(sorted(paying, key=lambda s: -(s.objective_value or 0.0)))


def sold_a_year_before(
    totals: pd.DataFrame, runs: Iterable[tuple[Cell, dt.date, dt.date]]
) -> list[float | None]:
    """Return what each cell sold on the same weekdays 52 weeks before its run; None without sales.

    Args:
        totals: DAY TOTALS that cover those days.
        runs: cell, first day, last day.
    """
    found: list[float | None] = []
    for cell, start, end in runs:
        days = totals["date"].between(pd.Timestamp(start - YEAR), pd.Timestamp(end - YEAR))
        own = totals[
            days & (totals["channel"] == cell.channel) & (totals["department"] == cell.department)
        ]
        found.append(float(own["sales_value"].sum()) if len(own) else None)
    return found
