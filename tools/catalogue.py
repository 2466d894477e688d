"""The one table of tools: name, function, READ or WRITE. Who may call what stands in `agents/team.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tools import (
    approval_list,
    approvals,
    campaigns,
    creative,
    forecast,
    frontier,
    opportunities,
    overview,
    past_results,
    post_mortem,
    quality,
    reference_files,
    sales,
    scenarios,
    segments,
    side_effects,
    targets,
    uplift,
    validation,
    workbook_files,
)

Mode = Literal["READ", "WRITE"]


@dataclass(frozen=True)
class Tool:
    """One tool: its function takes `Deps` first and typed arguments after it."""

    name: str
    function: Callable[..., Any]
    mode: Mode


def _table(mode: Mode, *functions: Callable[..., Any]) -> dict[str, Tool]:
    return {function.__name__: Tool(function.__name__, function, mode) for function in functions}


TOOLS: dict[str, Tool] = {
    **_table(
        "READ",
        overview.store_overview,
        workbook_files.inspect_workbook,
        workbook_files.job_status,
        quality.data_quality,
        sales.sales_summary,
        forecast.forecast_baseline,
        targets.month_gap,
        targets.list_targets,
        segments.list_segments,
        campaigns.list_campaigns,
        uplift.show_uplift,
        side_effects.show_side_effects,
        frontier.efficient_frontier,
        opportunities.find_opportunities,
        scenarios.list_scenarios,
        scenarios.get_scenario,
        scenarios.compare_scenarios,
        validation.get_validation,
        validation.show_policy,
        creative.creative_inputs,
        creative.get_creative_brief,
        creative.check_creative_brief,
        post_mortem.get_post_mortem,
        past_results.list_post_mortems,
        approval_list.list_approvals,
    ),
    **_table(
        "WRITE",
        workbook_files.ingest_workbooks,
        reference_files.load_targets,
        reference_files.load_segments,
        uplift.fit_uplift,
        scenarios.propose_scenarios,
        scenarios.create_scenario,
        scenarios.change_scenario,
        validation.validate_scenario,
        approvals.request_approval,
        creative.save_creative_brief,
        post_mortem.reconstruct_campaign,
        post_mortem.run_post_mortem,
        post_mortem.learn_coefficients,
    ),
}
