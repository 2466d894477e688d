"""Opportunities from the store: what is listed is what a plan of that cell alone would earn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db import sales
from tests.integration.test_plan_today import END, START, TODAY, promoted_rows, shop
from tools.errors import Refusal
from tools.opportunities import find_opportunities
from tools.scenarios import DepthChange, create_scenario

if TYPE_CHECKING:
    from pathlib import Path

    import sqlalchemy as sa


def test_an_opportunity_is_what_its_own_scenario_earns(engine: sa.Engine, tmp_path: Path) -> None:
    rows = promoted_rows(119, lift=3.0)
    with engine.begin() as conn:
        sales.upsert_sales(conn, rows)
    with shop(engine, tmp_path, TODAY).open("test") as deps:
        found = find_opportunities(deps, START, END, run_days=2)
        best = found.opportunities[0]
        plan = DepthChange(
            department=best.department,
            channel=best.channel,
            discount_pct=best.discount_pct,
            start=best.start,
            end=best.end,
        )
        made = create_scenario(deps, "Alone", START, END, (plan,)).scenarios[0]
        with pytest.raises(Refusal, match="no department 'Boats'"):
            find_opportunities(deps, START, END, ("Boats",))
    assert found.gap_value is None
    assert found.cells_looked_at == 4
    assert [o.net_ebit for o in found.opportunities] == sorted(
        (o.net_ebit for o in found.opportunities), reverse=True
    )
    assert (best.end - best.start).days == 1
    assert best.last_year_sales_value is None
    assert best.net_sales_value == pytest.approx(made.net_sales_value, abs=0.05)
    assert best.net_ebit == pytest.approx(made.net_ebit, abs=0.05)
    interval = best.sales_delta_interval
    assert interval.p10 <= interval.p50 <= interval.p90
