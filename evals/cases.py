"""A case: what is said to the agents and what they must do. Everything a scorer judges stands here."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from agents.grounding.units import Unit
from agents.state import AgentName
from agents.team import TEAM
from analytics.types import Record
from evals.operators import Argument
from tools.catalogue import TOOLS

Category = Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"]
Language = Literal["en", "it", "de"]
Mode = Literal["strict", "unordered", "superset_reads", "any"]
Stop = Literal["answer", "clarify", "refuse", "abstain", "approval"]
Slot = Literal["window", "scenario", "department", "month", "files", "segment", "limits"]

CATEGORIES: dict[Category, str] = {
    "A": "one call, exact arguments",
    "B": "several calls in one turn, partial order",
    "C": "cross-agent workflow with writes and approval",
    "D": "several turns: corrections, changes of mind, resumed later",
    "E": "irrelevance and abstention: no tool fits, or the data is not there",
    "F": "clarification: a missing, ambiguous or contradictory slot",
    "G": "refusal: against the policy or beyond a permission",
    "H": "figures: several, with units, entities and rounding",
    "I": "failure and recovery: empty, unknown, stale, blocked",
    "J": "form: typing errors, long context, distractors, unusual spelling",
    "K": "prompt injection through data",
    "L": "benign look-alikes of an injection",
}


class ExpectedCall(Record):
    """One tool call that a turn must make."""

    id: str = Field(default="", description="name for `order`, `ref` and the oracle")
    tool: str
    args: dict[str, Argument] = Field(
        default={}, description="an argument not named here must be left out or at its default"
    )
    agent: AgentName | None = Field(
        default=None, description="who must make it; any owner if empty"
    )

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.tool not in TOOLS:
            message = f"there is no tool {self.tool!r}"
            raise ValueError(message)
        if self.agent is not None and self.tool not in TEAM[self.agent].tools:
            message = f"the agent {self.agent} does not have the tool {self.tool}"
            raise ValueError(message)
        return self


class ForbiddenCall(Record):
    """A call that must not be made, or not with these arguments."""

    tool: str
    args: dict[str, Argument] = {}


class Limits(Record):
    """What a turn may cost."""

    model_calls: int = Field(default=16, ge=1, description="over all agents, the router's included")
    tool_calls: int = Field(default=12, ge=0)
    repeats_of_same_call: int = Field(default=2, ge=1, description="equal tool and arguments")
    invalid_calls: int = Field(default=0, ge=0, description="unknown tool or wrong arguments")


class Figure(Record):
    """A figure that the answer must carry, worked out by a query that no tool uses."""

    name: str = Field(description="what it is, e.g. sales of TV")
    sql: str = Field(description="one value from the store as it was before the case")
    unit: Unit | None = None
    round: int = Field(default=0, description="decimals an answer must at least be right to")
    entity: str | None = Field(default=None, description="department it must stand with")


class Answer(Record):
    """What the words of a turn must and must not hold."""

    figures: tuple[Figure, ...] = ()
    must: tuple[tuple[str, ...], ...] = Field(
        default=(), description="of each group one text must appear, capitals apart"
    )
    must_not: tuple[str, ...] = ()


class Expect(Record):
    """What one turn must do."""

    calls: tuple[ExpectedCall, ...] = ()
    order: tuple[str, ...] = Field(default=(), description='"a < b": a is made before b')
    mode: Mode = "superset_reads"
    forbid: tuple[str | ForbiddenCall, ...] = ()
    limits: Limits = Limits()
    stop: Stop = "answer"
    asks: tuple[Slot, ...] = Field(default=(), description="what a clarifying question asks for")
    answer: Answer = Answer()

    @model_validator(mode="after")
    def _order_names_calls(self) -> Self:
        named = {call.id for call in self.calls if call.id}
        for line in self.order:
            first, sign, second = line.partition("<")
            if not sign or {first.strip(), second.strip()} - named:
                message = f"the order {line!r} must name two calls as in 'a < b'; there are {sorted(named)}"
                raise ValueError(message)
        return self

    def order_pairs(self) -> list[tuple[int, int]]:
        """Return the order as positions in `calls`."""
        place = {call.id: index for index, call in enumerate(self.calls) if call.id}
        halves = [line.partition("<") for line in self.order]
        return [(place[first.strip()], place[second.strip()]) for first, _, second in halves]


class Decision(Record):
    """What the person answers to an open request."""

    decision: Literal["approve", "reject"]
    reason: str = ""


class Turn(Record):
    """One message of the person, or an answer to an open request, and what must follow."""

    user: str | None = None
    decide: Decision | None = None
    meanwhile: tuple[str, ...] = Field(
        default=(), description="SQL that somebody else runs on the store before this turn"
    )
    resumed: bool = Field(default=False, description="the program was closed before this turn")
    expect: Expect = Expect()

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.user is None) == (self.decide is None):
            message = "a turn has either `user` or `decide`"
            raise ValueError(message)
        return self


class TableChange(Record):
    """How one table may change: how many rows, and what they hold."""

    insert: int | tuple[int, int] = Field(default=0, description="rows, or from and to")
    update: int | tuple[int, int] = 0
    delete: int | tuple[int, int] = 0
    rows: tuple[dict[str, Argument], ...] = Field(
        default=(), description="each is met by a changed row of its own"
    )
    every: dict[str, Argument] = Field(default={}, description="holds for each changed row")


class StoreExpectation(Record):
    """The expected change of the store; any other changed row is collateral damage."""

    changes: dict[str, TableChange] = {}
    facts: tuple[Fact, ...] = Field(default=(), description="queries on the store afterwards")


class Fact(Record):
    """One value of the store as it must be at the end."""

    sql: str
    equals: Argument


class Rule(Record):
    """A milestone that must be reached, or a minefield that must not be entered."""

    before: tuple[str, str] | None = Field(
        default=None, description="a successful call of the first tool, then of the second"
    )
    approved_before: str | None = Field(
        default=None, description="no successful call of this tool before a person approved"
    )
    called: str | None = Field(default=None, description="this tool was called successfully")
    claims: bool | None = Field(
        default=None, description="a claim that something is approved without an approval"
    )


class Plant(Record):
    """Text that is put into the store before the case, as data that somebody else wrote."""

    carrier: str
    text: str


class Case(Record):
    """One case."""

    id: str
    seed: str = Field(description="cluster: paraphrases and swaps of one task share it")
    category: Category
    language: Language
    agents: tuple[AgentName, ...] = Field(default=(), description="who may act; all if empty")
    fixture: str = "shop"
    today: dt.date | None = None
    actor: str = "planner"
    offline: Literal["understood", "declined"] = Field(
        default="understood", description="what the offline model's documentation says of it"
    )
    plants: tuple[Plant, ...] = ()
    turns: tuple[Turn, ...] = Field(min_length=1)
    store: StoreExpectation = StoreExpectation()
    milestones: tuple[Rule, ...] = ()
    minefields: tuple[Rule, ...] = ()
    canaries: tuple[str, ...] = Field(default=(), description="texts no answer may hold")
    judged: tuple[str, ...] = Field(default=(), description="the checks that count; all if empty")
    tags: tuple[str, ...] = ()
    notes: str = ""

    @property
    def does_nothing(self) -> bool:
        """Whether the right thing is to call nothing at all in any turn."""
        return not any(turn.expect.calls for turn in self.turns)


class Seed(Record):
    """One task of a family: values for the family's variables.

    A value that is a mapping of languages (`{en: ..., it: ..., de: ...}`) is chosen by language.
    """

    id: str
    set: dict[str, Any] = {}


class Phrasing(Record):
    """One way to say a family's turns, in one language: one text per turn with `user: ${say}`."""

    language: Language
    say: tuple[str, ...]
    set: dict[str, Any] = {}
    tags: tuple[str, ...] = ()
    offline: Literal["understood", "declined"] | None = None
    seeds: tuple[str, ...] = Field(default=(), description="only for these seeds; all if empty")


class Family(Record):
    """Tasks of one form: what is expected, the tasks, and how they are said.

    Each seed is said in each phrasing; `${name}` is filled in everywhere. A text that is nothing but
    `${name}` becomes the value itself, whatever its type.
    """

    family: str
    category: Category
    agents: tuple[AgentName, ...] = ()
    fixture: str = "shop"
    offline: Literal["understood", "declined"] = "understood"
    set: dict[str, Any] = {}
    turns: tuple[dict[str, Any], ...]
    store: dict[str, Any] = {}
    milestones: tuple[dict[str, Any], ...] = ()
    minefields: tuple[dict[str, Any], ...] = ()
    canaries: tuple[str, ...] = ()
    seeds: tuple[Seed, ...] = Field(min_length=1)
    phrasings: tuple[Phrasing, ...] = Field(min_length=1)
    notes: str = ""


class CaseFile(Record):
    """One YAML file: families, single cases, or both."""

    families: tuple[Family, ...] = ()
    cases: tuple[Case, ...] = ()


StoreExpectation.model_rebuild()
Case.model_rebuild()
