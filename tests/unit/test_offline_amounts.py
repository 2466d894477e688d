"""Percentages, money and counts: the value and the part it plays."""

from __future__ import annotations

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.amounts import find_counts, find_money, find_percents
from agents.offline.numerals import parse_number

PERCENTS = [
    # caps
    ("en", "at most 20% off", [(20, "cap")]),
    ("en", "max 20 %", [(20, "cap")]),
    ("en", "max. 20 %", [(20, "cap")]),
    ("en", "max discount: 20%", [(20, "cap")]),
    ("en", "up to 20% off", [(20, "cap")]),
    ("en", "not above 25%", [(25, "cap")]),
    ("en", "no discount above 20%", [(20, "cap")]),
    ("en", "20 % max", [(20, "cap")]),
    ("en", "max 20 off", [(20, "cap")]),
    ("en", "at most twenty percent", [(20, "cap")]),
    ("it", "massimo 20%", [(20, "cap")]),
    ("it", "non più del 20%", [(20, "cap")]),
    ("it", "sconto massimo 20", [(20, "cap")]),
    ("it", "sconto non oltre il 20%", [(20, "cap")]),
    ("it", "al massimo il venti per cento", [(20, "cap")]),
    ("de", "höchstens 20 %", [(20, "cap")]),
    ("de", "hoechstens 20 Prozent", [(20, "cap")]),
    ("de", "Rabatt bis 25%", [(25, "cap")]),
    ("de", "nicht mehr als 20 % Rabatt", [(20, "cap")]),
    # depths that are asked for
    ("en", "make it 15 %", [(15, "exact")]),
    ("en", "make it 15", [(15, "exact")]),
    ("en", "20% off TV", [(20, "exact")]),
    ("en", "half price", [(50, "exact")]),
    ("it", "portalo al 15", [(15, "exact")]),
    ("it", "uno sconto del 12,5%", [(12.5, "exact")]),
    ("de", "10% auf TV und 15% auf Gaming", [(10, "exact"), (15, "exact")]),
    ("en", "at least 10% off", [(10, "minimum")]),
    # changes
    ("en", "15% instead of 20%", [(15, "exact"), (20, "previous")]),
    ("en", "change TV from 20% to 15%", [(20, "previous"), (15, "exact")]),
    ("it", "10% invece di 20%", [(10, "exact"), (20, "previous")]),
    ("de", "15 % statt 20 %", [(15, "exact"), (20, "previous")]),
    # ranges
    ("en", "between 10 and 20 % off", [(10, "minimum"), (20, "cap")]),
    ("de", "10-20% Rabatt", [(10, "minimum"), (20, "cap")]),
    # margins
    ("en", "keep margin above 18 %", [(18, "floor")]),
    ("en", "margin of at least 18%", [(18, "floor")]),
    ("en", "18.5% margin floor", [(18.5, "floor")]),
    ("en", "don't go below 18% margin", [(18, "floor")]),
    ("it", "margine sopra il 18%", [(18, "floor")]),
    ("it", "non scendere sotto il 18% di margine", [(18, "floor")]),
    ("de", "Marge über 18 %", [(18, "floor")]),
    ("de", "Marge ueber 18,5 Prozent", [(18.5, "floor")]),
    ("de", "Mindestmarge 18 %", [(18, "floor")]),
    ("de", "Marge mind. 18 %", [(18, "floor")]),
    # both in one sentence
    ("en", "at most 20 % off, keep margin above 18 %", [(20, "cap"), (18, "floor")]),
    ("en", "18% margin and 20% off", [(18, "floor"), (20, "exact")]),
    ("en", "keep margin above 18% with 20% off", [(18, "floor"), (20, "exact")]),
    ("en", "margin above 18% discount max 20%", [(18, "floor"), (20, "cap")]),
    ("en", "discount up to 20% margin at least 18%", [(20, "cap"), (18, "floor")]),
    ("it", "margine minimo 18%, sconto massimo 20%", [(18, "floor"), (20, "cap")]),
    ("de", "max. 20 % Rabatt, Marge nicht unter 18 %", [(20, "cap"), (18, "floor")]),
    ("en", "at most 20% off TV and 15% off Audio", [(20, "cap"), (15, "cap")]),
    ("en", "the discount must keep the margin above 18%", [(18, "floor")]),
    # neither
    ("en", "we are 5% behind target", [(5, "gap")]),
    ("it", "IVA al 22%", [(22, "other")]),
    ("en", "why is the margin under 18%?", [(18, "other")]),
    ("en", "from 22 to 27 October", []),
]


