"""Channels, segments, scenario types, objective and language of a text."""

from __future__ import annotations

import pytest

from agents.offline.channels import find_channels
from agents.offline.language import detect
from agents.offline.scenario_types import find_objective, type_mentions
from agents.offline.segments import find_segments
from agents.offline.text import fold

SEGMENTS = {"LOYAL_HIGH_VALUE": "Loyal, high value", "NEW": "New customers", "S7": "Deal hunters"}


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("online only", ("online",)),
        ("on the website", ("online",)),
        ("nur im Online-Shop", ("online",)),
        ("solo e-commerce", ("online",)),
        ("in store", ("offline",)),
        ("solo nei negozi", ("offline",)),
        ("nur in den Filialen", ("offline",)),
        ("in unseren Märkten", ("offline",)),
        ("online and in stores", ("online", "offline")),
        ("entrambi i canali", ("online", "offline")),
        ("beide Kanäle", ("online", "offline")),
        ("not in stores", ("online",)),
        ("nicht online", ("offline",)),
        ("senza negozi", ("online",)),
        ("TV and Gaming", ()),
    ],
)
def test_channels(text: str, channels: tuple[str, ...]) -> None:
    assert find_channels(text) == channels


@pytest.mark.parametrize(
    ("text", "segments", "unknown"),
    [
        ("for LOYAL_HIGH_VALUE", ("LOYAL_HIGH_VALUE",), ()),
        ("for loyal high value", ("LOYAL_HIGH_VALUE",), ()),
        ("for our members", ("LOYAL_HIGH_VALUE",), ()),
        ("per i clienti fedeli", ("LOYAL_HIGH_VALUE",), ()),
        ("für Stammkunden", ("LOYAL_HIGH_VALUE",), ()),
        ("nuovi clienti", ("NEW",), ()),
        ("Neukunden und Schnäppchenjäger", ("NEW", "S7"), ()),
        ("for families", (), ("families",)),
        ("for everyone", (), ()),
    ],
)
def test_segments(text: str, segments: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    audience = find_segments(text, SEGMENTS)
    assert (audience.segments, audience.unknown) == (segments, unknown)


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("the balanced one", ("balanced",)),
        ("quello prudente", ("conservative",)),
        ("das aggressive Szenario", ("aggressive",)),
        ("a flash sale", ("flash",)),
        ("offerta lampo", ("flash",)),
        ("eine Blitzaktion", ("flash",)),
        ("best deal", ("best_deal",)),
        ("with coupons", ("coupon",)),
        ("buono sconto", ("coupon",)),
        ("Gutscheine", ("coupon",)),
        ("members only", ("member_only",)),
        ("solo per i soci", ("member_only",)),
        ("nur für Mitglieder", ("member_only",)),
        ("coupon and flash", ("coupon", "flash")),
        ("more aggressive", ()),
        ("meno aggressivo", ()),
        ("plan something", ()),
    ],
)
def test_scenario_types(text: str, types: tuple[str, ...]) -> None:
    assert tuple(name for _, name in type_mentions(fold(text))) == types


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("maximise margin", "margin"),
        ("focus on sales", "sales"),
        ("the most profit", "ebit"),
        ("massimizza il fatturato", "sales"),
        ("punta sull'utile", "ebit"),
        ("priorità al margine", "margin"),
        ("maximiere den Gewinn", "ebit"),
        ("Umsatz steigern", "sales"),
        ("margin above 18 %", None),
        ("how were sales", None),
    ],
)
def test_objective(text: str, objective: str | None) -> None:
    assert find_objective(text) == objective


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Plan something for TV and Gaming", "en"),
        ("Siamo sotto l'obiettivo di ottobre", "it"),
        ("Wir liegen hinter dem Ziel", "de"),
        ("22-27 ottobre", "it"),
        ("22.-27. Oktober", "de"),
        ("togli Gaming", "it"),
        ("prüfe B", "de"),
        ("genehmigt", "de"),
        ("sì", "it"),
        ("ja", "de"),
        ("Perché?", "it"),
        ("", "en"),
        ("B", "en"),
        ("TV 20%", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect(text) == language


def test_without_evidence_the_conversations_language_stays() -> None:
    assert detect("B", "de") == "de"
    assert detect("20 %", "it") == "it"
    assert detect("What about Gaming?", "it") == "en"
