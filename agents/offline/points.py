"""Written days and months: what one date expression says, before ranges are joined from it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from agents.offline.clock import month_days
from agents.offline.months import ENGLISH_MONTHS, FULL_MONTHS, MONTHS, SHORT_WEEKDAYS, WEEKDAYS
from agents.offline.numerals import COUNT_WORD, parse_number
from agents.offline.text import alternatives, before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.offline.clock import Clock

# A number before one of these is an amount or a count, never a day.
_UNIT = (
    r"(?!\s*(?:%|€|\$|eur|per ?cent|prozent|pct|punt[io]\b|punkte|points?\b|k\b|mio|mln|mld|million"
    r"|milion|mila\b|tsd|tausend|departments?\b|reparti|abteilung|warengruppe|categor|kategor"
    r"|units\b|pezzi|stuck|days?\b|giorn[io]\b|tagen?\b|weeks?\b|settiman[ae]\b|wochen?\b|months?\b"
    r"|mes[ei]\b|monate?|scenari|szenari|off\b|uhr\b|inch|zoll|pollici))"
)
_WEEKDAY = rf"(?:(?:{alternatives([*WEEKDAYS, *SHORT_WEEKDAYS])})\b[.,]{{0,2}}\s+(?:the\s+|den\s+|il\s+)?)?"
_DAY = r"\d{1,2}(?:st\b|nd\b|rd\b|th\b|°|\.)?"
_LINK = r"(?:\s+(?:of\s+(?:the\s+)?|di\s+|del\s+|im\s+))?\s*"
_MONTH = alternatives(MONTHS)


def _year(group: str) -> str:
    return rf"(?P<{group}>20\d\d|'\d\d)(?![\d.,]*\d){_UNIT}"


def _year_after(group: str) -> str:
    return rf"(?:(?:,\s*|\s+(?:of\s+|del\s+)?){_year(group)})?"


_FORMS = {
    "iso": r"(?P<iso_y>20\d\d)(?P<iso_s>[-/.])(?P<iso_m>\d\d)(?P=iso_s)(?P<iso_d>\d\d)(?!\d)",
    "dashed": r"(?P<da_d>\d{1,2})-(?P<da_m>\d{1,2})-(?P<da_y>20\d\d)(?!\d)",
    "numeric": (
        r"(?P<nu_d>\d{1,2})(?P<nu_s>[./])(?P<nu_m>\d{1,2})(?!\d)"
        rf"(?:(?P=nu_s)(?P<nu_y>20\d\d|\d\d)(?!\d)|(?P<nu_dot>\.)(?!\d)|(?!(?P=nu_s)\d)){_UNIT}"
    ),
    "day_month": rf"(?P<dm_d>{_DAY}){_LINK}(?P<dm_m>{_MONTH})\b\.?{_year_after('dm_y')}",
    "month_day": (
        rf"(?P<md_m>{alternatives(ENGLISH_MONTHS)})\b\.?\s+(?:the\s+)?(?P<md_d>{_DAY})"
        rf"(?!\w|[\d,.]*\d){_UNIT}{_year_after('md_y')}"
    ),
    "month_year": (
        rf"(?P<my_m>{_MONTH})\b\.?(?:\s+(?:of\s+|del\s+|di\s+)?|\s*[/-]\s*|,\s*){_year('my_y')}"
    ),
    "numeric_month": r"(?P<nm_m>\d{1,2})[/.](?P<nm_y>20\d\d)(?!\d)",
    "iso_month": r"(?P<im_y>20\d\d)[-/](?P<im_m>\d\d)(?![\d-])",
    "month": rf"(?P<mo_m>{_MONTH})\b\.?",
    "relative": (
        r"(?P<rel>today|oggi|heute|now|adesso|subito|ab sofort|(?:the )?day after tomorrow|dopodomani"
        r"|(?:u|ue)bermorgen|tomorrow|domani|morgen|yesterday|ieri|gestern)\b"
    ),
    "ahead": (
        rf"(?:in|tra|fra)\s+(?P<ah_n>\d{{1,3}}|{COUNT_WORD})\s+"
        r"(?P<ah_u>days?|giorn[io]|tagen?|weeks?|settiman[ae]|wochen?)\b"
    ),
    "weekday": (
        r"(?:(?:(?P<wd_next>next|prossim[oa]|n(?:a|ae)chste[nrs]?)|(?P<wd_last>last|letzte[nrs]?))\s+)?"
        rf"(?P<wd>{alternatives(WEEKDAYS)})\b"
        r"(?:\s+(?:(?P<wd_next_after>prossim[oa])|(?P<wd_last_after>scors[oa])))?"
    ),
    "month_end": (
        r"(?:the\s+)?(?:end of (?:the |this )?month|month[- ]end|fine (?:del )?mese|monatsende"
        r"|ende des monats)\b"
    ),
    "day": rf"(?P<da>{_DAY})(?!\w|(?<!\.)/|[.,]\d){_UNIT}",
}
_DECORATED = ("iso", "dashed", "numeric", "day_month", "month_day", "day")
_POINT = re.compile(
    r"(?<![\w€$'])(?<!\d[.,/])(?<!€ )(?:"
    + "|".join(f"(?P<{n}>{_WEEKDAY if n in _DECORATED else ''}{f})" for n, f in _FORMS.items())
    + ")"
)
_NOW = ("now", "adesso", "subito", "ab sofort")
_RELATIVE_DAYS = {
    **dict.fromkeys(("today", "oggi", "heute", "now", "adesso", "subito", "ab sofort"), 0),
    **dict.fromkeys(("tomorrow", "domani", "morgen"), 1),
    **dict.fromkeys(("dopodomani", "ubermorgen", "uebermorgen"), 2),
    **dict.fromkeys(("day after tomorrow", "the day after tomorrow"), 2),
    **dict.fromkeys(("yesterday", "ieri", "gestern"), -1),
}
# Month names that are also everyday words: alone they need a preposition before them.
_EVERYDAY = {"may", "march", "mai"}
_ITALIAN_ONLY = {"set", "ago"}
_BEFORE_MONTH = re.compile(
    r"\b(?:in|for|of|during|since|until|till|by|im|fur|fuer|bis|ende|ab|per|di|last|next|this)\s+$"
)
_BEFORE_DAY = re.compile(r"\b(?:on|the|by|until|from|il|al|dal|am|vom|bis|zum|ab|den|dem)\s+$")
_MONTHS, _TWO_DIGITS, _CENTURY = 12, 5, 2000


class Point(NamedTuple):
    """One date expression: any part that was not written is None; `fixed` is a known day."""

    form: str
    span: tuple[int, int]
    day: int | None = None
    month: int | None = None
    year: int | None = None
    fixed: dt.date | None = None
    weak: bool = False

    @property
    def is_month(self) -> bool:
        """True when a whole month was written."""
        return self.day is None and self.month is not None


def _full_year(written: str | None) -> int | None:
    if not written:
        return None
    digits = int(written.lstrip("'"))
    return digits if digits >= _CENTURY else _CENTURY + digits


def _number(day: str) -> int:
    return int(re.sub(r"\D", "", day))


def _numeric(match: re.Match[str], folded: str, clock: Clock) -> Point:
    """Read `22/10`: the day first, unless only the English order gives a date."""
    day, month = int(match["nu_d"]), int(match["nu_m"])
    if clock.language == "en" and day <= _MONTHS < month and match["nu_s"] == "/":
        day, month = month, day
    bare = not match["nu_y"] and not match["nu_dot"]
    convincing = match["nu_s"] == "/" and len(match["nu_d"] + match["nu_m"]) == _TWO_DIGITS - 1
    weak = bare and not convincing and not _BEFORE_DAY.search(before(folded, match.start()))
    weak = weak or (bare and month > _MONTHS)
    return Point("numeric", match.span(), day, month, _full_year(match["nu_y"]), weak=weak)


def _weekday(match: re.Match[str], clock: Clock) -> Point:
    """Read `Friday` as the coming one (today counts), `next Friday` as that of next week.

    Looking back, or with `last`, it is the newest one before today.
    """
    number = WEEKDAYS[match["wd"]]
    if match["wd_last"] or match["wd_last_after"] or clock.prefer == "past":
        back = (clock.today.weekday() - number - 1) % 7 + 1
        return Point("weekday", match.span(), fixed=clock.today - dt.timedelta(days=back))
    if match["wd_next"] or match["wd_next_after"]:
        monday = clock.today - dt.timedelta(days=clock.today.weekday())
        day = monday + dt.timedelta(days=7 + number)
    else:
        day = clock.today + dt.timedelta(days=(number - clock.today.weekday()) % 7)
    return Point("weekday", match.span(), fixed=day)


def _ahead(match: re.Match[str], clock: Clock) -> Point:
    count = int(parse_number(match["ah_n"], clock.language))
    step = 7 if match["ah_u"][0] in "ws" else 1
    return Point("ahead", match.span(), fixed=clock.today + dt.timedelta(days=count * step))


def _month_alone(match: re.Match[str], folded: str) -> Point:
    name = match["mo_m"]
    sure = name in FULL_MONTHS and name not in _EVERYDAY
    sure = sure or (
        name not in _ITALIAN_ONLY and bool(_BEFORE_MONTH.search(before(folded, match.start())))
    )
    return Point("month", match.span(), month=MONTHS[name], weak=not sure)


def _named(match: re.Match[str], prefix: str, clock: Clock) -> Point | None:
    """Read a form with a month name: `dm` (22 October), `md` (October 22), `my` (October 2025)."""
    name = match[f"{prefix}_m"]
    if name in _ITALIAN_ONLY and clock.language != "it":
        return None
    day = None if prefix == "my" else _number(match[f"{prefix}_d"])
    form = {"dm": "day_month", "md": "month_day", "my": "month_year"}[prefix]
    return Point(form, match.span(), day, MONTHS[name], _full_year(match[f"{prefix}_y"]))


def _relative(match: re.Match[str], clock: Clock) -> Point:
    word = match["rel"]
    form = "now" if word in _NOW else "relative"
    return Point(form, match.span(), fixed=clock.today + dt.timedelta(days=_RELATIVE_DAYS[word]))


def _month_end(match: re.Match[str], clock: Clock) -> Point:
    last = month_days(clock.today.year, clock.today.month)[1]
    return Point("month_end", match.span(), fixed=last)


def _digits(match: re.Match[str], prefix: str) -> Point:
    """Read a form in digits: `iso`, `da` (22-10-2025), `nm` (10/2025), `im` (2025-10)."""
    groups = match.groupdict()
    form = {"iso": "iso", "da": "dashed", "nm": "numeric_month", "im": "iso_month"}[prefix]
    day = groups.get(f"{prefix}_d")
    month, year = int(match[f"{prefix}_m"]), int(match[f"{prefix}_y"])
    return Point(form, match.span(), int(day) if day else None, month, year)


_READERS: Mapping[str, Callable[[re.Match[str], str, Clock], Point | None]] = {
    "iso": lambda match, _, __: _digits(match, "iso"),
    "dashed": lambda match, _, __: _digits(match, "da"),
    "numeric": _numeric,
    "day_month": lambda match, _, clock: _named(match, "dm", clock),
    "month_day": lambda match, _, clock: _named(match, "md", clock),
    "month_year": lambda match, _, clock: _named(match, "my", clock),
    "numeric_month": lambda match, _, __: _digits(match, "nm"),
    "iso_month": lambda match, _, __: _digits(match, "im"),
    "month": lambda match, folded, _: _month_alone(match, folded),
    "relative": lambda match, _, clock: _relative(match, clock),
    "ahead": lambda match, _, clock: _ahead(match, clock),
    "weekday": lambda match, _, clock: _weekday(match, clock),
    "month_end": lambda match, _, clock: _month_end(match, clock),
    "day": lambda match, _, __: Point("day", match.span(), _number(match["da"]), weak=True),
}


def find_points(folded: str, clock: Clock) -> list[Point]:
    """Return the date expressions of a folded text in order.

    A `weak` one is no date by itself (a bare number, `1.5`, `may`): it counts only as one end
    of a range.
    """
    points = []
    for match in _POINT.finditer(folded):
        form = next(name for name in _FORMS if match[name])
        points.append(_READERS[form](match, folded, clock))
    return [point for point in points if point is not None]
