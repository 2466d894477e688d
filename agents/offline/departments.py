"""Departments that a text names: wanted, excluded, and named but not in the store."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from agents.offline.lexicon import spellings, table, vocabulary
from agents.offline.text import fold, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agents.offline.text import Span


def _names(block: str) -> frozenset[str]:
    """Return the keys of comma-separated names, in every spelling."""
    words = " ".join(block.split()).split(",")
    return frozenset(key(spelling) for word in words for spelling in spellings(word))


PLAIN_WORDS = vocabulary(table("plain_words"))
"""Everyday words of planning talk, folded: none of them is taken for a department."""

_FAMILIES = tuple(
    (_names(family["names"]), _names(family["said"])) for family in table("departments")["family"]
)
_FUZZY_CUTOFF, _FUZZY_SYNONYM = 0.84, 0.9
_FUZZY_LENGTH = 5
_WORD = re.compile(r"[^\W_]+")
_LIST_LINK = re.compile(
    r"\s*(?:,|/|\+|&|;)?\s*(?:\b(?:and|or|nor|plus|e|ed|o|od|ne|und|oder|sowie|noch|as well as|also|"
    r"anche|auch)\b)?\s*(?:\b(?:on|for|the|su|sui|sul|sulla|per|i|il|la|le|gli|l'|auf|fur|die|das|den"
    r"|der|in|from|with)\b\s*|l')*"
)
_HAS_LINK = re.compile(
    r"[,/+&]|\b(?:and|or|nor|plus|e|ed|o|od|ne|und|oder|sowie|noch|as well as)\b"
)
_NEGATED = re.compile(
    r"(?:\b(?:without|except(?: for)?|excluding|exclude|not|no|never|drop|remove|skip|leave out|leaving out"
    r"|apart from|other than|but not|minus|instead of|rather than|take out|senza|tranne|eccetto|esclus[oaie]"
    r"|escludi(?:amo|ere)?|escludendo|togli(?:endo|amo|ere)?|non|salvo|meno|a parte|invece (?:di|del|della|dei|degli|delle)"
    r"|lascia fuori|ohne|auser|ausser|ausgenommen|nicht|kein(?:e|en)?|bis auf|statt|anstatt|anstelle von|streiche?"
    r"|entferne?|lass)|\b(?:all|everything|everywhere|alles|tutto) (?:but|ma non|aber nicht))"
    r"\s*(?:\b(?:any|the|on|for|in|to|all|i|il|la|le|lo|gli|su|sui|sul|per|nei|in|al|die|das|den|der|dem|auf"
    r"|fur|bei|a|an)\b\s*|l')*$"
)
_NEGATED_AFTER = re.compile(
    r"\s*(?:is |are |e' |sind |ist )?(?:\b(?:excluded|out\b(?! of)|aside|esclus[oaie]|fuori|weg\b|weglassen|weggelassen"
    r"|ausgeschlossen|raus\b|ausgenommen|streichen|nicht\b))"
)
_WANTED_AFTER = re.compile(r"\s*(?:at|al|auf|mit|with|con|:)?\s*\d|\s*(?:only|instead|invece)\b")
_NOT_ONLY = re.compile(r"\b(?:not (?:only|just)|non solo|nicht nur)\s*$")
_POSITION = re.compile(
    r"\b(?:for|on|off|about|in|su|sui|sul|sulla|sulle|sugli|per|fur|fuer|auf|bei|di|del|dei|degli|delle"
    r"|without|except|senza|tranne|ohne|auser|ausser)\s+"
    r"(?:(?:the|our|some|all|i|il|la|le|lo|gli|l'|die|das|den|der|dem|unsere|nostri)\s+)*(?=[^\W\d_])"
)
# After these even a text that names departments must name one more.
_STRONG_POSITION = re.compile(
    r"\b(?:something|anything|promo\w*|campaign|offer|deal|off|qualcosa|promozion[ei]|offert[ae]"
    r"|etwas|aktion|angebot|rabatt)\s+(?:for|on|su|sui|sul|sulla|sulle|sugli|per|fur|fuer|auf)\s+"
    r"(?:(?:the|our|some|all|i|il|la|le|lo|gli|l'|die|das|den|der|dem|unsere|nostri)\s+)*(?=[^\W\d_])"
)
_EXPLICIT = re.compile(
    r"\b(?:departments?|category|reparto|reparti|categoria|abteilung|warengruppe)\s+(?=[^\W\d_])"
)
_RUN_END = re.compile(
    r"\s*(?:$|[,.;:!?|)/+&\n]|\b(?:from|at|with|without|in|on|for|between|until|this|next|to|and|or|but|only"
    r"|dal|dall|a|ad|al|con|senza|in|nel|nella|per|tra|fra|fino|e|o|ma|solo|da|vom|von|bis|mit|ohne|im|am|fur|und"
    r"|oder|aber|nur|zwischen|ab|too|as|please|during|anche)\b|\d)"
)
_LONGEST_RUN = 3


class Mention(NamedTuple):
    """One place where a department is wanted."""

    department: str
    span: Span


class Found(NamedTuple):
    """Departments as the store writes them, each once, in the order of the text.

    `mentions` are the places of the included ones, each time they are named.
    """

    included: tuple[str, ...]
    excluded: tuple[str, ...]
    unknown: tuple[str, ...]
    mentions: tuple[Mention, ...] = ()


def find_departments(text: str, known: Sequence[str]) -> Found:
    """Return which of the store's departments `text` names.

    Names match without regard to case, accents and plural, by synonym, or by a close spelling
    that fits one department only. A word where a department should stand that fits none is
    `unknown`.
    """
    folded = fold(text)
    mentions = _mentions(text, folded, known)
    wanted: list[Mention] = []
    unwanted: list[Mention] = []
    last_out, last_end = False, 0
    for mention in mentions:
        out = _is_out(folded, mention, last_end, last_out=last_out)
        (unwanted if out else wanted).append(mention)
        last_out, last_end = out, mention.span[1]
    return Found(
        included=tuple(dict.fromkeys(mention.department for mention in wanted)),
        excluded=tuple(dict.fromkeys(mention.department for mention in unwanted)),
        unknown=tuple(dict.fromkeys(_unknown(text, folded, mentions))),
        mentions=tuple(wanted),
    )


@lru_cache(maxsize=8)
def aliases(known: tuple[str, ...]) -> Mapping[str, str]:
    """Return key -> department for every name, plural, telling word and synonym.

    A store's own name always wins; anything that could mean two departments means none.
    """
    own = {key(department): department for department in known}
    single_words = _unambiguous((word, d) for name, d in own.items() for word in name.split())
    synonyms = _unambiguous(
        (name, department)
        for names, said in _FAMILIES
        for department in _owners(names, _store_names(known), single_words)
        for name in names | said
    )
    return {**synonyms, **_store_names(known)}


@lru_cache(maxsize=8)
def _store_names(known: tuple[str, ...]) -> Mapping[str, str]:
    """Return the store's own names, their plurals, and their words that tell them apart."""
    own = {key(department): department for department in known}
    written = [(key(s), d) for d in known for s in spellings(d)]
    plurals = _unambiguous((v, d) for name, d in written for v in _variants(name))
    telling = _unambiguous(
        (variant, department)
        for name, department in own.items()
        for word in name.split()
        if len(word) > _LONGEST_RUN and word not in PLAIN_WORDS
        for variant in _variants(word)
    )
    return {**telling, **plurals, **own}


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the names that stand for one department only."""
    owners: dict[str, set[str]] = {}
    for name, department in pairs:
        owners.setdefault(name, set()).add(department)
    return {name: min(found) for name, found in owners.items() if len(found) == 1}


def _owners(
    names: frozenset[str], plurals: Mapping[str, str], single_words: Mapping[str, str]
) -> set[str]:
    """Return the departments a family is about: by full name, else by a word of the name."""
    for source in (plurals, single_words):
        if owners := {source[name] for name in names if name in source}:
            return owners
    return set()


def _variants(name: str) -> Iterator[str]:
    """Yield a name, its plain plurals and its singular."""
    yield name
    yield from (name + ending for ending in ("s", "es", "n"))
    if name.endswith("ies"):
        yield name[:-3] + "y"
    elif name.endswith("s") and len(name) > _LONGEST_RUN:
        yield name[:-1]


def _mentions(text: str, folded: str, known: Sequence[str]) -> list[Mention]:
    """Return the known departments in the text, the longest name first at each place.

    A department whose name is an everyday word (IT) must be written with a capital.
    """
    names = aliases(tuple(known))
    own = {key(department) for department in known}
    longest = max((len(name.split()) for name in names), default=0)
    tokens = list(_WORD.finditer(folded))
    found: list[Mention] = []
    index = 0
    while index < len(tokens):
        for length in range(min(longest, len(tokens) - index), 0, -1):
            span = tokens[index].start(), tokens[index + length - 1].end()
            written = key(folded[slice(*span)])
            if "," in folded[slice(*span)] and written not in own:
                continue
            everyday = written in PLAIN_WORDS
            if everyday and (written not in own or text[slice(*span)].islower()):
                continue
            department = names.get(written) or _close(written, tuple(known))
            if department:
                found.append(Mention(department, span))
                index += length - 1
                break
        index += 1
    return found


@lru_cache(maxsize=4096)
def _close(written: str, known: tuple[str, ...]) -> str | None:
    """Return the one department nearly spelled so; None when in doubt.

    A synonym must be nearer than a name of the store's own.
    """
    if len(written) < _FUZZY_LENGTH or written in PLAIN_WORDS:
        return None
    for names, cutoff in (
        (_store_names(known), _FUZZY_CUTOFF),
        (aliases(known), _FUZZY_SYNONYM),
    ):
        candidates = _candidates(tuple(names), written.count(" "), written[0])
        near = difflib.get_close_matches(written, candidates, n=3, cutoff=cutoff)
        departments = {names[name] for name in near}
        if departments:
            return departments.pop() if len(departments) == 1 else None
    return None


@lru_cache(maxsize=1024)
def _candidates(names: tuple[str, ...], spaces: int, initial: str) -> list[str]:
    """Return the names of as many words that begin alike."""
    return [name for name in names if name.count(" ") == spaces and name[0] == initial]


def _is_out(folded: str, mention: Mention, last_end: int, *, last_out: bool) -> bool:
    """Return whether a mention is excluded, by its own words or by the list it stands in."""
    start, end = mention.span
    before = folded[last_end:start]
    if _NEGATED_AFTER.match(folded, end):
        return True
    if match := _NEGATED.search(before):
        return not _NOT_ONLY.search(before[: match.end()])
    if not last_out or _WANTED_AFTER.match(folded, end):
        return False
    return bool(_LIST_LINK.fullmatch(before) and _HAS_LINK.search(before))


def _unknown(text: str, folded: str, mentions: list[Mention]) -> list[str]:
    """Return the words that stand where a department should but are none."""
    starts = [match.end() for match in _EXPLICIT.finditer(folded)]
    starts += [match.end() for match in _STRONG_POSITION.finditer(folded)]
    if mentions:
        for mention in mentions:
            link = _LIST_LINK.match(folded, mention.span[1])
            if link and _HAS_LINK.search(link[0]):
                starts.append(link.end())
    else:
        starts += [match.end() for match in _POSITION.finditer(folded)]
    taken = [mention.span for mention in mentions]
    runs = [_run(folded, start, taken) for start in sorted(set(starts))]
    return [text[slice(*run)] for run in runs if run]


def _run(folded: str, start: int, taken: list[Span]) -> Span | None:
    """Return the span of the unknown words from `start`, when they end like a name does."""
    end = start
    for count, match in enumerate(_WORD.finditer(folded, start)):
        gap = folded[end : match.start()]
        if (count and gap != " ") or count == _LONGEST_RUN or match[0] in PLAIN_WORDS:
            break
        if any(s <= match.start() < e for s, e in taken) or not match[0].isalpha():
            return None
        end = match.end()
    return (start, end) if end > start + 1 and _RUN_END.match(folded, end) else None
