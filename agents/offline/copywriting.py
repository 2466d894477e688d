"""The brief and the copy of a campaign, composed from templates in three languages.

A template only has room for what the scenario holds: departments, its deepest discount, its dates.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from analytics.figures import money, number

if TYPE_CHECKING:
    from agents.offline.language import Language

_LANGUAGES: dict[Language, dict[str, str]] = {
    "en": {
        "and": "and",
        "objective": "Bring {sales} of additional sales, the days after counted, from {first_day} to "
        "{last_day}",
        "bare": "Up to {depth} % off",
        "headline": "{what}: up to {depth} % off",
        "short": "Up to {depth} % off {first}",
        "members": "For members: up to {depth} % off {first}",
        "members_bare": "Members: up to {depth} % off",
        "coupon": "With your coupon: up to {depth} % off {first}",
        "coupon_bare": "Coupon: up to {depth} % off",
        "sub": "Selected {what}, from {start} to {end}",
        "cta": "See the offers",
        "cta_in_store": "Ask us in store",
        "message_depth": "Up to {depth} % off selected {what}",
        "message_dates": "Only from {start} to {end}",
        "secondary": "Keep the margin of the plan",
        "tone": "clear and energetic",
        "audience": "buyers of {what}",
    },
    "it": {
        "and": "e",
        "objective": "Portare {sales} di vendite in più, contando i giorni dopo, dal {first_day} al "
        "{last_day}",
        "bare": "Sconti fino al {depth} %",
        "headline": "{what}: sconti fino al {depth} %",
        "short": "Fino al {depth} % su {first}",
        "members": "Per i soci: fino al {depth} % su {first}",
        "members_bare": "Per i soci: fino al {depth} %",
        "coupon": "Con il tuo coupon: fino al {depth} % su {first}",
        "coupon_bare": "Con coupon: fino al {depth} %",
        "sub": "Su una selezione di {what}, dal {start} al {end}",
        "cta": "Scopri le offerte",
        "cta_in_store": "Chiedi in negozio",
        "message_depth": "Fino al {depth} % su una selezione di {what}",
        "message_dates": "Solo dal {start} al {end}",
        "secondary": "Mantenere il margine del piano",
        "tone": "chiaro ed energico",
        "audience": "chi compra {what}",
    },
    "de": {
        "and": "und",
        "objective": "{sales} zusätzlicher Umsatz, die Tage danach mitgezählt, vom {first_day} bis "
        "{last_day}",
        "bare": "Bis zu {depth} % Rabatt",
        "headline": "{what}: bis zu {depth} % Rabatt",
        "short": "Bis zu {depth} % auf {first}",
        "members": "Für Mitglieder: bis zu {depth} % auf {first}",
        "members_bare": "Für Mitglieder: bis zu {depth} %",
        "coupon": "Mit deinem Gutschein: bis zu {depth} % auf {first}",
        "coupon_bare": "Mit Gutschein: bis zu {depth} %",
        "sub": "Ausgewählte Angebote in {what}, vom {start} bis {end}",
        "cta": "Zu den Angeboten",
        "cta_in_store": "Fragen Sie im Markt",
        "message_depth": "Bis zu {depth} % auf ausgewählte Artikel in {what}",
        "message_dates": "Nur vom {start} bis {end}",
        "secondary": "Die Marge des Plans halten",
        "tone": "klar und lebendig",
        "audience": "Kundschaft von {what}",
    },
}
_ACRONYM_LENGTH = 3
_DAY_AND_MONTH: dict[Language, str] = {"en": "d MMMM", "it": "d MMMM", "de": "d. MMMM"}


def compose(inputs: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return the arguments of `save_creative_brief` for what `creative_inputs` gave.

    One asset per addressed segment and asset type that fits the scenario's channels.
    """
    words, facts = _LANGUAGES[language], _facts(inputs["scenario"], language)
    scenario = inputs["scenario"]
    addressed = sorted({name for m in scenario["mechanics"] for name in m["segments"]})
    return {
        "scenario_id": scenario["id"],
        "brief": {
            "objectives": {
                "primary": words["objective"].format(
                    sales=money(inputs["net_sales_value"], language),
                    first_day=scenario["date_range_start"],
                    last_day=scenario["date_range_end"],
                ),
                "secondary": [words["secondary"]],
            },
            "target_audience": {
                "segments": addressed,
                "demographics": words["audience"].format(**facts),
            },
            "key_messages": [
                words["message_depth"].format(**facts),
                words["message_dates"].format(**facts),
            ],
            "tone": words["tone"],
            "mandatory_elements": {
                "legal": inputs["legal_texts"],
                "brand": inputs["mandatory_elements"],
            },
        },
        "assets": [
            _asset(kind, channel, segment, inputs, language)
            for kind, channel in _kinds(scenario)
            for segment in addressed
        ],
    }


