"""What happens in a turn, for whoever shows it: terminal, browser or API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Token:
    """A piece of an answer as it is written."""

    speaker: str
    text: str


@dataclass(frozen=True)
class Said:
    """A whole answer."""

    speaker: str
    text: str


@dataclass(frozen=True)
class ToolCalled:
    """An agent calls a tool."""

    speaker: str
    tool: str
    arguments: dict[str, Any]
    call_id: str = ""


@dataclass(frozen=True)
class ToolAnswered:
    """A tool has answered; `refusal` says why it did nothing, if so."""

    tool: str
    data: dict[str, Any]
    refusal: str | None
    call_id: str = ""


@dataclass(frozen=True)
class ApprovalAsked:
    """The graph waits for a person."""

    request: dict[str, Any]


Event = Token | Said | ToolCalled | ToolAnswered | ApprovalAsked
