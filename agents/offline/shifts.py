"""How a text moves the ends of a window that is already known: later, earlier, longer, shorter."""

from __future__ import annotations

import re
from typing import NamedTuple

from agents.offline.numerals import COUNT_WORD, parse_number
from agents.offline.text import fold

_UNIT = r"(?P<unit>days?|giorn[io]|tage?n?|weeks?|settiman[ae]|wochen?)"
_LASTING = rf"(?P<count>\d{{1,3}}|{COUNT_WORD})\s+{_UNIT}"
_EARLIER = r"(?P<less>earlier|prima|fr(?:u|ue)her|vor(?:verlegen)?|in anticipo)"
_LATER = r"later|dopo|piu (?:avanti|tardi)|sp(?:a|ae)ter|nach hinten"
_MOVING = r"(?:move|shift|postpone|delay|(?P<less>bring forward|anticip|zieh)|spost|posticip|rimand|verschieb)"
_STARTING = re.compile(r"\b(?:start|begin|inizi|part|cominc|beginn|anfang|los)\w*")
_SHIFTS = (
    re.compile(rf"\b(?:(?:by|di|um)\s+)?{_LASTING}\s+(?:{_LATER}|{_EARLIER})\b"),
    re.compile(rf"\b{_MOVING}\w*\s+(?:\w+\s+){{0,3}}?(?:by|di|um)\s+{_LASTING}\b"),
    re.compile(rf"\bum\s+{_LASTING}(?=\s+(?:vor)?verschieb)"),
)
_LENGTHS = (
    re.compile(
        rf"\b{_LASTING}\s+(?:longer|more|extra|in piu|di piu|piu lung[ao]|l(?:a|ae)nger|mehr|zus(?:a|ae)tzlich"
        r"|(?P<less>shorter|less|fewer|in meno|di meno|piu cort[ao]|k(?:u|ue)rzer|weniger))\b"
    ),
    re.compile(
        r"\b(?:(?:extend|prolong|lengthen|allung|prolung|verl(?:a|ae)nger)"
        r"|(?P<less>shorten|accorci|verk(?:u|ue)rz|k(?:u|ue)rz))\w*\s+(?:\w+\s+){0,3}?(?:(?:by|di|um)\s+)?"
        rf"{_LASTING}\b"
    ),
    re.compile(rf"\b(?:um\s+)?{_LASTING}\s+(?:verl(?:a|ae)nger\w*|(?P<less>verk(?:u|ue)rz\w*))"),
    re.compile(rf"\b(?:another|altri|altre|weitere|noch)\s+{_LASTING}\b"),
)
_WEEK_DAYS = 7


class Shift(NamedTuple):
    """By how many days each end of a window moves (negative: earlier)."""

    start_days: int = 0
    end_days: int = 0


def find_shift(text: str, language: str) -> Shift | None:
    """Return how `text` moves a window: `a week later` both ends, `three days longer` its end.

    >>> find_shift("start two days earlier", "en")
    Shift(start_days=-2, end_days=0)
    """
    folded = fold(text)
    if days := _days(folded, _LENGTHS, language):
        return Shift(end_days=days)
    days = _days(folded, _SHIFTS, language)
    if not days:
        return None
    return Shift(start_days=days, end_days=0 if _STARTING.search(folded) else days)


def _days(folded: str, patterns: tuple[re.Pattern[str], ...], language: str) -> int:
    """Return the signed days of the first pattern that fits, else 0."""
    for pattern in patterns:
        if match := pattern.search(folded):
            count = int(parse_number(match["count"], language))
            days = count * (_WEEK_DAYS if match["unit"][0] in "ws" else 1)
            return -days if match.groupdict().get("less") else days
    return 0
