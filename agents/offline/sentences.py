"""The sentences that the offline model says, in the three languages: `words/sentences.toml`."""

from __future__ import annotations

from agents.offline.lexicon import table


def say(name: str, language: str, /, **values: object) -> str:
    """Return one sentence of the catalogue, filled in; a missing value is a KeyError."""
    sentence: str = table("sentences")[name][language]
    return sentence.format_map(values)
