"""How figures are written for people, as the language of the reader writes them."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "it", "de"]

_SWAPPED = str.maketrans(",.", ".,")


def localised(written: str, language: Language = "en") -> str:
    """Return a figure in English notation as the language writes it: 1,234.5 is 1.234,5 in Italian.

    >>> localised("1,234.5", "it"), localised("1,234.5", "en")
    ('1.234,5', '1,234.5')
    """
    return written if language == "en" else written.translate(_SWAPPED)


def money(value: float | None, language: Language = "en", *, missing: str = "-") -> str:
    """Write an amount in whole units of the currency, thousands apart."""
    return missing if value is None else localised(f"{value:,.0f}", language)


def signed(value: float | None, language: Language = "en", *, missing: str = "-") -> str:
    """Write a difference in whole units of the currency, with its sign."""
    return missing if value is None else localised(f"{value:+,.0f}", language)


def percent(value: float | None, language: Language = "en", *, missing: str = "-") -> str:
    """Write a percentage with one decimal."""
    return missing if value is None else localised(f"{value:.1f} %", language)


def number(value: float, language: Language = "en") -> str:
    """Write a plain number as short as it is: 20, 17.5.

    >>> number(20.0), number(17.5, "de")
    ('20', '17,5')
    """
    return localised(f"{value:g}", language)
