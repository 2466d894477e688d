"""Scenarios that a text refers to: by id, label, letter, place in the list, or type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from agents.offline.numerals import ORDINAL, parse_ordinal
from agents.offline.scenario_types import type_mentions
from agents.offline.text import fold, mask
from analytics.types import Record, ScenarioType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.offline.text import Span

_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
# The eight characters that lists show; one with letters and figures, so that it is no amount or word.
_PREFIX = re.compile(r"(?<![\w-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8}(?![\w-])")
_THING = r"(?:one|scenario|option|plan|proposal|opzione|proposta|piano|variante|szenario|vorschlag)"
_ARTICLE = r"(?:the|il|lo|la|del|della|al|alla|dal|sul|den|die|das|dem|der|zum)"
# An ordinal is a reference when it is said like a name: `the second`, not `the second time`.
_NAME_ENDS = (
    rf"(?=\s+{_THING}\b|\s*(?:$|[^\w\s%])|\s+(?:and|or|with|at|for|but|please|is|was|than|instead|to"
    r"|against|e|o|con|per|ma|al|di|del|invece|und|oder|mit|aber|bitte|ist|als|zu|zur|nehmen)\b)"
)
_PLACE = re.compile(
    rf"(?:\b{_ARTICLE}\s+(?P<ordinal>{ORDINAL}){_NAME_ENDS}"
    rf"|\b(?P<thing>{ORDINAL})\s+{_THING}\b|^\W*(?P<alone>{ORDINAL})(?:,?\s+(?:please|bitte|grazie))?\W*$"
    rf"|\b{_THING}\s*(?:n[.o°]*\s*|nr\.?\s*|number\s+|#)?(?P<number>[1-9])(?!\d|[.,]\d|\s*%)"
    r"|#(?P<hash>[1-9])\b)"
)
_LAST = re.compile(
    rf"\b(?:the last one|last {_THING}|l'ultim[oa]|(?:den |die |das )?letzten?(?: {_THING})?$)"
)
_LETTER = re.compile(
    r"(?<![\w'.])(?:(?P<named>(?i:scenario|option|plan|opzione|proposta|piano|szenario|variante"
    r"|vorschlag))\s+)?(?P<letter>[A-Z]|(?<=[a-z] )[a-z])(?![\w'])"
)
# `is b better than a?`: two letters that are set against each other need no capitals.
_LOWER_PAIR = re.compile(
    r"(?<![\w'])([a-f])\s+(?:(?:is|e'|\u00e8|ist)?\s*(?:better|worse|meglio|peggio|besser|schlechter)\s+"
    r"(?:than|di|als)|vs\.?|versus|gegen|contro|and|und|or|oder)\s+([a-f])(?![\w'])"
)
_LAST_LETTER = "F"
# What may follow `A` or `E` at the start of a sentence when it is a scenario and not a word.
_AFTER_FIRST_LETTER = re.compile(
    r"\s*(?:$|[^\w\s]|(?:vs|versus|and|or|und|oder|e|o|against|gegen|contro|is|was|please|without|senza"
    r"|ohne|but|ma|aber|at|with|con|mit|online|only|solo|nur)\b)"
)
_ALL = re.compile(
    r"\b(?:all (?:of them|three|scenarios|of these)|all the scenarios|both|them all"
    r"|(?:the )?(?:three|two) scenarios|the scenarios"
    r"|tutt[ie](?: e)?(?: (?:tre|due))?(?: gli scenari| le (?:opzioni|proposte))|tutt[ie] e (?:tre|due)"
    r"|entramb[ie]|gli scenari|alle(?: drei| zwei)?(?: szenarien)?(?=$|[ .?!])|die szenarien|beide)\b"
)


class ScenarioRef(Record):
    """A scenario in play, as the person was shown it."""

    id: UUID
    label: str
    scenario_type: ScenarioType


class References(NamedTuple):
    """Scenario ids in the order of the text, and references that fit no scenario in play.

    `prefixes` are beginnings of ids that no scenario in play has: the store may know them.
    """

    ids: tuple[UUID, ...]
    unresolved: tuple[str, ...]
    prefixes: tuple[str, ...] = ()


def find_references(
    text: str, scenarios: Sequence[ScenarioRef], undated: str | None = None
) -> References:
    """Return the scenarios in play that `text` refers to.

    Letters, places and types are read from `undated`, the text with its dates blanked.
    Letters and ordinals count in the order of `scenarios`; a lower-case letter counts only after
    a word such as `scenario`. A full id counts even when it is not in play.
    """
    labels = _labels(fold(text), scenarios)
    rest = mask(text if undated is None else undated, [span for span, _ in labels])
    folded = fold(rest)
    hits: list[tuple[int, UUID]] = [(span[0], identity) for span, identity in labels]
    hits += [(match.start(), UUID(match[0])) for match in _ID.finditer(folded)]
    hits += _by_type(folded, scenarios)
    prefixes: list[str] = []
    for match in _PREFIX.finditer(folded):
        fitting = [s.id for s in scenarios if str(s.id).startswith(match[0])]
        hits += [(match.start(), identity) for identity in fitting]
        prefixes += [] if fitting else [match[0]]
    unresolved: list[str] = []
    letters = _letters(rest, in_play=bool(scenarios))
    for position, index, said in [*letters, *_places(folded, len(scenarios))]:
        if index < len(scenarios):
            hits.append((position, scenarios[index].id))
        else:
            unresolved.append(said)
    if not hits and scenarios and _ALL.search(folded):
        return References(tuple(scenario.id for scenario in scenarios), ())
    ordered = dict.fromkeys(identity for _, identity in sorted(hits, key=lambda hit: hit[0]))
    return References(tuple(ordered), tuple(dict.fromkeys(unresolved)), tuple(prefixes))


def _labels(folded: str, scenarios: Sequence[ScenarioRef]) -> list[tuple[Span, UUID]]:
    """Return where labels are said; a label inside a longer one does not count."""
    found: list[tuple[Span, UUID]] = []
    for scenario in sorted(scenarios, key=lambda s: -len(s.label)):
        words = re.findall(r"[^\W_]+", fold(scenario.label))
        said = re.compile(r"\b" + r"[\W_]+".join(words) + r"\b")
        for match in said.finditer(folded) if words else ():
            found.append((match.span(), scenario.id))
            folded = mask(folded, [match.span()])
    return found


def _letters(text: str, *, in_play: bool) -> list[tuple[int, int, str]]:
    """Return (position, index, text) of `B` (only with scenarios in play) and `scenario b`."""
    found = []
    if in_play and (match := _LOWER_PAIR.search(text)):
        found = [(match.start(n), ord(match[n]) - ord("a"), match[n]) for n in (1, 2)]
    for match in _LETTER.finditer(text):
        meant = _after_its_noun(text, match) if match["named"] else in_play and _alone(text, match)
        if meant:
            index = ord(match["letter"].lower()) - ord("a")
            found.append((match.start(), index, match[0]))
    return found


def _after_its_noun(text: str, match: re.Match[str]) -> bool:
    """Return whether the letter after `scenario` names it: `plan a promotion` does not."""
    rest = text[match.end() :]
    return match["letter"] not in "aeio" or bool(_AFTER_FIRST_LETTER.match(rest.lower()))


def _alone(text: str, match: re.Match[str]) -> bool:
    """Return whether a single letter is a name: upper case, no article, pronoun or `and`."""
    letter = match["letter"]
    if not letter.isupper() or letter > _LAST_LETTER:
        return False
    if letter in "AE" and not text[: match.start()].strip():
        return bool(_AFTER_FIRST_LETTER.match(text[match.end() :].lower()))
    return True


def _places(folded: str, count: int) -> list[tuple[int, int, str]]:
    """Return (position, index, text) of `the second one`, `option 2`, `#2`, `the last one`."""
    found = []
    for match in _PLACE.finditer(folded):
        ordinal = match["ordinal"] or match["thing"] or match["alone"]
        number = parse_ordinal(ordinal) if ordinal else int(match["number"] or match["hash"])
        found.append((match.start(), number - 1, match[0].strip()))
    if count and (last := _LAST.search(folded)):
        found.append((last.start(), count - 1, last[0]))
    return found


def _by_type(folded: str, scenarios: Sequence[ScenarioRef]) -> list[tuple[int, UUID]]:
    """Return the newest scenario in play of each type that is named."""
    newest = {scenario.scenario_type: scenario.id for scenario in scenarios}
    return [(span[0], newest[t]) for span, t in type_mentions(folded) if t in newest]
