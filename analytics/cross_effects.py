"""Halo and cannibalization: what a cell's promotion does to the other cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.stats import norm

from analytics.cell_regression import regress
from analytics.types import Cell, Record

if TYPE_CHECKING:
    from analytics.cell_regression import Explained
    from analytics.panel import Panel

FALSE_DISCOVERY_RATE = 0.1
_MIN_SOURCE_DAYS = 5
_LARGEST_PCT = 9999.99


class CrossEffect(Record):
    """Change of a cell's day total while another cell is on promotion.

    Attributes:
        source_department, source_channel: the promoted cell.
        department, channel: the cell that reacts.
        effect_pct: change, per cent of its baseline; negative is cannibalization, positive halo.
        p_value: two-sided, of no effect.
        significant: whether it survives Benjamini-Hochberg at 10 % over all pairs tested; only
            then it is used.
    """

    source_department: str
    source_channel: str
    department: str
    channel: str
    effect_pct: float
    se_pct: float = Field(ge=0)
    p_value: float = Field(ge=0, le=1)
    significant: bool


def cross_effects(data: Explained) -> tuple[CrossEffect, ...]:
    """Test every pair of cells: same channel, or same department in another channel.

    All sources of a target enter its regression together, so that departments which are promoted in
    the same campaign share the credit only as far as they cannot be told apart. Only days count on
    which the target is not promoted itself; a source with fewer than 5 such promo days is not
    tested. The error rate is controlled over all pairs (Benjamini and Hochberg 1995).

    Returns:
        One effect per tested pair, by source, then target.
    """
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415  slow to import

    found = [row for target in data.panel.cells for row in _of_target(data, target)]
    if not found:
        return ()
    table = pd.DataFrame(found).sort_values(["source", "target"], ignore_index=True)
    z = (table["estimate"] / table["se"]).abs()
    table["p_value"] = 2 * norm.sf(z)
    table["significant"] = multipletests(
        table["p_value"], alpha=FALSE_DISCOVERY_RATE, method="fdr_bh"
    )[0]
    return tuple(
        CrossEffect(
            source_department=row.source.department,
            source_channel=row.source.channel,
            department=row.target.department,
            channel=row.target.channel,
            effect_pct=min(100 * float(np.expm1(row.estimate)), _LARGEST_PCT),
            se_pct=min(100 * float(np.exp(row.estimate) * row.se), _LARGEST_PCT),
            p_value=float(row.p_value),
            significant=bool(row.significant),
        )
        for row in table.itertuples(index=False)
    )


def sources_of(days: Panel, target: Cell) -> pd.DataFrame:
    """Return which other cells' promotions may act on a cell, and when they do.

    Returns:
        (dates x source cells) 1.0 on days on which the source is promoted and the target is not;
        only sources with at least 5 such days.
    """
    others = [
        cell
        for cell in days.cells
        if cell != target
        and (cell.channel == target.channel or cell.department == target.department)
    ]
    open_days = ~days.promo[target] & days.sales[target].notna()
    acts = days.promo[others].mul(open_days, axis=0).astype(float)
    return acts.loc[:, acts.sum() >= _MIN_SOURCE_DAYS]


def _of_target(data: Explained, target: Cell) -> list[dict[str, object]]:
    sources = sources_of(data.panel, target)
    names = {f"source_{n}": Cell(*cell) for n, cell in enumerate(sources.columns)}
    sources.columns = pd.Index(list(names))
    fit = regress(data, target, sources) if names else None
    if fit is None:
        return []
    return [
        {"source": cell, "target": target, "estimate": effect.estimate, "se": effect.se}
        for name, cell in names.items()
        if name in fit.effects.index
        for effect in [fit.effects.loc[name]]
    ]
