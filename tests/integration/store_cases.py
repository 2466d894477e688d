"""Rows of every table, for tests of what happens to a whole store."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITTEN = dt.datetime(2024, 10, 1, 8, 30, 15, 123456, tzinfo=dt.UTC)
FIRST = dt.date(2024, 9, 30)
MONEY = ("total_sales_value", "total_margin_value", "total_ebit")
DELTAS = ("sales_value_delta", "margin_value_delta", "ebit_delta", "units_delta")
ACTUALS = ("actual_sales_value", "actual_margin_value", "actual_margin_pct", "actual_ebit")


def uuid(number: int) -> UUID:
    return UUID(int=number)


def sales_days(days: int, first: dt.date = FIRST) -> Iterator[dict[str, Any]]:
    """Yield two departments and both flags of each day: figures that differ from row to row."""
    for number in range(days):
        for department, promo in (("TV", False), ("TV", True), ("Caffè, tè", False)):
            yield {
                "date": first + dt.timedelta(days=number),
                "channel": "online",
                "department": department,
                "promo_flag": promo,
                "discount_pct": 20 if promo else None,
                "sales_value": 1000 + number * 7 + promo,
                "margin_value": 100 + number * 3 - 200 * promo,
                "units": number - 2,
                "created_at": WRITTEN,
                "updated_at": WRITTEN,
            }


def a_scenario(number: int, at: dt.datetime = WRITTEN) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "label": f"Ottobre {number}",
        "scenario_type": "balanced",
        "date_range_start": FIRST,
        "date_range_end": FIRST,
        "mechanics": [
            {
                "department": "TV",
                "channel": "online",
                "notes": "più 'forte'; --\n\"x\"",
                "discount_pct": 12.5,
            }
        ],
        "created_at": at,
        "updated_at": at,
    }


def a_kpi(number: int, scenario: int, at: dt.datetime = WRITTEN) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "scenario_id": uuid(scenario),
        "period_start": FIRST,
        "period_end": FIRST,
        **dict.fromkeys(MONEY, 9_999_999_999_999.99),
        **dict.fromkeys(DELTAS, -3),
        "total_margin_pct": 21.5,
        "total_units": 12,
        "kpi_breakdown": {"by_channel": [{"channel": "online"}], "note": None},
        "created_at": at,
    }


def a_post_mortem(
    number: int, scenario: int, kpi: int | None, at: dt.datetime = WRITTEN
) -> dict[str, Any]:
    return {
        "id": uuid(number),
        "scenario_id": uuid(scenario),
        "period_start": FIRST,
        "period_end": FIRST,
        "forecast_kpi_id": None if kpi is None else uuid(kpi),
        **dict.fromkeys(ACTUALS, 5),
        "actual_units": 5,
        "insights": ["a, b", "c", "", 'quote " \\ back'],
        "learning_points": [],
        "created_at": at,
    }


def a_job(name: str, at: dt.datetime = WRITTEN, **changes: Any) -> dict[str, Any]:
    return {"job_id": name, "status": "completed", "files_queued": 1, "created_at": at} | changes


def fill(conn: sa.Connection, days: int = 70) -> None:
    """Put rows with awkward values into every table."""
    rows: dict[sa.Table, list[dict[str, Any]]] = {
        tables.sales_aggregated: list(sales_days(days)),
        tables.promo_scenarios: [a_scenario(1), a_scenario(2)],
        tables.scenario_kpis: [a_kpi(11, 1), a_kpi(12, 2)],
        tables.validation_reports: [
            {"scenario_id": uuid(1), "status": "PASS", "issues": [], "overall_score": 100}
        ],
        tables.post_mortem_reports: [a_post_mortem(21, 1, 11)],
        tables.creative_briefs: [{"scenario_id": uuid(1), "brief": {"tone": "☕"}, "assets": None}],
        tables.segments: [
            {
                "segment_id": "LOYAL",
                "name": "N|ull",
                "share_of_customers": 0.1234,
                "share_of_revenue": 1,
                "avg_basket_value": 5,
            }
        ],
        tables.uplift_coefficients: [
            {
                "department": "TV",
                "channel": "online",
                "discount_band": "0-10",
                "uplift_sales_pct": 1.25,
                "uplift_units_pct": 2,
                "margin_impact_pct": -3,
                "model_version": "2024-10-01.1",
            }
        ],
        tables.data_processing_jobs: [
            a_job("one", result={"a": [1, 2.5, None]}),
            a_job("two", result=None),
        ],
        tables.targets: [
            {"month": "2024-10", "geo": "IT", "sales_value_target": 1, "margin_pct_target": 1}
        ],
        tables.promo_catalog: [
            {
                "promo_name": "NO IVA",
                "date_start": FIRST,
                "date_end": FIRST,
                "departments": ["a, b"],
                "channels": ["a", "b"],
            }
        ],
        tables.source_files: [a_source()],
        tables.source_days: [a_source_day()],
        tables.source_lines: [{"source_file_id": uuid(31), "content": b"ARROW\x00\xff\\'"}],
        tables.department_names: [{"found": "hi-fi", "department": "AUDIO"}],
        tables.turns: [{"thread_id": "t", "turn": 1, "text": "piano", "started_at": WRITTEN}],
        tables.uplift_models: [
            {
                "model_version": "2024-10-01.1",
                "fitted_until": FIRST,
                "data_version": "x",
                "backtest": {},
                "detail": {"cells": [0.1, 1e-9]},
            }
        ],
        tables.approvals: [
            {
                "kind": "scenario",
                "subject_id": "s",
                "content_sha256": "x",
                "proposal": {},
                "requested_by": "planner",
                "requested_at": WRITTEN,
            }
        ],
        tables.tool_calls: [
            {
                **dict.fromkeys(("thread_id", "call_id", "agent", "tool"), "x"),
                "mode": "READ",
                "arguments": {},
                "called_at": WRITTEN,
            }
        ],
    }
    lacking = tables.metadata.tables.keys() - {table.name for table in rows}
    assert not lacking, f"a new table needs rows here: {lacking}"
    for table, values in rows.items():
        conn.execute(sa.insert(table), values)


def a_source() -> dict[str, Any]:
    return {
        "id": uuid(31),
        "sha256": "x",
        "file_name": "Web.xlsb",
        "role": "sales",
        "channel": "online",
        **dict.fromkeys(("rows_read", "rows_accepted", "rows_rejected"), 1),
        **dict.fromkeys(("sales_value", "margin_value", "units"), 1),
        "merge_mode": "union",
        "report": {},
        "ingested_at": WRITTEN,
    }


def a_source_day() -> dict[str, Any]:
    return {
        "source_file_id": uuid(31),
        "date": FIRST,
        "channel": "online",
        "department": "TV",
        **dict.fromkeys(("sales_value", "margin_value", "units", "lines"), 1),
    }


def content(conn: sa.Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table as Python reads them, in a stable order."""
    rows = [tuple(row) for row in conn.execute(sa.select(table))]
    return sorted(rows, key=repr)
