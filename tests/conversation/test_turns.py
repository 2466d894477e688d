"""What ends a turn, what it costs, and how a conversation is changed, left and copied."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from agents.budget import BudgetSpentError, Limits
from agents.models import ModelSettings
from agents.strict_openai import BrokenAnswerError
from app.events import Said, ToolAnswered
from db import tables, turns
from db.errors import ConflictError, NotFoundError
from db.thread_lock import hold
from tests.conversation.test_loop import BRIEF, happened, rows
from tests.openai_server import Reply, scripted
from tests.retailer import THREAD
from tools.catalogue import TOOLS
from tools.errors import NotStored
from tools.trail import trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conversation import Conversation
    from tools.deps import Workspace

    Talk = Callable[..., Conversation]

LOOP = (Reply('{"agent": "analyst"}'), Reply(calls=(("store_overview", "{}"),)))


def turn(shop: Workspace, thread: str = THREAD) -> turns.Turn:
    with shop.open("test", write=False) as deps:
        found = turns.latest(deps.conn, thread)
    assert found is not None
    return found


def test_a_turn_records_what_its_models_used(talk_to: Talk, shop: Workspace) -> None:
    with scripted(Reply('{"agent": "analyst"}'), Reply("All is well.")) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        list(talk_to(settings=settings).say("How are we doing?"))
    done = turn(shop)
    # Two answers, the router's and the analyst's, of 5 tokens in and 3 out each.
    assert (done.status, done.model_calls) == ("done", 2)
    assert (done.input_tokens, done.output_tokens) == (10, 6)


def test_a_model_that_loops_is_stopped_and_the_turn_says_why(
    talk_to: Talk, shop: Workspace
) -> None:
    with scripted(*LOOP) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        talk = talk_to(settings=settings, limits=Limits(calls=4))
        with pytest.raises(BudgetSpentError, match="PROMOLOOP_MAX_CALLS"):
            list(talk.say("How are we doing?"))
    failed = turn(shop)
    assert (failed.status, failed.model_calls) == ("failed", 4)
    assert "used 4 model calls" in (failed.error or "")
    # The next message begins anew.
    assert not talk_to().unfinished
    assert any(isinstance(event, Said) for event in talk_to().say("How far is October behind?"))


def test_a_broken_answer_is_asked_for_again_and_then_given_up(
    talk_to: Talk, shop: Workspace
) -> None:
    broken = Reply(calls=(("store_overview", '{"half'),))
    route = Reply('{"agent": "analyst"}')
    with scripted(route, broken, broken, Reply("There you are.")) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        _, said, _ = happened(talk_to(settings=settings).say("How are we doing?"))
        assert [text.strip() for text in said] == ["There you are."]
    with scripted(route, broken) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        with pytest.raises(BrokenAnswerError):
            list(talk_to(settings=settings).say("And now?"))
    assert len(server.asked) == 4
    assert turn(shop).status == "failed"
    assert rows(shop, tables.tool_calls) == []


def test_a_router_that_names_nobody_is_asked_again(talk_to: Talk) -> None:
    replies = (Reply('{"agent": "boss"}'), Reply("the analyst"), Reply('{"agent": "analyst"}'))
    with scripted(*replies, Reply("Here I am.")) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        _, said, _ = happened(talk_to(settings=settings).say("Anybody?"))
    assert [text.strip() for text in said] == ["Here I am."]


def test_a_fault_in_a_tool_is_said_and_the_conversation_goes_on(
    talk_to: Talk, shop: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        message = "a bug"
        raise ZeroDivisionError(message)

    tool = TOOLS["store_overview"]
    monkeypatch.setitem(tool.__dict__, "function", broken)
    replies = (*LOOP, Reply("It failed."))
    with scripted(*replies) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        events = list(talk_to(settings=settings).say("How are we doing?"))
    (answered,) = [event for event in events if isinstance(event, ToolAnswered)]
    assert "fault of the program (ZeroDivisionError)" in (answered.refusal or "")
    assert "a bug" in caplog.text
    assert turn(shop).status == "done"


def test_two_runs_on_one_conversation_do_not_mix(talk_to: Talk, shop: Workspace) -> None:
    with hold(shop.engine, THREAD), pytest.raises(ConflictError, match="answering somebody else"):
        list(talk_to().say(BRIEF))
    assert talk_to().turns_taken == 0


def test_a_message_the_graph_never_heard_is_sent_again(talk_to: Talk, shop: Workspace) -> None:
    with shop.open("test") as deps:
        turns.begin(deps.conn, THREAD, BRIEF, dt.datetime.now(tz=dt.UTC))
    talk = talk_to()
    assert talk.unfinished
    tools, _, _ = happened(talk.resume())
    assert tools[0] == "propose_scenarios"
    assert not talk.unfinished


def test_an_edit_rejects_what_was_shown_and_plans_the_change(
    talk_to: Talk, shop: Workspace
) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    happened(talk.say("Go with the balanced one"))
    tools, _, request = happened(talk.edit("make it 10 %", "planner"))
    assert "change_scenario" in tools
    assert request is None
    (rejected,) = [a for a in rows(shop, tables.approvals) if a["kind"] == "scenario"]
    assert rejected["status"] == "rejected"
    assert rejected["reason"] == "to be changed: make it 10 %"


def test_a_copy_goes_on_from_an_earlier_turn(talk_to: Talk, shop: Workspace) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    planned = len(talk.messages)
    happened(talk.say("Go with the aggressive one"))
    other = talk_to("other")
    other.fork(THREAD, 1)
    assert len(other.messages) == planned
    assert (other.turns_taken, other.open_request) == (1, None)
    _, _, request = happened(other.say("Go with the balanced one"))
    assert request is not None
    assert request["proposal"]["scenario"]["scenario_type"] == "balanced"
    # The conversation it came from still waits where it stood.
    assert talk.open_request is not None
    assert turn(shop).status == "waiting"


@pytest.mark.parametrize(("thread", "number"), [("nobody", 1), (THREAD, 2), (THREAD, 0)])
def test_a_copy_of_what_was_never_said_is_refused(talk_to: Talk, thread: str, number: int) -> None:
    happened(talk_to().say("How far is October behind?"))
    with pytest.raises(NotFoundError):
        talk_to("other").fork(thread, number)
    assert talk_to("other").messages == []


def test_a_copy_does_not_overwrite_a_conversation(talk_to: Talk) -> None:
    for name in (THREAD, "other"):
        happened(talk_to(name).say("How far is October behind?"))
    with pytest.raises(ConflictError, match="exists already"):
        talk_to("other").fork(THREAD, 1)


def test_an_answer_shows_what_it_stands_on(talk_to: Talk, shop: Workspace) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    happened(talk.say("How far is October behind?"))
    with shop.open("test", write=False) as deps:
        plan, answer = trail(deps, THREAD, 1), trail(deps, THREAD)
    assert [call.tool for call in plan.calls] == ["propose_scenarios"] + ["validate_scenario"] * 3
    assert plan.used["policy_version"] == (shop.policy.version,)
    assert len(plan.used["model_version"]) == 1
    assert (answer.turn, answer.asked) == (2, "How far is October behind?")
    assert {call.tool for call in answer.calls} == {"month_gap"}
    with shop.open("test", write=False) as deps, pytest.raises(NotStored, match="has 2 turns"):
        trail(deps, THREAD, 3)
    with shop.open("test", write=False) as deps, pytest.raises(NotStored, match="has 0 turns"):
        trail(deps, "nobody")
