"""How long each department runs inside the window, and how long it rests between two promotions."""

from __future__ import annotations

import re
from typing import TypedDict

from agents.offline.numerals import COUNT_WORD, parse_number
from agents.offline.text import fold

_DAYS = rf"(?P<count>\d{{1,2}}|{COUNT_WORD})\s+(?:(?:free|giorni liberi|freie)\s+)?(?:days?|giorn[io]|tagen?)"
_EACH = r"each|per department|apiece|ciascun[oa]?|ognun[oa]|per reparto|a reparto|jeweils|je abteilung|pro abteilung"
_RUN = re.compile(
    rf"\b(?:{_DAYS}\s+(?:in a row\s+|di fila\s+|am st(?:u|ue)ck\s+)?(?:{_EACH})\b"
    rf"|(?:{_EACH})\s+(?:\w+\s+){{0,3}}?{_DAYS.replace('<count>', '<after>')}\b)"
)
_GAP = re.compile(
    rf"\b{_DAYS}\s+(?:apart|between|tra|fra|di distanza|di pausa|break|zwischen|abstand|pause)\b"
)


class Placement(TypedDict):
    """The fields of a brief about days inside the window; None where nothing is said."""

    run_days: int | None
    min_gap_days: int | None


def placement(text: str, language: str) -> Placement:
    """Return what `text` says about the days of each department.

    >>> placement("3 days each, at least 7 days apart", "en")
    {'run_days': 3, 'min_gap_days': 7}
    """
    folded = fold(text)
    run, gap = _RUN.search(folded), _GAP.search(folded)
    return {
        "run_days": _number(run["count"] or run["after"], language) if run else None,
        "min_gap_days": _number(gap["count"], language) if gap else None,
    }


def _number(written: str, language: str) -> int:
    return int(parse_number(written, language))
