"""Percentages, money and counts that a text names, each with the part it plays.

What a number is about is read from its own clause: the nearest word before it (`margin above
18 %`), else the one right after it (`20 % off`), else it is a depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from agents.offline.lexicon import alternation, groups, table, whole_words
from agents.offline.numerals import NUMBER, NUMBER_WORD, WORD_VALUES, parse_number
from agents.offline.text import alternatives, fold, mask
from agents.offline.text import before as preceding

if TYPE_CHECKING:
    from agents.offline.text import Span

PercentRole = Literal[
    "cap", "exact", "minimum", "floor", "gap", "funding", "previous", "change", "other"
]
MoneyRole = Literal["gap", "budget", "target", "other"]
Counted = Literal["departments", "scenarios"]


class Percent(NamedTuple):
    """A percentage, 0-100.

    `cap`, `exact` and `minimum` are depths, `floor` a margin; `previous` is what a change
    leaves behind (`instead of 20 %`), `funding` the suppliers' part of the discount, `change` the points by which a depth moves (negative:
    shallower); `other` is none of a plan's limits.
    """

    value: float
    role: PercentRole
    span: Span


class Money(NamedTuple):
    """A value in the business's currency."""

    value: float
    role: MoneyRole
    span: Span


class Count(NamedTuple):
    """How many of something."""

    value: int
    of: Counted
    span: Span


_PER_CENT = r"(?:%|per ?cento?\b|percento\b|prozent\b|pct\b|v\.?h\.)"
_WORD_NUMBER = rf"(?:{NUMBER_WORD})\b"
_PERCENT = re.compile(
    rf"(?<![\w.,])(?:(?P<low>{NUMBER})\s*{_PER_CENT}?\s*(?P<to>-|to|and|a|al|e|bis|und)\s*(?:il\s+)?)?"
    rf"(?P<value>{NUMBER}|{_WORD_NUMBER})\s*[- ]?{_PER_CENT}"
)
_DEPTH_NOUN = r"discount|depth|cap|sconto|profondit[a']+|rabatt|nachlas{1,2}|tetto"
_IMPLICIT = re.compile(
    rf"(?<![\w.,€$])(?:(?P<off>\d{{1,2}}(?:[.,]\d)?)\s+(?:points?\s+)?(?:off\b|di sconto\b|rabatt\b)"
    rf"|(?:\b(?:{_DEPTH_NOUN})\s+(?:(?:of|to|at|del|di|al?|von|auf|um|max|massimo|maximal|up to)\s+)*"
    r"|\b(?:make it|set it (?:to|at)|portal[oaie] al?|mettil[oaie] al?|fall[oaie] al?"
    r"|setz[e]? (?:es |ihn )?auf|mach (?:es |daraus )?(?:auf )?)\s*"
    r"|\b(?:raise|lower|reduce|increase|cut|bring|set)(?: \w+){0,3} to\s+"
    r"|\b(?:alz|abbass|aument|riduc)\w*(?: \w+){0,3} al?\s+"
    r"|\b(?:erh(?:o|oe)h|senk|reduzier)\w*(?: \w+){0,3} auf\s+"
    r"|\b(?:max(?:imum|imal)?\.?|(?:al )?massimo|at most|h(?:o|oe)chstens)\s+(?:il\s+)?(?=[5-9]\b|\d\d))"
    r"(?P<bare>\d{1,2}(?:[.,]\d)?))(?![\d%]|[.,]\d|\s*(?:%|per ?cent|prozent|€|k\b|m\b|mio|eur|mil|days"
    r"|giorn|tag|week|settiman|woche|departments|reparti|abteilung|categor|kategor|warengr|scenari|szenari"
    r"|prod|promo|campagn|campaign|kampagn|aktion|option|opzion|propos|vorschl|tsd|tausend|mrd|bn\b|thousand"
    r"|-|to \d|al? \d|bis \d))"
)
_POINTS = r"(?:%|pp\b|(?:percentage |prozent)?(?:points?|punkte?n?)\b|punt[io](?: percentuali)?\b)"
_MOVES = re.compile(
    rf"\b(?:(?P<less>lower|reduc|cut|decreas|abbass|riduc|senk|reduzier)"
    rf"|(?:raise|increas|deepen|alz|aument|erh(?:o|oe)h))\w*(?: \w+){{0,3}} (?:by|di|um)\s+"
    rf"(?P<by>{NUMBER}|{_WORD_NUMBER})\s*{_POINTS}"
    rf"|\b(?P<value>{NUMBER}|{_WORD_NUMBER})\s*{_POINTS}\s+(?:(?P<less_after>less|lower|shallower"
    r"|in meno|weniger|niedriger)|more|deeper|higher|in piu|mehr|tiefer|h(?:o|oe)her)\b(?! than)"
)
# `TV -20 %` is how a price tag says 20 % off; a bound such as `max -20 %` is no depth at all.
_BELOW_ZERO = re.compile(r"(?:^|\s)-\s?$|\bminus\s+$")
_HALF_PRICE = re.compile(r"\b(?:half[- ]price|meta prezzo|halber preis|zum halben preis)\b")

