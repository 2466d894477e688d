"""Rules about creative copy: it may promise what the scenario has, and nothing else."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from babel.dates import get_month_names

from analytics.findings import finding, forbidden
from analytics.remarks import remark
from analytics.types import Record

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from analytics.policy import Policy
    from analytics.types import Issue, Scenario

_LANGUAGES = ("en", "it", "de", "fr", "es")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:%|per ?cent\b|prozent\b|per cento\b)", re.IGNORECASE)
_CURRENCY = r"(?:€|\$|£|\beuros?\b|\bEUR\b|\bUSD\b|\bGBP\b|\bCHF\b)"
_AMOUNT = r"\d+(?:[.,']\d+)*(?:,-)?"
_PRICE = re.compile(rf"(?:{_CURRENCY}\s*{_AMOUNT}|{_AMOUNT}\s*{_CURRENCY})", re.IGNORECASE)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
# Without a year a dot alone is a decimal sign, and two slashed figures are not always a date.
_NUMERIC = re.compile(
    r"\b(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})\b"
    r"|\b(\d{1,2})\.(\d{1,2})\.(?!\d)"
    r"|\b(?!24/7\b|16/9\b)(\d{1,2})/(\d{1,2})\b(?!/)"
)
_DASH = "[-\u2013]"
_NOT_A_MONTH = {"set"}  # Italian abbreviation, and an English word: "1 set of cables"


class CopyText(Record):
    """One text of an asset, such as the headline of a homepage_hero."""

    asset_type: str
    field: str
    text: str


class _Date(NamedTuple):
    """A date as written: the year may be missing."""

    shown: str
    day: int
    month: int
    year: int | None

    def is_on(self, date: dt.date) -> bool:
        return (self.day, self.month) == (date.day, date.month) and self.year in {None, date.year}


def texts_of(
    assets: Sequence[Mapping[str, object]], brief: Mapping[str, object] | None = None
) -> tuple[CopyText, ...]:
    """Take the texts out of `creative_briefs.assets`, and out of a brief.

    Of an asset that is every string but its type; of a brief everything but what it demands of the
    assets (`mandatory_elements`): that a legal text is asked for does not put it anywhere.
    """
    from_brief = [
        CopyText(asset_type="brief", field=name, text=text)
        for name, value in (brief or {}).items()
        if name != "mandatory_elements"
        for text in _strings(value)
    ]
    from_assets = [
        CopyText(asset_type=str(asset["type"]), field=name, text=text)
        for asset in assets
        for name, text in asset.items()
        if isinstance(text, str) and name != "type"
    ]
    return (*from_brief, *from_assets)


def _strings(value: object) -> Iterator[str]:
    """Yield every text in a nested value."""
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _strings(part)
        case list() | tuple():
            for part in value:
                yield from _strings(part)


def check_copy(texts: Sequence[CopyText], scenario: Scenario, policy: Policy) -> tuple[Issue, ...]:
    """Check the texts of a creative pack against the scenario and the policy.

    Found: a legal text that no text contains; a percentage that is no depth of the scenario; any
    price (scenarios have none); a date that is neither its first nor its last day; a forbidden
    claim; a headline, subheadline or call to action longer than its asset type allows. Dates are read as ISO, day/month in
    figures, and with month names in English, Italian, German, French and Spanish.
    """
    found: list[Issue] = list(_legal(texts, policy))
    for text in texts:
        found += _claims(text, policy)
        found += _depths(text, scenario, policy)
        found += _prices(text, policy)
        found += _dates(text, scenario, policy)
        found += _length(text, policy)
    return tuple(found)


def _place(text: CopyText) -> dict[str, str]:
    """Return the facts that name a text."""
    return {"field": text.field, "asset_type": text.asset_type}


def _legal(texts: Sequence[CopyText], policy: Policy) -> Iterator[Issue]:
    everything = " ".join(" ".join(t.text.split()).casefold() for t in texts)
    for legal in policy.brand.legal_texts:
        if " ".join(legal.split()).casefold() not in everything:
            yield finding(
                policy,
                "copy_legal_text",
                remark("copy_legal_text", legal=legal),
                remark("fix_legal_text", legal=legal),
            )


def _claims(text: CopyText, policy: Policy) -> Iterator[Issue]:
    where = remark("in_copy", **_place(text))
    for claim in forbidden(text.text, policy.brand.forbidden_claims):
        yield finding(
            policy,
            "brand_compliance",
            remark("brand_compliance", claim=claim, where=where),
            remark("fix_claim", claim=claim, where=where),
        )


def _depths(text: CopyText, scenario: Scenario, policy: Policy) -> Iterator[Issue]:
    known = sorted({m.discount_pct for m in scenario.mechanics})
    depths = [remark("a_depth", depth_pct=depth) for depth in known]
    for match in _PERCENT.finditer(text.text):
        if float(match[1].replace(",", ".")) not in known:
            yield finding(
                policy,
                "copy_figures",
                remark("copy_depth", **_place(text), said=match[0], depths=depths)
                if depths
                else remark("copy_depth_without", **_place(text), said=match[0]),
                remark("fix_depths", depths=depths) if depths else remark("fix_no_depth"),
            )


def _prices(text: CopyText, policy: Policy) -> Iterator[Issue]:
    for match in _PRICE.finditer(text.text):
        yield finding(
            policy,
            "copy_figures",
            remark("copy_price", **_place(text), said=match[0]),
            remark("fix_claim", claim=match[0], where=remark("in_copy", **_place(text))),
        )


def _dates(text: CopyText, scenario: Scenario, policy: Policy) -> Iterator[Issue]:
    first, last = scenario.date_range_start, scenario.date_range_end
    for date in _written_dates(text.text):
        if not (date.is_on(first) or date.is_on(last)):
            yield finding(
                policy,
                "copy_figures",
                remark("copy_date", **_place(text), said=date.shown, first=first, last=last),
                remark("fix_dates", first=first, last=last),
            )


def _length(text: CopyText, policy: Policy) -> Iterator[Issue]:
    limit = policy.brand.length_limits(text.asset_type).get(text.field)
    if limit is not None and len(text.text) > limit:
        yield finding(
            policy,
            "copy_length",
            remark("copy_length", **_place(text), length=len(text.text), limit=limit),
            remark("fix_length", count=len(text.text) - limit),
        )


def _written_dates(text: str) -> Iterator[_Date]:
    for m in _ISO.finditer(text):
        yield _Date(m[0], int(m[3]), int(m[2]), int(m[1]))
    rest = _ISO.sub(" ", text)
    for m in _NUMERIC.finditer(rest):
        day, month = m[1] or m[4] or m[6], m[2] or m[5] or m[7]
        yield from _valid(_Date(m[0], int(day), int(month), _year(m[3])))
    names, english = _months(_LANGUAGES), _months(("en",))
    for m in _day_first().finditer(rest):
        for day in filter(None, (m[1], m[2])):
            yield from _valid(_Date(m[0], int(day), names[m[3].casefold()], _year(m[4])))
    for m in _month_first().finditer(_day_first().sub(" ", rest)):
        yield from _valid(_Date(m[0], int(m[2]), english[m[1].casefold()], _year(m[3])))


def _valid(date: _Date) -> Iterator[_Date]:
    if date.day in range(1, 32) and date.month in range(1, 13):
        yield date


@cache
def _day_first() -> re.Pattern[str]:
    """Match "22 October 2025", "22-27 Oct", "22. Oktober", "22 de octubre de 2025"."""
    day = r"(\d{1,2})(?:st|nd|rd|th|º|\.)?"
    until = rf"(?:\s*{_DASH}\s*(\d{{1,2}})(?:st|nd|rd|th|º|\.)?)?"
    return re.compile(
        rf"\b{day}{until}\s+(?:de\s+)?({_either(_LANGUAGES)})\b\.?(?:\s+(?:de\s+)?(\d{{4}}))?",
        re.IGNORECASE,
    )


@cache
def _month_first() -> re.Pattern[str]:
    """Match "October 22nd, 2025"."""
    return re.compile(
        rf"\b({_either(('en',))})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?",
        re.IGNORECASE,
    )


def _either(languages: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, _months(languages)), key=len, reverse=True))


def _year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) + (2000 if len(text) == 2 else 0)  # noqa: PLR2004  a year of two digits


@cache
def _months(languages: tuple[str, ...]) -> dict[str, int]:
    """Map month names, in full and abbreviated, to their numbers."""
    names = {
        name.rstrip(".").casefold(): number
        for language in languages
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }
    return {name: number for name, number in names.items() if name not in _NOT_A_MONTH}
