"""What the quality report finds in stored sales, each fault planted alone in clean data."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analytics.frames import day_totals
from analytics.quality_issue import SEVERITIES
from app.quality_page import quality_page
from db.sales import upsert_sales
from tests.integration.workbook_cases import PROMO_HEADER, sale, write_csv, write_xlsb
from tools.ingest import ingest_workbooks
from tools.quality import quality_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import sqlalchemy as sa

    from analytics.quality_issue import QualityIssue
    from tests.integration.workbook_cases import Cell
    from tools.quality import QualityReport

START = pd.Timestamp("2024-10-01")
DAYS = 180
LAST = (START + pd.Timedelta(days=DAYS - 1)).date()
TODAY = LAST + dt.timedelta(days=1)
DEPARTMENTS = ("AUDIO", "GAMING", "PHOTO", "TV")

# The planted faults do not depend on the engine.
pytestmark = pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)


def clean_rows() -> pd.DataFrame:
    """SALES ROWS of 180 days, 4 departments, 2 channels: a weekly shape, a season, little noise."""
    rng = np.random.default_rng(4)
    rows: list[dict[str, Any]] = []
    for date in pd.date_range(START, periods=DAYS):
        season = 1 + 0.5 * np.sin(date.dayofyear / 58) + 0.4 * (date.dayofweek >= 5)
        for channel in ("online", "offline"):
            for size, department in enumerate(DEPARTMENTS, start=1):
                value = round(1000 * size * season * float(np.exp(rng.normal(0, 0.05))), 2)
                rows.append(
                    {
                        "date": date,
                        "channel": channel,
                        "department": department,
                        "promo_flag": False,
                        "discount_pct": np.nan,
                        "sales_value": value,
                        "margin_value": round(value * 0.2, 2),
                        "units": int(value / 50),
                    }
                )
    return pd.DataFrame(rows)


def report_of(engine: sa.Engine, rows: pd.DataFrame, today: dt.date = TODAY) -> QualityReport:
    """The report on these rows."""
    with engine.begin() as conn:
        upsert_sales(conn, rows)
        return quality_report(conn, today)


def cell_of(rows: pd.DataFrame, department: str, channel: str = "online") -> pd.Series[bool]:
    """Mark the rows of a cell."""
    return (rows["department"] == department) & (rows["channel"] == channel)


def on(rows: pd.DataFrame, first: int, last: int) -> pd.Series[bool]:
    """Mark the rows of days counted from the start."""
    return rows["date"].between(START + pd.Timedelta(days=first), START + pd.Timedelta(days=last))


def test_clean_sales_have_no_findings(engine: sa.Engine) -> None:
    report = report_of(engine, clean_rows())
    assert report.issues == ()
    assert (report.cells, report.cell_days, report.promo_cell_days) == (8, 8 * DAYS, 0)
    assert (report.date_min, report.date_max) == (START.date(), LAST)
    assert (report.days_since_newest, report.completeness_pct) == (1, 100.0)


def test_an_empty_store_says_so(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        report = quality_report(conn, TODAY)
    assert [(issue.check, issue.severity) for issue in report.issues] == [("no_sales", "critical")]
    assert report.completeness_pct is None


def drop(mask: pd.Series[bool], rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without those marked."""
    return rows[~mask]


