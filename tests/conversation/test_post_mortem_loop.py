"""After a campaign: what it did is measured, stored, and learned from."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from agents.toolbelt import build_tools
from app.events import ToolAnswered, ToolCalled
from db import sales, tables
from tools.catalogue import TOOLS
from tools.post_mortem import reconstruct_campaign, run_post_mortem

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conversation import Conversation
    from tools.deps import Workspace


def test_last_months_campaign_is_measured_against_what_was_sold(
    talk_to: Callable[..., Conversation], shop: Workspace
) -> None:
    events = list(talk_to().say("How did last month's campaign do, and what do we learn from it?"))
    called = [event.tool for event in events if isinstance(event, ToolCalled)]
    assert called[:4] == [
        "list_campaigns",
        "reconstruct_campaign",
        "run_post_mortem",
        "learn_coefficients",
    ]
    with shop.engine.connect() as conn:
        report = conn.execute(sa.select(tables.post_mortem_reports)).mappings().one()
        sold = sales.sales_rows(conn, report["period_start"], report["period_end"])
        forecast = conn.execute(
            sa.select(tables.scenario_kpis.c.total_sales_value).where(
                tables.scenario_kpis.c.id == report["forecast_kpi_id"]
            )
        ).scalar_one()
    actual = round(float(sold["sales_value"].sum()), 2)
    assert float(report["actual_sales_value"]) == pytest.approx(actual, abs=0.01)
    error = (actual - float(forecast)) / float(forecast) * 100
    assert float(report["sales_value_error_pct"]) == pytest.approx(error, abs=0.01)
    learned = next(
        e.data for e in events if isinstance(e, ToolAnswered) and e.tool == "learn_coefficients"
    )
    assert learned["changes"]


def test_a_report_knows_nothing_of_the_days_it_judges_or_later(shop: Workspace) -> None:
    with shop.engine.connect() as conn:
        campaign = (
            conn.execute(
                sa.select(tables.promo_catalog)
                .where(
                    tables.promo_catalog.c.date_end < dt.date(2025, 9, 1),
                    tables.promo_catalog.c.avg_discount_pct.is_not(None),
                )
                .order_by(tables.promo_catalog.c.date_end.desc())
                .limit(1)
            )
            .mappings()
            .one()
        )
    with shop.open("one") as deps:
        before = reconstruct_campaign(deps, str(campaign["id"])).scenarios[0]
    table = tables.sales_aggregated
    with shop.engine.begin() as conn:
        conn.execute(
            table.update()
            .where(table.c.date >= campaign["date_start"])
            .values(sales_value=table.c.sales_value * 3)
        )
    with shop.open("two") as deps:
        after = reconstruct_campaign(deps, str(campaign["id"])).scenarios[0]
        measured = run_post_mortem(deps, after.id).result
    assert after.total_sales_value == before.total_sales_value
    assert measured.sales_value_error_pct is not None
    assert measured.sales_value_error_pct > 100


def test_a_call_that_runs_again_does_nothing_twice(shop: Workspace) -> None:
    (propose,) = build_tools(["propose_scenarios"], shop, "planner")
    answers = [_run(propose, "call-1") for _ in range(2)]
    assert answers[0] == answers[1]
    with shop.engine.connect() as conn:
        scenarios = conn.execute(sa.select(sa.func.count()).select_from(tables.promo_scenarios))
        calls = conn.execute(
            sa.select(sa.func.count())
            .select_from(tables.tool_calls)
            .where(tables.tool_calls.c.call_id == "call-1")
        )
        assert (scenarios.scalar_one(), calls.scalar_one()) == (3, 1)


def _run(tool: BaseTool, call_id: str) -> str:
    """Run a tool as the graph does, under a call id."""
    assert isinstance(tool, StructuredTool)
    assert tool.func is not None
    runtime: ToolRuntime[None, dict[str, Any]] = ToolRuntime(
        state={"messages": []},
        context=None,
        config={"configurable": {"thread_id": "t"}},
        stream_writer=lambda _: None,
        tool_call_id=call_id,
        store=None,
    )
    start, end = dt.date(2025, 10, 22), dt.date(2025, 10, 27)
    return str(tool.func(runtime=runtime, start=start, end=end, departments=("TV",)))


def test_reading_changes_nothing(shop: Workspace) -> None:
    arguments: dict[str, dict[str, Any]] = {
        "sales_summary": {"start": dt.date(2025, 9, 1), "end": dt.date(2025, 9, 30), "by": "week"},
        "forecast_baseline": {"start": dt.date(2025, 10, 22), "end": dt.date(2025, 10, 27)},
        "month_gap": {"month": "2025-10"},
        "list_campaigns": {"start": dt.date(2025, 9, 1), "end": dt.date(2025, 9, 30)},
        "efficient_frontier": {"start": dt.date(2025, 10, 22), "end": dt.date(2025, 10, 24)},
        "find_opportunities": {"start": dt.date(2025, 10, 22), "end": dt.date(2025, 10, 28)},
    }
    plain = ("store_overview", "data_quality", "list_targets", "list_segments", "show_uplift",
             "list_scenarios", "show_policy")  # fmt: skip
    before = _counts(shop)
    for name in (*arguments, *plain):
        assert TOOLS[name].mode == "READ"
        with shop.open("read", write=False) as deps:
            answer = TOOLS[name].function(deps, **arguments.get(name, {}))
        assert answer.model_dump_json()
    assert _counts(shop) == before


def _counts(shop: Workspace) -> dict[str, int]:
    with shop.engine.connect() as conn:
        return {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }
