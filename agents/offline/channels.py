"""Channels that a text restricts a promotion or a question to."""

from __future__ import annotations

import re

from agents.offline.text import fold
from analytics.types import CHANNELS, Channel

_ONLINE = (
    r"online(?:[- ]?(?:shop|store|kanal|channel))?|web(?:[- ]?(?:shop|site|store))?|website"
    r"|e-?commerce|(?:the |our )?site|sito(?: web)?|internet|digital(?:e)?|negozio online"
)
_OFFLINE = (
    r"offline|in[- ]stores?|stores?|shops?|(?:nei |in )?negoz[io]i?|punt[io] vendita|filialen?"
    r"|m(?:a|ae)rkten?|markt|geschaften?|geschaeften?|station(?:a|ae)r\w*|bricks?(?: and mortar)?"
    r"|physical|fisic[io]"
)
_BOTH = re.compile(
    r"\b(?:both channels|all channels|either channel|entrambi(?: i canali)?|tutti i canali"
    r"|beiden? kanalen?|beiden? kan(?:a|ae)len?|alle kan(?:a|ae)le|omnichannel)\b"
)
_CHANNEL = re.compile(rf"\b(?:(?P<online>{_ONLINE})|(?P<offline>{_OFFLINE}))\b")
_NEGATED = re.compile(
    r"\b(?:not|no|without|except|excluding|non|senza|tranne|escluso|esclusi|nicht|ohne|kein(?:e|en)?|auser|ausser"
    r"|instead of|invece che|statt)\s+(?:(?:in|on|the|our|nei|il|i|online|sui|sul|den|die|im|auf|for)\s+)*$"
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
    for match in _CHANNEL.finditer(folded):
        channel: Channel = "online" if match["online"] else "offline"
        (unwanted if _NEGATED.search(folded[: match.start()]) else wanted).add(channel)
    if unwanted and not wanted:
        wanted = set(CHANNELS) - unwanted
    return tuple(channel for channel in CHANNELS if channel in wanted)
