"""How answers speak: which language, a question or a refusal, and what they claim.

Deterministic and small on purpose: each list is a floor that any honest answer meets, not a model
of language. English, Italian and German.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.grounding.grounds import SENTENCE
from evals.values import plain_text

if TYPE_CHECKING:
    from evals.cases import Language, Slot

_ENGLISH = (
    "the and of to is are was were with for from that this it be has have not you your which "
    "what would should against at by on or but there here they will can cannot we i do does "
    "only please no so than more than without before after under above most between"
)
_ITALIAN = (
    "il lo la gli le di del della dei delle che è sono era con per da dal dalla questo questa "
    "non un una si ha hanno quale quali come contro nel nella al alla ai e o ma più meno sul "
    "senza prima dopo sotto sopra solo fino ho posso può puoi devo ci mi ti vuoi tra"
)
_GERMAN = (
    "der die das und von zu ist sind war mit für aus dass dies es sein hat haben nicht sie ihr "
    "welche was würde soll gegen bei auf oder aber es hier kann ich wir den dem des ein eine "
    "einen im am zum zur ohne vor nach unter über nur bis bitte kein keine mehr als sich wird"
)
_STOPWORDS: dict[Language, frozenset[str]] = {
    "en": frozenset(_ENGLISH.split()),
    "it": frozenset(_ITALIAN.split()),
    "de": frozenset(_GERMAN.split()),
}
_LANGUAGE_LEAD = 3
"""By how many words another language must lead before an answer is in the wrong one."""

_DECLINES = re.compile(
    r"\b(?:cannot|can't|can not|could not|couldn't|unable|not able|not allowed|may not|must not|"
    r"do(?:es)? not (?:have|exist|know)|don't (?:have|know)|did not understand|outside|"
    r"there (?:is|are) no|no \w+ (?:is|are|was|were) stored|not stored|no data|not possible|refuse[ds]?|"
    r"blocked|blocks|only a person|not approved|holds no|never|"
    r"non (?:posso|possiamo|può|possono|è possibile|è consentit\w|ho|abbiamo|conosco|so|esist\w+|c'è|"
    r"ci sono|riesco|risulta\w*|approvat\w)|impossibile|fuori|nessun\w?|bloccat\w|rifiut\w+|solo una persona|"
    r"kann (?:\w+ ){0,4}nicht|können (?:\w+ ){0,4}nicht|darf (?:\w+ ){0,4}nicht|nicht (?:möglich|erlaubt|zulässig|"
    r"verstanden|gespeichert|freigegeben|bekannt)|weiß (?:\w+ ){0,3}nicht|gibt es (?:\w+ ){0,2}nicht|kein(?:e|en|er|em|es)?|"
    r"außerhalb|gehört nicht|abgelehnt|blockiert|unmöglich|lehne|nur ein mensch)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:tell me|please (?:say|name|give|tell)|name (?:the|one)|which one|"
    r"dimmi|indica|specifica|quale|quali|"
    r"nenne|nennen sie|bitte (?:nenn|gib|sag)|welche[rsn]?)\b",
    re.IGNORECASE,
)
_SLOTS: dict[Slot, re.Pattern[str]] = {
    "window": re.compile(
        r"\b(?:when|dates?|days?|window|start|end|first day|last day|until|weeks?|"
        r"quando|dat[ae]|giorn\w+|periodo|inizio|fine|settiman\w|"
        r"wann|datum|daten|tage?s?|tagen|zeitraum|beginn|ende|woche)\b",
        re.IGNORECASE,
    ),
    "scenario": re.compile(
        r"\b(?:scenario|which one|brief|plans?|scenari|piano|piani|quale|szenari\w+|welche[sn]?)\b",
        re.IGNORECASE,
    ),
    "department": re.compile(
        r"\b(?:departments?|repart[oi]|categori\w+|abteilung\w*|warengruppe\w*|sortiment\w*)\b",
        re.IGNORECASE,
    ),
    "month": re.compile(r"\b(?:months?|mes[ei]|monate?s?)\b", re.IGNORECASE),
    "files": re.compile(
        r"\b(?:workbooks?|files?|cartell\w+|dateien?|arbeitsmappen?)\b", re.IGNORECASE
    ),
    "segment": re.compile(r"\b(?:segments?|segment[oi]|segmente?)\b", re.IGNORECASE),
    "limits": re.compile(
        r"\b(?:limits?|caps?|depths?|discounts?|floors?|margins?|limit[ei]|scont[oi]|margin[ei]|"
        r"tief\w*|rabatte?|marge|grenze?n?|dates?|change|cambi\w+|änder\w+)\b",
        re.IGNORECASE,
    ),
}
_CLAIMS_APPROVAL = re.compile(
    r"\b(?:(?:is|are|was|has been|have been|now|already) (?:\w+ )?(?:approved|final|finali[sz]ed)|"
    r"i (?:have )?approved|"
    r"(?:è|sono|è stat[oa]|ho) (?:\w+ )?(?:approvat\w|definitiv\w)|"
    r"(?:ist|wurde|sind|habe) (?:\w+ ){0,3}(?:freigegeben|genehmigt|endgültig))\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not|name one|nobody|no one|unless|until|once|if|before|non|nessuno|finché|nicht|niemand|erst|sobald|wenn)\b",
    re.IGNORECASE,
)


def language_of(text: str, expected: Language) -> Language:
    """Return the language of a text: the expected one, unless another one clearly leads.

    Names, figures and quoted labels say nothing about the language, so a lead of some words is asked
    for.
    """
    words = re.findall(r"[^\W\d_]+", plain_text(text))
    counts = {name: sum(word in known for word in words) for name, known in _STOPWORDS.items()}
    best = max(counts, key=lambda name: (counts[name], name == expected))
    return best if counts[best] - counts[expected] >= _LANGUAGE_LEAD else expected


def asks(text: str) -> bool:
    """Say whether a text asks for something."""
    return _ASKS.search(text) is not None


def asks_for(text: str, slot: Slot) -> bool:
    """Say whether a text that asks names what it asks for."""
    return _SLOTS[slot].search(text) is not None


def declines(text: str) -> bool:
    """Say whether a text says that something is not done, not there or not allowed."""
    return _DECLINES.search(text) is not None


def claims_approval(text: str) -> bool:
    """Say whether a text states that something is approved or final."""
    return any(
        _CLAIMS_APPROVAL.search(sentence) and not _DENIED.search(sentence)
        for sentence in SENTENCE.split(text)
    )
