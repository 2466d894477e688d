"""Who may call what: least privilege, as data."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import pytest

from agents.team import TEAM
from tools.catalogue import TOOLS
from tools.deps import Deps
from tools.schema import arguments_model

if TYPE_CHECKING:
    from agents.state import AgentName

FINAL_WRITES = {"decide", "promote"}


def test_every_tool_belongs_to_somebody_and_exists() -> None:
    named = {tool for agent in TEAM.values() for tool in agent.tools}
    assert named == set(TOOLS)


def test_nobody_can_decide() -> None:
    assert not FINAL_WRITES & set(TOOLS)


@pytest.mark.parametrize(
    ("agent", "may_write"),
    [
        (
            "analyst",
            {
                "ingest_workbooks",
                "load_targets",
                "load_segments",
                "fit_uplift",
                "request_approval",
            },
        ),
        (
            "planner",
            {"propose_scenarios", "create_scenario", "change_scenario", "request_approval"},
        ),
        ("validator", {"validate_scenario"}),
        ("creative", {"save_creative_brief", "request_approval"}),
        (
            "post_mortem",
            {"reconstruct_campaign", "run_post_mortem", "learn_coefficients", "request_approval"},
        ),
    ],
)
def test_an_agent_writes_only_what_its_job_is(agent: AgentName, may_write: set[str]) -> None:
    tools = TEAM[agent].tools
    assert {name for name in tools if TOOLS[name].mode == "WRITE"} == may_write


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_is_documented_for_the_model(name: str) -> None:
    tool = TOOLS[name]
    first = next(iter(inspect.signature(tool.function).parameters.values()))
    assert first.annotation is Deps
    assert len(inspect.getdoc(tool.function) or "") > 80
    schema = arguments_model(tool.function).model_json_schema()
    assert schema.get("additionalProperties") is False
    undescribed = [
        field
        for field, details in schema.get("properties", {}).items()
        if "description" not in str(details)
    ]
    assert undescribed == [] or set(undescribed) <= {"files"}
