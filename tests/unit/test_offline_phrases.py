"""What planners write, and the call it leads to: the lists of `tests/phrases`, read by the real rules."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agents.offline.moment import Call, read_moment
from agents.offline.rules import RULES
from tools.catalogue import TOOLS
from tools.schema import arguments_model

PHRASES = Path(__file__).parents[1] / "phrases"
TODAY = dt.date(2025, 10, 15)
IDS = {letter: f"{n}0f6d2e1-0c8e-4c61-9e9d-000000000000" for n, letter in enumerate("ABCD", 1)}
CONTEXT = {
    "today": str(TODAY),
    "geo": "IT",
    "first_sale": "2024-10-01",
    "newest_sale": "2025-10-14",
    "departments": [
        "ACCESSORIES", "AUDIO", "COMPUTERS", "ENTERTAINMENT", "GAMING",
        "LARGE DOMESTIC APPLIANCES", "MOBILITY", "PHOTO", "SERVICES",
        "SMALL DOMESTIC APPLIANCES", "TELEPHONY", "TV",
    ],
    "channels": ["online", "offline"],
    "segments": {
        "LOYAL_HIGH_VALUE": "Loyal, high value",
        "MEMBERS_REGULAR": "Club members",
        "DEAL_SEEKERS": "Deal seekers",
    },
    "months_with_target": ["2025-10", "2025-11"],
    "coefficients_in_force": "v1",
}  # fmt: skip


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((PHRASES / name).read_text("utf-8"))["case"]
    return found


def scenario(letter: str, kind: str, tv: float, gaming: float, channels: str) -> dict[str, Any]:
    depths = (("GAMING", gaming), ("TV", tv))
    return {
        "id": IDS[letter],
        "label": f"{kind.capitalize()}: GAMING, TV",
        "scenario_type": kind,
        "start": "2025-10-22",
        "end": "2025-10-27",
        "mechanics": [
            {"department": department, "channel": channel, "discount_pct": depth}
            for department, depth in depths
            for channel in channels.split()
        ],
    }


BOTH = "offline online"
PROPOSAL = (
    "propose_scenarios",
    {"start": "2025-10-22", "end": "2025-10-27"},
    {
        "scenarios": [
            scenario("A", "conservative", 5, 5, BOTH),
            scenario("B", "balanced", 10, 15, BOTH),
            scenario("C", "aggressive", 20, 20, BOTH),
        ]
    },
)
ONLINE = (
    "change_scenario",
    {"scenario_id": IDS["B"], "channels": ["online"]},
    {"scenarios": [scenario("D", "balanced", 10, 15, "online")], "changed_from": IDS["B"]},
)
DEEPER = (
    "change_scenario",
    {"scenario_id": IDS["B"], "discount_pct": 15},
    {"scenarios": [scenario("D", "balanced", 15, 15, BOTH)], "changed_from": IDS["B"]},
)
ASKED = (
    "request_approval",
    {"kind": "scenario", "subject_id": IDS["B"]},
    {"kind": "scenario", "subject_id": IDS["B"], "title": "Balanced", "approval_id": "a"},
)
STEPS: dict[str, list[Any]] = {
    "nothing": [],
    "proposal": ["Plan TV and Gaming 22-27 Oct", PROPOSAL],
    "online": ["Plan TV and Gaming 22-27 Oct", PROPOSAL, "what if online only?", ONLINE],
    "deeper": ["Plan TV and Gaming 22-27 Oct", PROPOSAL, "make it 15 %", DEEPER],
    "chosen": ["Plan TV and Gaming 22-27 Oct", PROPOSAL, "go with B", ASKED, AIMessage("Approved.", name="approval")],
    "waiting": ["Plan TV and Gaming 22-27 Oct", PROPOSAL, "go with B", ASKED],
}  # fmt: skip


def conversation(case: dict[str, Any]) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage(f"CONTEXT {json.dumps(CONTEXT)}")]
    for index, step in enumerate([*STEPS[case.get("after", "nothing")], *case.get("before", [])]):
        if isinstance(step, str):
            messages.append(HumanMessage(step))
        elif isinstance(step, AIMessage):
            messages.append(step)
        else:
            tool, arguments, data = step
            call = {"name": tool, "args": arguments, "id": f"call-{index}", "type": "tool_call"}
            messages.append(AIMessage("", tool_calls=[call]))
            messages.append(ToolMessage(json.dumps(data), tool_call_id=f"call-{index}"))
    return [*messages, HumanMessage(case["say"])]


def answer(case: dict[str, Any]) -> str | list[Call]:
    """Return what the team does first: the router names the specialist, who speaks."""
    turn = read_moment(conversation(case))
    routed = RULES["router"](turn)
    assert isinstance(routed, list)
    return RULES[routed[0].arguments["agent"]](turn)


def with_ids(value: Any) -> Any:
    match value:
        case str():
            return IDS.get(value, value)
        case list():
            return [with_ids(part) for part in value]
        case dict():
            return {key: with_ids(part) for key, part in value.items()}
        case _:
            return value


@pytest.mark.parametrize(
    "case",
    [*cases("briefs.toml"), *cases("follow_ups.toml")],
    ids=lambda case: f"{case.get('after', '')} {case['say'][:60]}".strip(),
)
def test_what_is_said_leads_to_its_one_call(case: dict[str, Any]) -> None:
    said = answer(case)
    if expected := case.get("says") or case.get("asks"):
        assert isinstance(said, str), said
        assert expected in said
        assert "asks" not in case or said.rstrip().count("?") >= 1
        return
    assert isinstance(said, list), said
    (call,) = said
    assert call.tool == case.get("tool", "propose_scenarios")
    assert call.arguments == with_ids(case["args"])
    arguments_model(TOOLS[call.tool].function)(**call.arguments)