@pytest.mark.parametrize(("language", "text", "expected"), PERCENTS)
def test_percentages(language: str, text: str, expected: list[tuple[float, str]]) -> None:
    assert [(p.value, p.role) for p in find_percents(text, language)] == expected


MONEY = [
    ("en", "We are 3M behind for October", [(3e6, "gap")]),
    ("en", "we're half a million short", [(5e5, "gap")]),
    ("en", "behind by 3000000", [(3e6, "gap")]),
    ("en", "one million behind", [(1e6, "gap")]),
    ("en", "to recover 2.3 million", [(2.3e6, "gap")]),
    ("it", "siamo indietro di 2,5 milioni", [(2.5e6, "gap")]),
    ("it", "ci mancano due milioni", [(2e6, "gap")]),
    ("de", "uns fehlen 3 Mio.", [(3e6, "gap")]),
    ("de", "1,5 Mio. Euro Rückstand", [(1.5e6, "gap")]),
    ("en", "budget of 200k", [(2e5, "budget")]),
    ("en", "spend at most 50.000", [(5e4, "budget")]),
    ("it", "budget massimo 150.000 euro", [(1.5e5, "budget")]),
    ("it", "mezzo milione di budget", [(5e5, "budget")]),
    ("de", "Budget 80 Tsd. Euro", [(8e4, "budget")]),
    ("en", "target is 10M", [(1e7, "target")]),
    ("en", "3M behind, budget 200k", [(3e6, "gap"), (2e5, "budget")]),
    ("en", "€ 250k", [(2.5e5, "other")]),
    ("de", "1.234.567,89 €", [(1234567.89, "other")]),
    ("en", "1.234.567,89 €", [(1234567.89, "other")]),
    ("it", "$1,234,567.89", [(1234567.89, "other")]),
    ("en", "20% off 3 departments", []),
    ("en", "sold 5000 units", []),
]


@pytest.mark.parametrize(("language", "text", "expected"), MONEY)
def test_money(language: str, text: str, expected: list[tuple[float, str]]) -> None:
    assert [(m.value, m.role) for m in find_money(text, language)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at most 3 departments", [(3, "departments")]),
        ("massimo due reparti", [(2, "departments")]),
        ("höchstens drei Abteilungen", [(3, "departments")]),
        ("give me two scenarios", [(2, "scenarios")]),
        ("tre proposte", [(3, "scenarios")]),
        ("top 5 departments", []),
        ("20% off", []),
    ],
)
def test_counts(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(c.value, c.of) for c in find_counts(text)] == expected


def test_spans_are_those_of_the_original_text() -> None:
    text = "Großgeräte: höchstens 20 % Rabatt"
    (percent,) = find_percents(text, "de")
    assert text[slice(*percent.span)] == "20 %"


@given(
    value=st.decimals(1, 99_999_999, places=2),
    language=st.sampled_from(["en", "it", "de"]),
)
def test_a_number_written_as_its_language_writes_it_is_read_back(
    value: float, language: str
) -> None:
    written = format_decimal(value, "#,##0.00", locale=language)
    assert parse_number(written, language) == pytest.approx(float(value))


@pytest.mark.parametrize(
    ("written", "language", "scaled", "expected"),
    [
        ("1.5", "it", True, 1.5),  # not Italian, but clear
        ("1,5", "en", True, 1.5),
        ("150.000", "en", False, 150_000),  # nobody writes money with three decimals
        ("1.500", "en", True, 1.5),  # 1.500 million
        ("10 000", "de", False, 10_000),
        ("zwei", "de", False, 2),
    ],
)
def test_numbers_of_another_language(
    written: str, language: str, *, scaled: bool, expected: float
) -> None:
    assert parse_number(written, language, scaled=scaled) == expected
