"""Feasts and public holidays as windows: the day itself, its week, its weekend, its long weekend.

The dates of public holidays are those of the library `holidays`. The week of a feast is the calendar
week that contains it; `the week before` and `after` are its neighbours. A long weekend (`ponte`)
reaches from the feast to the weekend next to it, over one working day at most.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

import holidays

from agents.offline.clock import Clock, Days, nearest_year, week_of
from agents.offline.lexicon import alternation, table

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_DAY = dt.timedelta(days=1)
_WEEK = r"(?:week|settimana|woche)"
_WEEKEND = r"(?:week-?end|week end|fine settimana|wochenende)"
_ARTICLES = r"(?:(?:of|the|di|del|della|il|la|von|vom|um|zu|zum|an|dem|der|des)\s+|dell'|l')*"
_OF = rf"\s+{_ARTICLES}"
_BEFORE = rf"\s+(?:before|prima|vor)\s+{_ARTICLES}"
_AFTER = rf"\s+(?:after|dopo|nach)\s+{_ARTICLES}"
_YEAR = r"(?:\s+(?:of\s+|del\s+|von\s+)?(?P<year>20\d\d)(?!\d))?"


def _day(feast: dict[str, Any], year: int) -> dt.date:
    if written := feast.get("date"):
        month, day = map(int, written.split("-"))
        return dt.date(year, month, day)
    country, name = feast["public"]
    return _public(country, year)[name]


@cache
def _public(country: str, year: int) -> dict[str, dt.date]:
    """Return the public holidays of a year by their English name; shared days under each name."""
    known = holidays.country_holidays(country, years=year, language="en_US")
    return {name: day for day, names in known.items() for name in names.split("; ")}


def _weekend(day: dt.date) -> Days:
    sunday = week_of(day)[1]
    return sunday - _DAY, sunday


def _long_weekend(day: dt.date) -> Days:
    """Return the days from a feast to the weekend beside it; the feast alone in mid-week."""
    saturday, sunday = _weekend(day)
    match day.weekday():
        case 0 | 1:  # Monday or Tuesday: from the Saturday before
            return saturday - 7 * _DAY, day
        case 2:
            return day, day
        case 3 | 4:
            return day, sunday
        case _:
            return saturday, sunday


def _feast(match: re.Match[str]) -> dict[str, Any]:
    groups = match.groupdict()
    return next(feast for i, feast in enumerate(_FEASTS) if groups.get(f"feast{i}"))


def _reader(days: Callable[[dict[str, Any], dt.date], Days]) -> Callable[..., Days]:
    """Return the reader of one way to write a feast; a year that is not written is the nearest."""

    def read(match: re.Match[str], clock: Clock) -> Days:
        feast = _feast(match)

        def in_year(year: int) -> Days:
            return days(feast, _day(feast, year))

        return in_year(int(match["year"]) if match["year"] else nearest_year(in_year, clock))

    return read


def _own_days(feast: dict[str, Any], day: dt.date) -> Days:
    first, last = feast["days"]
    return day + first * _DAY, day + last * _DAY


def _own_weekend(feast: dict[str, Any], day: dt.date) -> Days:
    """Return the weekend of a feast; one that is several days long is a weekend by itself."""
    return _own_days(feast, day) if feast.get("days", [0, 0]) != [0, 0] else _weekend(day)


def _weekend_before(_: dict[str, Any], day: dt.date) -> Days:
    saturday, sunday = _weekend(day - 7 * _DAY)
    return saturday, sunday


_FEASTS: tuple[dict[str, Any], ...] = tuple(table("festivities")["festivity"])


def _named(feasts: dict[int, dict[str, Any]]) -> str:
    """Return the names of feasts as one alternation, each a group of its own."""
    return "|".join(f"(?P<feast{i}>{alternation(f['said'])})" for i, f in feasts.items())


_ANY = _named(dict(enumerate(_FEASTS)))
READERS: tuple[tuple[str, Callable[..., Days]], ...] = tuple(
    (written + _YEAR, _reader(days))
    for written, days in (
        (rf"{_WEEK}{_BEFORE}(?:{_ANY})", lambda _, day: week_of(day - 7 * _DAY)),
        (rf"{_WEEK}{_AFTER}(?:{_ANY})", lambda _, day: week_of(day + 7 * _DAY)),
        (rf"{_WEEKEND}{_BEFORE}(?:{_ANY})", _weekend_before),
        (rf"{_WEEK}{_OF}(?:{_ANY})", lambda _, day: week_of(day)),
        (rf"(?:{_ANY})[- ]?{_WEEK}", lambda _, day: week_of(day)),
        (
            rf"(?:ponte|long weekend|langes wochenende){_OF}(?:{_ANY})",
            lambda _, d: _long_weekend(d),
        ),
        (rf"{_WEEKEND}{_OF}(?:{_ANY})", _own_weekend),
        (rf"(?:{_ANY})[- ]?{_WEEKEND}", _own_weekend),
        (rf"(?:{_named({i: f for i, f in enumerate(_FEASTS) if 'days' in f})})", _own_days),
    )
)
"""Pattern for folded text, and the reader of its match, the more specific first."""