_WORDS = table("amounts")
_SUBJECTS = groups(_WORDS["subject"])
_GAP = alternation(_WORDS["subject"]["gap"])
_SUBJECT = re.compile(rf"\b(?:{_SUBJECTS})(?!\w)")
_RIGHT_AFTER = re.compile(
    r"\s*(?:di\s+|of\s+|de\s+|an\s+|sul\s+|net\s+)?(?:max(?:imum|imal)?\s+|massimo\s+)?"
    rf"(?:{_SUBJECTS})(?!\w)"
)
_CLAUSE_END = re.compile(
    r"[;!?\n|]|,(?!\d)|(?<!max)(?<!min)(?<!mind)(?<!ca)\.(?!\d)|\b(?:and|but|e|ed|ma|und|aber|with|con|mit)\b"
)
_BOUND = re.compile(
    rf"(?<!\w)(?:(?P<not_below>{alternation(_WORDS['not_below'])})"
    rf"|(?P<cap>{alternation(_WORDS['cap'])})|(?P<floor>{alternation(_WORDS['floor'])}))(?!\w)"
)
_BOUND_AFTER = re.compile(
    r"\s*(?:off\s+|di sconto\s+|rabatt\s+|discount\s+)?"
    rf"(?:(?P<cap>{alternation(_WORDS['cap_after'])})|(?P<floor>{alternation(_WORDS['floor_after'])}))\b"
)
# `What happens to margin at 25 %?` asks about a depth.
_AT_DEPTH = re.compile(r"\b(?:what|how|che|cosa|come|was|wie)\b.*\b(?:at|with|con|al|bei|mit)\s+$")
_JOINED = re.compile(r"(?:\s+\w+){0,4}\s+(?:and|e|und)\s+")
_PREVIOUS = re.compile(
    rf"(?:{alternation(_WORDS['previous'])})\s+(?:the\s+|il\s+|al\s+|den\s+|of\s+)*$"
)
_CHANGE = whole_words(_WORDS["change"])
_SCALE = {
    1e3: r"k|tsd|tausend|mila|thousand",
    1e6: r"m|mn|mln|mio|mill?ions?|milion[ei]|million(?:en)?",
    1e9: r"bn|mrd|mld|billions?|miliard[oi]|milliarden?",
}
_CURRENCY = r"(?:€|\$|eur(?:os?)?\b)"
_MONEY = re.compile(
    rf"(?<![\w.,])(?P<before>{_CURRENCY}\s*)?(?P<value>{NUMBER}|{_WORD_NUMBER}|(?:half a|mezzo|ein(?:e)?"
    r"(?: halbe)?|un|a|one)(?=\s+mi))\s*(?:"
    + "|".join(f"(?P<s{i}>(?:{p})\\b\\.?)" for i, p in enumerate(_SCALE.values()))
    + rf")?\s*(?:di\s+)?(?P<after>{_CURRENCY})?(?!\s*%)"
)
_MONEY_SUBJECT = re.compile(rf"\b(?:(?P<gap>{_GAP})|{groups(_WORDS['money'])})(?!\w)")
_COUNTED: dict[Counted, str] = {
    "departments": r"departments?|categor(?:y|ies|ie|ia)|repart[oi]|abteilung(?:en)?|warengruppen?"
    r"|kategorien?|bereichen?",
    "scenarios": r"scenarios?|options?|proposals?|alternatives?|scenari|opzioni|proposte|alternative"
    r"|szenarien|szenarios|vorschlagen?|vorschlaege|varianten",
}
_COUNT = re.compile(
    rf"(?<![\w.,])(?<!top )(?P<value>\d{{1,2}}|{alternatives(WORD_VALUES)})\s+(?:different\s+|diversi\s+)?(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _COUNTED.items())
    + r")\b"
)
_SMALLEST_MONEY = 1000


