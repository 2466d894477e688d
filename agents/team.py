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
                "job_status",
                "data_quality",
                "sales_summary",
                "forecast_baseline",
                "month_gap",
                "list_targets",
                "list_segments",
                "list_campaigns",
                "show_uplift",
                "fit_uplift",
                "request_approval",
            ),
        ),
        Agent(
            name="planner",
            title="Scenario Planner",
            tools=(
                "store_overview",
                "month_gap",
                "list_campaigns",
                "list_segments",
                "show_uplift",
                "propose_scenarios",
                "create_scenario",
                "change_scenario",
                "efficient_frontier",
                "list_scenarios",
                "get_scenario",
                "compare_scenarios",
                "request_approval",
            ),
        ),
        Agent(
            name="validator",
            title="Validator",
            tools=("validate_scenario", "get_validation", "show_policy", "get_scenario"),
        ),
        Agent(
            name="creative",
            title="Creative",
            tools=(
                "creative_inputs",
                "save_creative_brief",
                "get_creative_brief",
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
                "learn_coefficients",
                "request_approval",
            ),
        ),
    )
}
