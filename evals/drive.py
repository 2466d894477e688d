"""Drives one case through the real graph, tools, approvals and checkpoints, and writes down what happened."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from langchain_core.callbacks import BaseCallbackHandler
from pydantic import BaseModel

from agents.graph import build_graph
from agents.routing import ROUTER
from app.conversation import Conversation
from app.events import ApprovalAsked, Said, ToolAnswered
from app.settings import Settings
from app.threads import open_checkpointer
from db.engine import open_engine
from evals.calls import fault
from evals.cassette import CassetteMissError
from evals.fixture import DEPARTMENTS, fixture, untouched
from evals.plants import plant
from evals.scalars import Sql
from evals.store_diff import difference, plain, snapshot
from evals.trajectory import MadeCall, Spoken, Trajectory, TurnRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult

    from app.events import Event
    from evals.cases import Case, Turn
    from tools.deps import Workspace


class RunContext:
    """What a model that knows the case may look at; a real model is never handed it."""

    def __init__(self, case: Case, repeat: int, store: sa.Engine) -> None:
        self.case = case
        self.repeat = repeat
        self.turn = 0
        self.watchers: list[BaseCallbackHandler] = []
        with store.connect() as conn:
            self.figures = tuple(
                tuple(_number(conn, figure.sql) for figure in turn.expect.answer.figures)
                for turn in case.turns
            )
            self.lookups = {f"sql:{query}": _value(conn, query) for query in _queries(case)}

    def watch(self, watcher: BaseCallbackHandler) -> None:
        """Let a handler see what every model of the run is asked and says."""
        self.watchers.append(watcher)


class Subject(Protocol):
    """A model under test."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    def models(self, context: RunContext) -> Callable[[str], BaseChatModel]:
        """Return what gives the chat model of an agent (or `router`) for one run of one case."""
        ...


class _Tape(BaseCallbackHandler):
    """Writes down what every model of a run says, in order; it changes nothing."""

    run_inline = True

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self._agents: dict[UUID, str] = {}
        self.asked = 0

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002  the library's own signature
        messages: list[list[BaseMessage]],  # noqa: ARG002
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Remember who is asked."""
        self.asked += 1
        self._agents[run_id] = str((metadata or {}).get("lc_agent_name") or ROUTER)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Keep the answer."""
        generation = response.generations[0][0]
        self.said.append((self._agents.get(run_id, ROUTER), getattr(generation, "message", None)))


def run_case(case: Case, subject: Subject, repeat: int = 0) -> Trajectory:
    """Run a case once on a fresh copy of its fixture."""
    started = time.perf_counter()
    shop = fixture(case.fixture)
    with tempfile.TemporaryDirectory(prefix="promoloop-eval-") as folder:
        url = shop.copy_to(Path(folder))
        engine = open_engine(url)
        try:
            workspace = shop.workspace(engine, case.actor, case.today)
            _plant(case, workspace)
            run = _Run(case, subject, repeat, workspace, Settings(database_url=url))
            trajectory = run.go()
        finally:
            engine.dispose()
    return trajectory.model_copy(update={"seconds": round(time.perf_counter() - started, 3)})


def _plant(case: Case, workspace: Workspace) -> None:
    with workspace.engine.begin() as conn:
        for text in case.plants:
            plant(conn, text)


class _Run:
    def __init__(
        self, case: Case, subject: Subject, repeat: int, workspace: Workspace, settings: Settings
    ) -> None:
        self._case = case
        self._workspace = workspace
        self._settings = settings
        self._context = RunContext(case, repeat, workspace.engine)
        self._models = subject.models(self._context)
        self._tape = _Tape()

    def go(self) -> Trajectory:
        """Run every turn and compare the store before and after."""
        with self._workspace.engine.connect() as conn:
            before = snapshot(conn, untouched(self._case.fixture))
        turns = list(self._turns())
        with self._workspace.engine.connect() as conn:
            after = snapshot(conn, before)
            facts = tuple(_value(conn, fact.sql) for fact in self._case.store.facts)
        return Trajectory(
            case_id=self._case.id,
            turns=tuple(turns),
            diff=difference(before, after),
            facts=facts,
            figures=self._context.figures,
            lookups=self._context.lookups,
            entities=DEPARTMENTS,
        )

    def _turns(self) -> Iterator[TurnRun]:
        with ExitStack() as programs:
            talk = self._open(programs)
            for index, turn in enumerate(self._case.turns):
                self._context.turn = index
                with self._workspace.engine.begin() as conn:
                    for statement in turn.meanwhile:
                        conn.execute(sa.text(statement))
                if turn.resumed:
                    programs.close()
                    talk = self._open(programs)
                done = self._turn(talk, turn)
                yield done
                if done.error:
                    return

    def _open(self, programs: ExitStack) -> Conversation:
        saver = programs.enter_context(open_checkpointer(self._settings))
        graph = build_graph(self._workspace, self._models, saver)
        watched = graph.with_config({"callbacks": [self._tape, *self._context.watchers]})
        return Conversation(
            watched, f"eval-{self._case.id}-{self._context.repeat}", self._workspace
        )

    def _turn(self, talk: Conversation, turn: Turn) -> TurnRun:
        self._tape.said.clear()
        self._tape.asked = 0
        events: list[Event] = []
        error = None
        try:
            for event in self._events(talk, turn):
                events.append(event)  # noqa: PERF402  what happened before a failure counts
        except (InfrastructureError, CassetteMissError):
            raise
        except Exception as failure:
            if type(failure).__name__ in _INFRASTRUCTURE:
                message = f"{self._case.id}: {type(failure).__name__}: {failure}"
                raise InfrastructureError(message) from failure
            error = f"{type(failure).__name__}: {' '.join(str(failure).split())[:300]}"
        return _written_down(turn, self._tape, events, error)

    def _events(self, talk: Conversation, turn: Turn) -> Iterable[Event]:
        if turn.user is not None:
            return talk.say(turn.user)
        decision = turn.decide
        if decision is None or talk.open_request is None:
            message = "there is no open request that the person could decide"
            raise NothingToDecideError(message)
        return talk.answer(
            {"decision": decision.decision, "by": self._case.actor, "reason": decision.reason}
        )


