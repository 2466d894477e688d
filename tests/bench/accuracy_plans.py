"""Forecast KPIs of planned campaigns against what the sample retailer then does.

Run: `python -m tests.bench.accuracy_plans [--seeds N] [--first SEED]`
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd

from analytics.forecast import fit_forecaster
from analytics.frames import MEASURES
from analytics.kpi import PlanningInputs, evaluate
from analytics.policy import default_policy
from analytics.types import Cell
from analytics.uplift import fit_uplift
from sample_data.play import campaigns_of
from tests.bench.sample_worlds import Known, known, plans, say, seeds

if TYPE_CHECKING:
    from analytics.forecast import Forecaster
    from analytics.types import Scenario
    from analytics.uplift import UpliftModel

PLANS = 6
DIP_DAYS = 14
DRAWS = 400


def judge(
    case: Known, forecaster: Forecaster, model: UpliftModel, plan: Scenario
) -> list[dict[str, Any]]:
    """Compare one plan's figures with the same days played with and without it.

    `total` is the whole business in the window, `delta` the promoted cells' change in it, `net`
    the change of everything until 14 days after.
    """
    world, start, end = case.world, plan.date_range_start, plan.date_range_end
    after = end + dt.timedelta(days=DIP_DAYS)
    kpis = evaluate(
        plan,
        PlanningInputs(
            baseline=forecaster.baseline(start, after),
            uplift=model,
            model_version="bench",
            errors=forecaster.error_draws(start, end, DRAWS, 0),
            policy=default_policy(),
        ),
        kpi_id=UUID(int=1),
        draws=DRAWS,
    )
    noise = plan.id.int
    played = (*case.campaigns, *campaigns_of(plan, world))
    came = world.simulate(world.first_day, after, played, noise)
    plain = world.simulate(world.first_day, after, case.campaigns, noise)
    own = {mechanic.cell for mechanic in plan.mechanics}
    net = kpis.kpi_breakdown["net_effect"]["net_incremental"]
    intervals = kpis.kpi_breakdown["intervals"]
    rows = []
    for name in MEASURES:
        total = _sum(came, name, start, end)
        base = _sum(plain, name, start, end, own)
        figures = {
            "total": (getattr(kpis, f"total_{name}"), total, total, f"total_{name}"),
            "delta": (
                getattr(kpis, f"{name}_delta"),
                _sum(came, name, start, end, own) - base,
                base,
                f"{name}_delta",
            ),
            "net": (
                net[name],
                _sum(came, name, start, after) - _sum(plain, name, start, after),
                base,
                f"net_incremental_{name}",
            ),
        }
        for kind, (forecast, actual, scale, key) in figures.items():
            held = intervals[key]["p10"] <= actual <= intervals[key]["p90"]
            gap = (forecast - actual) / scale
            rows.append({"kind": kind, "measure": name, "held": held, "gap": gap})
    return rows


def _sum(
    rows: pd.DataFrame, name: str, start: dt.date, end: dt.date, cells: set[Cell] | None = None
) -> float:
    on = rows["date"].between(pd.Timestamp(start), pd.Timestamp(end))
    if cells is not None:
        pairs = zip(rows["channel"], rows["department"], strict=True)
        on &= pd.Series([Cell(*pair) in cells for pair in pairs], index=rows.index)
    return float(rows.loc[on, name].sum())


def main() -> int:
    """Print coverage and bias over the seeds asked for; 1 when those of the totals miss a target."""
    wanted = seeds("forecast KPIs of plans against what then happens")
    rows: list[dict[str, Any]] = []
    for seed in wanted:
        case = known(seed)
        forecaster, model = fit_forecaster(case.history), fit_uplift(case.history)
        for plan in plans(case, PLANS):
            rows += judge(case, forecaster, model, plan)
    frame = pd.DataFrame(rows)
    say(f"seeds {wanted[0]}-{wanted[-1]}, {PLANS} plans each; P10-P90 should hold .75-.85")
    say("gaps: forecast less actual, per cent of the total, or of the promoted cells' baseline")
    for (kind, name), part in frame.groupby(["kind", "measure"], sort=False):
        say(
            f"{kind:6s}{name:13s} P10-P90 holds {part['held'].mean():.3f}  "
            f"mean gap {100 * part['gap'].mean():+.2f} %  "
            f"mean absolute gap {100 * part['gap'].abs().mean():.2f} %"
        )
    totals = frame[frame["kind"] == "total"].groupby("measure")
    held, gap = totals["held"].mean(), totals["gap"].mean()
    return int(not (held.between(0.75, 0.85).all() and gap.abs().max() <= 0.02))


if __name__ == "__main__":
    sys.exit(main())
