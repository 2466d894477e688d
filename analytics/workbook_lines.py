"""Lines of the retailer's workbooks: cleaned, rejected with a reason, summed per day and cell.

A line is one row of a workbook. Nothing is invented, clipped or merged: returns, negative margins,
quantity 0 and equal rows stay; a row is either used whole or rejected whole.

RAW LINES (what a reader gives): `row` (Int64, 1-based row of the file) and the columns of
`SALES_COLUMNS` or `PROMO_COLUMNS`, each either in its own type or, where some cell is not of that
type, as the file's text (String) for the whole column. Columns the file lacks are all null.

CLEAN LINES: `row, date, channel, department, sku, sales, margin, units, discount_pct`, and for
promo lines `promo_code, promo_name, promo_start, promo_end, promo_type`; `sku` is Categorical.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from analytics.cell_text import is_italian, parse_dates, parse_numbers, tidy
from analytics.exact_sums import (
    CENT,
    MEASURES,
    NANO,
    apportion,
    nano_values,
    resum_columns,
    sum_columns,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from analytics.types import Channel

Role = Literal["sales", "promo"]

SALES_COLUMNS: Mapping[str, pl.DataType] = {
    "date": pl.Date(),
    "channel": pl.String(),
    "department": pl.String(),
    "sku": pl.String(),
    "sales": pl.Float64(),
    "margin": pl.Float64(),
    "units": pl.Float64(),
    "discount_pct": pl.Float64(),
}
PROMO_COLUMNS: Mapping[str, pl.DataType] = {
    **SALES_COLUMNS,
    "promo_code": pl.String(),
    "promo_name": pl.String(),
    "promo_start": pl.Date(),
    "promo_end": pl.Date(),
    "promo_type": pl.String(),
}
CHANNEL_NAMES: Mapping[str, Channel] = {
    **dict.fromkeys(
        ("web", "online", "e-commerce", "ecommerce", "internet", "shop online"), "online"
    ),
    **dict.fromkeys(
        ("stores", "store", "offline", "negozi", "negozio", "punti vendita", "filiale", "filialen"),
        "offline",
    ),
}
FIRST_YEAR = 2000
DAYS_AHEAD = 366
LONGEST_DEPARTMENT = 50
LARGEST_VALUE = 1e10
_GRAIN = ("date", "channel", "department")


@dataclass(frozen=True)
class CleanedLines:
    """One file's lines, sorted into used and rejected.

    `rejected` has `row`, `reason`, `text` (the offending cell) and the raw columns as text. The
    `..._sums` have one row each, the exact sums (`exact_sums.sum_columns`) of every readable value
    of all rows, of the used and of the rejected ones, each summed on its own.
    """

    lines: pl.DataFrame
    rejected: pl.DataFrame
    rows_read: int
    read_sums: pl.DataFrame
    accepted_sums: pl.DataFrame
    rejected_sums: pl.DataFrame


def clean_lines(
    raw: pl.DataFrame,
    *,
    role: Role,
    today: dt.date,
    channel: Channel | None = None,
    date1904: bool = False,
) -> CleanedLines:
    """Read every cell of RAW LINES, then use or reject each row.

    Args:
        raw: RAW LINES.
        role: a promo file's lines belong to promotions.
        today: sales more than a year later are out of range.
        channel: channel of every row of a file that has no channel column.
        date1904: Excel serials that are text count from 1904.

    Raises:
        MonthFirstDatesError: the text dates are month/day/year.
    """
    columns = PROMO_COLUMNS if role == "promo" else SALES_COLUMNS
    texts = [raw[name] for name in MEASURES if raw[name].dtype == pl.String]
    # A quantity of "1.000" beside values like "12,50" is a thousand pieces.
    italian = bool(texts) and is_italian(pl.concat([text.rename("") for text in texts]))
    typed = pl.DataFrame(
        [raw["row"], *(_typed(raw[n], t, date1904, italian) for n, t in columns.items())]
    )
    typed = typed.with_columns(
        _channel_expression(channel),
        _percent(typed["discount_pct"]).alias("discount_pct"),
        *(pl.when(_is_usable(name)).then(pl.col(name)).alias(name) for name in MEASURES),
    )
    judged = typed.with_columns(_reason(raw, typed, columns, today, channel))
    is_used = judged["reason"].is_null()
    accepted = judged if is_used.all() else judged.filter(is_used)
    return CleanedLines(
        lines=accepted.drop("reason"),
        rejected=_rejected_rows(raw, judged, columns),
        rows_read=raw.height,
        read_sums=judged.select(sum_columns()),
        accepted_sums=accepted.select(sum_columns()),
        rejected_sums=judged.filter(pl.col("reason").is_not_null()).select(sum_columns()),
    )


def cell_sums(lines: pl.DataFrame) -> pl.DataFrame:
    """Sum CLEAN LINES per `date, channel, department`: `rows` and the exact sums."""
    return (
        lines.group_by(_GRAIN)
        .agg(pl.len().cast(pl.Int64).alias("rows"), *sum_columns())
        .sort(_GRAIN)
    )


def stored_cells(sums: pl.DataFrame, spelling: Mapping[str, str]) -> pl.DataFrame:
    """Turn one file's `cell_sums` into what is stored: whole cents that add up to the file.

    Args:
        sums: `cell_sums` of the file.
        spelling: department as found -> as stored (`match_spellings`).

    Returns:
        `date, channel, department, lines, sales_cents, margin_cents, units` (all Int64), sorted.
    """
    named = sums.with_columns(pl.col("department").replace_strict(spelling, return_dtype=pl.String))
    grouped = named.group_by(_GRAIN).agg(pl.col("rows").sum(), *resum_columns()).sort(_GRAIN)
    counts = {
        "lines": grouped["rows"].to_list(),
        "sales_cents": apportion(nano_values(grouped, "sales"), CENT),
        "margin_cents": apportion(nano_values(grouped, "margin"), CENT),
        "units": apportion(nano_values(grouped, "units"), NANO),
    }
    columns = [pl.Series(name, values, dtype=pl.Int64) for name, values in counts.items()]
    return grouped.select(_GRAIN).with_columns(columns)


def match_spellings(
    found: Iterable[str], known: Iterable[str], declared: Mapping[str, str]
) -> dict[str, str]:
    """Map each spelling found to one spelling per name: trimmed, inner spaces folded, any case.

    A declared name goes before all; then a known spelling wins; among new ones the first in code
    order, so that no order of files matters. Names that differ in anything else are different.

    Args:
        found: departments as files spell them.
        known: departments of the store.
        declared: `fold_department` of a spelling -> the department it is.

    >>> match_spellings(["tv", "TV", "Audio", "Hi-Fi"], ["audio"], {"hi-fi": "audio"})
    {'Audio': 'audio', 'Hi-Fi': 'audio', 'TV': 'TV', 'tv': 'TV'}
    """
    chosen = {fold_department(name): name for name in sorted(known, reverse=True)}
    chosen |= {fold_department(name): name for name in sorted(declared.values(), reverse=True)}
    chosen |= declared
    spelled = {}
    for name in sorted(found):
        spelled[name] = chosen.setdefault(fold_department(name), name)
    return spelled


def fold_department(name: str) -> str:
    """Fold what does not tell two departments apart: spaces and capitals."""
    return " ".join(name.split()).casefold()


def _typed(column: pl.Series, dtype: pl.DataType, date1904: bool, italian: bool) -> pl.Series:  # noqa: FBT001  private
    if dtype == pl.String:
        return _tidied(column.cast(pl.String))
    if column.dtype in {dtype, pl.Null}:
        return column.cast(dtype)
    if dtype == pl.Date:
        return parse_dates(column.cast(pl.String), date1904=date1904)
    return parse_numbers(column.cast(pl.String), italian=italian)


def _tidied(column: pl.Series) -> pl.Series:
    """Tidy a text column, each different text once."""
    codes = column.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = codes.arg_unique()
    seen = pl.DataFrame([codes.gather(first).alias("code"), column.gather(first).alias("text")])
    tidied = seen.drop_nulls().sort("code").select(tidy(pl.col("text")).alias(column.name))
    if column.name == "sku":
        # A number among the item codes reads 1190760 in a workbook and 1190760.0 in some exports.
        whole = pl.col("sku").str.replace(r"^(\d+)\.0+$", "$1")
        tidied = tidied.select(whole.cast(pl.Categorical(pl.Categories.random())))
    return tidied.to_series().gather(codes)  # the codes count from 0 without a gap


def _percent(discount: pl.Series) -> pl.Series:
    """Read a discount column as per cent; one that never exceeds 1 holds shares (Excel's %)."""
    largest = discount.max()
    has_fractions = bool(((discount > 0) & (discount < 1)).any())
    if isinstance(largest, float) and largest <= 1 and has_fractions:
        return discount * 100
    return discount


def _channel_expression(channel: Channel | None) -> pl.Expr:
    named = pl.col("channel").str.to_lowercase().replace_strict(CHANNEL_NAMES, default=None)
    if channel is None:
        return named.alias("channel")
    return pl.lit(channel).alias("channel")


def _reason(
    raw: pl.DataFrame,
    typed: pl.DataFrame,
    columns: Mapping[str, pl.DataType],
    today: dt.date,
    channel: Channel | None,
) -> pl.Series:
    filled = pl.DataFrame([_filled(raw[name]) for name in columns])
    needed = ["date", "department", *MEASURES, *(["channel"] if channel is None else [])]
    promo_dates = [name for name in ("promo_start", "promo_end") if name in columns]
    date, department = typed["date"], typed["department"]
    unread = [filled[name] & typed[name].is_null() for name in ("date", *promo_dates)]
    tests = {
        "blank_row": ~filled.select(pl.any_horizontal(needed)).to_series(),
        "date_missing": ~filled["date"],
        "date_unreadable": pl.DataFrame(unread).select(pl.any_horizontal(pl.all())).to_series(),
        "date_out_of_range": (date.dt.year() < FIRST_YEAR)
        | ((date - pl.Series([today])).dt.total_days() > DAYS_AHEAD),
        "channel_unknown": typed["channel"].is_null(),
        "department_missing": department.is_null(),
        "department_too_long": department.str.len_chars() > LONGEST_DEPARTMENT,
        "value_missing": _any(~filled[name] for name in MEASURES),
        "value_unreadable": _any(typed[name].is_null() for name in MEASURES),
    }
    if promo_dates:
        tests["promo_dates_upside_down"] = typed["promo_end"] < typed["promo_start"]
    flags = pl.DataFrame([test.fill_null(value=False).alias(name) for name, test in tests.items()])
    first = pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in tests)
    return flags.select(first.alias("reason")).to_series()


