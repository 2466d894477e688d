"""A scenario and what hangs on it, to be saved by tests."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from analytics.types import Issue, Mechanic, Scenario, ScenarioKpis, ValidationReport
from db.creative import CreativeBrief
from db.post_mortems import PostMortemRow
from db.source_files import SourceFile

START, END = dt.date(2024, 10, 22), dt.date(2024, 10, 27)
MONEY = ("total_sales_value", "total_margin_value", "total_ebit")
DELTAS = ("sales_value_delta", "margin_value_delta", "ebit_delta")


def a_scenario(**changes: Any) -> Scenario:
    fields = {
        "id": uuid4(),
        "label": "Ottobre TV",
        "scenario_type": "balanced",
        "date_range_start": START,
        "date_range_end": END,
        "mechanics": [
            Mechanic(department="TV", channel="online", discount_pct=20, notes="più forte"),
            Mechanic(department="Gaming", channel="offline", discount_pct=12.5, promo_share=0.4),
        ],
        "source_opportunity_id": uuid4(),
        "created_by": "planner",
    }
    return Scenario.model_validate(fields | changes)


def some_kpis(scenario_id: UUID, **changes: Any) -> ScenarioKpis:
    fields = {
        "id": uuid4(),
        "scenario_id": scenario_id,
        "period_start": START,
        "period_end": END,
        **dict.fromkeys(MONEY, 2_100_000.55),
        **dict.fromkeys(DELTAS, -12.34),
        "total_margin_pct": 21.5,
        "total_units": 12_000,
        "units_delta": -5,
        "kpi_breakdown": {"by_channel": [{"channel": "online", "margin_pct": 21.5}], "note": None},
    }
    return ScenarioKpis.model_validate(fields | changes)


def a_verdict(scenario_id: UUID, **changes: Any) -> ValidationReport:
    issue = Issue(
        type="margin_threshold",
        severity="medium",
        message="Margin below minimum threshold",
        suggested_fix="Reduce discount by 2%",
        affected_department="TV",
    )
    fields = {
        "id": uuid4(),
        "scenario_id": scenario_id,
        "status": "WARN",
        "issues": (issue,),
        "overall_score": 70,
    }
    return ValidationReport.model_validate(fields | changes)


def a_brief(scenario_id: UUID, **changes: Any) -> CreativeBrief:
    fields = {
        "id": uuid4(),
        "scenario_id": scenario_id,
        "brief": {"tone": "energetic", "key_messages": ["Solo online"]},
        "assets": ({"type": "homepage_hero", "cta": "Scopri"},),
    }
    return CreativeBrief.model_validate(fields | changes)


def a_report(scenario_id: UUID, **changes: Any) -> PostMortemRow:
    fields = {
        "id": uuid4(),
        "scenario_id": scenario_id,
        "period_start": START,
        "period_end": END,
        "forecast_kpi_id": None,
        "actual_sales_value": 1_900_000.5,
        "actual_margin_value": 400_000,
        "actual_margin_pct": 21.05,
        "actual_ebit": 100_000,
        "actual_units": 11_000,
        "sales_value_error_pct": -9.52,
        "margin_value_error_pct": 10_000.0,
        "ebit_error_pct": None,
        "units_error_pct": 9_999_999_999.99,
        "post_promo_dip": {"dip_pct": -8.5, "days": 14},
        "cannibalization_signals": [{"department": "Audio", "effect_pct": -3}],
        "insights": ("TV worked", "Gaming: cannot tell"),
        "learning_points": (),
    }
    return PostMortemRow.model_validate(fields | changes)


def a_promo_file(name: str) -> SourceFile:
    """Return a promotion workbook whose rows come on top of those of the sales workbooks."""
    return SourceFile(
        id=uuid5(NAMESPACE_URL, name),
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        file_name=name,
        role="promo",
        channel=None,
        date_min=START,
        date_max=END,
        rows_read=1,
        rows_accepted=1,
        rows_rejected=0,
        sales_value=1,
        margin_value=1,
        units=1,
        merge_mode="union",
        relation="additional",
        job_id=None,
        report={},
        ingested_at=dt.datetime(2024, 11, 1, 8, tzinfo=dt.UTC),
    )
