"""Departments in a text: names, synonyms, typos, negations, and words that are no department."""

from __future__ import annotations

import pytest

from agents.offline.departments import find_departments

KNOWN = (
    "TV",
    "LARGE DOMESTIC APPLIANCES",
    "SMALL DOMESTIC APPLIANCES",
    "TELEPHONY",
    "COMPUTERS",
    "AUDIO",
    "PHOTO",
    "GAMING",
    "ACCESSORIES",
    "MOBILITY",
    "SERVICES",
    "ENTERTAINMENT",
)
LDA, SDA = "LARGE DOMESTIC APPLIANCES", "SMALL DOMESTIC APPLIANCES"

WANTED = [
    ("Plan something for TV and Gaming", ("TV", "GAMING")),
    ("something on TVs and Gaming", ("TV", "GAMING")),
    ("TV, Audio and Gaming", ("TV", "AUDIO", "GAMING")),
    ("large domestic appliances", (LDA,)),
    ("washing machines and fridges", (LDA,)),
    ("white goods", (LDA,)),
    ("laptops and headphones", ("COMPUTERS", "AUDIO")),
    ("e-scooters", ("MOBILITY",)),
    ("consoles, phones", ("GAMING", "TELEPHONY")),
    ("televisori e console", ("TV", "GAMING")),
    ("grandi elettrodomestici", (LDA,)),
    ("piccoli elettrodomestici e telefonia", (SDA, "TELEPHONY")),
    ("cuffie, monopattini", ("AUDIO", "MOBILITY")),
    ("informatica", ("COMPUTERS",)),
    ("Fernseher und Handys", ("TV", "TELEPHONY")),
    ("Großgeräte", (LDA,)),
    ("Grossgeräte", (LDA,)),
    ("Grossgeraete", (LDA,)),
    ("Waschmaschinen in den Filialen", (LDA,)),
    ("Kopfhörer und Zubehör", ("AUDIO", "ACCESSORIES")),
    ("TV-Geräte", ("TV",)),
    # typos
    ("Gamming", ("GAMING",)),
    ("Accesories", ("ACCESSORIES",)),
    ("Telephoni", ("TELEPHONY",)),
    # not typos
    ("the audit of the mobile team", ()),
    ("that sounds good", ()),
    ("make it so", ()),
]


@pytest.mark.parametrize(("text", "included"), WANTED)
def test_wanted_departments(text: str, included: tuple[str, ...]) -> None:
    found = find_departments(text, KNOWN)
    assert (found.included, found.excluded) == (included, ())


EXCLUDED = [
    ("without Gaming", (), ("GAMING",)),
    ("senza Gaming e TV", (), ("GAMING", "TV")),
    ("ohne Gaming", (), ("GAMING",)),
    ("everything except TV", (), ("TV",)),
    ("alles außer Fernseher", (), ("TV",)),
    ("tutto tranne i televisori", (), ("TV",)),
    ("not TV", (), ("TV",)),
    ("not only TV", ("TV",), ()),
    ("Gaming weglassen", (), ("GAMING",)),
    ("lass Gaming weg", (), ("GAMING",)),
    ("escludi i televisori", (), ("TV",)),
    ("TV instead of Gaming", ("TV",), ("GAMING",)),
    ("TV but without Gaming", ("TV",), ("GAMING",)),
    ("TV, Gaming and Audio but not Photo or Services", ("TV", "GAMING", "AUDIO"), ("PHOTO", "SERVICES")),
    ("without Gaming, TV at 15 %", ("TV",), ("GAMING",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "included", "excluded"), EXCLUDED)
def test_negation(text: str, included: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    found = find_departments(text, KNOWN)
    assert (found.included, found.excluded) == (included, excluded)


UNKNOWN = [
    ("plan something for Toasters", ("Toasters",)),
    ("20% off Toasters", ("Toasters",)),
    ("TV and Toasters from Monday", ("Toasters",)),
    ("without toasters", ("toasters",)),
    ("promo su Frullatori", ("Frullatori",)),
    ("etwas für Gartenmöbel", ("Gartenmöbel",)),
    ("the department Garden Chairs", ("Garden Chairs",)),
    ("plan something for our anniversary", ()),
    ("for loyal customers", ()),
    ("plan something for TV, also something for Toasters", ("Toasters",)),
    ("TV and boost sales", ()),
    ("TV for the whole team", ()),
    ("for everything in the store", ()),
    ("how is it going", ()),
]


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN)
def test_words_in_a_departments_place_that_are_none(text: str, unknown: tuple[str, ...]) -> None:
    assert find_departments(text, KNOWN).unknown == unknown


def test_a_store_may_call_its_departments_anything() -> None:
    known = ("SOFAS & ARMCHAIRS", "Garden Tools", "Büromöbel", "Q7-X")
    found = find_departments("garden tools, sofas, Bueromoebel and q7-x, no armchairs", known)
    assert found.included == ("Garden Tools", "SOFAS & ARMCHAIRS", "Büromöbel", "Q7-X")
    assert found.excluded == ("SOFAS & ARMCHAIRS",)


@pytest.mark.parametrize(
    ("known", "text", "included"),
    [
        (("Fernseher",), "televisori", ("Fernseher",)),
        (("TV & VIDEO",), "Fernseher", ("TV & VIDEO",)),
        (("TELEVISORI", "CONSOLE"), "TVs and games", ("TELEVISORI", "CONSOLE")),
        # Nothing is guessed when a word could mean two departments.
        (("SMALL APPLIANCES", "LARGE APPLIANCES"), "appliances", ()),
        (("PHONE CASES", "PHONE CABLES"), "phones", ()),
        # A name that is an everyday word must be written like a name.
        (("IT", "TV"), "make it cheaper on TV", ("TV",)),
        (("IT", "TV"), "something for IT", ("IT",)),
        ((), "TV", ()),
    ],
)
def test_synonyms_map_onto_what_the_store_has(
    known: tuple[str, ...], text: str, included: tuple[str, ...]
) -> None:
    assert find_departments(text, known).included == included
