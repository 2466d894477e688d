"""Any OpenAI-compatible endpoint drives the same graph through the same tools."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, HumanMessage
from pydantic import SecretStr

from agents.models import ModelSettings
from app.events import Said, ToolAnswered, ToolCalled
from tests.openai_server import Reply, scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conversation import Conversation

WINDOW = {"start": "2025-10-22", "end": "2025-10-27", "departments": ["TV"], "max_discount_pct": 15}


def test_a_model_over_the_wire_plans_with_its_agents_tools_only(
    talk_to: Callable[..., Conversation],
) -> None:
    with scripted(
        Reply('{"agent": "planner"}'),
        Reply(calls=(("validate_scenario", '{"scenario_id": "a"}'),)),
        Reply(calls=(("propose_scenarios", '{"start": "22 October"}'),)),
        Reply(calls=(("propose_scenarios", json.dumps(WINDOW)),)),
        Reply("Here are three scenarios."),
        Reply("I trust them blindly."),
    ) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        talk = talk_to(settings=settings)
        events = list(talk.say("Plan something for TV"))

    answers = [event for event in events if isinstance(event, ToolAnswered)]
    # A tool of another agent, then wrong arguments: each comes back as a sentence that repairs it.
    assert "not a valid tool" in (answers[0].refusal or "")
    assert "start" in (answers[1].refusal or "")
    assert "end: Field required" in (answers[1].refusal or "")
    assert len(answers[2].data["scenarios"]) == 3
    assert [e.tool for e in events if isinstance(e, ToolCalled)][2] == "propose_scenarios"
    assert [e.text.strip() for e in events if isinstance(e, Said)] == [
        "Here are three scenarios.",
        "I trust them blindly.",
    ]
    bound = [{tool["function"]["name"] for tool in ask.get("tools", [])} for ask in server.asked]
    assert "propose_scenarios" in bound[1]
    assert "validate_scenario" not in bound[1]
    assert bound[-1] == {
        "validate_scenario",
        "get_validation",
        "check_creative_brief",
        "show_policy",
        "get_scenario",
    }
    # Some servers refuse a request that ends with an assistant's message.
    assert all(ask["messages"][-1]["role"] != "assistant" for ask in server.asked)
    kinds = [type(message) for message in talk.messages[-2:]]
    assert kinds == [HumanMessage, AIMessage]