def find_percents(text: str, language: str) -> list[Percent]:
    """Return the percentages of a text in order, each with its role."""
    folded = fold(text)
    changes = _changes(folded, language)
    folded = mask(folded, [change.span for change in changes])
    matches = [*_PERCENT.finditer(folded)]
    taken = [match.span() for match in matches]
    implicit = [m for m in _IMPLICIT.finditer(folded) if not _overlaps(m.span(), taken)]
    found: list[Percent] = changes
    consumed = 0
    for match in sorted([*matches, *implicit], key=lambda m: m.start()):
        row, consumed = _percents_of(match, folded, consumed, language)
        found += row
    found += [Percent(50.0, "exact", m.span()) for m in _HALF_PRICE.finditer(folded)]
    return _shared_caps(sorted(found, key=lambda percent: percent.span), folded)


def _changes(folded: str, language: str) -> list[Percent]:
    """Return by how many points the depth should move: `5 points deeper`, `riduci di 5 punti`."""
    found = []
    for match in _MOVES.finditer(folded):
        points = _percent_value(match["by"] or match["value"], language)
        less = match["less"] or match["less_after"]
        found.append(Percent(-points if less else points, "change", match.span()))
    return found


def _shared_caps(percents: list[Percent], folded: str) -> list[Percent]:
    """Let a cap hold for what follows it by `and`: `at most 20 % off TV and 15 % off Audio`."""
    shared: list[Percent] = []
    for percent in percents:
        last = shared[-1] if shared else None
        joined = last and _JOINED.fullmatch(folded, last.span[1], percent.span[0])
        same = last and joined and last.role == "cap" and percent.role == "exact"
        shared.append(percent._replace(role="cap") if same else percent)
    return shared


