"""Two requests in one message: the first is read as if it stood alone, the rest is kept for later."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from agents.offline.brief import has_content
from agents.offline.cues import CUES, QUESTION
from agents.offline.intents import Context, Intent, read_intent
from agents.offline.text import composed, fold

if TYPE_CHECKING:
    import datetime as dt

    from agents.offline.brief import Vocabulary
    from agents.offline.kinds import Kind

_JOINT = re.compile(
    r"[.;?!]\s+(?:(?:and|then|also|e|poi|inoltre|und|dann|au(?:ss|ß)erdem)\b[,\s]+)*"
    r"|,?\s+(?:and|e|und)\s+(?:(?:also|then|anche|poi|inoltre|auch|dann|noch)\s+)*"
    r"|,\s*(?:then|poi|dann)\s+",
    re.IGNORECASE,
)
# What can be asked on its own, whatever stands before it.
_ALONE: frozenset[Kind] = frozenset(
    {
        "plan",
        "gap",
        "forecast",
        "sales",
        "quality",
        "campaigns",
        "targets",
        "segments",
        "policy",
        "scenarios",
        "post_mortem",
    }
)
_BEFORE: frozenset[Kind] = _ALONE | {
    "whatif",
    "choose",
    "creative",
    "validate",
    "frontier",
    "uplift",
}
_MOST_JOINTS = 4  # a longer list of requests is not read on: reading stays linear
# A part that speaks of "it" is about what stands before it.
_POINTS_BACK = re.compile(
    r"\b(?:it|its|this|that|they|them|those|suo|sua|questo|quello|es|sie|ihn|dies\w*)\b"
)


def read_requests(text: str, today: dt.date, vocabulary: Vocabulary, context: Context) -> Intent:
    """Return what a message wants first; what else it wants stands in `rest`.

    A message is split only where both parts are requests of their own, of different kinds; any other
    is read as one.
    """
    whole, text = read_intent(text, today, vocabulary, context), composed(text)
    joints = (joint for joint in _JOINT.finditer(text) if _asks(text[joint.end() :]))
    for joint in islice(joints, _MOST_JOINTS):
        first, rest = text[: joint.start()], text[joint.end() :]
        one = read_intent(first, today, vocabulary, context)
        two = read_intent(rest, today, vocabulary, context)
        different = one.kind in _BEFORE and two.kind in _ALONE - {one.kind}
        if different and _stands(first, one) and _says_of_what(rest, two):
            return one.model_copy(update={"rest": rest.strip(), "language": whole.language})
    return whole


def _asks(part: str) -> bool:
    """Return whether a part begins as a question or an order and is about nothing said before."""
    folded = fold(part)
    begins = bool(QUESTION.match(folded)) or _ordered(part)
    return begins and not _POINTS_BACK.search(folded)


def _says_of_what(rest: str, intent: Intent) -> bool:
    """Return whether a question names its subject; `how much is sold?` takes it from before."""
    return _ordered(rest) or has_content(intent.brief) or intent.brief.month is not None


def _ordered(part: str) -> bool:
    return bool(CUES["tell"].match(fold(part)) or CUES["order"].match(fold(part)))


def _stands(first: str, intent: Intent) -> bool:
    """Return whether the first part asks for something; a plan needs to say when."""
    if intent.kind == "plan":
        return intent.brief.window is not None
    return _asks(first) or intent.kind in {"whatif", "choose", "creative", "validate"}
