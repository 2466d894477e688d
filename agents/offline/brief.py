"""A planner's brief: what a promotion must be, as far as the text says it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pydantic import Field

from agents.offline.amounts import find_counts, find_money, find_percents
from agents.offline.channels import find_channels
from agents.offline.clock import month_label
from agents.offline.dates import InvalidDateError, Window, find_windows
from agents.offline.departments import find_departments
from agents.offline.language import Language, detect
from agents.offline.scenario_types import Objective, find_objective, find_scenario_types
from agents.offline.segments import find_segments
from agents.offline.sentences import say
from agents.offline.text import mask
from analytics.types import Channel, Record, ScenarioType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.offline.amounts import Money, MoneyRole, Percent, PercentRole
    from agents.offline.clock import Prefer

_HUNDRED = 100


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

    `open_start` and `open_end` hold the one date of a window whose other end is missing.
    `exact_pct` is a depth that is asked for, `cap_pct` and `min_pct` bound it, `previous_pct` is
    the depth that a change replaces. An empty `departments` means all, an empty `channels` both.
    """

    language: Language
    window: Period | None = None
    other_windows: tuple[Period, ...] = ()
    open_start: dt.date | None = None
    open_end: dt.date | None = None
    month: str | None = None
    date_problem: str | None = None
    departments: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unknown_departments: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    cap_pct: float | None = None
    min_pct: float | None = None
    exact_pct: float | None = None
    previous_pct: float | None = None
    margin_floor_pct: float | None = None
    gap_pct: float | None = None
    gap_value: float | None = None
    budget_value: float | None = None
    max_departments: int | None = None
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
    language = language or detect(text)
    windows, problem = _windows(text, today, language, prefer)
    rest = mask(text, [window.text_span for window in windows])
    percents = find_percents(rest, language)
    money = find_money(mask(rest, [p.span for p in percents]), language)
    counts = find_counts(rest)
    amounts = [*percents, *money, *counts]
    audience = find_segments(rest, vocabulary.segments)
    words = mask(rest, [amount.span for amount in amounts])
    found = find_departments(words, vocabulary.departments)
    return Brief(
        language=language,
        **_period_fields(windows),
        date_problem=problem,
        departments=found.included,
        excluded=found.excluded,
        unknown_departments=found.unknown,
        channels=find_channels(words),
        cap_pct=_percent(percents, "cap"),
        min_pct=_percent(percents, "minimum"),
        exact_pct=_percent(percents, "exact"),
        previous_pct=_percent(percents, "previous"),
        margin_floor_pct=_percent(percents, "floor"),
        gap_pct=_percent(percents, "gap"),
        gap_value=_sum_of(money, "gap"),
        budget_value=_sum_of(money, "budget"),
        max_departments=next((c.value for c in counts if c.of == "departments"), None),
        segments=audience.segments,
        unknown_segments=audience.unknown,
        scenario_types=find_scenario_types(words),
        objective=find_objective(words),
        text=text,
    )
