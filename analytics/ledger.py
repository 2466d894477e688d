"""A scenario's figures in whole cents and units, cell by cell, so that every table adds up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.money import as_money, cents, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.effects import Case
    from analytics.money import FloatArray, IntArray
    from analytics.window import Amounts, Index


@dataclass(frozen=True)
class Entries:
    """Sales and margin in cents and units, one entry per cell (or row, or link)."""

    sales: IntArray
    margin: IntArray
    units: IntArray

    def __add__(self, other: Entries) -> Entries:
        return Entries(
            self.sales + other.sales, self.margin + other.margin, self.units + other.units
        )

    def __getitem__(self, index: Index) -> Entries:
        return Entries(self.sales[index], self.margin[index], self.units[index])

    def figures(self, suffix: str = "") -> dict[str, float | int]:
        """Sum the entries to currency and units, keyed as the schema names them."""
        return {
            f"sales_value{suffix}": as_money(self.sales.sum()),
            f"margin_value{suffix}": as_money(self.margin.sum()),
            f"units{suffix}": int(self.units.sum()),
        }

    def margin_pct(self) -> float:
        """Return the margin in per cent of sales, 0 without sales."""
        sales = int(self.sales.sum())
        return round(100 * int(self.margin.sum()) / sales, 2) if sales else 0.0

    def cost_cents(self, cost_rate: FloatArray) -> int:
        """Return the variable cost of the entries, rounded once."""
        return int(np.rint((self.sales * cost_rate).sum()))


@dataclass(frozen=True)
class Ledger:
    """Rounded figures of one scenario: baseline and change per cell, dip per row, cross per link.

    Baseline and change are rounded apart, so a cell that is not promoted changes by exactly zero.
    """

    baseline: Entries
    delta: Entries
    dip: Entries
    cross: Entries
    markdown: IntArray
    funding: IntArray
    fixed_cost: int
    baseline_cost: int
    delta_cost: int
    outside_cost: int

    @property
    def planned(self) -> Entries:
        """Baseline plus change, per cell."""
        return self.baseline + self.delta

    @property
    def ebit(self) -> int:
        """Planned margin less variable and fixed cost, cents."""
        return int(self.baseline.margin.sum()) - self.baseline_cost + self.ebit_delta

    @property
    def ebit_delta(self) -> int:
        """Change of EBIT against the baseline, cents."""
        return int(self.delta.margin.sum()) - self.delta_cost - self.fixed_cost

    def net(self) -> dict[str, float | int]:
        """Return the net incremental figures: change in the window plus dip plus cross effects."""
        sums = [(part.sales.sum(), part.margin.sum(), part.units.sum()) for part in self._parts()]
        sales, margin, units = (sum(values) for values in zip(*sums, strict=True))
        outside_margin = int(self.dip.margin.sum() + self.cross.margin.sum())
        return {
            "sales_value": as_money(sales),
            "margin_value": as_money(margin),
            "ebit": as_money(self.ebit_delta + outside_margin - self.outside_cost),
            "units": int(units),
        }

    def _parts(self) -> tuple[Entries, Entries, Entries]:
        return self.delta, self.dip, self.cross


def ledger(case: Case, fixed_cost: float) -> Ledger:
    """Round the point estimate of a scenario (no draws) to cents and units."""
    window, exposed, changes = case.window, case.exposed, case.changes
    baseline = _entries(window.during.sum())
    dip, cross = _entries(changes.dip), _entries(changes.cross)
    delta = _by_cell(_entries(changes.delta), exposed.cell, len(window.cells))
    planned_cost = (baseline + delta).cost_cents(window.cost_rate)
    baseline_cost = baseline.cost_cents(window.cost_rate)
    outside = np.concatenate([exposed.cell, exposed.link_target])
    outside_sales = np.concatenate([dip.sales, cross.sales])
    return Ledger(
        baseline=baseline,
        delta=delta,
        dip=dip,
        cross=cross,
        markdown=cents(changes.markdown),
        funding=cents(changes.funding),
        fixed_cost=round(fixed_cost * 100),
        baseline_cost=baseline_cost,
        delta_cost=planned_cost - baseline_cost,
        outside_cost=int(np.rint((outside_sales * window.cost_rate[outside]).sum())),
    )


def table(book: Ledger, labels: Sequence[str], key: str) -> list[dict[str, object]]:
    """Group planned figures and changes by a label per cell, as `kpi_breakdown` shows them."""
    names = np.array(labels)
    rows: list[dict[str, object]] = []
    for name in sorted(set(names.tolist())):
        planned, delta = book.planned[names == name], book.delta[names == name]
        rows.append(
            {
                key: name,
                **planned.figures(),
                "margin_pct": planned.margin_pct(),
                **delta.figures("_delta"),
            }
        )
    return rows


def _entries(amounts: Amounts) -> Entries:
    return Entries(cents(amounts.sales), cents(amounts.margin), whole(amounts.units))


def _by_cell(rows: Entries, cell: IntArray, count: int) -> Entries:
    parts = []
    for values in (rows.sales, rows.margin, rows.units):
        total = np.zeros(count, dtype=np.int64)
        np.add.at(total, cell, values)
        parts.append(total)
    return Entries(*parts)
