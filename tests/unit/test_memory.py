"""What a model is shown of a long thread."""

from __future__ import annotations

import itertools
import json

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agents.memory import remembered

_CALLS = itertools.count()


def turn(text: str, tool: str | None = None, *, decided: bool = False) -> list[BaseMessage]:
    """Return a turn: what a person said, one successful call, an answer, perhaps a decision."""
    said: list[BaseMessage] = [HumanMessage(text)]
    if tool:
        call = {"name": tool, "args": {}, "id": f"call-{next(_CALLS)}", "type": "tool_call"}
        said += [
            AIMessage("", tool_calls=[call]),
            ToolMessage(json.dumps({"found": tool}), tool_call_id=str(call["id"])),
        ]
    said.append(AIMessage(f"answer to {text}"))
    return said + ([AIMessage("approved by me", name="approval")] if decided else [])


def shown(turns: list[list[BaseMessage]], recent: int) -> list[str]:
    kept = remembered([message for one in turns for message in one], recent)
    return [m.text for m in kept if isinstance(m, HumanMessage)]


def test_a_short_thread_is_shown_whole() -> None:
    turns = [turn("hello"), turn("gap?", "month_gap")]
    assert shown(turns, 12) == ["hello", "gap?"]


def test_the_brief_and_what_became_of_it_outlive_questions() -> None:
    turns = [
        turn("sales?", "sales_summary"),
        turn("plan TV", "propose_scenarios"),
        turn("what is our policy?", "show_policy"),
        turn("make it 15 %", "change_scenario"),
        *(turn(f"question {n}", "sales_summary") for n in range(5)),
    ]
    expected = ["plan TV", "make it 15 %", "question 3", "question 4"]
    assert shown(turns, 2) == expected


def test_a_new_brief_ends_the_old_one_but_no_decision_is_forgotten() -> None:
    turns = [
        turn("plan TV", "propose_scenarios"),
        turn("go with B", "request_approval", decided=True),
        turn("plan Audio", "propose_scenarios"),
        *(turn(f"question {n}") for n in range(3)),
    ]
    assert shown(turns, 1) == ["go with B", "plan Audio", "question 2"]


def test_a_call_is_never_shown_without_its_answer() -> None:
    messages = [m for n in range(30) for m in turn(f"q {n}", "change_scenario")]
    kept = remembered(messages, 3)
    calls = {c["id"] for m in kept if isinstance(m, AIMessage) for c in m.tool_calls}
    assert calls == {m.tool_call_id for m in kept if isinstance(m, ToolMessage)}
    assert isinstance(kept[0], HumanMessage)
