"""One turn of a conversation over the graph, as a stream of plain events.

Only this file knows how LangGraph streams; everyone else reads the events of `app/events.py`.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langgraph.types import Command

from agents.budget import DEFAULT_LIMITS, Budget
from agents.graph import STEPS_PER_TURN
from agents.routing import ROUTER, new_scenarios, results, since
from agents.team import TEAM
from app.events import ApprovalAsked, Said, Token, ToolAnswered, ToolCalled
from db import turns
from db.errors import ConflictError, NotFoundError
from db.thread_lock import hold
from tools.approvals import get_request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from langchain_core.runnables import RunnableConfig
    from langgraph.graph.state import CompiledStateGraph

    from agents.approval import Answer
    from agents.budget import Limits
    from agents.state import TurnInput
    from app.events import Event
    from tools.deps import Deps, Workspace

_SPEAKERS = {agent.name: agent.title for agent in TEAM.values()} | {"approval": "Approval"}


class Conversation:
    """One thread of the graph.

    Each turn is written down in the store before the graph sees it, and again when an answer stands:
    only that says whether it is finished. What runs holds the thread, so that nobody else does.
    """

    def __init__(
        self,
        graph: CompiledStateGraph[Any, Any, Any, Any],
        thread: str,
        workspace: Workspace,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._graph = graph
        self._thread = thread
        self._workspace = workspace
        self._limits = limits
        self._config: RunnableConfig = {
            "configurable": {"thread_id": thread},
            "recursion_limit": STEPS_PER_TURN,
        }

    @property
    def thread(self) -> str:
        """The name of this conversation."""
        return self._thread

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The ids of all scenarios made in this conversation, in the order they were made."""
        return tuple(dict.fromkeys(new_scenarios(results(self.messages))))

    @property
    def today(self) -> dt.date:
        """The day the business is on."""
        return self._workspace.today

    def say(self, text: str) -> Iterator[Event]:
        """Send a person's message; yields what happens until an answer or a request stands.

        A turn that a dead process left unfinished is finished first.

        Raises:
            ConflictError: the thread is answering somebody else.
            BudgetSpentError: the turn used up its model calls or tokens.
            BrokenAnswerError: the model did not answer usably.
        """
        with self._held():
            yield from self._finish()
            with self._store() as deps:
                number = turns.begin(deps.conn, self._thread, text, _now())
            yield from self._run(number, _input(number, text))

    def answer(self, answer: Answer) -> Iterator[Event]:
        """Answer the open request for approval; yields what happens then."""
        with self._held():
            with self._store() as deps:
                turns.go_on(deps.conn, self._thread, self.turns_taken)
            yield from self._run(self.turns_taken, Command(resume=answer))

    def edit(self, change: str, by: str) -> Iterator[Event]:
        """Reject what the open request shows, and ask for it with a change, in the person's words."""
        yield from self.answer(
            {"decision": "reject", "by": by, "reason": f"to be changed: {change}"}
        )
        yield from self.say(change)

    def resume(self) -> Iterator[Event]:
        """Finish a turn that a dead process left unfinished; yields nothing if there is none.

        A turn that waits for a request which was decided elsewhere meanwhile goes on, too.
        """
        with self._held():
            yield from self._finish()

    def _finish(self) -> Iterator[Event]:
        turn = self._latest
        if turn is None:
            return
        if turn.status == "running":
            seen = self._graph.get_state(self._config).values.get("turn", 0)
            # Without a checkpoint of it the graph has not heard the message yet.
            given = None if seen == turn.turn else _input(turn.turn, turn.text)
            yield from self._run(turn.turn, given)
        elif self._waiting is not None and self.open_request is None:
            # The approval node runs again and finds the decision in the store.
            with self._store() as deps:
                turns.go_on(deps.conn, self._thread, turn.turn)
            yield from self._run(turn.turn, None)

    @property
    def _latest(self) -> turns.Turn | None:
        with self._workspace.open("conversation", write=False) as deps:
            return turns.latest(deps.conn, self._thread)

    @property
    def turns_taken(self) -> int:
        """How often the person has spoken."""
        latest = self._latest
        return 0 if latest is None else latest.turn

    def fork(self, thread: str, turn: int) -> None:
        """Begin this thread as a copy of another one as it stood after one of its turns.

        What was proposed and decided since stays in the store; only the conversation goes back.

        Raises:
            NotFoundError: the other thread has no such turn.
            ConflictError: this thread has been talked in already, or either is answering now.
        """
        if self.messages:
            message = (
                f"the conversation {self._thread} exists already: give the copy a new --thread"
            )
            raise ConflictError(message)
        source: RunnableConfig = {"configurable": {"thread_id": thread}}
        with self._held(), hold(self._workspace.engine, thread), self._store() as deps:
            # The newest checkpoint comes first; the one after a turn's last step has no next.
            then = next(
                (
                    state
                    for state in self._graph.get_state_history(source)
                    if state.values.get("turn") == turn and not state.next
                ),
                None,
            )
            if then is None:
                kind = "turn"
                raise NotFoundError(kind, f"{turn} of the conversation {thread}")
            turns.copy(deps.conn, thread, self._thread, until=turn)
            self._graph.update_state(self._config, then.values, as_node=ROUTER)

    @property
    def unfinished(self) -> bool:
        """Whether the last turn was cut off, or its request was decided elsewhere meanwhile."""
        latest = self._latest
        if latest is None or latest.status != "running":
            return self._waiting is not None and self.open_request is None
        return True

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
    def answered(self) -> bool:
        """Whether a tool gave a result since the person last spoke: a question back is no answer."""
        return any(result.data for result in results(since(self.messages, person=True)))

    @property
    def asked(self) -> str:
        """Return what the person said last."""
        latest = self._latest
        return "" if latest is None else latest.text

    def last_words(self) -> str:
        """Return what was answered since the person last spoke."""
        latest = since(self.messages, person=True)
        return "\n\n".join(m.text for m in latest if isinstance(m, AIMessage) and m.text)

    def _run(self, number: int, given: Any) -> Iterator[Event]:  # noqa: ANN401  a turn, a command or nothing
        budget = Budget(self._limits)
        try:
            yield from self._events(given, budget)
        except Exception as error:
            self._end(number, "failed", budget, error=str(error))
            raise
        self._end(number, "done" if self._waiting is None else "waiting", budget)

    def _end(
        self, number: int, status: turns.Status, budget: Budget, error: str | None = None
    ) -> None:
        with self._store() as deps:
            turns.end(
                deps.conn,
                self._thread,
                number,
                status=status,
                at=_now(),
                error=error,
                model_calls=budget.calls,
                input_tokens=budget.input_tokens,
                output_tokens=budget.output_tokens,
            )

    def _events(self, given: Any, budget: Budget) -> Iterator[Event]:  # noqa: ANN401
        for part in self._graph.stream(
            given,
            {**self._config, "callbacks": [budget]},
            stream_mode=["messages", "updates"],
            subgraphs=True,
            durability="sync",
            version="v2",
        ):
            if part["type"] == "messages":
                yield from _tokens(*part["data"])
            elif part["type"] == "updates":
                yield from _steps(part["ns"], part["data"])

    def _held(self) -> AbstractContextManager[None]:
        return hold(self._workspace.engine, self._thread)

    def _store(self) -> AbstractContextManager[Deps]:
        return self._workspace.open("conversation", thread_id=self._thread)


def _input(number: int, text: str) -> TurnInput:
    return {
        "messages": [("user", text)],
        "speaker": "",
        "revisions": 0,
        "decision": None,
        "turn": number,
    }


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


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
