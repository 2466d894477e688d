"""How far the stored sales can be trusted."""

import datetime as dt
from typing import cast

import pandas as pd
import sqlalchemy as sa
from pydantic import Field

from analytics.frames import day_totals
from analytics.gaps import completeness_pct
from analytics.quality import find_issues
from analytics.quality_issue import QualityIssue, in_order
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
    first, last = totals["date"].min().date(), totals["date"].max().date()
    issues = [*find_issues(totals, today), *_exceeding(rows), *ledger]
    return QualityReport(
        cells=len(totals[["channel", "department"]].drop_duplicates()),
        cell_days=len(totals),
        promo_cell_days=int(totals["promo"].sum()),
        date_min=first,
        date_max=last,
        days_since_newest=(today - last).days,
        completeness_pct=completeness_pct(totals),
        issues=tuple(in_order(issues)),
    )


def _no_sales() -> QualityIssue:
    return QualityIssue(
        check="no_sales",
        severity="critical",
        message="the store holds no sales",
        what_to_do="load the Web, Stores and Promo workbooks",
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
            QualityIssue(
                check="promo_exceeds_total",
                severity="medium",
                message=(
                    f"{department} ({channel}) has {len(days)} days on which the promo file says "
                    "more than the sales file"
                ),
                what_to_do=(
                    "see whether the sales file of these days is complete, or whether promo rows "
                    "are additional: overwrite with promo_relation='additional' if so"
                ),
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
                QualityIssue(
                    check="relation_undecided",
                    severity="medium",
                    message=f"no sales file covers the days of {file.file_name}",
                    what_to_do="load the Web and Stores workbooks of the same days",
                    first_date=file.date_min,
                    last_date=file.date_max,
                )
            )
        if share >= _MANY_REJECTED_SHARE:
            channel: Channel | None = file.channel
            issues.append(
                QualityIssue(
                    check="rejected_rows",
                    severity="high" if share >= 10 * _MANY_REJECTED_SHARE else "medium",
                    message=(
                        f"{file.rows_rejected} of {file.rows_read} rows of {file.file_name} were "
                        f"rejected ({share:.1%})"
                    ),
                    what_to_do="read the job's reasons, mend the export and load it with overwrite",
                    channel=channel,
                    first_date=file.date_min,
                    last_date=file.date_max,
                )
            )
    return issues
