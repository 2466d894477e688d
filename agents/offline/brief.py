"""A planner's brief: what a promotion must be, as far as the text says it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, TypedDict

from pydantic import Field

from agents.offline.channels import find_channels
from agents.offline.clock import month_label
from agents.offline.dates import InvalidDateError, Window, find_windows
from agents.offline.departments import find_departments
from agents.offline.depths import by_department, department_depths
from agents.offline.language import Language, detect
from agents.offline.limits import Limits, find_amounts, limits
from agents.offline.placement import placement
from agents.offline.scenario_types import Objective, find_objective, type_mentions
from agents.offline.segments import find_segments
from agents.offline.sentences import say
from agents.offline.shifts import Shift, find_shift
from agents.offline.text import composed, fold, mask
from analytics.figures import money, number
from analytics.types import Channel, Record, ScenarioType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agents.offline.clock import Prefer
    from agents.offline.departments import Found
    from agents.offline.limits import Amounts
    from agents.offline.text import Span

_HUNDRED = 100
_TOO_LONG = re.compile(r"\d{16,}")


class Vocabulary(Record):
    """The names the store knows."""

    departments: tuple[str, ...] = ()
    segments: dict[str, str] = Field(default_factory=dict, description="segment_id -> name")


class Period(Record):
    """Days, both ends included; `end` before `start` is kept as the text said it."""

    start: dt.date
    end: dt.date


class Brief(Record):
    """What one text says about a promotion; what it does not say is None or empty.

    `open_start` and `open_end` hold the one date of a window whose other end is missing;
    `shift` moves the ends of a window that is already known.
    `exact_pct` is a depth that is asked for (the last, where there are several; then
    `department_depths` says which is for which department), `cap_pct` and `min_pct` bound it,
    `previous_pct` is the depth that a change replaces, `depth_change_pct` the points by which it
    goes deeper (negative: shallower). `funding_pct` is what suppliers pay of the discount,
    `run_days` for how long each department runs, `min_gap_days` how long it rests between two. An empty `departments` means all, an empty `channels` both.
    """

    language: Language
    window: Period | None = None
    other_windows: tuple[Period, ...] = ()
    open_start: dt.date | None = None
    open_end: dt.date | None = None
    shift: Shift | None = None
    month: str | None = None
    date_problem: str | None = None
    number_problem: str | None = None
    departments: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unknown_departments: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    cap_pct: float | None = None
    min_pct: float | None = None
    exact_pct: float | None = None
    department_depths: dict[str, float] = Field(default_factory=dict)
    previous_pct: float | None = None
    depth_change_pct: float | None = None
    margin_floor_pct: float | None = None
    gap_pct: float | None = None
    gap_value: float | None = None
    budget_value: float | None = None
    max_departments: int | None = None
    department_caps: dict[str, float] = Field(default_factory=dict)
    funding_pct: float | None = None
    department_funding: dict[str, float] = Field(default_factory=dict)
    run_days: int | None = None
    min_gap_days: int | None = None
    segments: tuple[str, ...] = ()
    unknown_segments: tuple[str, ...] = ()
    scenario_types: tuple[ScenarioType, ...] = ()
    objective: Objective | None = None
    text: str = ""


def read_brief(
    text: str,
    today: dt.date,
    vocabulary: Vocabulary,
    *,
    prefer: Prefer = "future",
    language: Language | None = None,
) -> Brief:
    """Return what `text` says about a promotion.

    Args:
        text: what the planner wrote.
        today: the day on which it was written.
        vocabulary: the departments and segments of the store.
        prefer: where a date without a year belongs.
        language: of the conversation; detected when None.
    """
    text = composed(text)
    language = language or detect(text)
    windows, problem = _windows(text, today, language, prefer)
    rest = mask(text, [window.text_span for window in windows])
    amounts = find_amounts(rest, language)
    audience = find_segments(rest, vocabulary.segments)
    words = mask(rest, amounts.spans)
    types = type_mentions(fold(words))
    named = mask(words, [*audience.spans, *(span for span, _ in types)])
    found = find_departments(named, vocabulary.departments)
    return Brief(
        language=language,
        **_dates(windows),
        shift=None if windows else find_shift(text, language),
        date_problem=problem,
        number_problem=_number_problem(text, language),
        departments=found.included,
        excluded=found.excluded,
        unknown_departments=found.unknown,
        channels=find_channels(words),
        **_limited(amounts, found, rest),
        **placement(rest, language),
        department_depths=department_depths(amounts.percents, found.mentions),
        segments=audience.segments,
        unknown_segments=audience.unknown,
        scenario_types=tuple(dict.fromkeys(name for _, name in types)),
        objective=find_objective(words),
        text=text,
    )


class _Limited(Limits):
    department_caps: dict[str, float]
    department_funding: dict[str, float]


def _limited(amounts: Amounts, found: Found, text: str) -> _Limited:
    """Return the limits; where each of several caps has its own department there is no common one."""
    caps = by_department(amounts.percents, found.mentions, text, "cap")
    funding = by_department(amounts.percents, found.mentions, text, "funding")
    common = limits(amounts)
    if caps:
        own = set(caps.values())
        rest = [p.value for p in amounts.percents if p.role == "cap" and p.value not in own]
        common["cap_pct"] = min(rest, default=None)
    return {**common, "department_caps": caps, "department_funding": funding}


def _number_problem(text: str, language: Language) -> str | None:
    """Return the sentence about a number that is longer than any amount."""
    found = _TOO_LONG.search(text)
    return say("number_too_long", language, written=found[0]) if found else None


def _windows(
    text: str, today: dt.date, language: Language, prefer: Prefer
) -> tuple[list[Window], str | None]:
    """Return the windows, or none and the sentence that says which date does not exist."""
    try:
        return find_windows(text, today, language, prefer), None
    except InvalidDateError as error:
        return [], str(error)


def date_spans(text: str, today: dt.date, language: Language) -> tuple[Span, ...]:
    """Return where `text` names dates, so that nothing else is read from there."""
    windows, _ = _windows(text, today, language, "future")
    return tuple(window.text_span for window in windows)


class _Dates(TypedDict):
    window: Period | None
    other_windows: tuple[Period, ...]
    open_start: dt.date | None
    open_end: dt.date | None
    month: str | None


def _dates(windows: Sequence[Window]) -> _Dates:
    closed = dict.fromkeys(
        (w.start, w.end) for w in windows if w.kind == "window" and not w.open_side
    )
    periods = [Period(start=start, end=end) for start, end in closed]
    return {
        "window": periods[0] if periods else None,
        "other_windows": tuple(periods[1:]),
        "open_start": next((w.start for w in windows if w.open_side == "end"), None),
        "open_end": next((w.end for w in windows if w.open_side == "start"), None),
        "month": next((f"{w.start:%Y-%m}" for w in windows if w.kind == "month"), None),
    }


def problems(brief: Brief, today: dt.date, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return what contradicts itself or the store, one sentence each, with the repair."""
    found = [text for text in (brief.date_problem, brief.number_problem) if text]
    found += [*_window_problems(brief, today), *_limit_problems(brief)]
    found += _name_problems(brief, vocabulary)
    return tuple(found)


