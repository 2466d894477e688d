"""How deep a promotion is, read from its own name (Italian, German, English).

A name that states two different depths, an upper limit ("fino al 50%") or a benefit that is no
price cut (financing, cashback, vouchers) says nothing about the depth: the answer is None.
"""

from __future__ import annotations

import re
import unicodedata

# Standard VAT rates in per cent, by the word that names the tax. A buyer who is given the tax
# saves rate / (100 + rate) of the shelf price.
_VAT_PCT = {"IVA": 22.0, "MWST": 19.0, "MEHRWERTSTEUER": 19.0, "UST": 19.0, "VAT": 20.0}
_TAX = r"(IVA|MWST|MEHRWERTSTEUER|UST|VAT)"
_NO_TAX = re.compile(
    rf"\b(?:NO|SENZA|ZERO|OHNE|KEINE|WITHOUT)\s+(?:L\s+)?{_TAX}\b"
    rf"|\b{_TAX}\s+(?:\d+\s*%\s+)?(?:FREE|FREI|GRATIS|OMAGGIO|IN\s+REGALO|GESCHENKT|GESPART|ZERO)\b"
    rf"|\b(?:SCONTO|SCONTIAMO|TOGLIAMO|REGALIAMO|PAGHIAMO)\s+(?:L\s+)?{_TAX}\b"
    rf"|\b(?:SCONTO|RABATT)\s+(?:PARI\s+ALL?\s*)?{_TAX}\b"
)
_RATE_OF_TAX = re.compile(
    rf"\b{_TAX}\s*(?:AL\s*)?\d+(?:[.,]\d+)?\s*%|\d+(?:[.,]\d+)?\s*%\s*{_TAX}\b"
)

_NOT_A_PRICE_CUT = re.compile(
    r"\b(?:TASSO|TAN|TAEG|INTERESSI?|FINANZIAMENT\w+|RATE|FINANZIERUNG|ZINS\w*|APR|FINANCING"
    r"|CASH\s?BACK|BUONO|BUONI|VOUCHER|GUTSCHEIN\w*|COUPON|PUNTI|POINTS|ROTTAMAZIONE|SUPERVALUTA\w*"
    r"|TRADE\s?IN|COTONE|COTTON|BAUMWOLLE)\b"
)
_UPPER_LIMIT = re.compile(
    r"\b(?:FINO\s+A\w*|UP\s+TO|BIS\s+ZU|BIS|MAX|MASSIMO|A\s+PARTIRE|AB|FROM|DA)\b(?=[\s\-]*\d+(?:[.,]\d+)?\s*%)"
)

_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d+)?)\s*(?:%|PROZENT\b|PERCENT\b|PER\s*CENTO\b)")
_PERCENT_LIST = re.compile(
    r"(?<![\dA-Z.,])\d{1,2}\s*%?\s*[/\u2013-]\s*\d{1,2}\s*%|\d\s*%?\s*(?:\+|E|UND|AND)\s*\d{1,2}\s*%"
)
_SECOND = r"(?:SECOND[OA]?|2O|2A|2ND|ZWEITE[RSN]?)"
_SECOND_PERCENT = re.compile(
    rf"\b{_SECOND}(?:\s+\w+){{0,2}}?\s+(?:AL|A|CON|ZUM|FUR|MIT|AT)?\s*-?\s*(\d{{1,2}})\s*%"
    rf"|-?\s*(\d{{1,2}})\s*%\s+(?:DI\s+SCONTO\s+)?(?:SUL|SULLA|AUF\s+DEN|AUF\s+DAS|OFF\s+THE|OFF)\s+{_SECOND}"
)
_HALF = r"(?:META\s+PREZZO|MEZZO\s+PREZZO|HALF\s+PRICE|HALBE[NMR]?\s+PREIS)"
_SECOND_HALF = re.compile(rf"\b{_SECOND}\b.*\b{_HALF}\b|\b{_HALF}\b.*\b{_SECOND}\b")
_SECOND_FREE = re.compile(
    rf"\b{_SECOND}\b.*\b(?:GRATIS|OMAGGIO|REGALO|FREE|GESCHENKT|UMSONST)\b|\bBOGO\b|\bBUY\s+ONE\s+GET\s+ONE\b"
)
_ONLY_HALF = re.compile(rf"\b{_HALF}\b")
_TAKE_N_FOR_M = re.compile(
    r"(?<![\dX.,])(\d)\s?X\s?(\d)(?![\dX.,])(?!\s*(?:CM|MM|MT|M|METRI|TB|GB|MP|PZ|W|MQ)\b)"
    r"|\b(\d)\s+(?:PER|FUR|FOR|AL\s+PREZZO\s+DI)\s+(\d)\b(?!\s*[%€])"
    r"|\bPRENDI\s+(\d)\s+(?:E\s+)?PAGHI\s+(\d)\b|\bKAUF\w*\s+(\d)\s+ZAHL\w*\s+(\d)\b"
)
_BUY_N_PLUS_M = re.compile(
    r"(?<![\d+.,])(\d)\s?\+\s?(\d)(?![\d+.,%])|\bBUY\s+(\d)\s+GET\s+(\d)\b|\bKAUF\w*\s+(\d)\s+BEKOMM\w*\s+(\d)\b"
)