def _overlaps(span: Span, taken: list[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in taken)


def _percents_of(
    match: re.Match[str], folded: str, consumed: int, language: str
) -> tuple[list[Percent], int]:
    """Return the percentage of a match (two for a range) and up to where its words reach."""
    groups = match.groupdict()
    span = match.span()
    before, after = folded[consumed : span[0]], folded[span[1] :]
    if not groups.get("value"):
        bare = groups.get("off") or groups["bare"]
        before += folded[span[0] : match.start("off" if groups.get("off") else "bare")]
        own = match.span("off" if groups.get("off") else "bare")
        return [Percent(float(bare.replace(",", ".")), _depth_role(before, after), own)], span[1]
    subject, reach = _subject(before, after)
    consumed = span[1] + reach
    value = _percent_value(groups["value"], language)
    if _BELOW_ZERO.search(preceding(folded, span[0])) and _bound(before, after):
        value = -value
    if groups["low"]:
        low = _percent_value(groups["low"], language)
        return _range_roles(low, value, subject, span, before), consumed
    return [Percent(value, _role(subject, before, after), span)], consumed


def _percent_value(written: str, language: str) -> float:
    """Return the number; a percentage has no thousands, so any separator is the decimal one."""
    if written in WORD_VALUES:
        return float(WORD_VALUES[written])
    if written.count(",") + written.count(".") == 1:
        return float(written.replace(",", "."))
    return parse_number(written, language)


def _clause(before: str) -> str:
    """Return the part of `before` that belongs to the number's own clause."""
    ends = [match.end() for match in _CLAUSE_END.finditer(before)]
    return before[ends[-1] :] if ends else before


def _subject(before: str, after: str) -> tuple[str, int]:
    """Return what the number is about, and how far after it the word for it reaches."""
    named = [match.lastgroup or "" for match in _SUBJECT.finditer(_clause(before))]
    if named:
        return named[-1], 0
    if match := _RIGHT_AFTER.match(after):
        return match.lastgroup or "", match.end()
    return "", 0


def _bound(before: str, after: str) -> str | None:
    """Return `cap` or `floor` when a word beside the number bounds it; the nearest one counts."""
    if match := _BOUND_AFTER.match(after):
        return match.lastgroup
    bounds = [match.lastgroup for match in _BOUND.finditer(_clause(before))]
    if not bounds:
        return None
    return "cap" if bounds[-1] == "cap" else "floor"


def _depth_role(before: str, after: str) -> PercentRole:
    if _PREVIOUS.search(before) and not _BOUND.search(_clause(before)):
        return "previous"
    roles: dict[str | None, PercentRole] = {"cap": "cap", "floor": "minimum"}
    return roles.get(_bound(before, after), "exact")


def _role(subject: str, before: str, after: str) -> PercentRole:
    if subject == "margin":
        if _AT_DEPTH.search(before):
            return "exact"
        return "other" if _bound(before, "") == "cap" else "floor"
    if subject == "gap":
        return "gap"
    if subject == "funding":
        return "funding"
    return "other" if subject == "neither" else _depth_role(before, after)


def _range_roles(low: float, high: float, subject: str, span: Span, before: str) -> list[Percent]:
    """Return the two ends of `10-20 %`: limits of the depth, or a change from one to the other."""
    if subject == "margin":
        return [Percent(min(low, high), "floor", span)]
    if subject in ("gap", "neither"):
        return [Percent(low, "other", span), Percent(high, "other", span)]
    if low > high or _CHANGE.search(_clause(before)):
        return [Percent(low, "previous", span), Percent(high, "exact", span)]
    return [Percent(low, "minimum", span), Percent(high, "cap", span)]


def find_money(text: str, language: str) -> list[Money]:
    """Return the sums of money of a text in order; a bare number counts only beside its word."""
    folded = fold(text)
    subjects = [*_MONEY_SUBJECT.finditer(folded)]
    found: list[Money] = []
    for match in _MONEY.finditer(folded):
        scale = next((s for i, s in enumerate(_SCALE) if match[f"s{i}"]), 1.0)
        marked = match["before"] or match["after"] or scale > 1
        role = _money_role(match.span(), subjects, folded)
        written = match["value"]
        value = _money_value(written, language, scale)
        if role == "budget" and _BELOW_ZERO.search(preceding(folded, match.start())):
            value = -value
        if marked or (role != "other" and abs(value) >= _SMALLEST_MONEY and written[0].isdigit()):
            found.append(Money(value, role, match.span()))
    return found


def _money_value(written: str, language: str, scale: float) -> float:
    if written in ("half a", "mezzo") or written.endswith("halbe"):
        return scale / 2
    return round(parse_number(written, language, scaled=scale > 1) * scale, 2)


def _money_role(span: Span, subjects: list[re.Match[str]], folded: str) -> MoneyRole:
    """Return the role of the nearest subject in the same sentence; the one after wins a tie."""
    best: tuple[int, MoneyRole] | None = None
    roles: dict[str, MoneyRole] = {"gap": "gap", "budget": "budget", "target": "target"}
    for match in subjects:
        after = match.start() >= span[1]
        between = folded[span[1] : match.start()] if after else folded[match.end() : span[0]]
        if re.search(r"[;!?\n]|,(?!\d)|\.(?!\d)", between):
            continue
        rank = 2 * len(between) + (0 if after else 1)
        if best is None or rank < best[0]:
            best = rank, roles[match.lastgroup or ""]
    return best[1] if best else "other"


def find_counts(text: str) -> list[Count]:
    """Return how many departments or scenarios a text names."""
    found: list[Count] = []
    for match in _COUNT.finditer(fold(text)):
        of = next(name for name in _COUNTED if match[name])
        written = match["value"]
        value = WORD_VALUES[written] if written in WORD_VALUES else int(written)
        found.append(Count(value, of, match.span()))
    return found
