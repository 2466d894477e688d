"""Targets and segments: whole files or nothing, numbers as people in Italy write them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from analytics.policy import default_policy
from db import segments, targets
from tools.deps import Deps, ForecasterCache, Workspace
from tools.errors import Refusal
from tools.imports import import_segments, import_targets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

TARGETS = "month,geo,sales_value_target,margin_pct_target,units_target"
SEGMENTS = "segment_id,name,share_of_customers,share_of_revenue,avg_basket_value,fav_categories"


@pytest.fixture
def deps(engine: sa.Engine, tmp_path: Path) -> Iterator[Deps]:
    shop = Workspace(
        engine=engine,
        today=dt.date(2025, 10, 15),
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="test",
        data_dir=tmp_path,
        forecasters=ForecasterCache("IT"),
    )
    with shop.open("test") as opened:
        yield opened


def text(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """Write a text file."""
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def test_targets_as_an_italian_spreadsheet_writes_them(deps: Deps, tmp_path: Path) -> None:
    path = text(
        tmp_path / "targets.csv",
        "Month;GEO; Sales Value Target;Margin Pct Target;Units Target",
        "2025-10;IT;1.500.000,50;18,5;12.000",
        "11/2025;IT;2.000.000;19;",
        "",
        encoding="cp1252",
    )
    assert import_targets(deps, path).rows == 2
    found = {t.month: t for t in targets.list_targets(deps.conn)}
    first = found["2025-10"]
    assert (first.sales_value_target, first.margin_pct_target, first.units_target) == (
        1_500_000.5,
        18.5,
        12_000,
    )
    assert found["2025-11"].units_target is None


def test_a_month_that_excel_made_a_date(deps: Deps, tmp_path: Path) -> None:
    path = tmp_path / "targets.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TARGETS.split(","))
        form = book.add_format({"num_format": "mmm-yy"})
        sheet.write_datetime(1, 0, dt.datetime(2025, 10, 1), form)  # noqa: DTZ001  a cell has no zone
        sheet.write_row(1, 1, ["IT", 45.125, 18.5, 12])
    import_targets(deps, path)
    [target] = targets.list_targets(deps.conn)
    assert (target.month, target.sales_value_target, target.units_target) == ("2025-10", 45.13, 12)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("2025-13,IT,1,1,1", "row 2, column month"),
        ("2025-10,IT,abc,1,1", "column sales_value_target"),
        ("2025-10,IT,100,1,12.000", "12.000 may be 12 or 12000"),
        ("2025-10,IT,100,1,1.5", "column units_target"),
        ("2025-10,IT,-5,1,1", "column sales_value_target"),
        ("2025-10,IT,5,1,1,9", "row 2 has more cells than the header"),
        ("2025-10,IT,5,1,1\r\n2025-10,IT,6,1,1", "row 3: 2025-10 IT stands there twice"),
        ("", "has a header but no rows"),
    ],
)
def test_a_wrong_row_refuses_the_whole_file(
    deps: Deps, tmp_path: Path, line: str, sentence: str
) -> None:
    path = text(tmp_path / "targets.csv", TARGETS, line)
    with pytest.raises(Refusal) as caught:
        import_targets(deps, path)
    assert sentence in str(caught.value)
    assert targets.list_targets(deps.conn) == []


def test_files_that_are_none(deps: Deps, tmp_path: Path) -> None:
    empty = text(tmp_path / "empty.csv", "")
    fake = text(tmp_path / "fake.xlsx", "text")
    old = text(tmp_path / "old.csv", "when,where", "1,2")
    twice = text(tmp_path / "twice.csv", "month,month", "1,2")
    for path, sentence in (
        (tmp_path / "none.csv", "there is no file"),
        (tmp_path / "targets.txt", "there is no file"),
        (empty, "0 bytes"),
        (fake, "is not a workbook"),
        (old, "the columns when, where are not known"),
        (twice, "has the column month twice"),
    ):
        with pytest.raises(Refusal, match=sentence):
            import_targets(deps, path)


def shares(name: str, revenue: str, customers: str = "0.1") -> str:
    """A line of a segments file."""
    return f"{name},{name},{customers},{revenue},50.5,TV|AUDIO"


def test_shares_of_all_stored_segments_stay_below_one(deps: Deps, tmp_path: Path) -> None:
    path = tmp_path / "segments.csv"
    import_segments(deps, text(path, SEGMENTS, shares("A", "60%"), shares("B", "0.4")))
    # The store would hold A, B and C with 1.2 of the revenue.
    with pytest.raises(Refusal, match=r"\(A: 0.6000\) add up to more than 1"):
        import_segments(deps, text(path, SEGMENTS, shares("C", "0.2"), shares("B", "0.4")))
    import_segments(deps, text(path, SEGMENTS, shares("A", "0.3"), shares("C", "0.3")))
    found = {s.segment_id: s.share_of_revenue for s in segments.list_segments(deps.conn)}
    assert found == {"A": 0.3, "B": 0.4, "C": 0.3}
    done = import_segments(deps, text(path, SEGMENTS, shares("D", "0.9")), replace=True)
    assert done.removed == ("A", "B", "C")
    [left] = segments.list_segments(deps.conn)
    assert (left.segment_id, left.fav_categories) == ("D", ("TV", "AUDIO"))
    with pytest.raises(Refusal, match=r"shares of customers add up to 1.2000"):
        import_segments(
            deps, text(path, SEGMENTS, shares("X", "0.1", "0.6"), shares("Y", "0.1", "0.6"))
        )
