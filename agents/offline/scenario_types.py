"""Scenario types and the objective that a text names."""

from __future__ import annotations

import re
from typing import Literal

from agents.offline.text import fold
from analytics.types import ScenarioType

Objective = Literal["margin", "sales", "ebit"]

_TYPES: tuple[tuple[ScenarioType, str], ...] = (
    (
        "conservative",
        r"(?<!less )(?<!more )conservative|cautious|prudent[ei]?|conservativ[oaie]|caut[oa]|konservativ\w*"
        r"|vorsichtig\w*|safest|(?:the )?safe (?:one|option)|defensiv\w*",
    ),
    (
        "balanced",
        r"balanced|middle (?:one|option)|bilanciat[oaie]|equilibrat[oaie]|ausgewogen\w*|mittlere[nrs]?",
    ),
    (
        "aggressive",
        r"(?<!more )(?<!less )(?<!too )aggressive|(?<!piu )(?<!meno )(?<!troppo )aggressiv[oai]|boldest"
        r"|bold (?:one|option)|spint[oa]|(?<!zu )aggressive[nsm]?|offensiv\w*",
    ),
    ("flash", r"flash(?:[- ]?(?:sale|deal|promo))?|lampo|blitz(?:aktion|angebot|verkauf)?"),
    (
        "best_deal",
        r"best[- _]deals?|super deals?|migliore? offerta|offertissim[ae]|super ?offert[ae]|top[- ]deals?"
        r"|bestes? angebot|superangebot",
    ),
    ("coupon", r"coupons?|vouchers?|promo codes?|buon[oi] sconto|codic[ei] sconto|gutschein\w*|rabattcodes?"),
    (
        "member_only",
        r"members?[- _]only|only (?:for )?(?:our )?members|exclusive(?:ly)? (?:to|for) (?:our )?members"
        r"|(?:solo|riservat[oaie]) (?:per )?(?:i |ai )?(?:soci|membri|tesserati|clienti fedeli)"
        r"|(?:nur|exklusiv) (?:fur )?(?:unsere )?(?:mitglieder|stammkunden)|mitgliederaktion",
    ),
)
_PATTERNS = tuple((name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for name, pattern in _TYPES)
_OBJECTIVES: tuple[tuple[Objective, str], ...] = (
    ("ebit", r"ebit|profit(?:s|ability)?|earnings|util[ei]|profitt[oi]|guadagno|gewinn|ergebnis"),
    ("margin", r"margins?|margin[ei]|marginalita|marge"),
    (
        "sales",
        r"sales|revenue|turnover|volume|fatturato|ricavi|vendite|umsatz|umsatze|verkaufe|absatz",
    ),
)
_WISH = (
    r"(?:maximi[sz]e|maximum|most|optimi[sz]e(?: for)?|best|highest|priority(?: is| on)?|focus(?: is)?(?: on)?|objective(?: is)?:?"
    r"|boost|grow|push|increase|massimizz\w+|massimo|ottimizz\w+|priorita(?: a| al)?|obiettivo:?|punta(?:re|ndo)? (?:su|sul|sulla|sulle)"
    r"|piu|maximier\w*|maximale[nr]?|optimier\w*|hochste[nr]?|fokus(?: auf)?|schwerpunkt|steiger\w*|mehr|more)"
)
_OBJECTIVE = re.compile(
    rf"\b{_WISH}\s+(?:(?:the|our|on|for|total|il|la|le|i|gli|lo|sul|sulla|sulle|auf|den|die|das|unsere[nr]?)\s+|l')*(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _OBJECTIVES)
    + r")\b"
)
_OBJECTIVE_AFTER = re.compile(
    r"\b(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _OBJECTIVES)
    + r")\s+(?:first|matters most|counts most|maximieren|maximiert|optimieren|steigern|prima di tutto)\b"
)


def find_scenario_types(text: str) -> tuple[ScenarioType, ...]:
    """Return the scenario types named, in the order of the text."""
    folded = fold(text)
    hits = [
        (match.start(), name) for name, pattern in _PATTERNS for match in pattern.finditer(folded)
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(hits)))


def find_objective(text: str) -> Objective | None:
    """Return what the plan should maximise, when the text says so."""
    folded = fold(text)
    match = _OBJECTIVE.search(folded) or _OBJECTIVE_AFTER.search(folded)
    names: dict[str, Objective] = {name: name for name, _ in _OBJECTIVES}
    return names[match.lastgroup or ""] if match else None
