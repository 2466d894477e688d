"""What each agent is told before every answer: house rules, its own prompt, the store as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import SystemMessage

from agents.memory import remembered
from prompts import render
from tools.overview import store_overview

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from langchain.agents.middleware import ModelRequest, ModelResponse

    from tools.deps import Workspace


def _context(workspace: Workspace) -> str:
    with workspace.open("briefing", write=False) as deps:
        return store_overview(deps).model_dump_json()


def agent_prompt(agent: str, workspace: Workspace) -> str:
    """Return the system prompt of one agent, with the store's vocabulary as it is now."""
    return render("house_rules", {"context": _context(workspace)}) + "\n" + render(agent, {})


def router_prompt(workspace: Workspace) -> str:
    """Return the system prompt with which a model decides who answers."""
    return render("router", {"context": _context(workspace)})


class Briefing(AgentMiddleware[Any, Any]):
    """Puts the system prompt in front of each model call; it is not kept in the conversation."""

    def __init__(self, agent: str, workspace: Workspace) -> None:
        super().__init__()
        self._agent = agent
        self._workspace = workspace

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Call the model with the prompt of now."""
        return handler(
            request.override(system_message=self._prompt(), messages=remembered(request.messages))
        )

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Do the same where the graph is served asynchronously."""
        return await handler(
            request.override(system_message=self._prompt(), messages=remembered(request.messages))
        )

    def _prompt(self) -> SystemMessage:
        return SystemMessage(agent_prompt(self._agent, self._workspace))
