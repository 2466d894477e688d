"""Dates, numbers and names that a workbook holds as text.

A column is judged as a whole where one cell alone is ambiguous ("1.234" is 1.234 or 1234), by
rules that are written down here; what stays ambiguous is unreadable, never guessed.
"""

from __future__ import annotations

import polars as pl

SERIAL_EPOCH_DAYS = 25569  # Excel serial of 1970-01-01 (1900 system)
DAYS_TO_1904_SYSTEM = 1462

_ISO = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?$"
_TWO_PLUS_TWO_PLUS_YEAR = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$"
_SERIAL = r"^\d{1,7}(?:\.\d+)?$"
_COMPACT = r"^\d{8}$"

_PLAIN = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"
_ONE_DOT_GROUP = r"^[+-]?[1-9]\d{0,2}\.\d{3}$"
_ITALIAN = r"^[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})$"
_COMMA = r"^[+-]?\d*,\d+$"
_ONE_COMMA_GROUP = r"^[+-]?[1-9]\d{0,2},\d{3}$"
_ENGLISH = r"^[+-]?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})$"


class MonthFirstDatesError(ValueError):
    """Text dates are month/day/year: reading them as day/month/year would swap days silently."""


def tidy(text: pl.Expr) -> pl.Expr:
    """Strip padding, fold inner white space (no-break spaces too); empty text becomes null."""
    folded = text.str.replace_all(r"[\s\u{a0}\u{202f}\u{200b}\u{feff}]+", " ").str.strip_chars()
    return pl.when(folded == "").then(None).otherwise(folded)


def parse_dates(text: pl.Series, *, date1904: bool = False) -> pl.Series:
    """Read dates written as text: ISO, day/month/year (also - and .), yyyymmdd, Excel serials.

    Args:
        text: String column, one cell per row; null = empty cell.
        date1904: the workbook counts its serials from 1904-01-01.

    Returns:
        Date column, null where the text is no date.

    Raises:
        MonthFirstDatesError: some dates are only valid as month/day/year, none only as
            day/month/year, and others would be valid either way.
    """
    frame = text.to_frame("raw").select(tidy(pl.col("raw")).alias("t"))
    _refuse_month_first(frame)
    offset = DAYS_TO_1904_SYSTEM if date1904 else 0
    serial = pl.col("t").str.extract(r"^(\d{1,7})", 1).cast(pl.Int32, strict=False)
    t = pl.col("t")
    return frame.select(
        pl.when(t.str.contains(_ISO))
        .then(_to_date(_padded(t, r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})", (1, 2, 3))))
        .when(t.str.contains(_TWO_PLUS_TWO_PLUS_YEAR))
        .then(_to_date(_padded(t, _TWO_PLUS_TWO_PLUS_YEAR, (3, 2, 1))))
        .when(t.str.contains(_COMPACT))
        .then(_to_date(_padded(t, r"^(\d{4})(\d{2})(\d{2})$", (1, 2, 3))))
        .when(t.str.contains(_SERIAL) & (serial > 0))
        .then((serial + (offset - SERIAL_EPOCH_DAYS)).cast(pl.Date))
        .otherwise(None)
        .alias(text.name)
    )[text.name]


def is_italian(text: pl.Series) -> bool:
    """Tell whether some cell can only be Italian ("1.234,56", "12,5") and none only English."""
    cells = text.to_frame("raw").select(_bare_number(pl.col("raw")).alias("t"))["t"]
    points = cells.str.contains(_PLAIN) & cells.str.contains(".", literal=True)
    english = cells.str.contains(_ENGLISH) | (points & ~cells.str.contains(_ONE_DOT_GROUP))
    commas = cells.str.contains(_COMMA) & ~cells.str.contains(_ONE_COMMA_GROUP)
    return bool((cells.str.contains(_ITALIAN) | commas).any()) and not bool(english.any())


def parse_numbers(text: pl.Series, *, italian: bool = False) -> pl.Series:
    """Read numbers written as text, with Italian ("1.234,56") or English separators.

    The last separator of a cell that has both is its decimal sign. A cell with a comma only is
    Italian, unless it looks like "1,234" in a column that has clearly English cells (then it is
    1234; with clearly Italian cells as well it is unreadable). A cell like "1.234" is 1234 only in
    a column that has Italian cells and no other decimal point; else it is 1.234.
    With `italian` the column is known to have Italian cells beside it.
    A currency sign, white space and a trailing minus are dropped or moved. NaN and infinity are
    unreadable.

    Returns:
        Float64 column, null where the text is no number.
    """
    frame = text.to_frame("raw").select(_bare_number(pl.col("raw")).alias("t"))
    t = pl.col("t")
    one_dot_group, one_comma_group = (
        t.str.contains(_ONE_DOT_GROUP),
        t.str.contains(_ONE_COMMA_GROUP),
    )
    plain, comma = t.str.contains(_PLAIN), t.str.contains(_COMMA)
    is_grouped, english = t.str.contains(_ITALIAN), t.str.contains(_ENGLISH)
    has_italian = pl.lit(italian) | (is_grouped | (comma & ~one_comma_group)).any()
    has_english = (english | (plain & t.str.contains(".", literal=True) & ~one_dot_group)).any()
    clearly_english = english.any()
    swapped = t.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    ungrouped = t.str.replace_all(",", "", literal=True)
    return frame.select(
        pl.when(one_dot_group & has_italian & ~has_english)
        .then(swapped)
        .when(plain)
        .then(t)
        .when(is_grouped)
        .then(swapped)
        .when(english)
        .then(ungrouped)
        .when(one_comma_group & clearly_english & has_italian)
        .then(None)
        .when(one_comma_group & clearly_english)
        .then(ungrouped)
        .when(comma)
        .then(swapped)
        .otherwise(None)
        .cast(pl.Float64, strict=False)
        .alias(text.name)
    )[text.name]


def _bare_number(text: pl.Expr) -> pl.Expr:
    bare = text.str.replace_all(r"(?i)€|EUR|[\s\u{a0}\u{202f}'\u{2019}]", "")
    bare = bare.str.replace_all("\u2212", "-", literal=True)
    return bare.str.replace(r"^(\d.*)-$", "-$1")


def _padded(text: pl.Expr, pattern: str, year_month_day: tuple[int, int, int]) -> pl.Expr:
    year, month, day = (text.str.extract(pattern, group) for group in year_month_day)
    return pl.concat_str(year, month.str.zfill(2), day.str.zfill(2), separator="-")


def _to_date(text: pl.Expr) -> pl.Expr:
    return text.str.to_date("%Y-%m-%d", strict=False)


def _refuse_month_first(frame: pl.DataFrame) -> None:
    first = pl.col("t").str.extract(_TWO_PLUS_TWO_PLUS_YEAR, 1).cast(pl.Int32)
    second = pl.col("t").str.extract(_TWO_PLUS_TWO_PLUS_YEAR, 2).cast(pl.Int32)
    months, days = 12, 31
    counts = frame.select(
        month_first=((first <= months) & second.is_between(months + 1, days)).sum(),
        day_first=(first.is_between(months + 1, days) & (second <= months)).sum(),
        either=((first <= months) & (second <= months)).sum(),
    ).row(0, named=True)
    if counts["month_first"] and counts["either"] and not counts["day_first"]:
        message = (
            f"{counts['month_first']} dates only make sense as month/day/year, so the others would "
            "be read with day and month swapped: save the column as real dates or as yyyy-mm-dd"
        )
        raise MonthFirstDatesError(message)
