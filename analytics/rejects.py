"""Rows that cannot be used: why, examples for a person, and a file that is safe to open.

Every rejected row has exactly one reason, the first that applies in the order of `REASONS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from analytics.types import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "blank_row": "every column that is needed is empty",
    "date_missing": "no date",
    "date_unreadable": "a date that is no date",
    "date_out_of_range": "the sale lies before 2000 or more than a year ahead",
    "channel_unknown": "the channel is neither online nor offline by any known name",
    "department_missing": "no department",
    "department_too_long": "a department name of more than 50 characters",
    "value_missing": "no sales value, margin or quantity",
    "value_unreadable": "a sales value, margin or quantity that is no number",
    "promo_dates_upside_down": "the promotion ends before it starts",
}
EXAMPLES_PER_REASON = 3
_LONGEST_EXAMPLE = 120
_FORMULA_STARTS = r"^(?:\s*[=+\-@|]|[\t\r\n])"
_NUMBER = r"^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$"


class RejectExample(Record):
    """One rejected row as the file has it."""

    row: int
    text: str


class RejectReason(Record):
    """How many rows were rejected for one reason, with up to three of them."""

    reason: str
    meaning: str
    rows: int
    examples: tuple[RejectExample, ...]


def summarise(rejected: pl.DataFrame) -> tuple[RejectReason, ...]:
    """Count rejected rows by reason, in the order of `REASONS`.

    Args:
        rejected: columns `row` (Int64, 1-based row of the file), `reason`, `text` (the offending
            cell as the file has it), sorted by `row`.
    """
    found = []
    for reason, meaning in REASONS.items():
        rows = rejected.filter(pl.col("reason") == reason).sort("row")
        if rows.height:
            examples = tuple(
                RejectExample(row=row, text=text[:_LONGEST_EXAMPLE])
                for row, text in rows.head(EXAMPLES_PER_REASON).select("row", "text").iter_rows()
            )
            found.append(
                RejectReason(reason=reason, meaning=meaning, rows=rows.height, examples=examples)
            )
    return tuple(found)


def formula_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """Make every text cell harmless for a spreadsheet.

    Text that a spreadsheet would run as a formula (it begins with = + - @ or a tab) gets an
    apostrophe in front; plain negative numbers stay as they are.
    """
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    dangerous = [
        pl.col(name).str.contains(_FORMULA_STARTS) & ~pl.col(name).str.contains(_NUMBER)
        for name in texts
    ]
    return frame.with_columns(
        pl.when(risk).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, risk in zip(texts, dangerous, strict=True)
    )


def reject_csv(rejected: pl.DataFrame) -> str:
    """Write rejected rows as CSV text (`row`, `reason`, the file's own cells), formula-safe."""
    return formula_safe(rejected.drop("text")).write_csv(quote_style="non_numeric")
