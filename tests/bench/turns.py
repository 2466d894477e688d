# ruff: noqa: T201  a measurement prints its figures
"""Speed of conversations with the offline model on the full sample: `make bench-turns`.

Planning turns and what-ifs, by the clock and in processor time; what our graph costs beside a bare
`create_agent` loop that makes the same calls on the same checkpointer, without the tools' own time
on both sides; the start of the command line; a hundred people at once on PostgreSQL.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from agents.routing import since
from agents.toolbelt import build_tools
from app.conversation import Conversation
from app.events import ToolAnswered
from app.settings import Settings
from app.threads import open_checkpointer
from db.engine import open_engine
from db.migrate import migrate
from tests.crowd import check_nothing_mixed, people, talk_at_once
from tests.postgres import running_server
from tests.retailer import load, make_retailer
from tools.catalogue import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable
    from langgraph.graph.state import CompiledStateGraph

    from tests.retailer import Retailer
    from tools.deps import Workspace

ROWS = 120_000
STARTS = 5
BRIEFS = (
    "We are behind target for October. Plan something for {} and {} from {} to {} {}, at most 20 % off",
    "Plan something from {2} to {3} {4}, at most 25 % off",
)
WHAT_IFS = ("What if we make it 15 %?", "What if online only?", "Make it 10 %")
NAMES = ("TV", "GAMING", "AUDIO", "PHOTO", "COMPUTERS")
WINDOWS = (("22", "27", "October"), ("24", "30", "October"), ("3", "8", "November"))


class Spent(NamedTuple):
    """Seconds by the clock, of the processor, and of that within tools."""

    wall: float
    cpu: float
    tools: float


class ToolClock:
    """Adds up the processor time within tools, in whatever thread they run."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._guard = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure every tool of the catalogue inside."""
        before = {name: tool.function for name, tool in TOOLS.items()}
        for name, function in before.items():
            TOOLS[name].__dict__["function"] = self._timed(function)
        try:
            yield
        finally:
            for name, function in before.items():
                TOOLS[name].__dict__["function"] = function

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        from functools import wraps  # noqa: PLC0415

        @wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                with self._guard:
                    self.seconds += time.thread_time() - began

        return timed


class Scripted(BaseChatModel):
    """Says what it was given, one message after the other."""

    script: Any

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        """Bind tools as every chat model does."""
        return self.bind(tools=[tool.name for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],  # noqa: ARG002  the library's own signature
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: Any = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=next(self.script))])


def measured(work: Callable[[], object], clock: ToolClock) -> Spent:
    """Return what something takes."""
    wall, cpu, tools = time.perf_counter(), time.process_time(), clock.seconds
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu, clock.seconds - tools)


def turn(talk: Conversation, text: str) -> None:
    """Say something and hear the answer out.

    Raises:
        RuntimeError: a tool refused: the turn would be measured for what it did not do.
    """
    for event in talk.say(text):
        if isinstance(event, ToolAnswered) and event.refusal:
            message = f"{text}: {event.tool} refused: {event.refusal}"
            raise RuntimeError(message)


