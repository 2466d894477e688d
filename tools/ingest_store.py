"""Storing what was read: which days count, how promo rows relate, the ledger, the catalog.

Everything happens on the caller's connection; the caller's transaction makes it all or nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import polars as pl

from analytics.day_cover import DayPlan, plan_days
from db import source_files, source_lines
from db.columns import utc_now
from tools.ingest_result import FileResult, Overlap, Reconciliation, Sums
from tools.ledger_days import days_of_role, drop_promo_days, ledger_cells
from tools.promo_judgement import judge_promotions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import pandas as pd
    import sqlalchemy as sa

    from analytics.day_cover import Day, Merge
    from analytics.promo_relation import RelationOption
    from analytics.types import Channel
    from tools.ingest_files import ReadFile
    from tools.promo_judgement import Judgement

_NAMESPACE = uuid.UUID("9b1f6c0e-30c5-5a52-a0a9-6a0f5c2f7d33")


class ReconciliationError(Exception):
    """Sums do not add up: a defect of this program, never of the files; nothing is stored."""


@dataclass(frozen=True)
class StoreOutcome:
    """What was stored."""

    files: tuple[FileResult, ...]
    days_changed: int
    notes: tuple[str, ...]


def store_files(
    conn: sa.Connection,
    files: Sequence[ReadFile],
    *,
    job_id: str,
    merge: Merge,
    promo_relation: RelationOption,
    rejects_dir: Path | None,
) -> StoreOutcome:
    """Store new files in their order, judge promotions, rebuild the sales of days that changed.

    Args:
        conn: in the caller's transaction.
        files: files to store.
        job_id: the job, kept in the ledger.
        merge: how days that are covered count.
        promo_relation: what a person said of the promo files, or 'auto'.
        rejects_dir: where to keep the rejected rows.

    Raises:
        ReconciliationError: a sum does not add up.
        RefusedValueError: a sum does not fit the store.
    """
    changed: set[Day] = set()
    results: dict[uuid.UUID, FileResult] = {}
    for file in files:
        plan = plan_days(file.days, frozenset(days_of_role(conn, file.answer.role)), merge)
        overlap = _overlap(conn, file)
        replaced = _displace(conn, file, plan)
        result = _file_result(file, plan, replaced, rejects_dir)
        result = result.model_copy(update={"overlap": overlap})
        _check_exact(file, result)
        file_id = uuid.uuid5(_NAMESPACE, file.file.sha256)
        _add(conn, file_id, file, plan, result, job_id, merge)
        changed |= plan.stored | plan.displaced
        results[file_id] = result
    told = {key: promo_relation for key, result in results.items() if result.role == "promo"}
    judgements = make_sales(conn, changed, told)
    for file_id, judged in judgements.items():
        changed |= judged.days
        if file_id in results:
            result = results[file_id].model_copy(
                update={
                    "relation": judged.relation,
                    "depth": judged.depth,
                    "campaigns": judged.campaigns,
                    "notes": results[file_id].notes + _uncovered(conn, judged.days),
                }
            )
            source_files.set_report(conn, file_id, result.model_dump(mode="json"))
            results[file_id] = result
    news = tuple(judged.news for judged in judgements.values() if judged.news)
    return StoreOutcome(tuple(results.values()), len(changed), news)


def make_sales(
    conn: sa.Connection, changed: AbstractSet[Day], told: Mapping[uuid.UUID, RelationOption]
) -> dict[uuid.UUID, Judgement]:
    """Judge the promotions near days that changed, then make the sales of all these days anew.

    Args:
        conn: in the caller's transaction.
        changed: days of which the ledger changed.
        told: as `judge_promotions`.
    """
    judgements = judge_promotions(conn, changed, told)
    days = set(changed).union(*(judged.days for judged in judgements.values()))
    for channel, dates in _by_channel(days).items():
        source_files.rebuild_sales(conn, channel, dates)
    return judgements


def _overlap(conn: sa.Connection, file: ReadFile) -> Overlap | None:
    """Compare the file with what is stored of days that other files of its kind brought before."""
    dates = sorted({date for _, date in file.days})
    held = ledger_cells(conn, file.answer.role, dates=dates)
    before = _day_sums(held)
    both = [day for day in file.days if day in before]
    if not both:
        return None
    own = _day_sums(file.on_days(both))
    return Overlap(
        days=len(both),
        days_different=sum(own[day] != before[day] for day in both),
        first_date=min(date for _, date in both),
        last_date=max(date for _, date in both),
    )


def _day_sums(cells: pl.DataFrame) -> dict[Day, tuple[int, ...]]:
    measures = ("sales_cents", "margin_cents", "units")
    summed = cells.group_by("channel", "date").agg(pl.col(name).sum() for name in measures)
    return {(channel, date): tuple(sums) for channel, date, *sums in summed.iter_rows()}


def _displace(conn: sa.Connection, file: ReadFile, plan: DayPlan) -> Sums:
    """Take the displaced days from older files of the same kind; return what they lose."""
    lost = Sums()
    for channel, dates in _by_channel(plan.displaced).items():
        lost += Sums.of_cells(ledger_cells(conn, file.answer.role, channel=channel, dates=dates))
        if file.answer.role == "sales":
            source_files.drop_days(conn, channel, dates)
        else:
            drop_promo_days(conn, channel, dates)
    return lost


def _uncovered(conn: sa.Connection, days: frozenset[Day]) -> tuple[str, ...]:
    """Say for how many days only the promoted part is known."""
    alone = days - days_of_role(conn, "sales")
    if not alone:
        return ()
    first, last = min(date for _, date in alone), max(date for _, date in alone)
    return (
        f"no sales file covers {len(alone)} of its days ({first} to {last}): the store knows only "
        "the promoted part of them until the Web and Stores files are loaded",
    )


def _file_result(
    file: ReadFile,
    plan: DayPlan,
    replaced: Sums,
    rejects_dir: Path | None,
) -> FileResult:
    answer = file.answer
    stored = Sums.of_cells(file.on_days(plan.stored))
    sums: Reconciliation = file.reconciliation(stored, replaced)
    return FileResult(
        file_name=file.file.name,
        sha256=file.file.sha256,
        status="loaded",
        role=answer.role,
        channels=answer.channels,
        sheet=answer.sheet,
        header_row=answer.header_row,
        date_min=answer.date_min,
        date_max=answer.date_max,
        sums=sums,
        days_stored=len(plan.stored),
        days_skipped=len(plan.skipped),
        days_replaced=len(plan.displaced),
        rows_without_price=answer.rows_without_price,
        rejects=answer.rejects,
        reject_file=file.keep_rejects(rejects_dir),
        notes=answer.notes + _as_declared(file),
    )


def _as_declared(file: ReadFile) -> tuple[str, ...]:
    if not file.renamed:
        return ()
    names = ", ".join(f"{old} is {new}" for old, new in sorted(file.renamed.items()))
    return (f"departments as declared: {names}",)


def _check_exact(file: ReadFile, result: FileResult) -> None:
    """Compare sums that were made independently of each other, exactly."""
    if not result.sums.balanced:
        message = f"the sums of {file.file.name} do not add up: {result.sums}"
        raise ReconciliationError(message)
    answer = file.answer
    for name, read in answer.read_sums.items():
        if name.endswith("_whole"):
            nano = name.replace("_whole", "_nano")
            parts = (answer.read_sums, answer.accepted_sums, answer.rejected_sums)
            whole, accepted, rejected = (part[name] * 10**9 + part[nano] for part in parts)
            if accepted + rejected != whole:
                message = f"{file.file.name}: {name} of accepted and rejected rows is not {read}"
                raise ReconciliationError(message)
    if Sums.of_cells(file.cells) != file.accepted:
        message = f"the cells of {file.file.name} do not add up to its accepted rows"
        raise ReconciliationError(message)


def _add(
    conn: sa.Connection,
    file_id: uuid.UUID,
    file: ReadFile,
    plan: DayPlan,
    result: FileResult,
    job_id: str,
    merge: Merge,
) -> None:
    answer, accepted = file.answer, result.sums.accepted
    single = answer.channels[0] if len(answer.channels) == 1 else None
    record = source_files.SourceFile(
        id=file_id,
        sha256=file.file.sha256,
        file_name=file.file.name,
        role=answer.role,
        channel=single,
        date_min=answer.date_min,
        date_max=answer.date_max,
        rows_read=answer.rows_read,
        rows_accepted=answer.rows_accepted,
        rows_rejected=answer.rows_rejected,
        sales_value=float(accepted.sales_value),
        margin_value=float(accepted.margin_value),
        units=accepted.units,
        merge_mode=merge,
        relation=None,
        job_id=job_id,
        report=result.model_dump(mode="json"),
        ingested_at=utc_now(),
    )
    source_files.add_file(conn, record, days_frame(file.on_days(plan.stored)))
    lines = file.lines()
    if lines is not None:
        source_lines.save(conn, file_id, lines)
    stored = Sums.of_cells(ledger_cells(conn, answer.role, file_id=file_id))
    if stored != result.sums.stored:
        message = f"the store holds {stored} of {file.file.name}, not {result.sums.stored}"
        raise ReconciliationError(message)


def days_frame(cells: pl.DataFrame) -> pd.DataFrame:
    """Turn stored cells into the rows of `source_days`; the depth is not known yet."""
    money = [(pl.col(f"{name}_cents") / 100).alias(f"{name}_value") for name in ("sales", "margin")]
    keys = ("date", "channel", "department")
    unknown = pl.lit(None, dtype=pl.Float64).alias("discount_pct")
    frame = cells.select(*keys, *money, "units", unknown, "lines")
    return frame.with_columns(pl.col("date").cast(pl.Datetime("ns"))).to_pandas()


def _by_channel(days: Iterable[Day]) -> Mapping[Channel, list[dt.date]]:
    dates: dict[Channel, list[dt.date]] = defaultdict(list)
    for channel, date in sorted(days):
        dates[cast("Channel", channel)].append(date)
    return dates
