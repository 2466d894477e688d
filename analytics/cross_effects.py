"""Halo and cannibalization: what a cell's promotion does to the other cells."""

from __future__ import annotations

from math import erfc, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import Field

from analytics.cell_regression import regress
from analytics.spike_slab import posterior
from analytics.types import Cell, Record

if TYPE_CHECKING:
    from analytics.cell_regression import Explained
    from analytics.panel import FloatArray, Panel

FALSE_DISCOVERY_RATE = 0.1
_MIN_SOURCE_DAYS = 5
_LARGEST_PCT = 9999.99


class CrossEffect(Record):
    """Change of a cell's day total while another cell is on promotion.

    Attributes:
        source_department, source_channel: the promoted cell.
        department, channel: the cell that reacts.
        effect_pct: change, per cent of its baseline; negative is cannibalization, positive halo.
            Drawn towards zero as far as it may be luck, of which the largest of many estimates have
            most; `se_pct` is what remains open.
        measured_pct, measured_se_pct: the same before; None in versions that kept only these.
        p_value: two-sided, of no effect.
        significant: whether it survives Benjamini-Hochberg at 10 % over the pairs of its class that
            were tested; only then it is used.
    """

    source_department: str
    source_channel: str
    department: str
    channel: str
    effect_pct: float
    se_pct: float = Field(ge=0)
    p_value: float = Field(ge=0, le=1)
    significant: bool
    measured_pct: float | None = None
    measured_se_pct: float | None = Field(default=None, ge=0)


def cross_effects(data: Explained) -> tuple[CrossEffect, ...]:
    """Test every pair of cells: same channel, or same department in another channel.

    All sources of a target enter its regression together, so that departments which are promoted in
    the same campaign share the credit only as far as they cannot be told apart. Only days count on
    which the target is not promoted itself; a source with fewer than 5 such promo days is not
    tested. What a department loses to its own other channel and what departments do to each other
    are two classes of effects: one is common, the other rare. Each has its own prior and its own
    controlled error rate (Benjamini and Hochberg 1995; by class: Efron 2008, "Simultaneous
    inference: when should hypothesis testing problems be combined?").

    Returns:
        One effect per tested pair, by source, then target.
    """
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415  slow to import

    found = sorted(row for k in range(len(data.panel.cells)) for row in _of_target(data, k))
    if not found:
        return ()
    p_values = np.array([erfc(abs(row.estimate / row.se) / sqrt(2)) for row in found])  # two-sided
    logs, errors = (np.array([getattr(row, name) for row in found]) for name in ("estimate", "se"))
    shrunk, significant = np.zeros((2, len(found))), np.zeros(len(found), dtype=bool)
    moved = np.array([row.source.department == row.target.department for row in found])
    for one_class in (moved, ~moved):
        if one_class.any():
            own = posterior(logs[one_class], errors[one_class])
            shrunk[:, one_class] = own.mean, own.sd
            significant[one_class] = multipletests(
                p_values[one_class], alpha=FALSE_DISCOVERY_RATE, method="fdr_bh"
            )[0]
    return tuple(
        CrossEffect(
            source_department=row.source.department,
            source_channel=row.source.channel,
            department=row.target.department,
            channel=row.target.channel,
            effect_pct=_change_pct(mean),
            se_pct=_error_pct(mean, sd),
            measured_pct=_change_pct(row.estimate),
            measured_se_pct=_error_pct(row.estimate, row.se),
            p_value=float(p_value),
            significant=bool(flag),
        )
        for row, (mean, sd), p_value, flag in zip(
            found, shrunk.T.tolist(), p_values, significant, strict=True
        )
    )


def _change_pct(log: float) -> float:
    return min(100 * float(np.expm1(log)), _LARGEST_PCT)


def _error_pct(log: float, se: float) -> float:
    return min(100 * float(np.exp(log)) * float(se), _LARGEST_PCT)


class _Found(NamedTuple):
    source: Cell
    target: Cell
    estimate: float
    se: float


def sources_of(days: Panel, target: int) -> dict[Cell, FloatArray]:
    """Return which other cells' promotions may act on a cell, and when they do.

    Returns:
        By source (days,): 1.0 on days on which the source is promoted and the target, which has a
        row, is not; only sources with at least 5 such days.
    """
    reacting = days.cells[target]
    open_days = ~days.promo[:, target] & ~np.isnan(days.sales[:, target])
    acts = {
        cell: (days.promo[:, k] & open_days).astype(np.float64)
        for k, cell in enumerate(days.cells)
        if k != target
        and (cell.channel == reacting.channel or cell.department == reacting.department)
    }
    return {cell: on for cell, on in acts.items() if on.sum() >= _MIN_SOURCE_DAYS}


def _of_target(data: Explained, target: int) -> list[_Found]:
    sources = {f"{c.department} {c.channel}": c for c in data.panel.cells}
    acts = sources_of(data.panel, target)
    fit = regress(data, target, {f"{c.department} {c.channel}": on for c, on in acts.items()})
    return [
        _Found(sources[name], data.panel.cells[target], effect.estimate, effect.se)
        for name, effect in ({} if fit is None else fit.effects).items()
        if name in sources
    ]
