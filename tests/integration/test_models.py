"""Real models over a real wire: nothing of a broken answer is ever used."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import tool
from pydantic import SecretStr

from agents.budget import Budget, BudgetSpentError, Limits
from agents.models import ModelError, ModelSettings, chat_model
from agents.offline.model import OfflineModel
from agents.strict_openai import BrokenAnswerError
from tests.openai_server import Reply, scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import Runnable

WHOLE = '{"sku":"A-1","quantity":1000}'
CALL = Reply(calls=(("order", WHOLE),))


@tool
def order(sku: str, quantity: int) -> str:
    """Order something."""
    return f"{quantity} of {sku}"


def model_at(base_url: str) -> ModelSettings:
    return ModelSettings("scripted", SecretStr("secret"), base_url, retries=2)


def streamed(model: Runnable[Any, AIMessage], said: Any) -> AIMessage:
    chunks = [c for c in model.stream(said) if isinstance(c, AIMessageChunk)]
    return add_ai_message_chunks(chunks[0], *chunks[1:])


def at_once(model: Runnable[Any, AIMessage], said: Any) -> AIMessage:
    return model.invoke(said)


def asked(*replies: Reply, way: Callable[..., AIMessage] = streamed, **settings: Any) -> AIMessage:
    """Ask a model that may call `order`, and return what it said."""
    with scripted(*replies) as server:
        model = chat_model(replace(model_at(server.base_url), **settings), "planner")
        return way(model.bind_tools([order]), "order 1000 of A-1")


def calls(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    return [(call["name"], call["args"]) for call in message.tool_calls]


WAYS = pytest.mark.parametrize("way", [streamed, at_once])


@WAYS
def test_a_whole_call_arrives(way: Callable[..., AIMessage]) -> None:
    assert calls(asked(CALL, way=way)) == [("order", {"sku": "A-1", "quantity": 1000})]


# The stream of this call has eight chunks: role, call, five pieces of arguments, finish.
@pytest.mark.parametrize("chunks", range(1, 8))
def test_a_cut_stream_gives_no_call(chunks: int) -> None:
    with pytest.raises(BrokenAnswerError):
        asked(replace(CALL, cut_after=chunks))


@WAYS
def test_a_call_cut_by_the_token_limit_gives_no_call(way: Callable[..., AIMessage]) -> None:
    with pytest.raises(BrokenAnswerError, match="token limit"):
        asked(replace(CALL, finish="length"), way=way)


@WAYS
@pytest.mark.parametrize("arguments", ['{"sku":"A-1","quantity":10', "[1000]", "1000 of A-1"])
def test_a_call_that_is_no_json_object_gives_no_call(
    way: Callable[..., AIMessage], arguments: str
) -> None:
    with pytest.raises(BrokenAnswerError, match="not valid JSON"):
        asked(Reply(calls=(("order", arguments),)), way=way)


@WAYS
def test_an_empty_answer_is_no_answer(way: Callable[..., AIMessage]) -> None:
    with pytest.raises(BrokenAnswerError, match="empty"):
        asked(Reply(text=""), way=way)


@WAYS
@pytest.mark.parametrize("theirs", ["", "call_0"])
def test_calls_get_ids_that_no_other_call_has(way: Callable[..., AIMessage], theirs: str) -> None:
    one, other = replace(CALL, call_id=theirs), replace(CALL, call_id=theirs)
    first, second = asked(one, way=way), asked(other, way=way)
    ids = {call["id"] for call in (*first.tool_calls, *second.tool_calls)}
    assert len(ids) == 2
    assert "" not in ids


@WAYS
def test_parallel_calls_stay_apart(way: Callable[..., AIMessage]) -> None:
    more = '{"sku":"B-2","quantity":5}'
    message = asked(Reply(calls=(("order", WHOLE), ("order", more))), way=way)
    assert [arguments["quantity"] for _, arguments in calls(message)] == [1000, 5]
    assert len({call["id"] for call in message.tool_calls}) == 2


@WAYS
@pytest.mark.parametrize("status", [429, 500])
def test_a_server_that_refuses_once_is_asked_again(
    way: Callable[..., AIMessage], status: int
) -> None:
    assert asked(Reply(status=status), CALL, way=way).tool_calls


def test_a_server_that_keeps_refusing_is_given_up() -> None:
    with pytest.raises(openai.InternalServerError):
        asked(Reply(status=500), retries=1)


def test_a_server_that_says_nothing_is_given_up() -> None:
    never = threading.Event()
    with scripted(Reply("late", wait=never)) as server:
        settings = replace(model_at(server.base_url), timeout_s=0.05, retries=0)
        with pytest.raises(openai.APITimeoutError):
            chat_model(settings, "planner").invoke("hello")
        never.set()


@WAYS
@pytest.mark.parametrize("name", ["gpt-6", "gpt-5.5", "qwen"])
def test_chat_completions_whatever_the_model_is_called(
    way: Callable[..., AIMessage], name: str
) -> None:
    with scripted(CALL) as server:
        model = chat_model(replace(model_at(server.base_url), name=name), "planner")
        way(model.bind_tools([order]), "order")
    assert set(server.paths) == {"/v1/chat/completions"}


@WAYS
def test_usage_is_counted_and_the_budget_stops_the_next_call(
    way: Callable[..., AIMessage],
) -> None:
    budget = Budget(Limits(calls=10, tokens=16))
    with scripted(CALL) as server:
        model = chat_model(model_at(server.base_url), "planner").bind_tools([order])
        with_budget = model.with_config(callbacks=[budget])
        way(with_budget, "order")
        way(with_budget, "order")
        with pytest.raises(BudgetSpentError, match="2 model calls and 16 tokens"):
            way(with_budget, "order")
    # The scripted server counts 5 tokens in and 3 out for each answer.
    assert (budget.calls, budget.input_tokens, budget.output_tokens) == (2, 10, 6)


def said(step: dict[str, Any]) -> Reply:
    return Reply(text=json.dumps(step))


@WAYS
def test_without_tool_calls_of_its_own_a_model_answers_in_a_schema(
    way: Callable[..., AIMessage],
) -> None:
    step = {"tool": "order", "arguments": {"sku": "A-1", "quantity": 1000}}
    with scripted(said(step)) as server:
        settings = replace(model_at(server.base_url), tool_calls="schema")
        message = way(chat_model(settings, "planner").bind_tools([order]), "order 1000 of A-1")
    assert calls(message) == [("order", {"sku": "A-1", "quantity": 1000})]
    assert message.usage_metadata is not None
    (request,) = server.asked
    assert "tools" not in request
    ways = request["response_format"]["json_schema"]["schema"]["anyOf"]
    assert [way["properties"]["tool"]["const"] for way in ways] == ["order", "answer"]
    assert ways[0]["properties"]["arguments"]["required"] == ["sku", "quantity"]
    assert "Order something." in request["messages"][0]["content"]


@WAYS
def test_earlier_calls_are_told_as_text_to_a_model_without_tool_calls(
    way: Callable[..., AIMessage],
) -> None:
    call = {"name": "order", "args": {"sku": "A-1", "quantity": 1}, "id": "1", "type": "tool_call"}
    history = [
        HumanMessage("order one A-1"),
        AIMessage("", tool_calls=[call]),
        ToolMessage('{"ordered":1}', tool_call_id="1", name="order"),
    ]
    with scripted(said({"tool": "answer", "text": "Ordered."})) as server:
        settings = replace(model_at(server.base_url), tool_calls="schema")
        message = way(chat_model(settings, "planner").bind_tools([order]), history)
    assert (message.text, message.tool_calls) == ("Ordered.", [])
    _, person, called, result = server.asked[0]["messages"]
    assert [person["role"], called["role"], result["role"]] == ["user", "assistant", "user"]
    assert json.loads(called["content"]) == {
        "tool": "order",
        "arguments": {"sku": "A-1", "quantity": 1},
    }
    assert result["content"].endswith('{"ordered":1}')


@pytest.mark.parametrize(
    "text", ["Sure! I will order.", '{"tool": "order"}', '["order"]', '{"text": "hello"}']
)
def test_an_answer_outside_the_schema_is_not_used(text: str) -> None:
    with pytest.raises(BrokenAnswerError, match="form that was asked for"):
        asked(Reply(text=text), way=at_once, tool_calls="schema")


def test_each_agent_may_have_a_model_of_its_own() -> None:
    settings = replace(model_at("http://127.0.0.1:9/v1"), by_agent={"planner": "big"})
    by_agent = [
        getattr(chat_model(settings, name), "model_name", "") for name in ("planner", "analyst")
    ]
    assert by_agent == ["big", "scripted"]
    mixed = replace(settings, name="offline")
    assert isinstance(chat_model(mixed, "analyst"), OfflineModel)


def test_offline_needs_no_key() -> None:
    assert isinstance(chat_model(ModelSettings(), "router"), OfflineModel)


def test_another_model_without_key_or_endpoint_is_refused_with_the_repair() -> None:
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY.*PROMOLOOP_MODEL=offline"):
        chat_model(ModelSettings("gpt-5.5"), "router")


def test_the_key_shows_nowhere() -> None:
    model = chat_model(model_at("http://127.0.0.1:9/v1"), "planner")
    assert "secret" not in repr(model)
