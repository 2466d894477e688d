"""How far the stored sales can be trusted."""

import datetime as dt
from typing import cast

import pandas as pd
import sqlalchemy as sa
from pydantic import Field

from analytics.frames import day_totals
from analytics.gaps import completeness_pct
from analytics.quality import find_issues
from analytics.quality_issue import QualityIssue, in_order, issue
from analytics.remarks import remark
from analytics.types import Channel, Record
from db import sales, source_files
from tools.deps import Deps

_MANY_REJECTED_SHARE = 0.01


class QualityReport(Record):
    """Figures of the stored sales and every finding, the gravest first."""

    cells: int
    cell_days: int
    promo_cell_days: int
    date_min: dt.date | None
    date_max: dt.date | None
    days_since_newest: int | None
    completeness_pct: float | None = Field(
        description="cell-days with sales, of the days on which the cell's channel sold anything"
    )
    accuracy_pct: float | None = Field(
        default=None, description="rows of all loaded files that could be used"
    )
    consistency_pct: float | None = Field(
        default=None, description="cell-days whose promoted part does not exceed the day"
    )
    issues: tuple[QualityIssue, ...]


def data_quality(deps: Deps) -> QualityReport:
    """Report what is wrong or doubtful in the stored sales, each with what to do about it.

    Use it after loading workbooks and before trusting figures. Finds missing days, departments
    that stopped, jumps of level, outliers, negative margins, days without sales, unknown
    promotion depths, undecided or badly readable files, and how old the newest sales are.
    """
    return quality_report(deps.conn, deps.today)


def quality_report(conn: sa.Connection, today: dt.date) -> QualityReport:
    """Do the work of `data_quality` for a connection and a day."""
    rows = sales.sales_rows(conn)
    ledger = _ledger_issues(conn)
    if rows.empty:
        return QualityReport(
            cells=0,
            cell_days=0,
            promo_cell_days=0,
            date_min=None,
            date_max=None,
            days_since_newest=None,
            completeness_pct=None,
            issues=tuple(in_order([_no_sales(), *ledger])),
        )
    totals = day_totals(rows)
    exceeding = _exceeding(rows)
    first, last = totals["date"].min().date(), totals["date"].max().date()
    issues = [*find_issues(totals, today), *exceeding, *ledger]
    return QualityReport(
        cells=len(totals[["channel", "department"]].drop_duplicates()),
        cell_days=len(totals),
        promo_cell_days=int(totals["promo"].sum()),
        date_min=first,
        date_max=last,
        days_since_newest=(today - last).days,
        completeness_pct=completeness_pct(totals),
        accuracy_pct=_accuracy_pct(conn),
        consistency_pct=round(100 * (1 - sum(i.days for i in exceeding) / len(totals)), 2),
        issues=tuple(in_order(issues)),
    )


def day_totals_of(deps: Deps) -> pd.DataFrame:
    """Return the DAY TOTALS that the report is about, empty if there are none."""
    rows = sales.sales_rows(deps.conn)
    return rows if rows.empty else day_totals(rows)


def _accuracy_pct(conn: sa.Connection) -> float | None:
    files = source_files.list_files(conn)
    read = sum(file.rows_read for file in files)
    used = sum(file.rows_accepted for file in files)
    return round(100 * used / read, 2) if read else None


def _no_sales() -> QualityIssue:
    return issue(
        check="no_sales",
        severity="critical",
        message=remark("no_sales"),
        what_to_do="do_load_all",
    )


def _exceeding(rows: pd.DataFrame) -> list[QualityIssue]:
    """Find days whose promoted part is larger than the day: the rest is then negative."""
    promoted = rows[rows["promo_flag"]][["date", "channel", "department"]]
    rest = rows[~rows["promo_flag"] & ((rows["units"] < 0) | (rows["sales_value"] < 0))]
    both = rest.merge(promoted, on=["date", "channel", "department"])
    issues = []
    for key, days in both.groupby(["channel", "department"], sort=True):
        channel, department = cast("tuple[Channel, str]", key)
        issues.append(
            issue(
                check="promo_exceeds_total",
                severity="medium",
                message=remark(
                    "promo_exceeds_total", department=department, channel=channel, days=len(days)
                ),
                what_to_do="do_see_additional",
                channel=channel,
                department=department,
                days=len(days),
                first_date=days["date"].min().date(),
                last_date=days["date"].max().date(),
            )
        )
    return issues


def _ledger_issues(conn: sa.Connection) -> list[QualityIssue]:
    """Tell of files with many rejected rows, and promo files that wait for their sales files."""
    issues = []
    for file in source_files.list_files(conn):
        share = file.rows_rejected / file.rows_read if file.rows_read else 0.0
        if file.role == "promo" and file.relation is None:
            issues.append(
                issue(
                    check="relation_undecided",
                    severity="medium",
                    message=remark("relation_undecided", file=file.file_name),
                    what_to_do="do_load_sales_of_days",
                    first_date=file.date_min,
                    last_date=file.date_max,
                )
            )
        issues += _told_at_loading(file)
        if share >= _MANY_REJECTED_SHARE:
            channel: Channel | None = file.channel
            issues.append(
                issue(
                    check="rejected_rows",
                    severity="high" if share >= 10 * _MANY_REJECTED_SHARE else "medium",
                    message=remark(
                        "rejected_rows",
                        rejected=file.rows_rejected,
                        read=file.rows_read,
                        file=file.file_name,
                        share_pct=100 * share,
                    ),
                    what_to_do="do_read_reasons",
                    channel=channel,
                    first_date=file.date_min,
                    last_date=file.date_max,
                )
            )
    return issues


def _told_at_loading(file: source_files.SourceFile) -> list[QualityIssue]:
    """Tell of rows without a price and of days that other files had brought before."""
    issues = []
    free = int(file.report.get("rows_without_price") or 0)
    if free:
        issues.append(
            issue(
                check="zero_price_rows",
                severity="medium" if free >= _MANY_REJECTED_SHARE * file.rows_accepted else "low",
                message=remark(
                    "zero_price_rows", free=free, accepted=file.rows_accepted, file=file.file_name
                ),
                what_to_do="do_ask_gifts",
                channel=file.channel,
                first_date=file.date_min,
                last_date=file.date_max,
            )
        )
    overlap = file.report.get("overlap")
    if overlap:
        differ = int(overlap["days_different"])
        facts = {
            "days": int(overlap["days"]),
            "file": file.file_name,
            "mode": str(file.merge_mode),
        }
        issues.append(
            issue(
                check="files_overlap",
                severity="high" if differ else "low",
                message=remark("files_overlap", **facts, differ=differ)
                if differ
                else remark("files_overlap_same", **facts),
                what_to_do="do_find_right_file" if differ else "do_nothing",
                channel=file.channel,
                days=int(overlap["days"]),
                first_date=dt.date.fromisoformat(overlap["first_date"]),
                last_date=dt.date.fromisoformat(overlap["last_date"]),
            )
        )
    return issues
