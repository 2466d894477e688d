"""One turn of a conversation over the graph, as a stream of plain events.

Only this file knows how LangGraph streams; everyone else reads the events of `app/events.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langgraph.types import Command

from agents.graph import STEPS_PER_TURN
from agents.routing import ROUTER, new_scenarios, results, since
from agents.team import TEAM
from app.events import ApprovalAsked, Said, Token, ToolAnswered, ToolCalled
from tools.approvals import get_request

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

    from agents.approval import Answer
    from agents.state import Turn
    from app.events import Event
    from tools.deps import Workspace

_SPEAKERS = {agent.name: agent.title for agent in TEAM.values()} | {"approval": "Approval"}


class Conversation:
    """One thread of the graph."""

    def __init__(
        self, graph: CompiledStateGraph[Any, Any, Any, Any], thread: str, workspace: Workspace
    ) -> None:
        self._graph = graph
        self._workspace = workspace
        self._config: RunnableConfig = {
            "configurable": {"thread_id": thread},
            "recursion_limit": STEPS_PER_TURN,
        }

    @property
    def today(self) -> dt.date:
        """The day the business is on."""
        return self._workspace.today

    def say(self, text: str) -> Iterator[Event]:
        """Send a person's message; yields what happens until an answer or a request stands."""
        turn: Turn = {
            "messages": [("user", text)],
            "speaker": "",
            "revisions": 0,
            "decision": None,
        }
        yield from self._run(turn)

    def answer(self, answer: Answer) -> Iterator[Event]:
        """Answer the open request for approval; yields what happens then."""
        yield from self._run(Command(resume=answer))

    def resume(self) -> Iterator[Event]:
        """Finish a turn that a dead process left unfinished; yields nothing if there is none.

        A turn that waits for a request which was decided elsewhere meanwhile goes on, too.
        """
        waiting = self._waiting
        if waiting is not None and self.open_request is None:
            # The approval node finds the decision in the store and does not look at this answer.
            yield from self._run(Command(resume={}))
        elif waiting is None and self.unfinished:
            yield from self._run(None)

    @property
    def unfinished(self) -> bool:
        """Whether steps of the last turn are still to be done."""
        return bool(self._graph.get_state(self._config).tasks)

    @property
    def open_request(self) -> dict[str, Any] | None:
        """The request for approval that the thread waits for, if nobody has decided it yet."""
        waiting = self._waiting
        if waiting is None:
            return None
        with self._workspace.open("conversation", write=False) as deps:
            request = get_request(deps, waiting["approval_id"])
        return waiting if request.status == "pending" else None

    @property
    def _waiting(self) -> dict[str, Any] | None:
        interrupts = self._graph.get_state(self._config).interrupts
        return interrupts[0].value if interrupts else None

    @property
    def messages(self) -> list[Any]:
        """Everything said in this thread."""
        messages: list[Any] = self._graph.get_state(self._config).values.get("messages", [])
        return messages

    def scenarios_of_turn(self) -> list[str]:
        """Return the ids of the scenarios made since the person last spoke."""
        return new_scenarios(results(since(self.messages, person=True)))

    @property
    def asked(self) -> str:
        """Return what the person said last."""
        said = [m.text for m in self.messages if isinstance(m, HumanMessage) and m.name != ROUTER]
        return said[-1] if said else ""

    def last_words(self) -> str:
        """Return what was answered since the person last spoke."""
        latest = since(self.messages, person=True)
        return "\n\n".join(m.text for m in latest if isinstance(m, AIMessage) and m.text)

    def _run(self, given: Any) -> Iterator[Event]:  # noqa: ANN401  a turn, a command or nothing
        for part in self._graph.stream(
            given,
            self._config,
            stream_mode=["messages", "updates"],
            subgraphs=True,
            durability="sync",
            version="v2",
        ):
            if part["type"] == "messages":
                yield from _tokens(*part["data"])
            elif part["type"] == "updates":
                yield from _steps(part["ns"], part["data"])


def _tokens(message: Any, metadata: dict[str, Any]) -> Iterator[Event]:  # noqa: ANN401  any LangChain message
    speaker = _SPEAKERS.get(str(metadata.get("lc_agent_name")))
    if speaker and isinstance(message, AIMessageChunk) and message.text:
        yield Token(speaker, message.text)


def _steps(namespace: tuple[str, ...], update: dict[str, Any]) -> Iterator[Event]:
    if not namespace and "__interrupt__" in update:
        yield ApprovalAsked(update["__interrupt__"][0].value)
        return
    for node, change in update.items():
        # An agent's own steps come under its namespace; the root repeats them when it is done.
        if not isinstance(change, dict) or (not namespace and node != "approval"):
            continue
        agent = namespace[0].partition(":")[0] if namespace else node
        for message in change.get("messages", []):
            yield from _message(_SPEAKERS.get(agent, agent), message)


def _message(speaker: str, message: Any) -> Iterator[Event]:  # noqa: ANN401  any LangChain message
    if isinstance(message, AIMessage):
        for call in message.tool_calls:
            yield ToolCalled(speaker, call["name"], call["args"], call["id"] or "")
        if message.text:
            yield Said(speaker, message.text)
    elif isinstance(message, ToolMessage):
        refused = message.status == "error"
        yield ToolAnswered(
            tool=message.name or "",
            data={} if refused else json.loads(message.text),
            refusal=message.text if refused else None,
            call_id=message.tool_call_id,
        )
