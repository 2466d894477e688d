"""The last look at an answer: a figure that no tool returned is asked for again, then marked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agents.grounding.grounds import Grounds
from agents.language import language_of
from agents.routing import results, since
from tools.overview import stored_departments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from langchain.agents.middleware import ModelRequest, ModelResponse
    from langchain_core.messages import BaseMessage

    from agents.grounding.grounds import Finding
    from analytics.figures import Language
    from tools.deps import Workspace

MARK = "[?]"
_LEGEND: dict[Language, str] = {
    "en": f"{MARK} marks a figure that no tool returned for what it is said of: do not rely on it.",
    "it": f"{MARK} segna una cifra che nessuno strumento ha restituito per ciò di cui si parla: non "
    "farci affidamento.",
    "de": f"{MARK} kennzeichnet eine Zahl, die kein Werkzeug dazu geliefert hat: nicht darauf "
    "verlassen.",
}


@dataclass(frozen=True)
class _Source:
    """One tool call as evidence."""

    call_id: str
    tool: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]
    refusal: str | None


class Grounded(AgentMiddleware[Any, Any]):
    """Checks every figure of an answer against the tool results that the model was shown."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        """Call the model; once more when a figure is not grounded; then mark what still is not."""
        response = handler(request)
        findings = self._ungrounded(request.messages, response)
        if not findings:
            return response
        response = handler(_asked_again(request, findings))
        return _marked(request.messages, response, self._ungrounded(request.messages, response))

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Do the same where the graph is served asynchronously."""
        response = await handler(request)
        findings = self._ungrounded(request.messages, response)
        if not findings:
            return response
        response = await handler(_asked_again(request, findings))
        return _marked(request.messages, response, self._ungrounded(request.messages, response))

    def _ungrounded(
        self, messages: Sequence[BaseMessage], response: ModelResponse[Any]
    ) -> list[Finding]:
        answer = _answer(response)
        if answer is None or not any(char.isdigit() for char in answer.text):
            return []
        if _about_the_message(messages, answer):
            return []
        with self._workspace.open("grounding", write=False) as deps:
            departments = stored_departments(deps)
        findings = grounds(messages, departments).judge(answer.text)
        return [finding for finding in findings if finding.verdict != "grounded"]


def grounds(messages: Sequence[BaseMessage], departments: tuple[str, ...]) -> Grounds:
    """Return what a conversation gives an answer to stand on: tool results and people's words."""
    calls = [
        _Source(str(index), result.tool, result.arguments, result.data, result.refusal)
        for index, result in enumerate(results(messages))
    ]
    said = [message.text for message in messages if isinstance(message, HumanMessage)]
    return Grounds(calls, departments, said, language_of(messages))


def _answer(response: ModelResponse[Any]) -> AIMessage | None:
    """Return an answer in words; a message that still calls tools is none."""
    last = response.result[-1] if response.result else None
    return last if isinstance(last, AIMessage) and last.text and not last.tool_calls else None


def _about_the_message(messages: Sequence[BaseMessage], answer: AIMessage) -> bool:
    """Return whether the shipped model answers without a tool: with a sentence of its catalogue.

    Its figures are then of the calendar or of the message (there is no 31 February, 50,400 characters).
    """
    shipped = answer.response_metadata.get("model_name") == "offline"
    return shipped and not results(since(messages, person=True))


def _asked_again(request: ModelRequest[Any], findings: Sequence[Finding]) -> ModelRequest[Any]:
    wrong = "; ".join(f"{finding.text.strip()}: {finding.detail}" for finding in findings)
    asked = (
        "Your last answer was not used, these figures of it do not stand in the tool results: "
        f"{wrong}. Answer again with figures exactly as the tools returned them."
    )
    before = request.system_message.text if request.system_message else ""
    return request.override(system_message=SystemMessage(f"{before}\n{asked}"))


def _marked(
    messages: Sequence[BaseMessage], response: ModelResponse[Any], findings: Sequence[Finding]
) -> ModelResponse[Any]:
    answer = _answer(response)
    if answer is None or not findings:
        return response
    text = str(answer.text)
    for finding in findings:
        figure = re.escape(finding.text.strip())
        text = re.sub(
            rf"(?<![\w.,]){figure}(?![\w]|[.,]\d| \[\?\])", rf"\g<0> {MARK}", text, count=1
        )
    text = f"{text}\n\n{_LEGEND[language_of(messages)]}"
    marked = answer.model_copy(update={"content": text})
    return replace(response, result=[*response.result[:-1], marked])
