"""Post-mortems of campaigns that do nothing, and of campaigns that do: how often each verdict.

Run: `python -m tests.bench.accuracy_post_mortem [--seeds N] [--first SEED]`
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics.forecast import fit_forecaster
from analytics.frames import day_totals
from analytics.policy import default_policy
from analytics.post_mortem import analyse
from analytics.types import Cell
from sample_data.play import campaigns_of
from tests.bench.sample_worlds import known, plans, say, seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.campaign_effects import PromotedCell
    from analytics.types import Scenario
    from sample_data.world import World

PLANS = 4
DIP_DAYS = 14


def judge(seed: int, *, effects: bool) -> list[dict[str, Any]]:
    """Run the post-mortems of a world's plans; the truth is the expected change of sales."""
    case = known(seed, effects=effects)
    world, policy = case.world, default_policy()
    forecaster = fit_forecaster(case.history)
    rates = policy.variable_cost_rate
    rows = []
    for plan in plans(case, PLANS, latest_start=1):
        after = plan.date_range_end + dt.timedelta(days=DIP_DAYS)
        played = (*case.campaigns, *campaigns_of(plan, world))
        came = day_totals(world.simulate(world.first_day, after, played, plan.id.int))
        report = analyse(
            plan,
            case.history,
            came[came["date"] >= pd.Timestamp(plan.date_range_start)],
            None,
            "IT",
            {"online": rates.online, "offline": rates.offline},
            0.0,
            forecaster=forecaster,
        )
        true = {e.target: e.effect_pct for e in world.cross_effects if e.source in _cells(plan)}
        signals = report.cannibalization_signals
        nothing = [s for s in signals if Cell(s.channel, s.department) not in true]
        rows.append(
            {
                "verdict": report.verdict,
                "own": report.effect.sales_value.verdict,
                "uplift": _uplift(report.promoted, world),
                "held": _held(report.promoted, world),
                "null_cells": len(nothing),
                "false_alarms": sum(s.significant for s in nothing),
                "dips": len(report.post_promo_dip),
                "dips_found": sum(d.verdict == "dip" for d in report.post_promo_dip),
                "rises": sum(d.verdict == "rise" for d in report.post_promo_dip),
            }
        )
    return rows


def _cells(plan: Scenario) -> set[Cell]:
    return {mechanic.cell for mechanic in plan.mechanics}


def _uplift(promoted: Sequence[PromotedCell], world: World) -> float:
    true = [world.sales_uplift_pct(Cell(c.channel, c.department), c.discount_pct) for c in promoted]
    gaps = [abs(c.uplift_sales_pct - t) for c, t in zip(promoted, true, strict=True)]
    return sum(gaps) / len(gaps)


def _held(promoted: Sequence[PromotedCell], world: World) -> float:
    true = [world.sales_uplift_pct(Cell(c.channel, c.department), c.discount_pct) for c in promoted]
    held = [
        c.uplift_sales_p5_pct <= t <= c.uplift_sales_p95_pct
        for c, t in zip(promoted, true, strict=True)
    ]
    return sum(held) / len(held)


def main() -> int:
    """Print the verdicts over the seeds asked for; 1 when the null world is not seen as such."""
    missed = False
    wanted = seeds("post-mortems in worlds with and without an effect")
    for effects in (False, True):
        frame = pd.DataFrame([row for seed in wanted for row in judge(seed, effects=effects)])
        name = "promotions work" if effects else "null world (cannot_tell in >= .95)"
        verdicts = frame["verdict"].value_counts(normalize=True).round(3).to_dict()
        say(f"{name}, seeds {wanted[0]}-{wanted[-1]}, {len(frame)} post-mortems: {verdicts}")
        say(
            f"  promoted cells alone: {frame['own'].value_counts(normalize=True).round(3).to_dict()}"
        )
        say(
            f"  uplift of sales by cell: mean absolute error {frame['uplift'].mean():.1f} points, "
            f"90 % intervals hold the truth {frame['held'].mean():.3f}"
        )
        alarms = frame["false_alarms"].sum() / frame["null_cells"].sum()
        say(f"  false alarms of cannibalization and halo (<= .05): {alarms:.4f}")
        say(
            f"  dips shown in {frame['dips_found'].sum() / frame['dips'].sum():.3f} of the cells, "
            f"rises in {frame['rises'].sum() / frame['dips'].sum():.3f}"
        )
        if not effects:
            missed = bool(verdicts.get("cannot_tell", 0) < 0.95 or alarms > 0.05)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
