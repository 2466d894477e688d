"""Windows and months that a text names, in three languages.

Days come before months in numbers (22/10), as in Italy and Germany; only English text with an
impossible day-first reading (10/22) is read month first. A range whose end lies before its start
is returned upside down (start > end), so that the caller can refuse it. A yearless range that
crosses New Year ends in the next year if it is then at most half a year long.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Literal, NamedTuple

from agents.offline.clock import (
    Clock,
    Days,
    InvalidDateError,
    Prefer,
    checked_date,
    month_days,
    nearest_year,
    shifted_month,
    week_of,
)
from agents.offline.months import FULL_MONTHS
from agents.offline.numerals import COUNT_WORD, parse_number
from agents.offline.periods import find_periods
from agents.offline.points import Point, find_points
from agents.offline.text import alternatives, before, fold, mask

__all__ = ["InvalidDateError", "Window", "find_windows"]

_HALF_YEAR_DAYS = 183
_ARTICLE = r"(?:the\s+|il\s+|l'|den\s+|dem\s+|zum\s+)*"
_TO = re.compile(
    r"\s*(?:-+>?|→|\.\.+|to|until|till?|through|thru|ad?|al|all'|fino\s+al?(?:l')?|bis(?:\s+zum)?)"
    rf"\s*{_ARTICLE}"
)
_AND = re.compile(rf"\s*(?:and|e|ed|und|&|\+|/)\s*{_ARTICLE}")
_FROM = re.compile(
    r"\b(?:from|(?:start|begin)(?:s|ing)?(?:\s+(?:it\s+)?(?:on|at|from))?|(?:inizi|part|cominci)\w*\s+(?:il|dal)"
    r"|(?P<since>since|seit)|dal(?:l')?|da|vom|von|ab)\s*(?:the\s+|dem\s+|il\s+)?$"
)
_BETWEEN = re.compile(r"\b(?:between|tra|fra|zwischen)\s+(?:the\s+|il\s+|dem\s+|l')?$")
_UNTIL = re.compile(
    r"\b(?:until|till?|through|by|entro(?:\s+il)?|(?:extend|prolong|end)\w*(?:\s+it)?\s+(?:to|on|by)|(?:allung|prolung|finisc)\w*\s+(?:al|il)"
    r"|fino\s+al?(?:l')?|bis(?:\s+zum)?)\s*(?:the\s+)?$"
)
_MONTH_BEFORE = re.compile(
    rf"\b(?:{alternatives(FULL_MONTHS)})(?:\s+20\d\d)?[,:]?\s*(?:from|dal|vom)?\s*$"
)
# `raise TV from 15 to 20` is about depth.
_DEPTH_BEFORE = re.compile(
    r"(?:raise|lower|increase|decrease|reduce|discount|depth|deeper|port[aoi]|alz[aoi]|abbass"
    r"|aument|riduc|scont|rabatt|senk|erh(?:o|oe)h)\w*(?:\s+\w+){0,4}\s+$"
)
_ORDINAL_DAY = re.compile(r"\d(?:st|nd|rd|th|°|\.)$")
_LASTING = (
    rf"(?P<count>\d{{1,3}}|{COUNT_WORD})\s+"
    r"(?P<unit>days?|giorn[io]|tage?n?|weeks?|settiman[ae]|wochen?)"
)
_LASTING_AFTER = re.compile(rf"\s*,?\s*(?:for|per|fur|fuer)\s+{_LASTING}\b")
_LASTING_BEFORE = re.compile(rf"\b{_LASTING}\s*,?\s*$")
_WEEK_OF = re.compile(
    r"(?:\b(?P<weekend>weekend|fine settimana|wochenende)\s+(?:of|del|vom|um)"
    r"|\b(?:week|settimana|woche)\s+(?:of|del|vom|(?P<starting>beginning|starting|commencing|from|ab|dal)))"
    r"\s*(?:the\s+|on\s+|den\s+)?$"
)
_YEAR_AFTER = re.compile(r"(?:,\s*|\s+)(20\d\d)(?![\d.,]*\d)")


class Window(NamedTuple):
    """Days that a text names, both ends included; `start > end` when written upside down.

    `open_side` says which end the text left out (`from 22 October`, `until 27 October`): both
    dates are then the one that was named.
    """

    start: dt.date
    end: dt.date
    text_span: tuple[int, int]
    kind: Literal["window", "month"]
    open_side: Literal["start", "end"] | None = None


def find_windows(
    text: str, today: dt.date, language: str, prefer: Prefer = "future"
) -> list[Window]:
    """Return the windows and whole months that `text` names, in the order of the text.

    Raises:
        InvalidDateError: a day, month or week that no calendar has, as a sentence in `language`.
    """
    folded, clock = fold(text), Clock(today, language, prefer)
    periods = find_periods(folded, clock)
    rest = mask(folded, [period.span for period in periods])
    windows = _from_points(find_points(rest, clock), rest, clock) + [
        Window(p.start, p.end, p.span, "month" if p.whole_month else "window") for p in periods
    ]
    named = {period.span for period in periods}
    return _merged(sorted(windows, key=lambda window: window.text_span), folded, named)


def _from_points(points: list[Point], folded: str, clock: Clock) -> list[Window]:
    """Return the ranges among the points, then the points that stand alone."""
    months = [p for p in points if p.is_month and not p.weak]
    windows: list[Window] = []
    used: set[int] = set()
    for index, (first, second) in enumerate(pairwise(points)):
        if index in used or not _joined(first, second, folded, months):
            continue
        windows.append(_range(first, second, folded, months, clock))
        used |= {index, index + 1}
    singles = (_single(p, folded, clock) for i, p in enumerate(points) if i not in used)
    return windows + [window for window in singles if window is not None]


def _joined(first: Point, second: Point, folded: str, months: list[Point]) -> bool:
    """Return whether two points are the ends of one range."""
    between, lead = folded[first.span[1] : second.span[0]], before(folded, first.span[0])
    if first.is_month != second.is_month:
        return False
    if first.form == second.form == "day" and not _bare_range(first, folded, months):
        return False
    if _TO.fullmatch(between):
        return True
    if not _AND.fullmatch(between):
        return False
    if first.form == second.form == "weekday" and first.fixed and second.fixed:
        return (second.fixed - first.fixed).days % 7 == 1
    neighbours = first.day is not None and second.day == first.day + 1
    return bool(_BETWEEN.search(lead)) or (neighbours and first.form == "day")


def _bare_range(first: Point, folded: str, months: list[Point]) -> bool:
    """Return whether `15 to 20` without a month beside it is about days."""
    said = before(folded, first.span[0])
    if _MONTH_BEFORE.search(said):
        return True
    lead = _FROM.search(said) or _BETWEEN.search(said)
    if not lead or _DEPTH_BEFORE.search(said[: lead.start()]):
        return False
    ordinal = _ORDINAL_DAY.search(folded[slice(*first.span)])
    return bool(ordinal or months or lead[0].startswith(("dal", "vom")))


def _range(first: Point, second: Point, folded: str, months: list[Point], clock: Clock) -> Window:
    """Return the window between two points."""
    end_of_span = second.span[1]
    if second.form == "day" and (year := _YEAR_AFTER.match(folded, end_of_span)):
        second, end_of_span = second._replace(year=int(year[1])), year.end()
    if second.form == "weekday":
        second = _weekday_after(first, second)
    first, second = _explicit(first), _explicit(second)
    if first.month is None and second.month is None:
        first = _month_of_bare(first, second, months, clock)
    first = first._replace(month=first.month or second.month)
    second = second._replace(month=second.month or first.month)
    start, end = _dated(first, second, clock)
    return Window(start, end, (first.span[0], end_of_span), "window")


def _explicit(point: Point) -> Point:
    """Return a fixed day as one with day, month and year."""
    if point.fixed is None:
        return point
    day = point.fixed
    return point._replace(day=day.day, month=day.month, year=day.year)


def _weekday_after(first: Point, second: Point) -> Point:
    """Return `second` moved to its first occurrence on or after `first`."""
    if first.fixed is None or second.fixed is None:
        return second
    gap = (second.fixed - first.fixed).days % 7
    return second._replace(fixed=first.fixed + dt.timedelta(days=gap))


def _month_of_bare(first: Point, second: Point, months: list[Point], clock: Clock) -> Point:
    """Return `first` in the month that the text names, else in the one that fits `prefer`."""
    if months:
        return first._replace(month=months[0].month, year=months[0].year)
    today, days = clock.today, (first.day or 1, second.day or 1)
    shift = 0
    if clock.prefer == "future" and max(days) < today.day:
        shift = 1
    elif clock.prefer == "past" and min(days) > today.day:
        shift = -1
    month = shifted_month(today, shift)[0]
    return first._replace(month=month.month, year=month.year)


def _clamped(point: Point, year: int) -> Days:
    """Return first and last day of a point in `year`, its day held inside the month."""
    first, last = month_days(year, min(max(point.month or 1, 1), 12))
    if point.day is None:
        return first, last
    day = first.replace(day=min(max(point.day, 1), last.day))
    return day, day


def _ends(first: Point, second: Point, year: int) -> Days:
    """Return both ends when the first is in `year`: over New Year if that is a short way."""
    start, end = _clamped(first, year)[0], _clamped(second, year)[1]
    if (second.month or 0) < (first.month or 0):
        later = _clamped(second, year + 1)[1]
        end = later if (later - start).days <= _HALF_YEAR_DAYS else end
    return start, end


def _dated(first: Point, second: Point, clock: Clock) -> Days:
    """Return both ends with the years that were left out; raises `InvalidDateError`."""
    start_year, end_year = first.year, second.year
    if start_year is None and end_year is not None:
        wraps = _ends(first, second, end_year - 1)[1].year == end_year
        start_year = end_year - int(wraps)
    if start_year is None:
        start_year = nearest_year(lambda year: _ends(first, second, year), clock)
    if end_year is None:
        end_year = _ends(first, second, start_year)[1].year
    return _checked(first, start_year, clock)[0], _checked(second, end_year, clock)[1]


def _checked(point: Point, year: int, clock: Clock) -> Days:
    """Return first and last day of a point in `year`; raises `InvalidDateError`."""
    first = checked_date(
        year, point.month or 0, 1 if point.day is None else point.day, clock.language
    )
    return (first, first) if point.day is not None else month_days(year, first.month)


def _single(point: Point, folded: str, clock: Clock) -> Window | None:
    """Return the month or the day that stands alone, with a length if one is said."""
    said = before(folded, point.span[0])
    offset = point.span[0] - len(said)
    start_said = _FROM.search(said)
    if point.weak or (point.form == "month_end" and not _UNTIL.search(said)):
        return None
    if point.form == "now" and not start_said:
        return None
    point = _explicit(point)
    year = point.year or nearest_year(lambda y: _clamped(point, y), clock)
    first, last = _checked(point, year, clock)
    if point.is_month and start_said and start_said["since"] and first <= clock.today:
        return Window(first, clock.today, point.span, "window")
    if point.is_month:
        return Window(first, last, point.span, "month")
    lasting_after = _LASTING_AFTER.match(folded, point.span[1])
    lasting = lasting_after or _LASTING_BEFORE.search(
        said[: start_said.start()] if start_said else ""
    )
    if lasting:
        count = int(parse_number(lasting["count"], clock.language))
        days = count * (7 if lasting["unit"][0] in "ws" else 1)
        begin = point.span[0] if lasting_after else offset + lasting.start()
        span = begin, max(point.span[1], lasting_after.end() if lasting_after else 0)
        return Window(first, first + dt.timedelta(days=days - 1), span, "window")
    if start_said and start_said["since"] and first <= clock.today:
        return Window(first, clock.today, point.span, "window")
    if around := _WEEK_OF.search(said):
        start, end = _week_around(first, around)
        return Window(start, end, (offset + around.start(), point.span[1]), "window")
    if start_said or point.form == "ahead":
        return Window(first, last, point.span, "window", "end")
    return Window(first, last, point.span, "window", "start" if _UNTIL.search(said) else None)


def _week_around(day: dt.date, lead: re.Match[str]) -> Days:
    """Return the weekend or the week of `day`, or the seven days from it."""
    monday, sunday = week_of(day)
    if lead["weekend"]:
        return sunday - dt.timedelta(days=1), sunday
    return (day, day + dt.timedelta(days=6)) if lead["starting"] else (monday, sunday)


def _merged(windows: list[Window], folded: str, named: set[tuple[int, int]]) -> list[Window]:
    """Join neighbours that the text joins: `from Black Friday to Cyber Monday`.

    Two ranges are not joined: `move it from 22-27 to 24-29 October` names both.
    """

    def _is_end(window: Window) -> bool:
        return window.text_span in named or window.start == window.end

    merged: list[Window] = []
    for window in windows:
        last = merged[-1] if merged else None
        if last and last.kind == window.kind == "window" and _is_end(last) and _is_end(window):
            between = folded[last.text_span[1] : window.text_span[0]]
            if _TO.fullmatch(between):
                span = last.text_span[0], window.text_span[1]
                merged[-1] = Window(last.start, window.end, span, "window")
                continue
        merged.append(window)
    return merged
