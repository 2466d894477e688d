"""The depth that a promotion's name states, or none."""

from __future__ import annotations

import pytest

from analytics.promo_text import depth_from_text

STATED = {
    # Italian
    "SCONTO 20%": 20.0,
    "SCONTO 20 %": 20.0,
    "Sconto del 15% su tutti i TV": 15.0,
    "20% DI SCONTO": 20.0,
    "-20%": 20.0,
    "BLACK FRIDAY 2024 -30%": 30.0,
    "SCONTO 12,5%": 12.5,
    "SCONTO 20% SCONTO 20%": 20.0,
    "NO IVA CE OTTOBRE 2024": 18.03,  # 22/122
    "SENZA IVA": 18.03,
    "NO IVA 22%": 18.03,
    "IVA GRATIS": 18.03,
    "SCONTO IVA": 18.03,
    "TI SCONTIAMO L'IVA": 18.03,
    "2X1": 50.0,
    "3X2 ACCESSORI": 33.33,
    "3 x 2": 33.33,
    "4X3": 25.0,
    "PRENDI 3 PAGHI 2": 33.33,
    "1+1": 50.0,
    "1+1 GRATIS": 50.0,
    "2+1": 33.33,
    "SECONDO A META' PREZZO": 25.0,
    "SECONDO A METÀ PREZZO": 25.0,
    "IL SECONDO PEZZO A META PREZZO": 25.0,
    "2° A METÀ PREZZO": 25.0,
    "IL SECONDO AL 50%": 25.0,
    "-50% SUL SECONDO": 25.0,
    "SECONDO IN OMAGGIO": 50.0,
    "TUTTO A META' PREZZO": 50.0,
    # German
    "RABATT 20%": 20.0,
    "20% Rabatt auf alle TV": 20.0,
    "15 Prozent auf Audio": 15.0,
    "MWST GESCHENKT": 15.97,  # 19/119
    "MwSt. geschenkt": 15.97,
    "19% MwSt geschenkt": 15.97,
    "MEHRWERTSTEUER GESCHENKT": 15.97,
    "OHNE MWST": 15.97,
    "3 für 2": 33.33,
    "Zweiter Artikel zum halben Preis": 25.0,
    # English
    "20% OFF": 20.0,
    "VAT FREE": 16.67,  # 20/120
    "Buy one get one free": 50.0,
    "3 for 2": 33.33,
    "Second half price": 25.0,
}
SILENT = [
    None,
    "",
    "   ",
    "VOLANTINO OTTOBRE",
    "SOTTOCOSTO",
    "SCONTO 50 EURO",
    "SCONTI FINO AL 50%",
    "UP TO 40% OFF",
    "BIS ZU 30% RABATT",
    "20% - 30%",
    "20-30% DI SCONTO",
    "20/30/40%",
    "DAL 10% AL 30%",
    "SCONTO 20% + 10%",
    "SCONTO 20% E NO IVA",
    "TASSO ZERO TAN 0%",
    "FINANZIAMENTO 0% IN 20 RATE",
    "CASHBACK 10%",
    "0% Finanzierung",
    "10% IN BUONO ACQUISTO",
    "100% COTONE",
    "SCONTO 100%",
    "FOTO 10X15",
    "SCHERMO 16X9",
    "CAVO 3X2 MT",
    "NO PEAK",
    "PEAK",
]


@pytest.mark.parametrize(("text", "depth_pct"), STATED.items())
def test_a_name_that_states_a_depth(text: str, depth_pct: float) -> None:
    assert depth_from_text(text) == pytest.approx(depth_pct, abs=0.005)


@pytest.mark.parametrize("text", SILENT)
def test_a_name_that_says_nothing_certain(text: str | None) -> None:
    assert depth_from_text(text) is None


def test_padding_and_case_do_not_matter() -> None:
    assert depth_from_text("   sconto 20%      ") == 20.0
