"""The shipped chat model: deterministic, no key, no network, the same graph and tools.

It is a `BaseChatModel` like any other: it is handed the conversation and the bound tools, and
answers with tool calls or text. What to do is decided by one rule per agent (`rules.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

from agents.offline.moment import read_moment
from agents.offline.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable


class OfflineModel(BaseChatModel):
    """Answers by rule for one agent; the same conversation always gets the same answer."""

    agent: str
    # By the identity of a tool, which stands beside its schema so that nothing else gets it.
    _schemas: dict[int, tuple[Any, dict[str, Any]]] = PrivateAttr(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "promoloop-offline"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": "offline", "agent": self.agent}

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: Any = None,  # noqa: ANN401  the library's own signature
        **kwargs: Any,  # noqa: ANN401
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools as every chat model does; options that only servers know are carried along."""
        for tool in tools:
            if id(tool) not in self._schemas:
                self._schemas[id(tool)] = tool, convert_to_openai_tool(tool)
        schemas = [self._schemas[id(tool)][1] for tool in tools]
        return self.bind(tools=schemas, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the library's own signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the library's own signature
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._answer(messages)):
            if run_manager and chunk.text:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _answer(self, messages: list[BaseMessage]) -> AIMessage:
        said = RULES[self.agent](read_moment(messages))
        text, calls = (said, []) if isinstance(said, str) else ("", said)
        key = _fingerprint(messages)
        return AIMessage(
            content=text,
            tool_calls=[
                {
                    "name": call.tool,
                    "args": call.arguments,
                    "id": f"call_{key}_{index}",
                    "type": "tool_call",
                }
                for index, call in enumerate(calls)
            ],
            response_metadata={"model_name": "offline"},
            usage_metadata={"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        )


def _fingerprint(messages: list[BaseMessage]) -> str:
    """Hash the whole conversation: a replay gets the same call ids, a new turn gets new ones."""
    said = [
        [m.type, m.text, [(c["name"], c["args"], c["id"]) for c in getattr(m, "tool_calls", [])]]
        for m in messages
        if m.type != "system"
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]


def _chunks(message: AIMessage) -> Iterator[ChatGenerationChunk]:
    for word in re.findall(r"\s*\S+\s*", message.text):
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    calls = [
        tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
        for i, c in enumerate(message.tool_calls)
    ]
    yield ChatGenerationChunk(
        message=AIMessageChunk(
            content="",
            tool_call_chunks=calls,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
            chunk_position="last",
        )
    )