def _kinds(scenario: dict[str, Any]) -> list[tuple[str, str]]:
    channels = {m["channel"] for m in scenario["mechanics"]}
    online = [(kind, "online") for kind in ("homepage_hero", "email", "social", "push")]
    return (online if "online" in channels else []) + (
        [("in_store", "offline")] if "offline" in channels else []
    )


def _asset(
    kind: str, channel: str, segment: str, inputs: dict[str, Any], language: Language
) -> dict[str, Any]:
    scenario = inputs["scenario"]
    own = [m for m in scenario["mechanics"] if m["channel"] == channel]
    words, facts = _LANGUAGES[language], _facts({**scenario, "mechanics": own}, language)
    limits = inputs["length_limits"][kind]
    return {
        "type": kind,
        "headline": _fullest(words, facts, limits["headline"], _headlines(scenario, segment)),
        "subheadline": _fullest(words, facts, limits["subheadline"], ["sub", "message_dates"]),
        "cta": words["cta_in_store" if kind == "in_store" else "cta"],
        "product_focus": sorted({m["department"] for m in own}),
        "segment": segment,
        "channel": channel,
        "language": language,
        "legal": " ".join(inputs["legal_texts"]),
    }


def _headlines(scenario: dict[str, Any], segment: str) -> list[str]:
    """Return the templates of a headline, the fullest first.

    They say who gets the discount where not everybody does: without it they would promise more.
    """
    if scenario["scenario_type"] == "coupon":
        return ["coupon", "coupon_bare"]
    return ["headline", "short", "bare"] if segment == "ALL" else ["members", "members_bare"]


def _fullest(words: dict[str, str], facts: dict[str, str], limit: int, names: list[str]) -> str:
    """Return the fullest of some texts that the asset type has room for.

    The shortest is never cut: half a promise is none. If even it is too long, the check says so.
    """
    written = [words[name].format(**facts) for name in names]
    return next((text for text in written if len(text) <= limit), written[-1])


def _facts(scenario: dict[str, Any], language: Language) -> dict[str, str]:
    names = [_spoken(name) for name in sorted({m["department"] for m in scenario["mechanics"]})]
    start, end = (
        format_date(dt.date.fromisoformat(scenario[key]), _DAY_AND_MONTH[language], locale=language)
        for key in ("date_range_start", "date_range_end")
    )
    what = (
        names[0]
        if len(names) == 1
        else (", ".join(names[:-1]) + f" {_LANGUAGES[language]['and']} {names[-1]}")
    )
    depth = max(m["discount_pct"] for m in scenario["mechanics"])
    return {
        "what": what,
        "first": names[0],
        "depth": number(depth, language),
        "start": start,
        "end": end,
    }


def _spoken(department: str) -> str:
    """Write a department for people: TV stays, GAMING becomes Gaming."""
    return " ".join(
        word if len(word) <= _ACRONYM_LENGTH and word.isupper() else word.capitalize()
        for word in department.split()
    )