def scale(mask: pd.Series[bool], rows: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Rows with other sales where marked."""
    changed = rows.copy()
    changed.loc[mask, ["sales_value", "margin_value"]] *= factor
    return changed.round(2)


FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], tuple[Any, ...]]] = {
    "a cell misses days": (
        lambda r: drop(cell_of(r, "TV") & on(r, 50, 59), r),
        ("missing_days", "medium", "online", "TV", 10),
    ),
    "a channel misses ten days": (
        lambda r: drop((r["channel"] == "offline") & on(r, 50, 59), r),
        ("missing_days", "high", "offline", None, 10),
    ),
    "a channel is closed on one day": (
        lambda r: drop((r["channel"] == "offline") & on(r, 85, 85), r),
        ("missing_days", "low", "offline", None, 1),
    ),
    "a cell stops": (
        lambda r: drop(cell_of(r, "PHOTO") & on(r, 150, DAYS), r),
        ("cell_stopped", "high", "online", "PHOTO", 30),
    ),
    "a cell sells at a loss": (
        lambda r: r.assign(
            margin_value=r["margin_value"].where(~(cell_of(r, "TV") & on(r, 0, 17)), -5.0)
        ),
        ("negative_margin", "medium", "online", "TV", 18),
    ),
    "returns outweigh sales": (
        lambda r: r.assign(
            sales_value=r["sales_value"].where(~(cell_of(r, "TV") & on(r, 90, 91)), -5.0)
        ),
        ("zero_sales", "low", "online", "TV", 2),
    ),
    "one day is ten times the usual": (
        lambda r: scale(cell_of(r, "AUDIO", "offline") & on(r, 100, 100), r, 10.0),
        ("outlier", "medium", "offline", "AUDIO", 1),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_the_only_finding(engine: sa.Engine, name: str) -> None:
    plant, expected = FAULTS[name]
    report = report_of(engine, plant(clean_rows()))
    assert [_key(issue) for issue in report.issues] == [expected]
    assert all(issue.what_to_do for issue in report.issues)


def _key(issue: QualityIssue) -> tuple[Any, ...]:
    return issue.check, issue.severity, issue.channel, issue.department, issue.days


@pytest.mark.parametrize(("factor", "severity"), [(2.5, "medium"), (0.25, "high")])
def test_a_jump_to_another_level(engine: sa.Engine, factor: float, severity: str) -> None:
    rows = clean_rows()
    report = report_of(engine, scale(cell_of(rows, "GAMING") & on(rows, 90, DAYS), rows, factor))
    [shift] = [issue for issue in report.issues if issue.check == "level_shift"]
    assert (shift.severity, shift.channel, shift.department) == (severity, "online", "GAMING")
    assert shift.first_date is not None
    assert abs((shift.first_date - (START + pd.Timedelta(days=90)).date()).days) <= 3
    said = re.search(r"sells ([\d.]+) times", shift.message)
    assert said is not None
    assert float(said.group(1)) == pytest.approx(factor, rel=0.1)


def test_what_all_departments_do_is_the_calendar(engine: sa.Engine) -> None:
    rows = clean_rows()
    busy = scale((rows["channel"] == "online") & on(rows, 80, 81), rows, 5.0)
    assert report_of(engine, busy).issues == ()


def test_a_promotion_is_no_outlier(engine: sa.Engine) -> None:
    rows = scale(cell_of(clean_rows(), "TV") & on(clean_rows(), 100, 103), clean_rows(), 6.0)
    promoted = cell_of(rows, "TV") & on(rows, 100, 103)
    rows.loc[promoted, ["promo_flag", "discount_pct"]] = [True, 20.0]
    assert report_of(engine, rows).issues == ()


def test_a_promotion_without_a_depth(engine: sa.Engine) -> None:
    rows = clean_rows()
    rows.loc[cell_of(rows, "TV") & on(rows, 100, 103), "promo_flag"] = True
    [issue] = report_of(engine, rows).issues
    assert (issue.check, issue.days) == ("depth_unknown", 4)


@pytest.mark.parametrize(
    ("age", "severity"),
    [(0, None), (3, None), (4, "low"), (8, "medium"), (36, "high"), (-1, "high")],
)
def test_how_old_the_newest_sales_are(engine: sa.Engine, age: int, severity: str | None) -> None:
    report = report_of(engine, clean_rows(), LAST + dt.timedelta(days=age))
    found = [issue.severity for issue in report.issues if issue.check == "timeliness"]
    assert found == ([] if severity is None else [severity])


def test_completeness_counts_from_the_first_day_of_a_cell(engine: sa.Engine) -> None:
    rows = clean_rows()
    late = drop(cell_of(rows, "TV") & on(rows, 0, 79), rows)  # opens on day 80
    gap = drop(cell_of(late, "TV") & on(late, 100, 109), late)
    # 7 cells of 180 days and one of 100, of which 10 are missing
    assert report_of(engine, gap).completeness_pct == round(100 * 1350 / 1360, 2)


def test_the_gravest_findings_come_first(engine: sa.Engine) -> None:
    rows = clean_rows()
    rows = drop((rows["channel"] == "offline") & on(rows, 85, 85), rows)
    rows = drop(cell_of(rows, "PHOTO") & on(rows, 150, DAYS), rows)
    rows = drop(cell_of(rows, "TV") & on(rows, 50, 59), rows)
    severities = [issue.severity for issue in report_of(engine, rows).issues]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert severities == ["high", "medium", "low"]


def test_what_the_ledger_tells(engine: sa.Engine, tmp_path: Path) -> None:
    day = dt.date(2024, 10, 1)
    promo: list[Cell] = [
        day,
        7.0,
        "TV",
        "WEB",
        "P1",
        "SCONTO 10%",
        day,
        day,
        "PEAK",
        40.0,
        4.0,
        1.0,
    ]
    path = write_xlsb(tmp_path / "Promo_x.xlsb", [promo], PROMO_HEADER)
    ingest_workbooks(engine, [path], today=TODAY)
    with engine.connect() as conn:
        checks = {issue.check for issue in quality_report(conn, day).issues}
    assert checks == {"relation_undecided"}
    sales = write_csv(tmp_path / "Web_x.csv", [sale(day, value=10.0), sale("n/d")])
    ingest_workbooks(engine, [sales], today=TODAY, promo_relation="auto")
    with engine.connect() as conn:
        found = {issue.check: issue for issue in quality_report(conn, day).issues}
    assert found["rejected_rows"].severity == "high"  # one row of two
    assert "promo_exceeds_total" not in found  # 40 of 10 cannot be a part: additional
    again = write_xlsb(tmp_path / "Promo_y.xlsb", [[*promo[:-1], 2.0]], PROMO_HEADER)
    ingest_workbooks(engine, [again], today=TODAY, merge="overwrite", promo_relation="subset")
    with engine.connect() as conn:
        found = {issue.check: issue for issue in quality_report(conn, day).issues}
    assert found["promo_exceeds_total"].days == 1


def test_what_was_noted_at_loading_is_told(engine: sa.Engine, tmp_path: Path) -> None:
    day = START.date()
    first = [sale(day + dt.timedelta(n), value=10.0) for n in range(3)]
    same = [sale(day + dt.timedelta(2), value=10.0), sale(day + dt.timedelta(3), value=0.0)]
    other = [sale(day, value=99.0)]
    for name, rows in (("a", first), ("b", same), ("c", other)):
        path = write_xlsb(tmp_path / f"Web_{name}.xlsb", rows)
        ingest_workbooks(engine, [path], today=TODAY)
    with engine.connect() as conn:
        report = quality_report(conn, TODAY)
    found = {(i.check, i.severity, i.days): i for i in report.issues}
    assert found["files_overlap", "low", 1].dimension == "consistency"
    assert "with the same sums; merged by union" in found["files_overlap", "low", 1].message
    assert "Web_c.xlsb" in found["files_overlap", "high", 1].message
    assert "1 of 2 rows of Web_b.xlsb" in found["zero_price_rows", "medium", 0].message
    assert (report.accuracy_pct, report.consistency_pct) == (100.0, 100.0)


def test_the_page_shows_every_finding_and_fetches_nothing(engine: sa.Engine) -> None:
    rows = clean_rows()
    rows.loc[cell_of(rows, "TV"), "department"] = "TV <b>&"
    rows = drop(cell_of(rows, "TV <b>&") & on(rows, 50, 59), rows)
    report = report_of(engine, rows)
    page = quality_page(report, day_totals(rows))
    assert all(html.escape(issue.message) in page for issue in report.issues)
    assert "<b>&" not in page
    assert page.count("<svg") == 2
    outside = re.findall(r"""(?:src|href)=["']?(?!#)[^"' >]+""", page)
    assert [link for link in outside if "www.w3.org" not in link] == []
    empty = quality_page(report.model_copy(update={"issues": ()}), rows.iloc[:0])
    assert "Nothing was found" in empty
