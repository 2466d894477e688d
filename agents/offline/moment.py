"""What the offline model sees of a conversation when it is asked to speak."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agents.routing import ROUTER, Result, results, since

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

_CONTEXT = "CONTEXT "
APPROVAL = "approval"


@dataclass(frozen=True)
class Call:
    """A tool the model wants to be run."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """One moment to speak.

    Attributes:
        text: what the person said last.
        earlier: what the person said before that, oldest first.
        task: what the router handed over after that, if anything.
        done: tool calls since the person or the router spoke, oldest first.
        past: every tool call of the thread, oldest first, `done` included.
        waiting: subject of a request for approval that nobody has decided yet.
        context: the store's vocabulary as the system prompt holds it.
    """

    text: str
    earlier: tuple[str, ...]
    task: str | None
    done: tuple[Result, ...]
    past: tuple[Result, ...]
    waiting: str | None
    context: dict[str, Any]

    @property
    def today(self) -> dt.date:
        """The day the business is on."""
        return dt.date.fromisoformat(self.context["today"])

    def result(self, tool: str) -> Result | None:
        """Return the newest finished call of a tool in this turn."""
        return next((result for result in reversed(self.done) if result.tool == tool), None)

    @property
    def refusal(self) -> str | None:
        """What the last call was refused for, if it was."""
        return self.done[-1].refusal if self.done else None

    def task_data(self) -> dict[str, Any]:
        """Return the JSON object that the router's task carries (empty without a task)."""
        if self.task is None:
            return {}
        data: dict[str, Any] = json.loads(self.task[self.task.index("{") :])
        return data


def read_moment(messages: Sequence[BaseMessage]) -> Moment:
    """Read a conversation, system prompt included, into a moment.

    Raises:
        ValueError: nobody has said anything, or the system prompt carries no context.
    """
    person = [m for m in messages if isinstance(m, HumanMessage) and m.name != ROUTER]
    if not person:
        message = "the conversation holds no message of a person"
        raise ValueError(message)
    after_person = since(messages, person=True)
    tasks = [m for m in after_person if isinstance(m, HumanMessage) and m.name == ROUTER]
    return Moment(
        text=person[-1].text,
        earlier=tuple(message.text for message in person[:-1]),
        task=tasks[-1].text if tasks else None,
        done=tuple(results(since(messages, person=False))),
        past=tuple(results(messages)),
        waiting=_waiting(messages),
        context=_context(messages),
    )


def _waiting(messages: Sequence[BaseMessage]) -> str | None:
    """Return the subject of the newest request for approval that no decision follows."""
    decided = [i for i, m in enumerate(messages) if isinstance(m, AIMessage) and m.name == APPROVAL]
    after = messages[decided[-1] :] if decided else messages
    asked = [r for r in results(after) if r.tool == "request_approval" and r.data]
    return str(asked[-1].data["subject_id"]) if asked else None


def _context(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    for message in messages:
        if isinstance(message, SystemMessage):
            for line in message.text.splitlines():
                if line.startswith(_CONTEXT):
                    context: dict[str, Any] = json.loads(line.removeprefix(_CONTEXT))
                    return context
    message_text = "the system prompt carries no CONTEXT line"
    raise ValueError(message_text)
