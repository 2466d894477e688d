"""What happened in a run, as plain records: the only thing that scorers look at."""

from __future__ import annotations

from typing import Any, Literal

from analytics.types import Record
from tools.catalogue import TOOLS


class MadeCall(Record):
    """One tool call that a model made and what came of it."""

    agent: str
    step: int
    call_id: str
    tool: str
    arguments: dict[str, Any]
    status: Literal["ok", "refused", "invalid", "unanswered"]
    result: dict[str, Any] = {}
    refusal: str | None = None


class Spoken(Record):
    """A text that an agent said to the person."""

    agent: str
    step: int
    text: str


class TurnRun(Record):
    """One turn as it went."""

    user: str
    calls: tuple[MadeCall, ...] = ()
    said: tuple[Spoken, ...] = ()
    routed: tuple[str, ...] = ()
    model_calls: int = 0
    request: dict[str, Any] | None = None
    decided: Literal["approve", "reject"] | None = None
    error: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def text(self) -> str:
        """Everything that was said in the turn."""
        return "\n\n".join(spoken.text for spoken in self.said if spoken.text)

    @property
    def wrote(self) -> bool:
        """Whether a call that may change the store succeeded."""
        return any(
            call.status == "ok" and TOOLS[call.tool].mode == "WRITE"
            for call in self.calls
            if call.tool in TOOLS
        )


class StoreDiff(Record):
    """Which rows of which tables changed; a row is a mapping of its columns."""

    inserted: dict[str, list[dict[str, Any]]] = {}
    updated: dict[str, list[dict[str, Any]]] = {}
    deleted: dict[str, list[dict[str, Any]]] = {}

    def count(self, table: str) -> tuple[int, int, int]:
        """Return how many rows of a table were inserted, updated and deleted."""
        return (
            len(self.inserted.get(table, ())),
            len(self.updated.get(table, ())),
            len(self.deleted.get(table, ())),
        )

    @property
    def tables(self) -> list[str]:
        """The tables in which anything changed."""
        changed = {*self.inserted, *self.updated, *self.deleted}
        return sorted(table for table in changed if any(self.count(table)))


class Trajectory(Record):
    """One run of one case."""

    case_id: str
    turns: tuple[TurnRun, ...]
    diff: StoreDiff = StoreDiff()
    facts: tuple[Any, ...] = ()
    figures: tuple[tuple[float | None, ...], ...] = ()
    lookups: dict[str, Any] = {}
    entities: tuple[str, ...] = ()
    seconds: float = 0.0
