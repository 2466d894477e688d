"""What an ingest says it did, file by file, with sums that a person can check to the cent."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from analytics.day_cover import Merge
from analytics.exact_sums import CENT, NANO, as_decimal, round_half_away
from analytics.promo_relation import RelationEvidence
from analytics.rejects import RejectReason
from analytics.types import Channel, Record
from analytics.workbook_lines import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl


class Sums(Record):
    """Rows and what they add up to."""

    rows: int = 0
    sales_value: Decimal = Decimal("0.00")
    margin_value: Decimal = Decimal("0.00")
    units: int = 0

    def __add__(self, other: Sums) -> Sums:
        return self._with(other, 1)

    def __sub__(self, other: Sums) -> Sums:
        return self._with(other, -1)

    def _with(self, other: Sums, sign: int) -> Sums:
        return Sums(
            rows=self.rows + sign * other.rows,
            sales_value=self.sales_value + sign * other.sales_value,
            margin_value=self.margin_value + sign * other.margin_value,
            units=self.units + sign * other.units,
        )

    @classmethod
    def of_exact(cls, rows: int, exact: Mapping[str, int]) -> Self:
        """Round exact sums (`exact_sums.sum_columns`) to cents and pieces."""

        def nano(name: str) -> int:
            return exact[f"{name}_whole"] * NANO + exact[f"{name}_nano"]

        return cls(
            rows=rows,
            sales_value=as_decimal(round_half_away(nano("sales"), CENT)),
            margin_value=as_decimal(round_half_away(nano("margin"), CENT)),
            units=round_half_away(nano("units"), NANO),
        )

    @classmethod
    def of_cells(cls, cells: pl.DataFrame) -> Self:
        """Add up stored cells (`workbook_lines.stored_cells`)."""
        return cls(
            rows=int(cells["lines"].sum()),
            sales_value=as_decimal(int(cells["sales_cents"].sum())),
            margin_value=as_decimal(int(cells["margin_cents"].sum())),
            units=int(cells["units"].sum()),
        )


class Reconciliation(Record):
    """accepted + rejected = read, and stored + skipped = accepted, each to the cent.

    `skipped` are rows of days that another file covers (see the merge mode); `replaced` is what
    older files lost to this one, and is no part of either equation.
    """

    read: Sums = Sums()
    accepted: Sums = Sums()
    rejected: Sums = Sums()
    skipped: Sums = Sums()
    stored: Sums = Sums()
    replaced: Sums = Sums()

    def __add__(self, other: Reconciliation) -> Reconciliation:
        mine, theirs = dict(self), dict(other)
        return Reconciliation(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def balanced(self) -> bool:
        """Whether both equations hold."""
        return (
            self.accepted + self.rejected == self.read
            and self.stored + self.skipped == self.accepted
        )


class DepthSources(Record):
    """Promo rows by where their depth comes from; `unknown` rows have none.

    A discount column goes before the promotion's text, and that before the item's prices.
    """

    column: int = 0
    text: int
    price: int
    unknown: int


class Overlap(Record):
    """Days (of a channel) that other files of the same kind had brought before.

    `days_different` are those whose sales, margin or units are not the same to the cent.
    """

    days: int
    days_different: int
    first_date: dt.date
    last_date: dt.date


class FileResult(Record):
    """One file of an ingest."""

    file_name: str
    sha256: str
    status: Literal["loaded", "already_loaded"]
    role: Role
    channels: tuple[Channel, ...] = ()
    sheet: str | None = None
    header_row: int | None = None
    date_min: dt.date | None = None
    date_max: dt.date | None = None
    sums: Reconciliation = Reconciliation()
    days_stored: int = 0
    days_skipped: int = 0
    days_replaced: int = 0
    overlap: Overlap | None = None
    rows_without_price: int = 0
    rejects: tuple[RejectReason, ...] = ()
    reject_file: str | None = None
    relation: RelationEvidence | None = None
    depth: DepthSources | None = None
    campaigns: int = 0
    notes: tuple[str, ...] = ()


class IngestResult(Record):
    """One ingest: its job, its files in the order they were merged, and their sums."""

    job_id: str
    already_done: bool = False
    merge: Merge
    files: tuple[FileResult, ...]
    sums: Reconciliation
    days_changed: int
    new_departments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
