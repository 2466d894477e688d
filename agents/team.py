"""The five agents as data: what each is for, its prompt, and the only tools it may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.state import AgentName


@dataclass(frozen=True)
class Agent:
    """One specialist.

    Attributes:
        name: node of the graph; also the name of its prompt file.
        title: what people see.
        tools: names in `tools.catalogue.TOOLS`; nothing else is ever bound to its model.
    """

    name: AgentName
    title: str
    tools: tuple[str, ...]


TEAM: dict[AgentName, Agent] = {
    agent.name: agent
    for agent in (
        Agent(
            name="analyst",
            title="Data Analyst",
            tools=(
                "store_overview",
                "inspect_workbook",
                "ingest_workbooks",
                "load_targets",
                "load_segments",
                "job_status",
                "data_quality",
                "sales_summary",
                "forecast_baseline",
                "month_gap",
                "find_opportunities",
                "list_targets",
                "list_segments",
                "list_campaigns",
                "show_uplift",
                "show_side_effects",
                "fit_uplift",
                "list_approvals",
                "request_approval",
            ),
        ),
        Agent(
            name="planner",
            title="Scenario Planner",
            tools=(
                "store_overview",
                "month_gap",
                "find_opportunities",
                "list_campaigns",
                "list_segments",
                "show_uplift",
                "show_side_effects",
                "propose_scenarios",
                "create_scenario",
                "change_scenario",
                "efficient_frontier",
                "list_scenarios",
                "get_scenario",
                "compare_scenarios",
                "list_post_mortems",
                "list_approvals",
                "request_approval",
            ),
        ),
        Agent(
            name="validator",
            title="Validator",
            tools=(
                "validate_scenario",
                "get_validation",
                "check_creative_brief",
                "show_policy",
                "get_scenario",
            ),
        ),
        Agent(
            name="creative",
            title="Creative",
            tools=(
                "creative_inputs",
                "save_creative_brief",
                "get_creative_brief",
                "list_approvals",
                "request_approval",
            ),
        ),
        Agent(
            name="post_mortem",
            title="Post-Mortem",
            tools=(
                "list_campaigns",
                "list_scenarios",
                "get_scenario",
                "reconstruct_campaign",
                "run_post_mortem",
                "get_post_mortem",
                "list_post_mortems",
                "show_side_effects",
                "learn_coefficients",
                "request_approval",
            ),
        ),
    )
}
