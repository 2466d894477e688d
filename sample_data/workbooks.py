"""The workbooks: which files there are, and their sheets in the shape the business exports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.types import CHANNELS
from sample_data.catalogue import (
    BRAND_TEXTS,
    DEPARTMENT_TEXTS,
    GROUPS,
    SUPPLIER_TEXTS_1,
    SUPPLIER_TEXTS_2,
    Catalogue,
    group_code,
    padded,
    subgroup_code,
    supplier_code,
)
from sample_data.oddities import Dirt, DirtyLines
from sample_data.xlsb import Column, NumberColumn, Sheet, TextColumn
from sample_data.xlsb_parts import DATE, GENERAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from sample_data.promotions import Promotion

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int64]

SHEET_NAME = "Anon Data"
MEASURES = ("SALES VALUE", "SALES QTY", "MARGIN VALUE")
PROMO_MEASURES = ("SALES VALUE ANON", "SALES QTY ANON", "MARGIN VALUE ANON")
PROMO_FILE = "Promo"
CHANNEL_FILES = {"offline": "Stores", "online": "Web"}
CHANNEL_CODES = {"offline": "STORES", "online": "WEB"}
UNREADABLE_DATE, UNREADABLE_VALUE = "n/d", "#N/D"

_YEARS_WITH_DATE_STYLE = (25,)
_SERIAL_OF_1970 = 25_569  # Excel's serial of 1970-01-01
_SERIAL_IN_1900 = 12  # 1900-01-12
_CHANNEL_WIDTH, _CODE_WIDTH, _NAME_WIDTH, _KIND_WIDTH = 10, 15, 60, 12


@dataclass(frozen=True)
class Period:
    """Months that share a file, as the file's name says them."""

    label: str
    fiscal_year: int
    start: dt.date
    end: dt.date

    def file_name(self, kind: str) -> str:
        """Return the name of the Stores, Web or Promo file of these months."""
        return f"{kind}_{self.label}_FY{self.fiscal_year}.xlsb"

    @property
    def has_date_style(self) -> bool:
        """Tell whether the cells of DATE look like dates or, as in other years, like numbers."""
        return self.fiscal_year in _YEARS_WITH_DATE_STYLE


def fiscal_year_periods(fiscal_year: int) -> tuple[Period, ...]:
    """Return the three files' periods of a fiscal year: FY25 is October 2024 to September 2025."""
    last = 2000 + fiscal_year
    february_end = dt.date(last, 2, 1) - dt.timedelta(days=1)
    return (
        Period("October-January", fiscal_year, dt.date(last - 1, 10, 1), february_end),
        Period("February-May", fiscal_year, dt.date(last, 2, 1), dt.date(last, 5, 31)),
        Period("June-September", fiscal_year, dt.date(last, 6, 1), dt.date(last, 9, 30)),
    )


def whole_year(fiscal_year: int) -> Period:
    """Return the period of a fiscal year's Promo file."""
    first, *_, last = fiscal_year_periods(fiscal_year)
    return Period("October-September", fiscal_year, first.start, last.end)


def month_to_date(last_day: dt.date) -> Period:
    """Return the period of the files of an October that has just begun."""
    return Period("October", last_day.year - 2000 + 1, last_day.replace(day=1), last_day)


def sales_sheet(shown: DirtyLines, catalogue: Catalogue, *, date_style: bool) -> Sheet:
    """Return the sheet of a Stores or Web file."""
    table = _sales_columns(shown, catalogue, date_style=date_style, measures=MEASURES)
    return Sheet(SHEET_NAME, list(table), list(table.values()))