def _window_problems(brief: Brief, today: dt.date) -> Iterator[str]:
    window = brief.window
    if window is None:
        return
    dates = {"start": window.start, "end": window.end, "today": today}
    if window.end < window.start:
        yield say("end_before_start", brief.language, **dates)
    elif window.end < today:
        yield say("window_past", brief.language, **dates)
    elif window.start < today:
        yield say("window_started", brief.language, **dates)
    if brief.other_windows:
        named = ", ".join(f"{w.start}..{w.end}" for w in (window, *brief.other_windows))
        yield say("several_windows", brief.language, windows=named)


def _limit_problems(brief: Brief) -> Iterator[str]:
    language, cap, floor = brief.language, brief.cap_pct, brief.margin_floor_pct
    for value in (cap, brief.exact_pct, brief.min_pct):
        if value is not None and not 0 < value <= _HUNDRED:
            yield say("cap_range", language, value=number(value, language))
    for value in (brief.exact_pct, brief.min_pct):
        if cap is not None and value is not None and value > cap:
            yield say(
                "depth_above_cap",
                language,
                value=number(value, language),
                cap=number(cap, language),
            )
    if brief.budget_value is not None and brief.budget_value <= 0:
        yield say("budget_range", language, value=money(brief.budget_value, language))
    if floor is not None and floor >= _HUNDRED:
        yield say("floor_impossible", language, value=number(floor, language))
    most = brief.max_departments
    if most is not None and len(brief.departments) > most:
        yield say("too_few_departments", language, named=len(brief.departments), maximum=most)


