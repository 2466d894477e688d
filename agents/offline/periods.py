"""Named periods: weekends, weeks, quarters, Black Friday, `the rest of the month`.

A weekend is Saturday and Sunday, a week Monday to Sunday. `This` (or `the`) weekend is that of
the week of `today`; `next` is that of the week after. The weeks of Black Friday and of
feasts (`festivities.py`) are the calendar weeks that contain the day. `Early`, `mid` and `late`
(`Ende`, `fine`) in a month are its days 1-10, 11-20 and the rest. The `first week` of a month is its days
1-7, the second 8-14 and so on; its `last` is its last seven days. `Last 30 days` end yesterday,
`next 30 days` start tomorrow.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import NamedTuple

from agents.offline import festivities
from agents.offline.clock import (
    Clock,
    Days,
    InvalidDateError,
    month_days,
    nearest_year,
    shifted_month,
    week_of,
)
from agents.offline.months import FULL_MONTHS
from agents.offline.numerals import COUNT_WORD, ORDINAL, parse_number, parse_ordinal
from agents.offline.sentences import say
from agents.offline.text import alternatives

_DAY = dt.timedelta(days=1)
_NOVEMBER, _DECEMBER, _MIDDLE = 11, 12, 15

_THIS = r"this|quest[oa]|quest'|diese[nrsm]?|current|laufende[nrs]?|corrente|in corso"
_NEXT = r"next|following|prossim[oaei]|n(?:a|ae)chste[nrsm]?"
_LAST = (
    r"last|past|previous|scors[oaei]|passat[oaei]|precedente|ultim[oaei]|letzte[nrsm]?"
    r"|vergangene[nrsm]?|vorige[nrsm]?"
)
_COMING = r"coming|kommende[nrsm]?|che viene|entrante"
_STEP = rf"(?P<step>{_THIS}|{_NEXT}|{_LAST}|{_COMING})"
_STEP_AFTER = _STEP.replace("<step>", "<after>")
_WEEK = r"(?:week|settimana|woche)"
_MONTH_WORD = r"(?:month|mese|monat(?:e?s)?)"
_MONTH = rf"(?P<month>{alternatives(FULL_MONTHS)})\b(?:\s+(?P<year>20\d\d)(?!\d))?"
_OF = r"\s+(?:of\s+|in\s+|di\s+|del(?:la)?\s+|dell'|im\s+|des\s+|vom\s+|von\s+|the\s+|il\s+)*"
_NAME = rf"(?P<month>{alternatives(FULL_MONTHS)})(?!\s+\d)"
_NAME_FIRST = _NAME.replace("<month>", "<named>")
_WHOLE = rf"(?:{_MONTH}|(?:{_STEP}\s+)?{_MONTH_WORD}(?:\s+{_STEP_AFTER})?)"
_YEAR = r"(?:(?:\s*/\s*|\s+(?:of\s+|del\s+|von\s+)?)(?P<year>20\d\d)(?!\d))?"
_UNTIL = r"(?P<until>(?:by|until|till?|entro|fino a(?:lla)?|bis|before|prima di|vor)\s+(?:the\s+|la\s+)?)"
_STRETCH = (
    r"(?P<early>early|(?:the )?(?:beginning|start)|inizio|anfang)|(?P<mid>mid(?:dle)?|(?:a )?meta|mitte)"
    r"|late|(?:the )?end|(?:a )?fine|ende"
)
_COUNT = rf"(?P<count>\d{{1,3}}|{COUNT_WORD})"


class Period(NamedTuple):
    """A named period found in a text."""

    start: dt.date
    end: dt.date
    span: tuple[int, int]
    whole_month: bool


def black_friday(year: int) -> dt.date:
    """Return the day after the fourth Thursday of November."""
    first = dt.date(year, _NOVEMBER, 1)
    return first + dt.timedelta(days=(3 - first.weekday()) % 7 + 21 + 1)


def _group(match: re.Match[str], name: str) -> str:
    """Return a named group, empty when the pattern lacks it or it did not take part."""
    return match.groupdict().get(name) or ""


def _step(match: re.Match[str]) -> int:
    """Return -1, 0 or 1 for last, this, next; `coming` counts as this."""
    word = _group(match, "step") or _group(match, "after")
    if re.fullmatch(_NEXT, word):
        return 1
    return -1 if re.fullmatch(_LAST, word) else 0


def _yearly(match: re.Match[str], clock: Clock, make: Callable[[int], Days]) -> Days:
    year = _group(match, "year")
    return make(int(year) if year else nearest_year(make, clock))


def _month(match: re.Match[str], clock: Clock) -> Days:
    if name := _group(match, "month"):
        return _yearly(match, clock, lambda year: month_days(year, FULL_MONTHS[name]))
    return shifted_month(clock.today, _step(match))


def _weekend(match: re.Match[str], clock: Clock) -> Days:
    sunday = week_of(clock.today)[1] + 7 * _step(match) * _DAY
    return sunday - _DAY, sunday


def _week(match: re.Match[str], clock: Clock) -> Days:
    coming = re.fullmatch(_COMING, _group(match, "step") or _group(match, "after"))
    return week_of(clock.today + 7 * (1 if coming else _step(match)) * _DAY)


def _black_friday_week(match: re.Match[str], clock: Clock) -> Days:
    return _yearly(match, clock, lambda year: week_of(black_friday(year)))


def _black_friday_weekend(match: re.Match[str], clock: Clock) -> Days:
    return _yearly(match, clock, lambda year: (black_friday(year), black_friday(year) + 2 * _DAY))


def _black_friday(match: re.Match[str], clock: Clock) -> Days:
    return _yearly(match, clock, lambda year: (black_friday(year), black_friday(year)))


def _cyber_monday(match: re.Match[str], clock: Clock) -> Days:
    return _yearly(match, clock, lambda year: (black_friday(year) + 3 * _DAY,) * 2)


def _calendar_week(match: re.Match[str], clock: Clock) -> Days:
    first = int(match["week"])
    last = int(_group(match, "last") or first)

    def clamped(year: int) -> Days:
        weeks = dt.date(year, _DECEMBER, 28).isocalendar().week
        starts = [dt.date.fromisocalendar(year, min(max(w, 1), weeks), 1) for w in (first, last)]
        return starts[0], starts[1] + 6 * _DAY

    written = _group(match, "year")
    year = int(written) if written else nearest_year(clamped, clock)
    weeks = dt.date(year, _DECEMBER, 28).isocalendar().week
    for week in (first, last):
        if not 1 <= week <= weeks:
            message = say("no_such_week", clock.language, year=year, week=week, weeks=weeks)
            raise InvalidDateError(message)
    return clamped(year)


def _week_of_month(match: re.Match[str], clock: Clock) -> Days:
    first, last = _month(match, clock)
    if re.fullmatch(_LAST, match["ordinal"]):
        return last - 6 * _DAY, last
    start = first + 7 * (parse_ordinal(match["ordinal"]) - 1) * _DAY
    return start, min(start + 6 * _DAY, last)


def _half_of_month(match: re.Match[str], clock: Clock) -> Days:
    first, last = _month(match, clock)
    middle = first.replace(day=_MIDDLE)
    return (first, middle) if parse_ordinal(match["ordinal"]) == 1 else (middle + _DAY, last)


def _part_of_month(match: re.Match[str], clock: Clock) -> Days:
    first, last = _month(match, clock)
    length = _counted_days(match, clock) - 1
    if re.fullmatch(_LAST, match["ordinal"]):
        return last - length * _DAY, last
    return first, min(first + length * _DAY, last)


def _stretch_of_month(match: re.Match[str], clock: Clock) -> Days | None:
    """Return the days 1-10, 11-20 or from 21 on: `early`, `mid` and `late` of a month.

    After `by` or `until` it is no window but the day something must be over: left to the points.
    """
    if _group(match, "until"):
        return None
    first, last = _month(match, clock)
    if _group(match, "early"):
        return first, first + 9 * _DAY
    return (
        (first + 10 * _DAY, first + 19 * _DAY)
        if _group(match, "mid")
        else (first + 20 * _DAY, last)
    )


def _rest_of_month(match: re.Match[str], clock: Clock) -> Days:
    first, last = _month(match, clock)
    return max(first, min(clock.today, last)), last


def _counted_days(match: re.Match[str], clock: Clock) -> int:
    count = int(parse_number(match["count"], clock.language))
    return count * (7 if match["unit"][0] in "ws" else 1)


def _rolling_months(match: re.Match[str], clock: Clock) -> Days:
    count = int(parse_number(match["count"], clock.language))
    steps = (-count, -1) if _step(match) < 0 else (1, count)
    return shifted_month(clock.today, steps[0])[0], shifted_month(clock.today, steps[1])[1]


def _to_date(match: re.Match[str], clock: Clock) -> Days:
    return clock.today.replace(day=1, month=1 if match["ytd"] else clock.today.month), clock.today


def _rolling(match: re.Match[str], clock: Clock) -> Days:
    days = _counted_days(match, clock)
    if _step(match) < 0:
        return clock.today - days * _DAY, clock.today - _DAY
    return clock.today + _DAY, clock.today + days * _DAY


def _quarter(match: re.Match[str], clock: Clock) -> Days:
    last_month = 3 * int(match["quarter"])
    return _yearly(
        match, clock, lambda y: (dt.date(y, last_month - 2, 1), month_days(y, last_month)[1])
    )


def _stepped_quarter(match: re.Match[str], clock: Clock) -> Days:
    offset = 3 * _step(match) - (clock.today.month - 1) % 3
    return shifted_month(clock.today, offset)[0], shifted_month(clock.today, offset + 2)[1]


def _calendar_year(match: re.Match[str], clock: Clock) -> Days:
    written = _group(match, "year")
    year = int(written) if written else clock.today.year + _step(match)
    return dt.date(year, 1, 1), dt.date(year, _DECEMBER, 31)


def _stepped_month_name(match: re.Match[str], clock: Clock) -> Days:
    month = FULL_MONTHS[_group(match, "month") or _group(match, "named")]
    step = _step(match)
    this = month_days(clock.today.year, month)
    if not step:
        return this
    if step > 0:
        return this if this[0] > clock.today else month_days(clock.today.year + 1, month)
    return this if this[1] < clock.today else month_days(clock.today.year - 1, month)


_FIRST_FEW = r"first|prim[ie]|ersten?"
_Reader = Callable[[re.Match[str], Clock], Days | None]
_BF = r"black[- ]?friday"
_WEEKEND = r"(?:week-?end|week end|fine settimana|wochenende)"
_READERS: tuple[tuple[str, _Reader], ...] = (
    (
        rf"(?:{_BF}[- ]{_WEEKEND}|{_WEEKEND}\s+(?:of|del|am|zum)\s+{_BF}){_YEAR}",
        _black_friday_weekend,
    ),
    (
        rf"(?:{_BF}[- ]{_WEEK}|{_WEEK}\s+(?:of|del|des|vom|zum)\s+(?:the\s+)?{_BF}"
        rf"|cyber[- ]?{_WEEK}){_YEAR}",
        _black_friday_week,
    ),
    (rf"{_BF}{_YEAR}", _black_friday),
    (rf"cyber[- ]?monday{_YEAR}", _cyber_monday),
    *festivities.READERS,
    (
        rf"(?:calendar week|kalenderwoche|{_WEEK}|kw|wk|w)\s*(?:n[.ro°]*\s*|\#)?(?P<week>\d{{1,2}})"
        rf"(?!\d|[.,]\d|\s*%)(?:\s*(?:-|to|bis|a)\s*(?:kw\s*)?(?P<last>\d{{1,2}}))?{_YEAR}",
        _calendar_week,
    ),
    (r"(?P<year>20\d\d)-?w(?P<week>\d\d)", _calendar_week),
    (rf"(?P<ordinal>{ORDINAL}|{_LAST})\s+{_WEEK}{_OF}{_WHOLE}", _week_of_month),
    (
        rf"(?P<ordinal>{ORDINAL})\s+(?:half|meta|quindicina|h(?:a|ae)lfte){_OF}{_WHOLE}",
        _half_of_month,
    ),
    (rf"(?:rest|remainder|resto){_OF}{_WHOLE}", _rest_of_month),
    (rf"{_UNTIL}?(?:{_STRETCH})(?:{_OF}|-){_MONTH}", _stretch_of_month),
    (
        rf"(?P<ordinal>{ORDINAL}|{_LAST})\s+(?P<month>{alternatives(FULL_MONTHS)})[- ]?woche{_YEAR}",
        _week_of_month,
    ),
    (
        rf"(?P<ordinal>{_FIRST_FEW}|{_LAST})\s+{_COUNT}\s+"
        rf"(?P<unit>days|giorni|tagen?|weeks|settimane|wochen){_OF}{_WHOLE}",
        _part_of_month,
    ),
    (rf"{_STEP}\s+{_COUNT}\s+(?:months|mesi|monaten?)", _rolling_months),
    (
        r"(?P<ytd>ytd|year to date|(?:da|dall')\s*inizio anno|seit jahresbeginn)"
        r"|mtd|month to date|da inizio mese|seit monatsbeginn",
        _to_date,
    ),
    (rf"{_STEP}\s+{_COUNT}\s+(?P<unit>days|giorni|tagen?|weeks|settimane|wochen)", _rolling),
    (
        rf"(?:{_WEEKEND}\s+{_STEP_AFTER}|(?:{_STEP}\s+)?{_WEEKEND}(?!\s+(?:of|del|vom|um)\s))",
        _weekend,
    ),
    (rf"(?:{_STEP}\s+{_WEEK}|{_WEEK}\s+{_STEP_AFTER})", _week),
    (rf"(?:{_STEP}\s+{_MONTH_WORD}|{_MONTH_WORD}\s+{_STEP_AFTER})", _month),
    (rf"q(?P<quarter>[1-4]){_YEAR}", _quarter),
    (
        rf"(?:{_STEP}\s+(?:quarter|trimestre|quartal)|(?:quarter|trimestre|quartal)\s+{_STEP_AFTER})",
        _stepped_quarter,
    ),
    (rf"(?:{_STEP}\s*(?:year|anno|jahr)|(?:year|anno|jahr)\s+{_STEP_AFTER})", _calendar_year),
    (r"(?:in|nel|jahr|anno|year|for|fur|per il)\s+(?P<year>20\d\d)(?![-/.]?\d)", _calendar_year),
    (rf"(?:{_STEP}\s+{_NAME}|{_NAME_FIRST}\s+{_STEP_AFTER})", _stepped_month_name),
)
_PERIODS = tuple((re.compile(rf"(?<![\w.,-])(?:{p})(?!\w)"), reader) for p, reader in _READERS)
_WHOLE_MONTHS: tuple[_Reader, ...] = (_month, _stepped_month_name)


def find_periods(folded: str, clock: Clock) -> list[Period]:
    """Return the named periods of a folded text in order; the more specific name wins.

    Raises:
        InvalidDateError: a calendar week that its year does not have.
    """
    found: list[Period] = []
    for pattern, reader in _PERIODS:
        for match in pattern.finditer(folded):
            if any(p.span[0] < match.end() and match.start() < p.span[1] for p in found):
                continue
            if (days := reader(match, clock)) is not None:
                found.append(Period(*days, match.span(), reader in _WHOLE_MONTHS))
    return sorted(found, key=lambda period: period.span)
