"""Channels that a text restricts a promotion or a question to."""

from __future__ import annotations

import re

from agents.offline.lexicon import table, whole_words
from agents.offline.text import before, fold
from analytics.types import CHANNELS, Channel

_TERMS = table("terms")["channels"]
_BOTH = whole_words(_TERMS["both"])
_PATTERNS: dict[Channel, re.Pattern[str]] = {c: whole_words(_TERMS[c]) for c in CHANNELS}
_NEGATED = re.compile(
    r"\b(?:not|no|without|except|excluding|non|senza|tranne|escluso|esclusi|nicht|ohne|kein(?:e|en)?"
    r"|auser|ausser|instead of|invece che|statt)\s+"
    r"(?:(?:in|on|the|our|nei|il|i|sui|sul|den|die|das|im|auf|for)\s+)*$"
)


def find_channels(text: str) -> tuple[Channel, ...]:
    """Return the channels named; empty when nothing restricts them.

    `not in stores` leaves online; both channels named or `both` give both.
    """
    folded = fold(text)
    if _BOTH.search(folded):
        return CHANNELS
    wanted: set[Channel] = set()
    unwanted: set[Channel] = set()
    taken = 0
    for match in _channel_words(folded):
        if match.start() < taken:
            continue
        taken = match.end()
        channel: Channel = "online" if match.re is _PATTERNS["online"] else "offline"
        (unwanted if _NEGATED.search(before(folded, match.start())) else wanted).add(channel)
    if unwanted and not wanted:
        wanted = set(CHANNELS) - unwanted
    return tuple(channel for channel in CHANNELS if channel in wanted)


def _channel_words(folded: str) -> list[re.Match[str]]:
    """Return the matches in order; where two begin together the longer is first."""
    found = [match for pattern in _PATTERNS.values() for match in pattern.finditer(folded)]
    return sorted(found, key=lambda match: (match.start(), -match.end()))
