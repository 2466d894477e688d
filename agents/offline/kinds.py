"""What kind of thing a message wants: rules in order, from what binds to what is guessed.

First what must never be done, then files, decisions and questions for reasons, then the words of
the lexicon, and last what the content looks like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from agents.offline.brief import has_content, said_what, said_when
from agents.offline.cues import CUES, KINDS
from agents.offline.text import words

if TYPE_CHECKING:
    from agents.offline.message import Message

Kind = Literal[
    "plan",
    "whatif",
    "compare",
    "explain",
    "choose",
    "validate",
    "approve",
    "reject",
    "creative",
    "post_mortem",
    "past_results",
    "approvals",
    "side_effects",
    "opportunities",
    "gap",
    "forecast",
    "sales",
    "quality",
    "uplift",
    "campaigns",
    "jobs",
    "targets",
    "segments",
    "ingest",
    "frontier",
    "policy",
    "scenarios",
    "undo",
    "help",
    "decline",
    "unclear",
]
_SHORT_WORDS = 6
ELLIPTIC: tuple[Kind, ...] = ("gap", "forecast", "sales", "uplift", "campaigns")
"""Questions that `and for ...?` takes up."""

_EARLY = 12
_POLITE = re.compile(r"\W*(?:(?:please|i|we|io|lo|la|ich|wir|bitte)\s+)*")
# Figures that a scenario has: asked for by its name, they are not about the store.
_OF_SCENARIOS = ("gap", "sales", "forecast", "segments", "side_effects")
# A statement about these that brings a window and a limit is a brief.
_ALSO_IN_BRIEFS = ("gap", "targets", "segments", "sales", "forecast")


def kind_of(message: Message) -> Kind:
    """Return what kind of thing the message wants; `unclear` when no rule knows."""
    if message.has("forbidden"):
        return "decline"
    for rule in _RULES:
        if (kind := rule(message)) is not None:
            return kind
    return "help" if message.has("help") else "unclear"


def _of_undo(message: Message) -> Kind | None:
    """Return whether the last change should be forgotten: said in few words, without a new one."""
    short = len(words(message.folded)) <= _SHORT_WORDS
    return "undo" if message.has("undo") and short and not message.is_question else None


def _of_ellipsis(message: Message) -> Kind | None:
    """Return the kind of the question before for `and for Gaming?`, `e a novembre?`."""
    context = message.context
    opening = CUES["elliptic"].match(message.folded.lstrip(" ,.-"))
    if context.last_kind is None or opening is None or _by_cue(message):
        return None
    short = len(words(message.folded)) <= _SHORT_WORDS
    about = has_content(message.brief) or message.brief.month
    taken_up: Kind | None = next((kind for kind in ELLIPTIC if kind == context.last_kind), None)
    return taken_up if short and about else None


def _of_files(message: Message) -> Kind | None:
    if not message.paths:
        return "ingest" if message.has("ingest") and not message.is_question else None
    if message.has("targets"):
        return "targets"
    return "segments" if message.has("segments") else "ingest"


def _of_decision(message: Message) -> Kind | None:
    """Return approve or reject; anything that adds a condition or asks is neither.

    An approval is binding, so it must be plain: `yes, but make it 15 %` is a change.
    """
    about_this = message.context.pending_approval or message.names_scenario
    if "?" not in message.text and message.has("not_approved") and about_this:
        return "reject"
    if message.is_question:
        return None
    polite = _POLITE.match(message.folded)
    body = message.folded[polite.end() :] if polite else message.folded
    if message.has("reject") and (about_this or CUES["reject"].match(body)):
        return "reject"
    if message.has("but") or message.changes:
        return None
    if message.has("approve"):
        return "approve"
    return _of_short_answer(message, body)


def _of_short_answer(message: Message, body: str) -> Kind | None:
    """Return what a bare yes or no to a waiting approval decides."""
    short = len(words(message.folded)) <= _SHORT_WORDS
    if not message.context.pending_approval or not short or _by_cue(message):
        return None
    if CUES["no"].match(body):
        return "reject"
    return "approve" if CUES["yes"].match(body) else None


def _of_why(message: Message) -> Kind | None:
    """Return what a question for reasons is about."""
    asked = CUES["why"].search(message.folded)
    if asked is None or (asked.start() > _EARLY and "?" not in message.text):
        return None
    kinds: tuple[Kind, ...] = ("post_mortem", "validate", "uplift")
    for kind in kinds:
        if message.has(kind):
            return kind
    return "gap" if message.has("gap") and not message.ids else "explain"


def _of_off_topic(message: Message) -> Kind | None:
    """Return decline for what is not our trade, unless it is said beside something that is."""
    brief = message.brief
    said = (brief.departments, brief.exact_pct, brief.cap_pct, brief.gap_value)
    ours = any(said) or message.names_scenario or message.has("plan")
    return "decline" if message.has("off_topic") and not ours else None


def _by_cue(message: Message) -> Kind | None:
    """Return the first kind of the lexicon whose words are found."""
    return next((kind for kind in KINDS if message.has(kind)), None)


def _of_words(message: Message) -> Kind | None:
    """Return the kind that the message's own words ask for."""
    if (kind := _of_supposition(message)) is not None:
        return kind
    if message.has("past_results"):
        return "past_results"
    if _looks_back(message):
        return "post_mortem"
    kind = _by_cue(message)
    asks_of_scenario = bool(message.ids) and message.is_question
    if (
        message.has("plan")
        and not asks_of_scenario
        and (kind != "creative" or message.brief.window)
    ):
        return "plan"
    if kind == "creative":
        return kind
    if _is_choice(message, kind):
        return "whatif" if message.changes else "choose"
    if _is_change(message):
        return "whatif"
    if _is_open_choice(message, kind):
        return "choose"
    return _unless_brief(message, kind)