def _name_problems(brief: Brief, vocabulary: Vocabulary) -> Iterator[str]:
    language = brief.language
    for department in brief.departments:
        if department in brief.excluded:
            yield say("in_and_out", language, department=department)
    departments = ", ".join(vocabulary.departments) or say("none", language)
    for unknown in brief.unknown_departments:
        yield say("unknown_department", language, unknown=unknown, known=departments)
    segments = ", ".join(vocabulary.segments) or say("none", language)
    for unknown in brief.unknown_segments:
        yield say("unknown_segment", language, unknown=unknown, known=segments)


def missing(brief: Brief) -> str | None:
    """Return the one question that must be answered before planning, in the brief's language."""
    if brief.window is not None or brief.date_problem:
        return None
    if brief.open_start is not None:
        return say("ask_end", brief.language, start=brief.open_start)
    if brief.open_end is not None:
        return say("ask_start", brief.language, end=brief.open_end)
    if brief.month is not None:
        first = dt.date.fromisoformat(f"{brief.month}-01")
        return say("ask_window_month", brief.language, month=month_label(first, brief.language))
    return say("ask_window", brief.language)


_WHEN = frozenset({"window", "open_start", "open_end", "date_problem"})
_NOT_ASKED = {"language", "text", "month", "other_windows", "gap_value", "gap_pct", "shift"}
_WHAT = frozenset(Brief.model_fields) - _WHEN - _NOT_ASKED


def said_when(brief: Brief) -> bool:
    """Return whether the text says when a promotion should run, or tries to."""
    return bool(_WHEN & _said(brief).keys())


def said_what(brief: Brief) -> bool:
    """Return whether the text says what a promotion should be: departments, limits, types."""
    return bool(_WHAT & _said(brief).keys())


def has_content(brief: Brief) -> bool:
    """Return whether the text says anything that a promotion could be made from."""
    return said_when(brief) or said_what(brief)


def _said(brief: Brief) -> dict[str, object]:
    """Return the fields that the text filled."""
    empty = Brief(language=brief.language)
    return {
        name: value
        for name in Brief.model_fields
        if (value := getattr(brief, name)) != getattr(empty, name)
    }


def completed(earlier: Brief, later: Brief, *, adds: bool = False) -> Brief:
    """Return `earlier` with what `later` says, as when a question is answered.

    One day answers the question for the missing end of a window. With `adds` (`Audio too`) the
    later departments join the earlier ones, else they replace them.
    """
    changes = _said(later)
    if adds:
        changes["departments"] = tuple(dict.fromkeys(earlier.departments + later.departments))
    changes["text"] = f"{earlier.text}\n{later.text}"
    if later.window and later.window.start == later.window.end:
        if earlier.open_start:
            changes["window"] = Period(start=earlier.open_start, end=later.window.end)
        elif earlier.open_end:
            changes["window"] = Period(start=later.window.start, end=earlier.open_end)
    if "window" in changes:
        changes |= {"open_start": None, "open_end": None, "other_windows": later.other_windows}
    changes.setdefault("date_problem", None)
    changes.setdefault("number_problem", None)
    changes.setdefault("unknown_departments", ())
    changes.setdefault("unknown_segments", ())
    return earlier.model_copy(update=changes)
