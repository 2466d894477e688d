"""The words that show what a message wants, from `words/cues.toml`, as patterns."""

from __future__ import annotations

import re
from typing import Literal

from agents.offline.lexicon import table, whole_words

CueKind = Literal[
    "past_results",
    "post_mortem",
    "creative",
    "frontier",
    "policy",
    "validate",
    "approvals",
    "side_effects",
    "opportunities",
    "scenarios",
    "compare",
    "quality",
    "uplift",
    "jobs",
    "campaigns",
    "gap",
    "targets",
    "segments",
    "forecast",
    "sales",
]
KINDS: dict[CueKind, re.Pattern[str]] = {
    kind: whole_words(block) for kind, block in table("cues")["kinds"].items()
}
"""Kind -> its words, in order of precedence."""

CUES: dict[str, re.Pattern[str]] = {
    name: whole_words(block)
    for blocks in (table("cues"), table("cues")["kinds"])
    for name, block in blocks.items()
    if name != "kinds"
}
"""Every cue by its name in the file, the kinds included."""

_SUFFIXES = r"xlsb|xlsx|xlsm|xls|csv|parquet"
PATH = re.compile(
    r"\"(?P<double>[^\"\n]+\.\w{3,7})\"|'(?P<single>[^'\n]+\.\w{3,7})'"
    rf"|(?P<rooted>(?<!\S)(?:[A-Za-z]:|~|\.{{0,2}})[\\/][^\n\"',;]*?\.(?:{_SUFFIXES}))(?!\w)"
    rf"|(?P<bare>[\w./\\~*+@-]+\.(?:{_SUFFIXES}))(?!\w)"
    r"|(?<!\S)(?P<folder>(?:~|\.{1,2})?/[\w./*+@-]*\w/?)",
    re.IGNORECASE,
)
REASON = re.compile(
    r"(?:\b(?:because|since|as|due to|perche|poiche|dato che|weil|denn)\b"
    r"|\b(?:reason|motivo|grund)\b\s*:?|:|,|;|\s-\s)\s*"
)
_FILLERS = r"and|so|ok|but|e|ma|und|aber|also|please|per favore|bitte"
_ASKING = (
    r"how|what|which|who|when|where|is|are|was|were|did|does|do|has|have|can|could|show|list"
    r"|quanto|quanta|quanti|quante|quale|quali|chi|quando|dove|come|cosa|mostra\w*"
    r"|wie|was|welche[rsn]?|wer|wann|wo|ist|sind|zeig\w*|kann|konnen"
)
QUESTION = re.compile(rf"^\W*(?:(?:{_FILLERS})\W+)*(?:{_ASKING})\b")
