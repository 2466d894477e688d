"""The sentences that the offline model says, in the three languages: `words/sentences.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.lexicon import table
from analytics.remarks import written
from analytics.types import Remark
from tools import approvals

if TYPE_CHECKING:
    from agents.offline.language import Language


def say(name: str, language: str, /, **values: object) -> str:
    """Return one sentence of the catalogue, filled in; a missing value is a KeyError."""
    sentence: str = table("sentences")[name][language]
    return sentence.format_map(values)


def needs_approval(request: dict[str, Any], language: Language) -> str:
    """Say what a person is asked to approve."""
    return say("needs_approval", language, title=approvals.title(request, language))


def remark(text: str, facts: dict[str, Any] | None, language: Language) -> str:
    """Return what a tool remarked, in the language; without facts as the tool wrote it."""
    return text if facts is None else written(Remark.model_validate(facts), language)


def remarks(data: dict[str, Any], english: str, facts: str, language: Language) -> list[str]:
    """Return a list of remarks of a tool's result, which has them in English and as facts."""
    pairs = zip(data[english], data.get(facts) or [None] * len(data[english]), strict=True)
    return [remark(text, known, language) for text, known in pairs]
