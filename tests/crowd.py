"""Many people who plan at once in one process, and the check that none gets what is another's."""

from __future__ import annotations

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from langchain_core.messages import HumanMessage

from agents.routing import ROUTER
from app.conversation import Conversation
from db import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langgraph.graph.state import CompiledStateGraph

    from agents.approval import Answer
    from tools.deps import Workspace

CHOICE = "Go with the balanced one"


@dataclass
class Person:
    """Somebody with a brief of their own; `turns` are the seconds that each answer took."""

    number: int
    department: str
    start: dt.date
    end: dt.date
    turns: list[float] = field(default_factory=list)

    @property
    def thread(self) -> str:
        """The name of their conversation."""
        return f"person-{self.number}"

    @property
    def brief(self) -> str:
        """What they ask for."""
        return (
            f"Plan something for {self.department} from {self.start} to {self.end}, "
            f"at most {15 + 5 * (self.number % 3)} % off"
        )

    def plan(self, talk: Conversation) -> None:
        """Ask for plans, choose one, approve it."""
        yes: Answer = {"decision": "approve", "by": self.thread, "reason": f"for {self.thread}"}
        for begin in (
            partial(talk.say, self.brief),
            partial(talk.say, CHOICE),
            partial(talk.answer, yes),
        ):
            began = time.perf_counter()
            list(begin())
            self.turns.append(time.perf_counter() - began)


def people(count: int, departments: Sequence[str], first: dt.date) -> list[Person]:
    """Return people with briefs of five days for one department.

    Two of a department are three weeks apart: an approved promotion nearer than the policy's free
    days changes the verdict on the other, whose approval would have to be asked for again.
    """
    return [
        Person(
            number,
            departments[number % len(departments)],
            start := first + dt.timedelta(days=21 * (number // len(departments))),
            start + dt.timedelta(days=4),
        )
        for number in range(count)
    ]


def talk_at_once(
    crowd: Sequence[Person], graph: CompiledStateGraph[Any, Any, Any, Any], workspace: Workspace
) -> None:
    """Let everybody talk in a thread of their own, all beginning together."""
    together = Barrier(len(crowd))

    def go(person: Person) -> None:
        together.wait()
        person.plan(Conversation(graph, person.thread, workspace))

    with ThreadPoolExecutor(len(crowd)) as pool:
        for done in [pool.submit(go, person) for person in crowd]:
            done.result()


def check_nothing_mixed(
    crowd: Sequence[Person], graph: CompiledStateGraph[Any, Any, Any, Any], workspace: Workspace
) -> None:
    """See that each conversation holds its own words, plans, calls and decision, and all of them.

    Raises:
        AssertionError: something is lost, doubled, or somebody else's.
    """
    with workspace.engine.connect() as conn:
        rows = {
            table.name: [dict(row) for row in conn.execute(sa.select(table)).mappings()]
            for table in (tables.promo_scenarios, tables.tool_calls, tables.approvals, tables.turns)
        }
    plans = {str(row["id"]): row for row in rows["promo_scenarios"]}
    taken: set[str] = set()
    for person in crowd:
        talk = Conversation(graph, person.thread, workspace)
        said = [m.text for m in talk.messages if isinstance(m, HumanMessage) and m.name != ROUTER]
        assert said == [person.brief, CHOICE]
        own = set(talk.scenarios)
        assert len(own) == 3
        assert not own & taken
        taken |= own
        for scenario_id in own:
            _check_plan(person, plans[scenario_id])
        calls = [row for row in rows["tool_calls"] if row["thread_id"] == person.thread]
        asked = [row["arguments"].get("scenario_id") for row in calls]
        assert {name for name in asked if name} == own
        assert [row["tool"] for row in calls].count("propose_scenarios") == 1
        assert not [row["error"] for row in calls if row["error"]]
        decided = [
            row
            for row in rows["approvals"]
            if row["thread_id"] == person.thread and row["kind"] == "scenario"
        ]
        found = [(row["status"], row["decided_by"], row["reason"]) for row in decided]
        expected = [("approved", person.thread, f"for {person.thread}")]
        assert found == expected, f"{person.brief}: {found}, {talk.last_words()}"
        assert decided[0]["subject_id"] in own
        turns = sorted(row["turn"] for row in rows["turns"] if row["thread_id"] == person.thread)
        assert turns == [1, 2]
    assert taken == plans.keys()


def _check_plan(person: Person, row: dict[str, Any]) -> None:
    assert (row["date_range_start"], row["date_range_end"]) == (person.start, person.end)
    assert {m["department"] for m in row["mechanics"]} == {person.department}
    assert max(m["discount_pct"] for m in row["mechanics"]) <= 15 + 5 * (person.number % 3)
