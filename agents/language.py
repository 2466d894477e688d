"""The language of a conversation, whichever model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import HumanMessage

from agents.offline.language import Language, detect
from agents.offline.reading import MOST_CHARACTERS
from agents.routing import ROUTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage


def language_of(messages: Sequence[BaseMessage]) -> Language:
    """Return the language of what the person said last; what says nothing keeps the one before."""
    language: Language = "en"
    for message in messages:
        if isinstance(message, HumanMessage) and message.name != ROUTER:
            language = detect(message.text[:MOST_CHARACTERS], language)
    return language
