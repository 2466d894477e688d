"""Judging promo files: how their rows relate to sales, how deep they are, which campaigns they are.

The outcome depends only on what the ledger holds: files that came one by one, in any order, are
judged as if they had come together. Whenever sales or promotions change, the promo files near
these days are judged again.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import sqlalchemy as sa

from analytics.campaigns import campaigns
from analytics.promo_depth import USUAL_PRICE_DAYS, cell_depth, with_depth
from analytics.promo_relation import (
    RelationEvidence,
    given_relation,
    relation_by_cell,
    relation_by_sku,
)
from analytics.sku_days import SKU_DAY, as_text, promoted_skus, sku_days
from db import catalog, source_files, source_lines
from db.errors import ConflictError
from db.tables import source_days
from tools.ingest_result import DepthSources
from tools.ledger_days import days_of_role, ledger_cells

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from analytics.day_cover import Day
    from analytics.promo_relation import Relation, RelationOption
    from db.source_files import SourceFile

_BEFORE = dt.timedelta(days=USUAL_PRICE_DAYS)


@dataclass(frozen=True)
class Judgement:
    """What was found about one promo file; `news` says it where it was not known before."""

    relation: RelationEvidence
    depth: DepthSources
    campaigns: int
    days: frozenset[Day]
    news: str | None


def judge_promotions(
    conn: sa.Connection, changed: Collection[Day], told: Mapping[UUID, RelationOption]
) -> dict[UUID, Judgement]:
    """Judge the files of `told` and every promo file near a changed day; note it in the store.

    Args:
        conn: in the caller's transaction; the ledger holds all files.
        changed: days of which sales or promo rows changed.
        told: promo files of this job, with what a person said of their relation, or 'auto'.

    Returns:
        The judgement of each judged file, by id.
    """
    files = sorted(source_files.list_files(conn), key=lambda f: (f.ingested_at, f.id))
    promo = [file for file in files if file.role == "promo"]
    near = [file for file in promo if file.id in told or _is_near(file, changed)]
    if not near:
        return {}
    lines = {file.id: _lines(conn, file) for file in promo}
    sold = _sold(conn, [f for f in files if f.role == "sales"], [lines[f.id] for f in near])
    promoted = pl.concat([sku_days(frame).select(SKU_DAY) for frame in lines.values()])
    usual = sold.join(promoted, on=SKU_DAY, how="anti")
    covered = days_of_role(conn, "sales")
    return {
        file.id: _judge(conn, file, lines[file.id], sold, usual, covered, told.get(file.id))
        for file in near
    }


def _is_near(file: SourceFile, changed: Collection[Day]) -> bool:
    if file.date_min is None or file.date_max is None:
        return False
    return any(file.date_min - _BEFORE <= date <= file.date_max for _, date in changed)


def _lines(conn: sa.Connection, file: SourceFile) -> pl.DataFrame:
    """Return the lines that were kept of a promo file, as text again."""
    content = source_lines.load(conn, file.id)
    if content is None:
        message = f"the store holds no lines of {file.file_name}: load it again into a new store"
        raise ConflictError(message)
    return as_text(pl.read_ipc(io.BytesIO(content)))


def _sold(
    conn: sa.Connection, files: Sequence[SourceFile], promo: Iterable[pl.DataFrame]
) -> pl.DataFrame:
    """Return the SKU DAYS of promoted items, each day from the file that counts for it.

    One file's lines are in memory at a time.
    """
    promo = list(promo)
    wanted = pl.concat([promoted_skus(frame) for frame in promo]).unique()
    dates = pl.concat([frame["date"] for frame in promo])
    first, last = dates.min(), dates.max()
    found = [_nothing_sold()]
    if isinstance(first, dt.date) and isinstance(last, dt.date):
        for file in files:
            content = source_lines.load(conn, file.id)
            if content is None:
                continue
            lines = pl.read_ipc(io.BytesIO(content)).filter(
                pl.col("date").is_between(first - _BEFORE, last)
            )
            own = _frame(_own_days(conn, file.id))
            kept = as_text(lines).join(own, on=["channel", "date"], how="semi")
            found.append(sku_days(kept, wanted))
    return pl.concat(found)


def _judge(
    conn: sa.Connection,
    file: SourceFile,
    lines: pl.DataFrame,
    sold: pl.DataFrame,
    usual: pl.DataFrame,
    covered: Collection[Day],
    told: RelationOption | None,
) -> Judgement:
    relation = _relation(conn, file, lines, sold, covered, told)
    deep = with_depth(lines, usual)
    found = campaigns(deep, file.file_name)
    stored = _stored(relation)
    if stored is not None:
        source_files.set_relation(conn, file.id, stored)
    depths = cell_depth(deep).with_columns(pl.col("date").cast(pl.Datetime("ns")))
    source_files.set_depths(conn, file.id, depths.to_pandas())
    catalog.replace_campaigns(conn, file.file_name, found)
    is_news = told is None and stored is not None and stored != file.relation
    source = deep["depth_source"]
    return Judgement(
        relation=relation,
        depth=DepthSources(
            column=int((source == "column").sum()),
            text=int((source == "text").sum()),
            price=int((source == "price").sum()),
            unknown=source.null_count(),
        ),
        campaigns=len(found),
        days=frozenset(_own_days(conn, file.id)),
        news=f"{file.file_name}: {relation.reason}" if is_news else None,
    )


def _relation(
    conn: sa.Connection,
    file: SourceFile,
    lines: pl.DataFrame,
    sold: pl.DataFrame,
    covered: Collection[Day],
    told: RelationOption | None,
) -> RelationEvidence:
    if told is None:  # loaded before: what a person said then still holds
        before = file.report.get("relation") or {}
        if before.get("grain") == "given" and file.relation is not None:
            return given_relation(file.relation)
    elif told != "auto":
        return given_relation(told)
    evidence = relation_by_sku(lines, sold, _frame(covered))
    if evidence is not None:
        return evidence
    cells = ledger_cells(conn, "promo", file_id=file.id)
    totals = ledger_cells(conn, "sales", dates=cells["date"].unique().to_list())
    return relation_by_cell(_values(cells), _values(totals))


def _stored(evidence: RelationEvidence) -> Relation | None:
    """Leave a promo file undecided that no sales file could be compared with."""
    return None if evidence.grain == "none" else evidence.relation


def _own_days(conn: sa.Connection, file_id: UUID) -> set[Day]:
    """Return the days for which a file counts."""
    wanted = (
        sa.select(source_days.c.channel, source_days.c.date)
        .distinct()
        .where(source_days.c.source_file_id == file_id)
    )
    return {(row.channel, row.date) for row in conn.execute(wanted)}


def _frame(days: Iterable[Day]) -> pl.DataFrame:
    return pl.DataFrame(sorted(days), schema={"channel": pl.String, "date": pl.Date}, orient="row")


def _values(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.select(
        "date", "channel", "department", (pl.col("sales_cents") / 100).alias("sales"), "units"
    )


def _nothing_sold() -> pl.DataFrame:
    kinds = {"date": pl.Date, "channel": pl.String, "sku": pl.String}
    return pl.DataFrame(schema={**kinds, "gross_sales": pl.Float64, "gross_units": pl.Float64})