def _filled(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return column.str.contains(r"[^\s\u{a0}\u{200b}\u{feff}]").fill_null(value=False)
    return column.is_not_null()


def _is_usable(name: str) -> pl.Expr:
    return pl.col(name).is_finite() & (pl.col(name).abs() < LARGEST_VALUE)


def _any(flags: Iterable[pl.Series]) -> pl.Series:
    named = pl.DataFrame([flag.alias(str(i)) for i, flag in enumerate(flags)])
    return named.select(pl.any_horizontal(pl.all())).to_series()


def _rejected_rows(
    raw: pl.DataFrame, judged: pl.DataFrame, columns: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    marked = pl.DataFrame([raw["row"], judged["reason"], *(raw[name] for name in columns)])
    rejected = marked.filter(pl.col("reason").is_not_null())
    texts = rejected.with_columns(pl.col(name).cast(pl.String) for name in columns)
    return texts.select("row", "reason", _offending_text(columns).alias("text"), *columns)


def _offending_text(columns: Mapping[str, pl.DataType]) -> pl.Expr:
    """Quote the cells that a reason is about as `column=text`; for an empty cell, the whole row."""
    promo_dates = [name for name in ("promo_start", "promo_end") if name in columns]
    about = {
        "date_unreadable": ["date", *promo_dates],
        "date_out_of_range": ["date"],
        "channel_unknown": ["channel"],
        "department_too_long": ["department"],
        "value_unreadable": list(MEASURES),
        "promo_dates_upside_down": promo_dates,
    }
    expression = _quoted(columns)
    for reason, names in about.items():
        is_about = pl.col("reason") == reason
        expression = pl.when(is_about).then(_quoted(names)).otherwise(expression)
    return expression


def _quoted(names: Iterable[str]) -> pl.Expr:
    """Join the cells that are filled; empty text if there are none."""
    cells = [pl.lit(f"{name}=") + pl.col(name).str.strip_chars() for name in names]
    return pl.concat_str(cells, separator=" ", ignore_nulls=True) if cells else pl.lit("")
