"""Figures in three languages, against Unicode's own rules (through babel)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from babel.numbers import format_decimal

from analytics.figures import localised, money, number, percent, signed

if TYPE_CHECKING:
    from analytics.figures import Language

LANGUAGES: tuple[Language, ...] = ("en", "it", "de")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [0.0, 999.4, 12345.6, -1234567.0, 1e9])
def test_money_is_written_as_unicode_says(value: float, language: Language) -> None:
    assert money(value, language) == format_decimal(value, "#,##0", locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("value", [20.0, 17.5, 0.25])
def test_a_number_is_as_short_as_it_is(value: float, language: Language) -> None:
    assert number(value, language) == format_decimal(value, "0.##", locale=language)


def test_signs_shares_and_what_is_missing() -> None:
    assert signed(1234.0, "it") == "+1.234"
    assert signed(-1234.0) == "-1,234"
    assert percent(17.25, "de") == "17,2 %"
    assert percent(None, missing="unknown") == "unknown"
    assert localised("+3.4 %", "de") == "+3,4 %"