def say(name: str, spent: Sequence[Spent]) -> None:
    """Print the median and the 95th percentile of some turns."""
    wall, cpu = sorted(one.wall for one in spent), sorted(one.cpu for one in spent)
    tools = statistics.median(one.tools for one in spent)
    print(
        f"{name:<34} {len(spent):3} turns   clock p50 {_at(wall, 0.5):6.2f} p95 {_at(wall, 0.95):6.2f} s"
        f"   processor p50 {_at(cpu, 0.5):6.2f} p95 {_at(cpu, 0.95):6.2f} s   (tools {tools:.2f} s)",
        flush=True,
    )


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def bench_turns(retailer: Retailer, folder: Path, rounds: int) -> None:
    """Measure planning turns, and the what-ifs on each, in one program."""
    with shop_on(retailer, folder / "turns.duckdb") as (workspace, saver):
        graph = graph_of(workspace, saver)
        clock, planning, what_ifs = ToolClock(), [], []
        with clock.running():
            texts = cycle(BRIEFS)
            for number in range(rounds):
                pair = NAMES[number % 5], NAMES[(number + 1 + number // 5) % 5]
                brief = next(texts).format(*pair, *WINDOWS[number % 3])
                talk = Conversation(graph, f"turns-{number}", workspace)
                planning.append(measured(lambda: turn(talk, brief), clock))  # noqa: B023
                what_ifs += [
                    measured(lambda: turn(talk, text), clock)  # noqa: B023
                    for text in WHAT_IFS
                ]
    say("the first turn of a program", planning[:1])
    say("planning turn, three scenarios", planning[1:])
    say("what-if", what_ifs)


def bench_overhead(retailer: Retailer, folder: Path, rounds: int) -> None:
    """Compare our graph with a bare loop that says and calls the same, without the tools' time."""
    ours, bare = [], []
    with shop_on(retailer, folder / "overhead.duckdb") as (workspace, saver):
        graph, clock = graph_of(workspace, saver), ToolClock()
        brief = BRIEFS[0].format(*NAMES[:2], *WINDOWS[0])
        with clock.running():
            for number in range(rounds + 1):
                talk = Conversation(graph, f"ours-{number}", workspace)
                ours.append(measured(lambda: turn(talk, brief), clock))  # noqa: B023
                said = [m for m in since(talk.messages, person=True) if isinstance(m, AIMessage)]
                loop = bare_loop(workspace, saver, said)
                config: Any = {"configurable": {"thread_id": f"bare-{number}"}}
                given: Any = {"messages": [("user", brief)]}
                bare.append(
                    measured(lambda: list(loop.stream(given, config, durability="sync")), clock)  # noqa: B023
                )
    # The first of each makes what is made once.
    costs = [[one.cpu - one.tools for one in spent[1:]] for spent in (ours, bare)]
    mine, theirs = (statistics.median(part) for part in costs)
    print(f"graph without its tools {mine:.3f} s, bare loop {theirs:.3f} s: {mine / theirs:.2f}x")


def bare_loop(
    workspace: Workspace, saver: Any, said: Sequence[AIMessage]
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return a loop of the library alone that calls what our agents called, in the same steps."""
    script = [
        message.model_copy(
            update={
                "id": None,
                "tool_calls": [{**call, "id": f"bare-{call['id']}"} for call in message.tool_calls],
            }
        )
        for message in said
        if message.tool_calls
    ]
    names = sorted({call["name"] for message in script for call in message.tool_calls})
    model = Scripted(script=iter([*script, AIMessage(said[-1].text)]))
    return create_agent(model, build_tools(names, workspace, "planner"), checkpointer=saver)


def bench_start() -> None:
    """Measure `promoloop --help` as a process of its own."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "--help"]
    wall, cpu = [], []
    for _ in range(STARTS):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall.append(time.perf_counter() - began)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(
        f"promoloop --help: clock {statistics.median(wall):.2f} s, "
        f"processor {statistics.median(cpu):.2f} s"
    )


def bench_crowd(retailer: Retailer, count: int) -> None:
    """Let many people plan, choose and approve at once on PostgreSQL, and look for what is mixed."""
    with running_server() as url, ExitStack() as opened:
        engine = open_engine(url)
        opened.callback(engine.dispose)
        migrate(engine)
        workspace = retailer.workspace(engine)
        load(workspace, retailer.manifest)
        saver = opened.enter_context(open_checkpointer(Settings(database_url=url)))
        graph = graph_of(workspace, saver)
        crowd = people(count, DEPARTMENTS, workspace.today.replace(day=22))
        began = time.process_time()
        talk_at_once(crowd, graph, workspace)
        spent = time.process_time() - began
        check_nothing_mixed(crowd, graph, workspace)
    for name, part in (("plan", 0), ("choose", 1), ("approve", 2)):
        seconds = sorted(person.turns[part] for person in crowd)
        print(
            f"{count} at once, {name:<8} clock p50 {_at(seconds, 0.5):6.1f} p95 {_at(seconds, 0.95):6.1f} s"
        )
    print(f"{count} at once: nothing lost or mixed; {spent / count:.2f} s of processor each")


DEPARTMENTS = ("TV", "AUDIO", "PHOTO", "GAMING", "COMPUTERS", "TELEPHONY", "ACCESSORIES")


@contextmanager
def shop_on(retailer: Retailer, file: Path) -> Iterator[tuple[Workspace, Any]]:
    """Open a copy of the store and the keeper of its threads."""
    url = retailer.copy_to(file)
    engine = open_engine(url)
    with open_checkpointer(Settings(database_url=url)) as saver:
        yield retailer.workspace(engine), saver
    engine.dispose()


def graph_of(workspace: Workspace, saver: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the product's graph with the offline model."""
    return build_graph(workspace, lambda name: chat_model(ModelSettings(), name), saver)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="start|turns|overhead|crowd")
    parser.add_argument("--rounds", type=int, default=20, help="planning turns")
    parser.add_argument("--people", type=int, default=100)
    given = parser.parse_args()
    parts = given.parts or ["start", "turns", "overhead", "crowd"]
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if "start" in parts:
        bench_start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        retailer = make_retailer(folder, ROWS) if set(parts) - {"start"} else None
        if retailer and "turns" in parts:
            bench_turns(retailer, folder, given.rounds)
        if retailer and "overhead" in parts:
            bench_overhead(retailer, folder, 5)
        if retailer and "crowd" in parts:
            bench_crowd(retailer, given.people)


if __name__ == "__main__":
    main()
