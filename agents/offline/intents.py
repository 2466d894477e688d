"""What a message wants: its kind, the scenarios it means and its brief."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal
from uuid import UUID

from agents.offline.brief import Brief, Period, Vocabulary, completed, date_spans, read_brief
from agents.offline.clock import month_days, month_label
from agents.offline.cues import CUES, PATH, REASON
from agents.offline.departments import find_departments
from agents.offline.kinds import ELLIPTIC, Kind, kind_of
from agents.offline.language import Language, detect
from agents.offline.message import Context, Message
from agents.offline.references import find_references
from agents.offline.spelling import respelled
from agents.offline.text import composed, fold, mask
from analytics.types import Record

__all__ = ["Context", "Intent", "Kind", "read_intent"]

_PAST_KINDS = ("post_mortem", "sales", "campaigns", "quality", "jobs")
_DEPARTMENT_KINDS = (
    "plan",
    "whatif",
    "frontier",
    "sales",
    "forecast",
    "uplift",
    "side_effects",
    "opportunities",
)
_METRICS: tuple[Literal["units", "margin"], ...] = ("units", "margin")
_LONE_DAY = re.compile(
    r"\W*(?:(?:to|until|till|the|al|fino al|il|bis|zum|der|den|dem)\s+)*(\d{1,2})(?:st|nd|rd|th|\.|°)?\W*"
)
_QUOTED = re.compile(
    r"(?<!\w)[\"'\u2018\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb]{3,}?)[\"'\u2019\u201c\u201d\u00bb](?!\w)"
)
_NAME = r"((?:[A-Z0-9][\w%&-]*)(?:\s+[A-Z0-9%][\w%&-]*)*)"
_NAMED_AFTER = re.compile(
    rf"\b(?:[Cc]ampaign|[Pp]romo(?:tion)?|[Cc]ampagna|[Pp]romozione|[Kk]ampagne|[Aa]ktion)\s+{_NAME}"
)
_NAMED_BEFORE = re.compile(
    rf"\b(?:the|die|der|la)\s+{_NAME}[\s-]+(?:campaign|promo|promotion|[Kk]ampagne|[Aa]ktion)\b"
)


class Intent(Record):
    """What one message wants.

    Attributes:
        kind: what to do.
        language: language to answer in.
        brief: what the message says about a promotion (for a plan that answers a question:
            together with the brief it answers).
        scenario_ids: scenarios meant, in the order of the text; empty when none is named.
        id_prefixes: beginnings of ids that no scenario in play has; the store may know them.
        unresolved: references that fit no scenario in play (`the fourth one`).
        period: days that a question is about: its window, else its month.
        direction: a change of depth without a number.
        metric: what a sales question asks for.
        reason: why something is rejected.
        campaign: name of a campaign of the catalog.
        about_campaign: an id that is named is a campaign's, not a scenario's.
        only: what is named stays, the rest goes (`only TV`).
        as_before: it is compared with what was there before a change.
        paths: files to load.
        rest: what else the message asks for, in the person's words; it is not done yet.
    """

    kind: Kind
    language: Language
    brief: Brief
    scenario_ids: tuple[UUID, ...] = ()
    id_prefixes: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    period: Period | None = None
    direction: Literal["deeper", "shallower"] | None = None
    metric: Literal["sales", "margin", "units"] = "sales"
    reason: str | None = None
    campaign: str | None = None
    about_campaign: bool = False
    only: bool = False
    as_before: bool = False
    paths: tuple[str, ...] = ()
    rest: str | None = None


def read_intent(
    text: str, today: dt.date, vocabulary: Vocabulary, context: Context | None = None
) -> Intent:
    """Return what `text` wants, with its references resolved and its brief read."""
    text = respelled(composed(text))
    context = context or Context()
    language = detect(text, context.language or "en")
    plain = _without_names(text)
    dates = date_spans(plain, today, language)
    departments = find_departments(plain, vocabulary.departments)
    references = find_references(text, context.scenarios, mask(plain, dates))
    message = Message(
        text=text,
        folded=fold(text),
        brief=_read(plain, today, vocabulary, context, language),
        ids=references.ids,
        prefixes=references.prefixes,
        unresolved=references.unresolved,
        known_spans=(*dates, *(mention.span for mention in departments.mentions)),
        paths=tuple(match[match.lastgroup or 0] for match in PATH.finditer(text)),
        context=context,
    )
    kind = kind_of(message)
    if kind in _PAST_KINDS or (kind == "gap" and message.has("past")):
        past = read_brief(plain, today, vocabulary, prefer="past", language=language)
        return _intent(kind, message, _taken_up(kind, message, past))
    return _intent(kind, message, _taken_up(kind, message, _fitted(kind, message)))


def _taken_up(kind: Kind, message: Message, brief: Brief) -> Brief:
    """Return the brief of `and for Gaming?` with the rest of the question that it takes up."""
    earlier = message.context.last_said
    if kind not in ELLIPTIC or earlier is None or not CUES["elliptic"].match(message.folded):
        return brief
    if brief.window or brief.month:
        earlier = earlier.model_copy(update={"window": None, "month": None})
    return completed(earlier, brief)


def _without_names(text: str) -> str:
    """Return `text` with file paths and quoted names blanked: their words are not a brief."""
    return mask(text, [match.span() for p in (PATH, _QUOTED) for match in p.finditer(text)])


def _read(
    text: str, today: dt.date, vocabulary: Vocabulary, context: Context, language: Language
) -> Brief:
    """Return the brief; bare days (`22 to 27`) belong to the month that is being planned."""
    brief = read_brief(text, today, vocabulary, language=language)
    earlier = context.last_brief
    if earlier is None or brief.window or brief.open_start or brief.month:
        return brief
    month = _month_asked_about(earlier)
    if month is None:
        return brief
    label = month_label(month, language)
    lone = _LONE_DAY.fullmatch(fold(text))
    written = f"{lone[1]} {label}" if lone else f"{label}: {text}"
    dated = read_brief(written, today, vocabulary, language=language)
    return dated.model_copy(update={"text": text}) if dated.window else brief


def _month_asked_about(earlier: Brief) -> dt.date | None:
    """Return the month that bare days in the answer to a question belong to."""
    if earlier.month is not None:
        return dt.date.fromisoformat(f"{earlier.month}-01")
    if earlier.open_start or earlier.open_end:
        return earlier.open_start or earlier.open_end
    return earlier.window.end if earlier.window else None


def _fitted(kind: Kind, message: Message) -> Brief:
    """Return the brief as its kind wants it.

    A plan that answers a question completes the earlier brief; of a change from one window to
    another the last is the new one.
    """
    brief, context = message.brief, message.context
    if kind == "whatif" and brief.other_windows:
        return brief.model_copy(update={"window": brief.other_windows[-1], "other_windows": ()})
    answers = kind == "plan" and not context.scenarios and not message.has("plan")
    if not answers or context.last_brief is None:
        return brief
    return completed(context.last_brief, brief, adds=message.has("also"))


def _intent(kind: Kind, message: Message, brief: Brief) -> Intent:
    if kind not in _DEPARTMENT_KINDS:
        brief = brief.model_copy(update={"unknown_departments": ()})
    direction: Literal["deeper", "shallower"] | None = None
    if message.has("shallower"):
        direction = "shallower"
    elif message.has("deeper"):
        direction = "deeper"
    return Intent(
        kind=kind,
        language=brief.language,
        brief=brief,
        scenario_ids=message.ids,
        id_prefixes=message.prefixes,
        unresolved=message.unresolved,
        period=_period(brief),
        direction=direction,
        metric=_metric(message) if kind == "sales" else "sales",
        reason=_reason(message) if kind == "reject" else None,
        campaign=_campaign(message) if kind == "post_mortem" else None,
        about_campaign=message.has("campaign"),
        only=message.has("only"),
        as_before=message.has("before"),
        paths=message.paths,
    )


def _period(brief: Brief) -> Period | None:
    if brief.window:
        return brief.window
    if brief.month is None:
        return None
    start, end = month_days(*map(int, brief.month.split("-")))
    return Period(start=start, end=end)


def _reason(message: Message) -> str | None:
    """Return what follows the refusal, in the person's own words."""
    refusals = (CUES[name].search(message.folded) for name in ("not_approved", "reject", "no"))
    refused = next((match.end() for match in refusals if match), 0)
    link = REASON.search(message.folded, refused)
    return message.text[link.end() :].strip(" .!") or None if link else None


def _metric(message: Message) -> Literal["sales", "margin", "units"]:
    return next((name for name in _METRICS if message.has(name)), "sales")


def _campaign(message: Message) -> str | None:
    """Return the campaign that is named: in quotes, or capitalised beside the word for it.

    Dates and departments are no names: `the September TV promo` has none.
    """
    if quoted := _QUOTED.search(message.text):
        return quoted[1].strip()
    named = mask(message.text, message.known_spans)
    found = (pattern.search(named) for pattern in (_NAMED_AFTER, _NAMED_BEFORE))
    return next((match[1].strip() for match in found if match), None)
