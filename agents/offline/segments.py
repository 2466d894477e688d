"""Customer segments that a text names, by id, by name or by kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agents.offline.text import fold, key

if TYPE_CHECKING:
    from collections.abc import Mapping

# What people say -> what the segment's own id or name then contains.
_KINDS: tuple[tuple[str, str], ...] = (
    (
        r"members?|member[- ]only|loyal(?:ty)?(?: (?:customers?|members?|club))?|soci|tesserati"
        r"|(?:clienti )?fedeli|clienti fedelta|stammkunden|mitglieder|treuekunden|treue kunden",
        r"loyal|member|fidel|fedel|soci|tesser|stamm|treu|mitglied|club",
    ),
    (
        r"high[- ]value(?: customers?)?|vips?|premium(?: (?:customers?|clienti|kunden))?|best customers"
        r"|migliori clienti|alto valore|beste(?:n)? kunden|top[- ]?kunden",
        r"high value|vip|premium|alto valore|top",
    ),
    (r"new customers?|nuovi clienti|neukunden|neue kunden", r"\bnew\b|nuov|neu"),
    (
        r"lapsed(?: customers?)?|inactive(?: customers?)?|dormant(?: customers?)?|(?:clienti )?dormienti"
        r"|clienti (?:inattivi|persi)|inaktive(?: kunden)?|at[- ]risk customers?",
        r"lapsed|inactiv|dorman|dormient|inattiv|inaktiv|risk|churn|pers[io]",
    ),
    (
        r"bargain hunters?|deal (?:hunters?|seekers?)|price[- ]sensitive(?: customers?)?|schn(?:a|ae)ppchenj(?:a|ae)ger"
        r"|preisbewus+te(?: kunden)?|cacciatori di (?:sconti|offerte)|(?:clienti )?sensibili al prezzo",
        r"bargain|deal|price|sconti|offert|schnapp|preis|prezzo|discount",
    ),
    (r"famil(?:y|ies)|famiglie|familien", r"famil|famigl"),
    (r"students?|studenti|studenten|studierende", r"student|studier|young"),
    (r"occasional(?: customers?| buyers?)?|(?:clienti )?occasionali|gelegenheitsk(?:a|ae)ufer", r"occas|gelegen"),
    (r"gamers?(?: segment)|tech enthusiasts?|appassionati di tecnologia|technikfans", r"gamer|tech"),
)


class Audience(NamedTuple):
    """Segments of the store that were named, and kinds of customers it has no segment for."""

    segments: tuple[str, ...]
    unknown: tuple[str, ...]


def find_segments(text: str, known: Mapping[str, str]) -> Audience:
    """Return the segments (ids) that `text` names out of `known` (id -> name)."""
    folded = fold(text)
    spoken = f" {key(text)} "
    found = [
        segment
        for segment, name in known.items()
        if f" {key(segment)} " in spoken or f" {key(name)} " in spoken
    ]
    unknown: list[str] = []
    for said, contains in _KINDS:
        match = re.search(rf"\b(?:{said})\b", folded)
        if match is None or any(_is_kind(s, known[s], contains) for s in found):
            continue
        fitting = [s for s, name in known.items() if _is_kind(s, name, contains)]
        found += fitting
        if not fitting:
            unknown.append(text[slice(*match.span())])
    return Audience(tuple(dict.fromkeys(found)), tuple(unknown))


def _is_kind(segment: str, name: str, contains: str) -> bool:
    return bool(re.search(contains, f"{key(segment)} {key(name)}"))