def _of_supposition(message: Message) -> Kind | None:
    """Return what `what if ...` is about: a scenario, or a first plan when it has a window."""
    known = message.context.scenarios or message.names_scenario
    if not message.has("whatif") or not (known or message.changes):
        return None
    return "plan" if message.brief.window and not known else "whatif"


def _looks_back(message: Message) -> bool:
    """Return whether it asks what a campaign did."""
    if message.has("post_mortem"):
        return True
    if not message.has("looks_back"):
        return False
    if message.has("how_much") and message.brief.departments and not message.ids:
        return False
    return bool(message.ids) or (message.has("campaign") and not message.has("campaigns"))


def _is_choice(message: Message, kind: Kind | None) -> bool:
    """Return whether a scenario is picked: by a verb, or by naming it and nothing else."""
    if not message.names_scenario or len(message.ids) > 1:
        return False
    if message.has("tell"):
        return False
    if message.has("choose") and kind in (None, "compare"):
        return True
    short = len(words(message.folded)) <= _SHORT_WORDS
    return kind is None and not message.is_question and short


def _is_open_choice(message: Message, kind: Kind | None) -> bool:
    """Return whether something is picked without saying what (`go for it`)."""
    asks = message.is_question or message.changes or kind is not None
    short = len(words(message.folded)) <= _SHORT_WORDS
    known = message.context.scenarios or message.brief.scenario_types
    return bool(known) and message.has("choose") and short and not asks


def _is_change(message: Message) -> bool:
    """Return whether a scenario in play should become different."""
    if not message.context.scenarios or message.is_question or not message.has("change"):
        return False
    return message.changes or bool(message.brief.unknown_departments)


def _unless_brief(message: Message, kind: Kind | None) -> Kind | None:
    """Return `kind`, corrected where the rest of the message says that it is something else."""
    brief = message.brief
    if kind == "compare" and not (message.context.scenarios or message.names_scenario):
        return "sales" if message.has("sales") else kind
    if message.ids and kind in _OF_SCENARIOS:
        return "explain"
    limits = (
        brief.cap_pct
        or brief.exact_pct
        or brief.scenario_types
        or brief.margin_floor_pct
        or brief.budget_value
        or brief.max_departments
        or (brief.gap_value and brief.departments)
    )
    return "plan" if kind in _ALSO_IN_BRIEFS and brief.window and limits else kind


def _of_content(message: Message) -> Kind | None:
    """Return the kind that fits what is talked about when no word says what to do."""
    context = message.context
    if len(message.ids) > 1:
        return "compare"
    if context.scenarios and message.is_question and message.has("kpi"):
        return "explain"
    if context.scenarios and message.changes:
        return "whatif"
    if message.ids and (message.is_question or message.has("tell")):
        return "explain"
    return _of_first_content(message)


def _of_first_content(message: Message) -> Kind | None:
    """Return the kind of a message that is about no scenario in play."""
    brief, context = message.brief, message.context
    if message.is_question and message.has("looks_back"):
        return "sales"
    if message.has("plan_noun"):
        return "plan"
    said = has_content(brief) or brief.month
    if context.last_brief is not None and said and not message.is_question:
        return "plan"
    if said_when(brief) and said_what(brief):
        return "plan"
    return "gap" if brief.gap_value or brief.gap_pct else None


_RULES = (
    _of_files,
    _of_undo,
    _of_decision,
    _of_why,
    _of_off_topic,
    _of_ellipsis,
    _of_words,
    _of_content,
)
