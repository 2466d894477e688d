"""What a campaign did: its own cells, the days after, and the cells that were not promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field
from scipy.special import stdtr

from analytics.counterfactual import Estimate, Verdict, estimate
from analytics.types import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.counterfactual import Counterfactual
    from analytics.panel import BoolArray, FloatArray
    from analytics.types import Mechanic, Scenario, ScenarioKpis

FALSE_DISCOVERY_RATE = 0.1
_MIN_DAYS_SHARE = 0.5


class Change(Record):
    """A change over all its days: sales, margin and EBIT, each with interval and verdict."""

    sales_value: Estimate
    margin_value: Estimate
    ebit: Estimate
    units: Estimate


class PromotedCell(Record):
    """One promoted cell of the campaign, actual against what it would have been.

    Attributes:
        discount_pct: planned depth.
        actual_discount_pct: mean depth found in the sales; None where none is known.
        days: days of its run with sales.
        promo_days: those of them that the sales mark as promo days.
        uplift_sales_pct, uplift_units_pct: change, per cent of baseline; the intervals are 90 %.
        planned_uplift_sales_pct: what the stored forecast had; None without one.
    """

    channel: str
    department: str
    discount_pct: float
    actual_discount_pct: float | None
    days: int
    promo_days: int
    actual_sales_value: float
    baseline_sales_value: float
    uplift_sales_pct: float
    uplift_sales_p5_pct: float
    uplift_sales_p95_pct: float
    uplift_units_pct: float
    planned_uplift_sales_pct: float | None
    verdict: Verdict


class DipResult(Record):
    """One promoted cell in the days after its run.

    Attributes:
        sales_value: change against baseline over the observed days.
        dip_pct: the same in per cent of baseline; the interval is 90 %.
        days_observed: days with sales and without a new promotion of the cell.
        verdict: 'dip' when the interval lies below 0, 'rise' above it, else 'cannot_tell'.
    """

    channel: str
    department: str
    sales_value: float
    dip_pct: float
    p5_pct: float
    p95_pct: float
    days_observed: int = Field(ge=0)
    verdict: Literal["dip", "rise", "cannot_tell"]


class CrossSignal(Record):
    """One cell that was not promoted, during the campaign.

    Attributes:
        kind: 'cannibalization' when it sold less than its baseline, 'halo' when more.
        sales_value: change against baseline over the days of the campaign on which it was neither
            promoted itself nor within 14 days of that.
        effect_pct: the same in per cent of baseline; the interval is 90 %.
        p_value: two-sided, of no deviation.
        significant: whether it survives Benjamini-Hochberg at 10 % over all cells looked at; only
            then it counts.
    """

    channel: str
    department: str
    kind: Literal["cannibalization", "halo"]
    sales_value: float
    effect_pct: float
    p5_pct: float
    p95_pct: float
    p_value: float
    significant: bool


def change(
    data: Counterfactual, where: BoolArray, cost_rates: Mapping[str, float], fixed_cost: float
) -> Change:
    """Sum the change over chosen days and cells.

    Args:
        data: actual and baseline.
        where: (days, cells) what to sum.
        cost_rates: variable cost as a share of sales, by channel.
        fixed_cost: taken from the EBIT once.
    """
    sales, margin = data.change("sales", where), data.change("margin", where)
    channels = np.array([cell.channel for cell in data.cells])
    cost = sum(
        (
            rate * data.change("sales", where & (channels == name))
            for name, rate in cost_rates.items()
        ),
        np.zeros_like(sales),
    )
    return Change(
        sales_value=estimate(sales),
        margin_value=estimate(margin),
        ebit=estimate(margin - cost - fixed_cost),
        units=estimate(data.change("units", where)),
    )


def window_days(data: Counterfactual) -> BoolArray:
    """Return which days belong to the campaign: (days, 1)."""
    return (np.arange(len(data.dates)) < data.window)[:, None]


def campaign_days(data: Counterfactual) -> BoolArray:
    """Return the days of the window on which the campaign promotes any cell: (days, 1)."""
    return np.asarray(data.runs.any(axis=1))[:, None]


def promoted(data: Counterfactual) -> BoolArray:
    """Return which cells the campaign promoted: (cells,)."""
    return np.asarray(data.runs.any(axis=0))


def days_for_dip(data: Counterfactual, days: int) -> BoolArray:
    """Return the days after its run that tell about a promoted cell's dip: (days, cells).

    Until the cell is promoted again. A run that ends before the window has its first ones in it.
    """
    count = len(data.dates)
    last = count - 1 - data.runs[::-1].argmax(axis=0)
    day = np.arange(count)[:, None]
    after = promoted(data) & (day > last) & (day <= last + days)
    again = np.logical_or.accumulate(after & data.promo, axis=0)
    return np.asarray(after & ~again & data.known)


def promoted_cells(
    data: Counterfactual, scenario: Scenario, forecast: ScenarioKpis | None
) -> tuple[PromotedCell, ...]:
    """Compare each promoted cell that has a baseline with what it would have been."""
    planned = planned_uplifts(forecast)
    return tuple(
        _promoted_cell(data, mechanic, planned.get((mechanic.channel, mechanic.department)))
        for mechanic in scenario.mechanics
        if mechanic.cell in data.cells and data.known[data.cells.index(mechanic.cell)]
    )


def planned_uplifts(forecast: ScenarioKpis | None) -> dict[tuple[str, str], float]:
    """Return the sales uplift of a promoted day in per cent that a stored forecast has by cell.

    By the price arithmetic of units, depth and promoted share: the cell's figures of the window
    also hold the days on which it does not run.
    """
    rows = [] if forecast is None else forecast.kpi_breakdown.get("by_cell", [])
    return {
        (row["channel"], row["department"]): 100
        * (
            (1 + row["uplift_units_pct"] / 100)
            * (1 - row["promo_share"] * row["effective_depth_pct"] / 100)
            - 1
        )
        for row in rows
        if row.get("uplift_units_pct") is not None
    }


def _promoted_cell(
    data: Counterfactual, mechanic: Mechanic, planned_pct: float | None
) -> PromotedCell:
    cell = data.cells.index(mechanic.cell)
    where = data.runs & (np.arange(len(data.cells)) == cell)
    on = where[:, cell] & data.seen[:, cell]
    uplift = estimate(_relative(data, "sales", where))
    depths = data.depth_pct[on & data.promo[:, cell], cell]
    known = depths[depths > 0]
    return PromotedCell(
        channel=mechanic.channel,
        department=mechanic.department,
        discount_pct=mechanic.discount_pct,
        actual_discount_pct=float(known.mean()) if len(known) else None,
        days=int(on.sum()),
        promo_days=int((on & data.promo[:, cell]).sum()),
        actual_sales_value=float(data.actual.sales[on, cell].sum()),
        baseline_sales_value=float(data.baseline.sales[on, cell].sum()),
        uplift_sales_pct=uplift.value,
        uplift_sales_p5_pct=uplift.p5,
        uplift_sales_p95_pct=uplift.p95,
        uplift_units_pct=float(_relative(data, "units", where)[0]),
        planned_uplift_sales_pct=planned_pct,
        verdict=uplift.verdict,
    )


def dips(data: Counterfactual, days: int) -> tuple[DipResult, ...]:
    """Measure the days after the campaign, cell by cell."""
    where = days_for_dip(data, days)
    words: dict[Verdict, Literal["dip", "rise", "cannot_tell"]] = {
        "did_not": "dip",
        "worked": "rise",
        "cannot_tell": "cannot_tell",
    }
    result = []
    for cell in np.flatnonzero(promoted(data) & data.known):
        own = where & (np.arange(len(data.cells)) == cell)
        found = estimate(_relative(data, "sales", own))
        result.append(
            DipResult(
                channel=data.cells[cell].channel,
                department=data.cells[cell].department,
                sales_value=float(data.change("sales", own)[0]),
                dip_pct=found.value,
                p5_pct=found.p5,
                p95_pct=found.p95,
                days_observed=int((own & data.seen).sum()),
                verdict=words[found.verdict],
            )
        )
    return tuple(result)


def cross_signals(data: Counterfactual, origins: int) -> tuple[CrossSignal, ...]:
    """Test the cells that the campaign did not promote for a deviation while it runs.

    Only days on which such a cell is free of promotions of its own count, and only cells for which
    these are at least half of the days of the campaign. The p-value is Student's, of the log deviation over the spread
    of past ones (`origins` of them less one are its degrees of freedom).
    """
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415  slow to import

    open_days = campaign_days(data) & data.free
    enough = open_days.sum(axis=0) >= max(_MIN_DAYS_SHARE * campaign_days(data).sum(), 1)
    tested = np.flatnonzero(enough)
    if not len(tested):
        return ()
    changes = [
        _relative(data, "sales", open_days & (np.arange(len(data.cells)) == cell))
        for cell in tested
    ]
    p_values = np.array(
        [_p_value(values, max(origins - 1, 1), data.widening) for values in changes]
    )
    significant = multipletests(p_values, alpha=FALSE_DISCOVERY_RATE, method="fdr_bh")[0]
    return tuple(
        CrossSignal(
            channel=data.cells[cell].channel,
            department=data.cells[cell].department,
            kind="cannibalization" if found.value < 0 else "halo",
            sales_value=found.value
            / 100
            * float(data.baseline.sales[open_days[:, cell], cell].sum()),
            effect_pct=found.value,
            p5_pct=found.p5,
            p95_pct=found.p95,
            p_value=float(p_value),
            significant=bool(flag),
        )
        for cell, values, p_value, flag in zip(tested, changes, p_values, significant, strict=True)
        for found in [estimate(values)]
    )


def _relative(
    data: Counterfactual, values: Literal["sales", "margin", "units"], where: BoolArray
) -> FloatArray:
    """Return a change in per cent of what was expected: the value, then every draw.

    0 where nothing was expected.
    """
    change = data.change(values, where)
    actual = float(getattr(data.actual, values)[where & data.seen & data.known].sum())
    expected = actual - change
    return np.divide(100 * change, expected, out=np.zeros_like(change), where=expected > 0)


def _p_value(relative_pct: FloatArray, freedom: int, widening: float) -> float:
    """Return how likely so large a deviation is when nothing happened, two-sided.

    Student's tails take the place of the widened draws.
    """
    logs = np.log1p(np.clip(relative_pct, -99.0, None) / 100)
    spread = float(logs[1:].std()) / widening
    if spread == 0:
        return 1.0
    return float(2 * stdtr(freedom, -abs(float(logs[1:].mean())) / spread))
