"""Large workbooks of the retailer's shape for measuring, drawn from a seed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from sample_data.xlsb import NumberColumn, Sheet, TextColumn, write_workbook
from sample_data.xlsb_parts import DATE

if TYPE_CHECKING:
    from pathlib import Path

FIRST_DAY = dt.date(2024, 10, 1)
HEADER = (
    "DATE", "COD SKU", "DESC 1 SKU", "DESC 2 SKU", "COD SUPPLIER", "DESC 1 SUPPLIER",
    "DESC 2 SUPPLIER", "BRAND", "DEPARTMENT", "CODE GROUP", "DESC GROUP", "CODE SUBGROUP",
    "DESC SUBGROUP", "SALES VALUE", "SALES QTY", "MARGIN VALUE",
)  # fmt: skip
NEEDED = ("DATE", "COD SKU", "DEPARTMENT", "SALES VALUE", "SALES QTY", "MARGIN VALUE")
DEPARTMENTS = (
    "TV", "AUDIO", "GAMING", "PHOTO", "COMPUTING", "TELECOM", "LARGE DOMESTIC APPLIANCES",
    "SMALL DOMESTIC APPLIANCES", "ACCESSORIES", "MEDIA", "SMART HOME", "SERVICES",
)  # fmt: skip
_EPOCH = dt.date(1899, 12, 30)
_SKUS, _GROUPS, _SUBGROUPS, _BRANDS, _SUPPLIERS = 55_000, 160, 592, 500, 800


def write_sales(path: Path, rows: int, *, days: int = 120, skip: int = 0, seed: int = 1) -> Path:
    """Write one Web or Stores workbook with `rows` lines on `days` days from `skip` days on."""
    rng = np.random.default_rng(seed)
    sku = rng.integers(0, _SKUS, rows)
    price = np.round(rng.lognormal(4, 1, _SKUS), 2)[sku]
    units = rng.choice([1.0, 1.0, 1.0, 2.0, 3.0, -1.0], rows)
    sales = np.round(price * units, 2)
    date = np.sort(rng.integers(0, days, rows)) + (FIRST_DAY - _EPOCH).days + skip
    columns: list[TextColumn | NumberColumn] = [
        NumberColumn(date.astype(np.float64), DATE),
        NumberColumn((1_000_000 + sku).astype(np.float64)),
        _names("ITEM {}    ", _SKUS, sku),
        _names("COLOUR {}  ", 900, sku % 900),
        NumberColumn((7_000 + sku % _SUPPLIERS).astype(np.float64)),
        _names("SUPPLIER {}   ", _SUPPLIERS, sku % _SUPPLIERS),
        _names("VIA {}   ", _SUPPLIERS, sku % _SUPPLIERS),
        _names("BRAND {}   ", _BRANDS, sku % _BRANDS),
        TextColumn(sku % len(DEPARTMENTS), [f"{name}   " for name in DEPARTMENTS]),
        NumberColumn((sku % _GROUPS).astype(np.float64)),
        _names("GROUP {}   ", _GROUPS, sku % _GROUPS),
        NumberColumn((sku % _SUBGROUPS).astype(np.float64)),
        _names("SUBGROUP {}   ", _SUBGROUPS, sku % _SUBGROUPS),
        NumberColumn(sales),
        NumberColumn(units),
        NumberColumn(np.round(sales * rng.uniform(-0.05, 0.4, rows), 4)),
    ]
    write_workbook(path, [Sheet("Anon Data", HEADER, columns)])
    return path


def _names(
    pattern: str, count: int, codes: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> TextColumn:
    return TextColumn(codes, [pattern.format(number) for number in range(count)])
