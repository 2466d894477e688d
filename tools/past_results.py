"""What past campaigns did, as their stored post-mortems say."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from analytics.types import Record
from db import post_mortems, scenarios
from tools.deps import Deps

MAX_REPORTS = 50


class PastResult(Record):
    """One stored post-mortem in short."""

    report_id: str
    scenario_id: str
    label: str
    period_start: dt.date
    period_end: dt.date
    actual_sales_value: float
    sales_value_error_pct: float | None = Field(description="actual against the stored forecast")
    ebit_error_pct: float | None
    learning_points: tuple[str, ...]


class PastResults(Record):
    """Stored post-mortems, the newest first."""

    reports: tuple[PastResult, ...]


def list_post_mortems(
    deps: Deps, newest: Annotated[int, Field(ge=1, le=MAX_REPORTS, description="how many")] = 10
) -> PastResults:
    """List what past campaigns did and what was learnt from them, the newest report first.

    Use it for "what have we learnt so far?". Errors are per cent of the stored forecast, positive when
    more was sold than forecast, and empty where the forecast was 0. get_post_mortem has the whole
    report. An empty list means that no campaign has been measured yet.
    """
    return PastResults(
        reports=tuple(
            PastResult(
                report_id=str(report.id),
                scenario_id=str(report.scenario_id),
                label=scenarios.get(deps.conn, report.scenario_id).label,
                period_start=report.period_start,
                period_end=report.period_end,
                actual_sales_value=report.actual_sales_value,
                sales_value_error_pct=report.sales_value_error_pct,
                ebit_error_pct=report.ebit_error_pct,
                learning_points=report.learning_points,
            )
            for report in post_mortems.list_post_mortems(deps.conn, limit=newest)
        )
    )
