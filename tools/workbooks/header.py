"""Which column is which: the retailer's names, the ` ANON` ones, and a declared list of others.

A header is compared in capitals, with accents, punctuation and runs of spaces folded away. Nothing
is guessed: a spelling that is not in `SPELLINGS` is an unknown column.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from analytics.types import Channel
    from analytics.workbook_lines import Role

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("DATE", "SALES DATE", "DATA", "DATA VENDITA", "GIORNO", "DATUM", "DAY", "TAG"),
    "channel": ("CHANNEL", "SALES CHANNEL", "CANALE", "KANAL"),
    "department": ("DEPARTMENT", "DESC DEPARTMENT", "DEPT", "REPARTO", "ABTEILUNG"),
    "sku": ("COD SKU", "CODE SKU", "SKU CODE", "SKU", "COD ARTICOLO", "ARTIKELNUMMER"),
    "sales": (
        "SALES VALUE",
        "SALES",
        "NET SALES",
        "REVENUE",
        "FATTURATO",
        "VALORE VENDITE",
        "VENDITE",
        "UMSATZ",
    ),
    "margin": ("MARGIN VALUE", "MARGIN", "GROSS MARGIN", "VALORE MARGINE", "MARGINE", "MARGE"),
    "units": (
        "SALES QTY",
        "UNITS",
        "UNITS SOLD",
        "SALES UNITS",
        "QUANTITY",
        "QTY",
        "QUANTITA",
        "PEZZI",
        "MENGE",
        "STUECK",
        "STUCK",
    ),
    "discount_pct": ("DISCOUNT PCT", "DISCOUNT", "SCONTO PCT", "SCONTO", "RABATT PCT", "RABATT"),
    "promo_code": ("CODE PROMO", "COD PROMO", "PROMO CODE", "CODICE PROMO"),
    "promo_name": ("DESC PROMO", "PROMO NAME", "DESCRIZIONE PROMO"),
    "promo_start": ("DATE START PROMO", "PROMO START DATE", "PROMO START", "DATA INIZIO PROMO"),
    "promo_end": ("DATE END PROMO", "PROMO END DATE", "PROMO END", "DATA FINE PROMO"),
    "promo_type": ("TYPE OF PROMO", "PROMO TYPE", "TIPO PROMO"),
}
_NEEDED = ("date", "department", "sales", "units", "margin")
_NEEDED_BY_PROMO = (
    "sku",
    "promo_code",
    "promo_name",
    "promo_start",
    "promo_end",
    "promo_type",
)
_RETAILERS_OWN = {"SALES QTY", "DESC 1 SKU", "DESC 2 SKU"}  # such a file has COD SKU as well
_CHANNEL_WORDS: Mapping[str, Channel] = {
    **dict.fromkeys(("web", "online", "ecommerce"), "online"),
    **dict.fromkeys(("stores", "store", "offline", "negozi"), "offline"),
}


@dataclass(frozen=True)
class Header:
    """A header row: where each column of ours is, and what the row lacks.

    `columns` maps our name to the 0-based position; `doubled` names columns that are there twice.
    """

    texts: tuple[str, ...]
    columns: Mapping[str, int]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]


def fold(text: str) -> str:
    """Fold a header: capitals, no accents, % as PCT, one space, without a closing ANON.

    >>> fold("  sales_value  Anon "), fold("Quantità"), fold("Discount %")
    ('SALES VALUE', 'QUANTITA', 'DISCOUNT PCT')
    """
    plain = unicodedata.normalize("NFKD", text.replace("%", " pct "))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).upper()
    words = re.sub(r"[^A-Z0-9]+", " ", plain).split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] == "ANON" else words)


def role_of(path: Path, columns: Mapping[str, int]) -> Role:
    """Tell a promo file: by its name, else by a promotion code column."""
    words = _words(path)
    if words & {"promo", "promos", "promotions"}:
        return "promo"
    if channel_of(path) is not None:
        return "sales"
    return "promo" if "promo_code" in columns else "sales"


def channel_of(path: Path) -> Channel | None:
    """Channel that the file's name gives (Web_..., Stores_...), None if none or both."""
    found = {_CHANNEL_WORDS[word] for word in _words(path) if word in _CHANNEL_WORDS}
    return found.pop() if len(found) == 1 else None


def read_header(path: Path, cells: Sequence[str | None]) -> Header:
    """Read one row as a header of `path`, whatever it is."""
    texts = tuple(" ".join((cell or "").split()) for cell in cells)
    folded = [fold(text) for text in texts]
    positions: dict[str, list[int]] = {}
    for name, spellings in SPELLINGS.items():
        for spelling in spellings:  # the first spelling that is there counts
            found = [i for i, text in enumerate(folded) if text == spelling]
            if found:
                positions[name] = found
                break
    columns = {name: found[0] for name, found in positions.items()}
    needed = list(_NEEDED)
    if role_of(path, columns) == "promo":
        needed += [*_NEEDED_BY_PROMO, *(["channel"] if channel_of(path) is None else [])]
    elif _RETAILERS_OWN & set(folded):
        needed.append("sku")
    return Header(
        texts=texts,
        columns=columns,
        missing=tuple(SPELLINGS[name][0] for name in needed if name not in columns),
        doubled=tuple(SPELLINGS[name][0] for name, found in positions.items() if len(found) > 1),
    )


def find_header(path: Path, rows: Sequence[Sequence[str | None]]) -> tuple[int, Header] | None:
    """Find the first complete header among `rows`, else the most complete one; None if no match.

    Returns:
        0-based index of the row, and the header.
    """
    best: tuple[int, Header] | None = None
    for index, cells in enumerate(rows):
        header = read_header(path, cells)
        if header.columns and not header.missing:
            return index, header
        if header.columns and (best is None or len(header.columns) > len(best[1].columns)):
            best = (index, header)
    return best


def _words(path: Path) -> set[str]:
    return {word for word in re.split(r"[^a-z]+", path.stem.casefold()) if word}
