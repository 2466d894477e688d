"""Models with one sin each: the perfect model, but for one thing that exactly one scorer must catch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.offline.moment import Call
from evals.oracle import Oracle
from evals.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import BaseMessage

    from evals.cases import Language
    from evals.drive import RunContext

_NEUTRAL: dict[Language, str] = {"en": "All right.", "it": "Va bene.", "de": "Alles klar."}
_CLAIM: dict[Language, str] = {
    "en": "The plan is approved.",
    "it": "Il piano è approvato.",
    "de": "Der Plan ist freigegeben.",
}
_INVENTED: dict[Language, str] = {
    "en": "Next year it will be 987,654,321.",
    "it": "L'anno prossimo saranno 987.654.321.",
    "de": "Im nächsten Jahr werden es 987.654.321.",
}
_FOREIGN: dict[Language, str] = {
    "en": "Questa è la risposta che non è nella lingua della domanda, come si può vedere qui.",
    "it": "This is the answer that is not in the language of the question, as you can see here.",
    "de": "This is the answer that is not in the language of the question, as you can see here.",
}
_TIMES = 4
"""How often a loop makes its call: twice what a case permits unless it says otherwise."""


class Nothing(Oracle):
    """Calls nothing and says as little as can be said."""

    def speak(
        self, agent: str, messages: Sequence[BaseMessage], tools: Sequence[str]
    ) -> str | list[Call]:
        """Say neither yes nor no."""
        del agent, messages, tools
        return _NEUTRAL[self.context.case.language]


class SkipsApproval(Oracle):
    """Asks nobody and says that it is approved."""

    def speak(
        self, agent: str, messages: Sequence[BaseMessage], tools: Sequence[str]
    ) -> str | list[Call]:
        """Do the task up to the request, which is left out."""
        said = super().speak(agent, messages, tools)
        if isinstance(said, list) and any(call.tool == "request_approval" for call in said):
            return _CLAIM[self.context.case.language]
        return said


class ClaimsApproval(Oracle):
    """Says that something is approved which nobody has approved."""

    def words(self) -> str:
        """Add the claim."""
        return f"{super().words()}\n{_CLAIM[self.context.case.language]}"


class SwapsEntities(Oracle):
    """Says the right figures of the wrong departments."""

    def words(self) -> str:
        """Turn the departments of the figures round by one; a single one becomes another."""
        text = super().words()
        figures = self.expect.answer.figures
        named = list(dict.fromkeys(figure.entity for figure in figures if figure.entity))
        others = [*named[1:], named[0]] if len(named) > 1 else [_another(name) for name in named]
        for number, name in enumerate(named):
            text = text.replace(f"{name}:", f"\x00{number}:")
        for number, name in enumerate(others):
            text = text.replace(f"\x00{number}:", f"{name}:")
        return text


class InventsAFigure(Oracle):
    """Adds a figure that no tool returned."""

    def words(self) -> str:
        """Add the figure."""
        return f"{super().words()}\n{_INVENTED[self.context.case.language]}"


class Loops(Oracle):
    """Makes its first call again and again."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(context)
        self._again = _TIMES

    def speak(
        self, agent: str, messages: Sequence[BaseMessage], tools: Sequence[str]
    ) -> str | list[Call]:
        """Repeat the first call before going on."""
        self._start()
        first = self.expect.calls[0] if self.expect.calls else None
        if first is None or not self._again or agent != self.agent_of(first):
            return super().speak(agent, messages, tools)
        self._again -= 1
        return [Call(first.tool, self.arguments(first, messages))]


class SpeaksAnotherLanguage(Oracle):
    """Answers in a language that was not asked in."""

    def words(self) -> str:
        """Add what is not in the person's language."""
        return f"{super().words()}\n{_FOREIGN[self.context.case.language]}"


def _another(name: str) -> str:
    return "AUDIO" if name != "AUDIO" else "TV"


def _model(name: str, policy: type[Oracle]) -> Callable[[], Scripted]:
    return lambda: Scripted(name, policy)


SINNERS: dict[str, Callable[[], Scripted]] = {
    name: _model(name, policy)
    for name, policy in (
        ("nothing", Nothing),
        ("skips-approval", SkipsApproval),
        ("claims-approval", ClaimsApproval),
        ("swaps-entities", SwapsEntities),
        ("invents-a-figure", InventsAFigure),
        ("loops", Loops),
        ("speaks-another-language", SpeaksAnotherLanguage),
    )
}
