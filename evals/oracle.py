"""The perfect model: it makes exactly the calls that a case expects and says what it must say.

It makes every gold answer executable: a case whose oracle does not score 1 is invalid.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage

from agents.offline.moment import Call
from agents.team import TEAM
from evals.calls import dig
from evals.expectation import example
from evals.operators import AbsentOk
from evals.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from evals.cases import Expect, ExpectedCall, Figure, Language, Slot
    from evals.drive import RunContext

_OPENING: dict[Language, str] = {
    "en": "Here is the answer to that.",
    "it": "Ecco la risposta a questa richiesta.",
    "de": "Hier ist die Antwort auf das, was gefragt war.",
}
_QUESTION: dict[Language, str] = {
    "en": "Before I can do that I need to know one thing: please tell me the {slots}?",
    "it": "Prima di farlo ho bisogno di sapere una cosa: può indicare {slots}?",
    "de": "Bevor ich das tun kann, muss ich noch eines wissen: bitte nenne {slots}?",
}
_SLOTS: dict[Language, dict[Slot, str]] = {
    "en": {
        "window": "first and last day", "scenario": "scenario", "department": "department",
        "month": "month", "files": "workbook files", "segment": "segment", "limits": "limits",
    },
    "it": {
        "window": "il primo e l'ultimo giorno", "scenario": "lo scenario", "department": "il reparto",
        "month": "il mese", "files": "i file", "segment": "il segmento", "limits": "i limiti",
    },
    "de": {
        "window": "den ersten und letzten Tag", "scenario": "das Szenario",
        "department": "die Abteilung", "month": "den Monat", "files": "die Dateien",
        "segment": "das Segment", "limits": "die Grenzen",
    },
}  # fmt: skip
_DECLINE: dict[Language, str] = {
    "en": "That cannot be done here, and nothing was changed.",
    "it": "Questo non è possibile qui, e nulla è stato cambiato.",
    "de": "Das ist hier nicht möglich, und es wurde nichts geändert.",
}
_WAITS: dict[Language, str] = {
    "en": "The request is with you now; it needs a decision of a person.",
    "it": "La richiesta è pronta e aspetta la decisione di una persona.",
    "de": "Die Anfrage liegt jetzt vor und wartet auf die Entscheidung eines Menschen.",
}


def oracle() -> Scripted:
    """Return the perfect model."""
    return Scripted("oracle", Oracle)


class Oracle:
    """Follows the expectation of the turn, call by call."""

    def __init__(self, context: RunContext) -> None:
        self.context = context
        self._turn = -1
        self._made: list[tuple[ExpectedCall, str]] = []
        self._all_made: dict[str, str] = {}
        self._pending: list[ExpectedCall] = []

    @property
    def expect(self) -> Expect:
        """What the turn under way expects."""
        return self.context.case.turns[self.context.turn].expect

    def route(self, messages: Sequence[BaseMessage]) -> str:
        """Name the agent of the first expected call."""
        del messages
        self._start()
        if self._pending:
            return self.agent_of(self._pending[0])
        return (self.context.case.agents or ("planner",))[0]

    def speak(
        self, agent: str, messages: Sequence[BaseMessage], tools: Sequence[str]
    ) -> str | list[Call]:
        """Make the next expected calls of this agent, or speak."""
        del tools
        self._start()
        self._learn(messages)
        calls = self._next_calls(agent, messages)
        if calls:
            return calls
        return "" if self._pending else self.words()

    def words(self) -> str:
        """Say what the turn must say."""
        language = self.context.case.language
        expect = self.expect
        lines = [_opening(expect, language)]
        values = self.context.figures[self.context.turn]
        lines += [
            _figure_sentence(figure, value, language)
            for figure, value in zip(expect.answer.figures, values, strict=True)
            if value is not None
        ]
        lines += [f"{group[0]}." for group in expect.answer.must]
        return "\n".join(lines)

    def agent_of(self, call: ExpectedCall) -> str:
        """Return who makes a call: the one named, else the one of the case that has the tool."""
        if call.agent is not None:
            return call.agent
        order = [*self.context.case.agents, *TEAM]
        return next(name for name in order if call.tool in TEAM[name].tools)

    def arguments(self, call: ExpectedCall, messages: Sequence[BaseMessage]) -> dict[str, Any]:
        """Return arguments that meet the expectation."""
        return {
            name: example(wanted, lambda path: self._resolve(path, messages))
            for name, wanted in call.args.items()
            if not isinstance(wanted, AbsentOk)
        }

    def _start(self) -> None:
        if self._turn == self.context.turn:
            return
        self._turn = self.context.turn
        self._pending = _in_order(self.expect)
        self._made = []

    def _next_calls(self, agent: str, messages: Sequence[BaseMessage]) -> list[Call]:
        calls: list[Call] = []
        before = {second for _, second in self.expect.order_pairs()}
        while self._pending and self.agent_of(self._pending[0]) == agent:
            wanted = self._pending[0]
            constrained = self.expect.calls.index(wanted) in before
            if calls and constrained:
                break
            try:
                arguments = self.arguments(wanted, messages)
            except LookupError:
                if calls:
                    break
                raise
            calls.append(Call(wanted.tool, arguments))
            self._made.append((wanted, ""))
            self._pending.pop(0)
        return calls

    def _learn(self, messages: Sequence[BaseMessage]) -> None:
        """Find the ids under which the calls made so far went out: the newest of them in order."""
        ids = [
            call["id"]
            for message in messages
            for call in getattr(message, "tool_calls", [])
            if call["name"] != "Route"
        ]
        newest = ids[len(ids) - len(self._made) :] if self._made else []
        for (wanted, _), call_id in zip(self._made, newest, strict=False):
            if wanted.id:
                self._all_made[f"t{self._turn + 1}.{wanted.id}"] = call_id

    def _resolve(self, path: str, messages: Sequence[BaseMessage]) -> object:
        if path.startswith("sql:"):
            return self.context.lookups[path]
        head, _, rest = path.partition(".")
        if not (head[:1] == "t" and head[1:].isdigit()):
            head, rest = f"t{self._turn + 1}", path
        name, _, inner = rest.partition(".")
        call_id = self._all_made.get(f"{head}.{name}")
        for message in messages:
            if isinstance(message, ToolMessage) and message.tool_call_id == call_id:
                return dig(json.loads(message.text), inner)
        raise LookupError(path)


def _in_order(expect: Expect) -> list[ExpectedCall]:
    """Return the calls in an order that keeps the partial order and the references."""
    after: dict[int, set[int]] = {index: set() for index in range(len(expect.calls))}
    for first, second in expect.order_pairs():
        after[second].add(first)
    done: list[int] = []
    while len(done) < len(after):
        ready = [i for i in after if i not in done and after[i] <= set(done)]
        done.append(ready[0])
    return [expect.calls[index] for index in done]


def _opening(expect: Expect, language: Language) -> str:
    match expect.stop:
        case "clarify":
            slots = ", ".join(_SLOTS[language][slot] for slot in expect.asks)
            return _QUESTION[language].format(slots=slots or "…")
        case "refuse" | "abstain":
            return _DECLINE[language]
        case "approval":
            return _WAITS[language]
        case "answer":
            return _OPENING[language]


def _figure_sentence(figure: Figure, value: float, language: Language) -> str:
    stated = f"{value:,.{figure.round}f}"
    if language != "en":
        stated = stated.translate(str.maketrans(",.", ".,"))
    unit = " %" if figure.unit == "percent" else ""
    return f"{figure.entity or ''}: {stated}{unit}"