def promo_sheet(
    shown: DirtyLines,
    catalogue: Catalogue,
    campaigns: Sequence[Promotion],
    *,
    date_style: bool,
) -> Sheet:
    """Return the sheet of a Promo file."""
    sales = _sales_columns(shown, catalogue, date_style=date_style, measures=PROMO_MEASURES)
    campaign = np.where(_is_blank(shown), -1, shown.lines.campaign)
    channel = np.where(_is_blank(shown), -1, shown.lines.channel)
    style = DATE if date_style else GENERAL
    channel_texts = [padded(CHANNEL_CODES[channel], _CHANNEL_WIDTH) for channel in CHANNELS]
    promo: dict[str, Column] = {
        "CHANNEL": TextColumn(channel, channel_texts),
        "CODE PROMO": TextColumn(campaign, [padded(c.code, _CODE_WIDTH) for c in campaigns]),
        "DESC PROMO": TextColumn(campaign, [padded(c.text, _NAME_WIDTH) for c in campaigns]),
        "DATE START PROMO": _serials([c.date_start for c in campaigns], campaign, style),
        "DATE END PROMO": _serials([c.date_end for c in campaigns], campaign, style),
        "TYPE OF PROMO": TextColumn(campaign, [padded(c.kind, _KIND_WIDTH) for c in campaigns]),
    }
    first, rest = list(sales.items())[:-3], list(sales.items())[-3:]
    table = dict([*first, *promo.items(), *rest])
    return Sheet(SHEET_NAME, list(table), list(table.values()))


def _is_blank(shown: DirtyLines) -> npt.NDArray[np.bool_]:
    return np.asarray(shown.dirt == Dirt.BLANK_ROW)


def _sales_columns(
    shown: DirtyLines, catalogue: Catalogue, *, date_style: bool, measures: tuple[str, str, str]
) -> dict[str, Column]:
    """Return the sixteen columns that all files have, by header."""
    blank, sku, lines = _is_blank(shown), shown.lines.sku, shown.lines

    def text(codes: IntArray, strings: Sequence[str]) -> TextColumn:
        return TextColumn(np.where(blank, -1, codes), strings)

    def number(values: IntArray | FloatArray) -> NumberColumn:
        return NumberColumn(np.where(blank, np.nan, values))

    supplier = catalogue.supplier[sku]
    department = np.where(shown.dirt == Dirt.DEPARTMENT_MISSING, -1, catalogue.department[sku])
    value, units, margin = measures
    return {
        "DATE": _dates(shown, DATE if date_style else GENERAL),
        "COD SKU": number(catalogue.code[sku]),
        "DESC 1 SKU": text(sku, catalogue.description_1),
        "DESC 2 SKU": text(sku, catalogue.description_2),
        "COD SUPPLIER": number(supplier_code(supplier)),
        "DESC 1 SUPPLIER": text(supplier, SUPPLIER_TEXTS_1),
        # two suppliers in three have no second line
        "DESC 2 SUPPLIER": text(np.where(supplier % 3, -1, supplier % 2), SUPPLIER_TEXTS_2),
        "BRAND": text(catalogue.brand[sku], BRAND_TEXTS),
        "DEPARTMENT": text(department, DEPARTMENT_TEXTS),
        "CODE GROUP": number(group_code(catalogue.group[sku])),
        "DESC GROUP": text(catalogue.group[sku], GROUPS.groups),
        "CODE SUBGROUP": number(subgroup_code(catalogue.subgroup[sku])),
        "DESC SUBGROUP": text(catalogue.subgroup[sku], GROUPS.subgroups),
        value: NumberColumn(
            np.where(blank, np.nan, lines.sales_cents / 100),
            texts=_texts(shown, Dirt.VALUE_UNREADABLE, UNREADABLE_VALUE),
        ),
        units: number(lines.units),
        margin: number(lines.margin_cents / 100),
    }


def _dates(shown: DirtyLines, style: int) -> NumberColumn:
    serial = np.where(
        shown.dirt == Dirt.DATE_OUT_OF_RANGE, _SERIAL_IN_1900, shown.lines.day + _SERIAL_OF_1970
    )
    values = np.where(_is_blank(shown), np.nan, serial)
    return NumberColumn(values, style, _texts(shown, Dirt.DATE_UNREADABLE, UNREADABLE_DATE))


def _serials(days: Sequence[dt.date], codes: IntArray, style: int) -> NumberColumn:
    """Return a column of dates by campaign; the entry after the last one serves the code -1."""
    numbers = np.array([np.datetime64(day, "D") for day in days]).astype(np.float64)
    return NumberColumn(np.append(numbers + _SERIAL_OF_1970, np.nan)[codes], style)


def _texts(shown: DirtyLines, dirt: Dirt, text: str) -> dict[int, str]:
    return dict.fromkeys(np.flatnonzero(shown.dirt == dirt).tolist(), text)