class InfrastructureError(Exception):
    """The endpoint could not be reached: nothing is learned about the model; the run is repeated."""


class NothingToDecideError(Exception):
    """The case has a decision, and the run came to no request."""


_INFRASTRUCTURE = {"APIConnectionError", "APITimeoutError", "RateLimitError", "InternalServerError"}


def _written_down(turn: Turn, tape: _Tape, events: list[Event], error: str | None) -> TurnRun:
    answers = {event.call_id: event for event in events if isinstance(event, ToolAnswered)}
    request = next((e.request for e in events if isinstance(e, ApprovalAsked)), None)
    calls: list[MadeCall] = []
    said: list[Spoken] = []
    routed: list[str] = []
    usage = {"input_tokens": 0, "output_tokens": 0}
    for step, (agent, message) in enumerate(tape.said):
        for name in usage:
            usage[name] += (getattr(message, "usage_metadata", None) or {}).get(name, 0)
        if agent == ROUTER:
            routed.append(_route(message))
            continue
        calls += [_made(agent, step, call, answers) for call in message.tool_calls]
        calls += [
            MadeCall(
                agent=agent, step=step, call_id=call.get("id") or "", tool=call.get("name") or "",
                arguments={}, status="invalid", refusal=f"unreadable arguments {call.get('args')!r:.80}",
            )
            for call in message.invalid_tool_calls
        ]  # fmt: skip
        if message.text:
            said.append(Spoken(agent=agent, step=step, text=message.text))
    said += [
        Spoken(agent="approval", step=0, text=event.text)
        for event in events
        if isinstance(event, Said) and event.speaker == "Approval"
    ]
    decided = turn.decide.decision if turn.decide and not error else None
    return TurnRun(
        user=turn.user or "",
        calls=tuple(calls),
        said=tuple(said),
        routed=tuple(routed),
        model_calls=tape.asked,
        request=request,
        decided=decided,
        error=error,
        **usage,
    )


def _made(agent: str, step: int, call: Any, answers: dict[str, ToolAnswered]) -> MadeCall:  # noqa: ANN401  LangChain's ToolCall
    made = MadeCall(
        agent=agent,
        step=step,
        call_id=call["id"] or "",
        tool=call["name"],
        arguments=call["args"],
        status="unanswered",
    )
    answer = answers.get(made.call_id)
    if answer is None:
        return made
    if answer.refusal is None:
        return made.model_copy(update={"status": "ok", "result": answer.data})
    status = "invalid" if fault(made) else "refused"
    return made.model_copy(update={"status": status, "refusal": answer.refusal})


def _route(message: Any) -> str:  # noqa: ANN401  any LangChain message
    calls = getattr(message, "tool_calls", [])
    return str(calls[0]["args"].get("agent")) if calls else str(getattr(message, "text", ""))[:80]


def _queries(case: Case) -> list[str]:
    """Return the queries of `sql` operators anywhere in a case."""
    found: list[str] = []

    def walk(value: object) -> None:
        match value:
            case Sql():
                found.append(value.sql)
            case dict():
                for part in value.values():
                    walk(part)
            case list() | tuple():
                for part in value:
                    walk(part)
            case BaseModel():
                for name in type(value).model_fields:
                    walk(getattr(value, name))

    walk(case)
    return list(dict.fromkeys(found))


def _value(conn: sa.Connection, query: str) -> Any:  # noqa: ANN401  any JSON value
    return plain(conn.execute(sa.text(query)).scalar())


def _number(conn: sa.Connection, query: str) -> float | None:
    value = _value(conn, query)
    return None if value is None else float(value)
