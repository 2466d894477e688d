"""Models that follow a script instead of understanding: for grading the graders and the gates."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.offline.moment import Call
from agents.routing import ROUTER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

    from evals.drive import RunContext


class Policy(Protocol):
    """Decides what to say."""

    def route(self, messages: Sequence[BaseMessage]) -> str:
        """Name the agent who answers."""
        ...

    def speak(
        self, agent: str, messages: Sequence[BaseMessage], tools: Sequence[str]
    ) -> str | list[Call]:
        """Say a text or make calls."""
        ...


@dataclass(frozen=True)
class Scripted:
    """A subject whose every run follows a policy made for it."""

    name: str
    policy: Callable[[RunContext], Policy]

    def models(self, context: RunContext) -> Callable[[str], BaseChatModel]:
        """Return a model per agent; all follow the one policy of the run."""
        policy = self.policy(context)
        return lambda agent: ScriptedModel(agent=agent, policy=policy)


class ScriptedModel(BaseChatModel):
    """A chat model like any other whose answers come from a policy."""

    agent: str
    policy: Any

    @property
    def _llm_type(self) -> str:
        return "promoloop-scripted"

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: Any = None,  # noqa: ANN401  the library's own signature
        **kwargs: Any,  # noqa: ANN401
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools as every chat model does."""
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=schemas, tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the library's own signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401
    ) -> ChatResult:
        bound = [str(tool["function"]["name"]) for tool in kwargs.get("tools") or ()]
        if self.agent == ROUTER:
            said: str | list[Call] = [Call("Route", {"agent": self.policy.route(messages)})]
        else:
            said = self.policy.speak(self.agent, messages, bound)
        return ChatResult(generations=[ChatGeneration(message=_message(said, messages))])


def _message(said: str | list[Call], messages: Sequence[BaseMessage]) -> AIMessage:
    text, calls = (said, []) if isinstance(said, str) else ("", said)
    key = _fingerprint(messages)
    return AIMessage(
        content=text,
        tool_calls=[
            {"name": c.tool, "args": c.arguments, "id": f"call_{key}_{i}", "type": "tool_call"}
            for i, c in enumerate(calls)
        ],
        usage_metadata={"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
    )


def _fingerprint(messages: Sequence[BaseMessage]) -> str:
    said = [
        [m.type, m.text, [(c["name"], c["args"], c["id"]) for c in getattr(m, "tool_calls", [])]]
        for m in messages
        if m.type != "system"
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]