def depth_from_text(text: str | None) -> float | None:
    """Return the depth in per cent that a promotion's name states, else None.

    Two decimals; "3X2" means three pieces for the price of two.

    >>> depth_from_text("SCONTO 20%"), depth_from_text("NO IVA CE OTTOBRE 2024")
    (20.0, 18.03)
    >>> depth_from_text("3X2 CAVI"), depth_from_text("SCONTI FINO AL 50%") is None
    (33.33, True)
    """
    plain = _plain(text or "")
    if not plain or _NOT_A_PRICE_CUT.search(plain) or _UPPER_LIMIT.search(plain):
        return None
    depths = {round(depth, 2) for depth in _stated_depths(plain)}
    if len(depths) != 1:
        return None
    depth = depths.pop()
    return depth if 0 < depth < 100 else None  # noqa: PLR2004  per cent


def _plain(text: str) -> str:
    """Fold case, accents and apostrophes: "Metà" and "META'" become META."""
    folded = unicodedata.normalize("NFKD", text.upper().replace("°", "O ").replace("ª", "A "))
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    spaced = re.sub(
        r"['\u2019\u00b4`!;:()\[\]*_]|(?<!\d)\.|\.(?!\d)", " ", folded.replace("\u2212", "-")
    )
    return " ".join(spaced.split())


def _stated_depths(text: str) -> set[float]:
    found: set[float] = set()
    for match in _NO_TAX.finditer(text):
        tax = next(group for group in match.groups() if group)
        found.add(100 * _VAT_PCT[tax] / (100 + _VAT_PCT[tax]))
    text = _RATE_OF_TAX.sub(" ", text) if found else text
    second = {float(a or b) / 2 for a, b in _SECOND_PERCENT.findall(text)}
    if _SECOND_HALF.search(text):
        second.add(25.0)
    elif _SECOND_FREE.search(text) or _ONLY_HALF.search(text):
        second.add(50.0)
    found |= second
    if not second:
        found |= {float(number.replace(",", ".")) for number in _PERCENT.findall(text)}
        if _PERCENT_LIST.search(text):
            found |= {-1.0, -2.0}  # several depths, whatever they are
    return found | _bundle_depths(text)


def _bundle_depths(text: str) -> set[float]:
    found = set()
    for groups in _TAKE_N_FOR_M.findall(text):
        taken, paid = (int(group) for group in groups if group)
        if taken > paid > 0:
            found.add(100 * (taken - paid) / taken)
    for groups in _BUY_N_PLUS_M.findall(text):
        bought, given = (int(group) for group in groups if group)
        if bought >= given > 0:
            found.add(100 * given / (bought + given))
    return found
