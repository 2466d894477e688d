"""Many plans at once: their totals by adding options up, thousands of plans in one product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from analytics.kpi import BaselineTotals
    from analytics.money import IntArray

_SUMS = ("sales", "margin", "ebit", "units")


def plan_table(options: pd.DataFrame, baseline: BaselineTotals, picks: IntArray) -> pd.DataFrame:
    """Add the options of each plan up to the totals of the business in the window.

    Effects of different cells add up, so the totals of a plan are the baseline plus its options,
    less the fixed cost of the channels that it uses: what `kpi.evaluate` gives, before rounding.

    Args:
        options: as `kpi.cell_options` gives them.
        baseline: the business without promotions.
        picks: (plans, at most so many cells) positions in `options`, -1 for no further one.

    Returns:
        One row per plan with the fields of `optimise.PlanTotals`.
    """
    taken = picks >= 0
    plan = np.repeat(np.arange(len(picks)), taken.sum(axis=1))
    chosen = csr_array((np.ones(len(plan)), (plan, picks[taken])), shape=(len(picks), len(options)))
    windows = chosen @ options[[f"{name}_delta" for name in _SUMS]].to_numpy(dtype=np.float64)
    net = chosen @ options[[f"net_{name}" for name in _SUMS]].to_numpy(dtype=np.float64)
    spent = chosen @ options[["markdown_value", "funding_value"]].to_numpy(dtype=np.float64)
    fixed_cost = _fixed_cost(options, baseline, chosen)
    sales, margin = baseline.sales_value + windows[:, 0], baseline.margin_value + windows[:, 1]
    return pd.DataFrame(
        {
            "sales_value": sales,
            "margin_value": margin,
            "margin_pct": 100
            * np.divide(margin, sales, out=np.zeros_like(sales), where=sales != 0),
            "ebit": baseline.ebit + windows[:, 2] - fixed_cost,
            "units": baseline.units + windows[:, 3],
            "net_sales": net[:, 0],
            "net_margin": net[:, 1],
            "net_ebit": net[:, 2] - fixed_cost,
            "net_units": net[:, 3],
            "markdown_value": spent[:, 0],
            "funding_value": spent[:, 1],
            "fixed_cost": fixed_cost,
        }
    )


def _fixed_cost(options: pd.DataFrame, baseline: BaselineTotals, chosen: csr_array) -> np.ndarray:
    """Return what each plan costs to run: once, and once per channel that it uses."""
    channels = list(baseline.channel_costs)
    costs = np.array([baseline.channel_costs[channel] for channel in channels])
    names = options["channel"].to_numpy()
    uses = chosen @ (names[:, None] == np.array(channels, dtype=object)).astype(np.float64) > 0
    anything = np.diff(chosen.indptr) > 0
    return np.asarray(uses @ costs + anything * baseline.scenario_cost)
