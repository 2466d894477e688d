"""Who speaks next, by rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agents.routing import MAX_REVISIONS, Step, next_step, results, since

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

    from agents.state import LoopState


def called(tool: str, answer: dict[str, Any] | str, call_id: str = "c1") -> list[AnyMessage]:
    """Return the two messages of a finished call; a text answer is a refusal."""
    refused = isinstance(answer, str)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return [
        AIMessage("", tool_calls=[{"name": tool, "args": {}, "id": call_id, "type": "tool_call"}]),
        ToolMessage(
            text,
            tool_call_id=call_id,
            name=tool,
            status="error" if refused else "success",
        ),
    ]


def state(speaker: Any, *messages: AnyMessage, **more: Any) -> LoopState:
    whole: LoopState = {
        "messages": [HumanMessage("plan something"), *messages],
        "speaker": speaker,
        "revisions": 0,
        "decision": None,
        "turn": 1,
    }
    return cast("LoopState", {**whole, **more})


def test_a_person_is_understood_by_language() -> None:
    assert next_step(state("")) == Step("language")


def test_new_scenarios_go_to_the_validator() -> None:
    plan = called("propose_scenarios", {"scenarios": [{"id": "a"}, {"id": "b"}]})
    step = next_step(state("planner", *plan, AIMessage("here they are")))
    assert step.to == "validator"
    assert json.loads(step.task.partition(": ")[2]) == {"scenario_ids": ["a", "b"]}


def test_a_refused_plan_ends_the_turn() -> None:
    assert next_step(state("planner", *called("propose_scenarios", "no"))) == Step("end")


def test_a_comparison_ends_the_turn() -> None:
    answer = called("compare_scenarios", {"scenarios": [{"id": "a"}]})
    assert next_step(state("planner", *answer)) == Step("end")


def test_scenarios_of_an_earlier_turn_are_not_validated_again() -> None:
    plan = called("propose_scenarios", {"scenarios": [{"id": "a"}]})
    step = next_step(state("planner", *plan, HumanMessage("thanks"), AIMessage("welcome")))
    assert step == Step("end")


def blocked(revisions: int) -> Step:
    report = {"status": "BLOCK", "scenario_id": "a", "issues": [{"type": "discount_limit"}]}
    task = HumanMessage("Validate", name="router")
    return next_step(
        state("validator", task, *called("validate_scenario", report), revisions=revisions)
    )


def test_a_blocked_plan_goes_back_with_its_issues() -> None:
    step = blocked(0)
    assert step.to == "planner"
    assert '"discount_limit"' in step.task


def test_a_plan_goes_back_three_times_at_most() -> None:
    assert [blocked(n).to for n in range(MAX_REVISIONS + 1)] == ["planner"] * 3 + ["end"]


def test_a_warning_does_not_go_back() -> None:
    report = {"status": "WARN", "scenario_id": "a", "issues": []}
    assert next_step(state("validator", *called("validate_scenario", report))) == Step("end")


def test_every_request_waits_for_a_person() -> None:
    asked = called("request_approval", {"approval_id": "x"})
    for speaker in ("analyst", "planner", "creative", "post_mortem"):
        assert next_step(state(speaker, *asked)) == Step("approval")


def test_a_refused_request_does_not_wait() -> None:
    assert next_step(state("planner", *called("request_approval", "blocked"))) == Step("end")


def decided(kind: str, status: str) -> Step:
    decision = {"kind": kind, "subject_id": "a", "status": status, "by": "x", "reason": ""}
    said = AIMessage("decided", name="approval")
    asked = called("request_approval", {"approval_id": "x"})
    return next_step(state("approval", *asked, said, decision=decision))


def test_an_approved_scenario_is_briefed_and_nothing_else_is() -> None:
    assert decided("scenario", "approved").to == "creative"
    assert decided("scenario", "rejected") == Step("end")
    assert decided("creative", "approved") == Step("end")
    assert decided("coefficients", "approved") == Step("end")


def test_results_pair_calls_with_answers_by_id() -> None:
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "one", "args": {"n": 1}, "id": "1", "type": "tool_call"},
            {"name": "two", "args": {"n": 2}, "id": "2", "type": "tool_call"},
        ],
    )
    found = results(
        [both, ToolMessage('{"x":2}', tool_call_id="2"), ToolMessage('{"x":1}', tool_call_id="1")]
    )
    assert [(r.tool, r.arguments["n"], r.data["x"]) for r in found] == [
        ("two", 2, 2),
        ("one", 1, 1),
    ]


def test_since_tells_the_person_from_the_router() -> None:
    messages = [HumanMessage("a"), AIMessage("b"), HumanMessage("c", name="router"), AIMessage("d")]
    assert [m.text for m in since(messages, person=True)] == ["b", "c", "d"]
    assert [m.text for m in since(messages, person=False)] == ["d"]
