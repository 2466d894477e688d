"""Real models over a real wire: nothing of a broken answer is ever used."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import tool
from pydantic import SecretStr

from agents.models import CutStreamError, ModelError, ModelSettings, chat_model
from agents.offline.model import OfflineModel
from tests.openai_server import Reply, scripted

WHOLE = '{"sku":"A-1","quantity":1000}'


@tool
def order(sku: str, quantity: int) -> str:
    """Order something."""
    return f"{quantity} of {sku}"


def model_at(base_url: str) -> ModelSettings:
    return ModelSettings("scripted", SecretStr("secret"), base_url)


def asked(reply: Reply) -> object:
    """Stream one answer to a model that may call `order`, and return its tool calls."""
    with scripted(reply) as server:
        model = chat_model(model_at(server.base_url), "planner").bind_tools([order])
        chunks = [c for c in model.stream("order 1000 of A-1") if isinstance(c, AIMessageChunk)]
    whole = add_ai_message_chunks(chunks[0], *chunks[1:])
    return [(call["name"], call["args"]) for call in whole.tool_calls]


def test_a_whole_call_arrives() -> None:
    assert asked(Reply(calls=(("order", WHOLE),))) == [("order", {"sku": "A-1", "quantity": 1000})]


# The stream of this call has eight chunks: role, call, five pieces of arguments, finish.
@pytest.mark.parametrize("chunks", range(2, 8))
def test_a_cut_stream_gives_no_call(chunks: int) -> None:
    with pytest.raises(CutStreamError):
        asked(Reply(calls=(("order", WHOLE),), cut_after=chunks))


def test_a_call_cut_by_the_token_limit_gives_no_call() -> None:
    with pytest.raises(CutStreamError, match="token limit"):
        asked(Reply(calls=(("order", WHOLE),), finish="length"))


def test_a_call_that_is_not_json_gives_no_call() -> None:
    with pytest.raises(CutStreamError, match="not valid JSON"):
        asked(Reply(calls=(("order", '{"sku":"A-1","quantity":10'),)))


def test_offline_needs_no_key() -> None:
    assert isinstance(chat_model(ModelSettings(), "router"), OfflineModel)


def test_another_model_without_key_or_endpoint_is_refused_with_the_repair() -> None:
    with pytest.raises(ModelError, match=r"OPENAI_API_KEY.*PROMOLOOP_MODEL=offline"):
        chat_model(ModelSettings("gpt-5.5"), "router")


def test_the_key_shows_nowhere() -> None:
    model = chat_model(model_at("http://127.0.0.1:9/v1"), "planner")
    assert "secret" not in repr(model)
