"""START HERE: the whole loop as a graph, every node and edge.

    person -> router -> one specialist -> router -> ... -> answer
                     -> approval (waits for a person) -> router

The router decides by rule where the state decides and asks the model where language decides
(`routing.py`); what each specialist is and may call stands in `team.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware, ModelRetryMiddleware
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, StateGraph
from langgraph.types import Command
from pydantic import BaseModel, Field, ValidationError

from agents.approval import Approval
from agents.briefing import Briefing, router_prompt
from agents.grounded import Grounded
from agents.memory import remembered
from agents.routing import ROUTER, next_step
from agents.state import AgentName, LoopState
from agents.strict_openai import BrokenAnswerError
from agents.team import TEAM
from agents.toolbelt import build_tools

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agents.team import Agent
    from tools.deps import Workspace

MODEL_CALLS_PER_AGENT = 16
BROKEN_ANSWERS = 2  # how often a model is asked again after an answer that cannot be used
STEPS_PER_TURN = 60

Target = Literal[
    "analyst", "planner", "validator", "creative", "post_mortem", "approval", "__end__"
]


class Route(BaseModel):
    """The specialist who answers the person's last message."""

    agent: AgentName = Field(description="who answers")


def build_graph(
    workspace: Workspace,
    model_for: Callable[[str], BaseChatModel],
    checkpointer: BaseCheckpointSaver[Any] | None = None,
) -> CompiledStateGraph[LoopState, None, LoopState, LoopState]:
    """Wire the five agents, the router and the approval into one graph.

    Args:
        workspace: the store, the day and the rules that the tools work on.
        model_for: gives the chat model of an agent by its name (or `router`).
        checkpointer: keeps threads, so that they can be left and resumed.
    """
    graph = StateGraph(LoopState)
    graph.add_node(ROUTER, Router(workspace, model_for(ROUTER)))
    graph.add_node("approval", Approval(workspace))
    graph.add_edge(START, ROUTER)
    graph.add_edge("approval", ROUTER)
    for agent in TEAM.values():
        graph.add_node(agent.name, _specialist(agent, workspace, model_for(agent.name)))
        graph.add_edge(agent.name, ROUTER)
    return graph.compile(checkpointer=checkpointer, name="promoloop")


def _specialist(
    agent: Agent, workspace: Workspace, model: BaseChatModel
) -> CompiledStateGraph[Any, Any, Any, Any]:
    return create_agent(
        model,
        build_tools(agent.tools, workspace, agent.name),
        name=agent.name,
        middleware=[
            Briefing(agent.name, workspace),
            Grounded(workspace),
            ModelCallLimitMiddleware(run_limit=MODEL_CALLS_PER_AGENT, exit_behavior="error"),
            ModelRetryMiddleware(
                max_retries=BROKEN_ANSWERS,
                retry_on=(BrokenAnswerError,),
                on_failure="error",
                initial_delay=0.1,
            ),
        ],
    )


class Router:
    """The node that every turn passes through: it names who speaks next."""

    def __init__(self, workspace: Workspace, model: BaseChatModel) -> None:
        self._workspace = workspace
        route = model.with_structured_output(Route.model_json_schema()) | RunnableLambda(
            Route.model_validate
        )
        self._route = route.with_retry(
            retry_if_exception_type=(BrokenAnswerError, OutputParserException, ValidationError),
            stop_after_attempt=1 + BROKEN_ANSWERS,
            wait_exponential_jitter=False,
        )

    def __call__(self, state: LoopState) -> Command[Target]:
        """Go on by rule, or ask the model when a person has just spoken."""
        step = next_step(state)
        match step.to:
            case "end":
                return Command(goto="__end__")
            case "approval":
                return Command(goto="approval", update={"speaker": "approval"})
            case "language":
                agent = self._by_language(state)
                return Command(goto=agent, update={"speaker": agent})
            case agent:
                return _hand_over(state, agent, step.task)

    def _by_language(self, state: LoopState) -> AgentName:
        prompt = SystemMessage(router_prompt(self._workspace))
        return self._route.invoke([prompt, *remembered(state["messages"])]).agent


def _hand_over(state: LoopState, agent: AgentName, task: str) -> Command[Target]:
    """Send the turn on. The task is a message of its own: some servers refuse a trailing answer."""
    returns = agent == "planner" and state["speaker"] == "validator"
    return Command(
        goto=agent,
        update={
            "speaker": agent,
            "revisions": state["revisions"] + returns,
            "messages": [HumanMessage(task, name=ROUTER)],
        },
    )
