"""Departments by declared names: in files to come and in what is stored already."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from analytics.policy import default_policy
from db import catalog, source_files
from db.tables import sales_aggregated, source_days
from tests.integration.workbook_cases import PROMO_HEADER, sale, write_csv, write_xlsb
from tools.department_names import import_department_names, list_department_names
from tools.deps import ForecasterCache, Workspace
from tools.errors import Refusal
from tools.ingest import ingest_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.integration.workbook_cases import Cell

TODAY = dt.date(2025, 11, 1)
DAY = dt.date(2024, 10, 1)


@pytest.fixture
def shop(engine: sa.Engine, tmp_path: Path) -> Workspace:
    """A planner's workspace on an empty store."""
    return Workspace(
        engine=engine,
        today=TODAY,
        policy=default_policy(),
        geo="IT",
        country="IT",
        actor="test",
        data_dir=tmp_path,
        forecasters=ForecasterCache("IT"),
    )


def declare(shop: Workspace, folder: Path, *lines: str) -> Any:
    """Import a file of names."""
    path = folder / "names.csv"
    path.write_text("\n".join(["found;department", *lines]), encoding="utf-8")
    with shop.open("test") as deps:
        return import_department_names(deps, path)


def promo(department: str, value: float) -> Sequence[Cell]:
    """A promoted line of item 7."""
    code: list[Cell] = [department, "WEB", "P1", "SCONTO 20%", DAY, DAY, "PEAK"]
    return [DAY, 7.0, *code, value, 1.0, 1.0]


def sold(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """Stored sales: department, promoted or not, depth and value."""
    table = sales_aggregated.c
    columns = (table.department, table.promo_flag, table.discount_pct, table.sales_value)
    with engine.connect() as conn:
        rows = conn.execute(sa.select(*columns).order_by(*columns[:2]))
        return [(row[0], row[1], row[2] and float(row[2]), float(row[3])) for row in rows]


def workbooks(folder: Path) -> list[Path]:
    """Sales and promotions of one department in three spellings, and of another one."""
    lines = [
        sale(DAY, 7.0, "TV", 10.0, 2.0),
        sale(DAY, 8.0, "Televisori", 20.0),
        sale(DAY, 9.0, "HI-FI"),
    ]
    promoted = [promo("TELEVISORI", 4.0), promo("TV", 2.0)]
    return [
        write_xlsb(folder / "Web_a.xlsb", lines),
        write_xlsb(folder / "Promo_a.xlsb", promoted, PROMO_HEADER),
    ]


RENAMED = [("HI-FI", False, None, 10.0), ("TV", False, None, 24.0), ("TV", True, 20.0, 6.0)]


def test_names_that_were_declared_before_the_first_workbook(
    shop: Workspace, tmp_path: Path
) -> None:
    assert declare(shop, tmp_path, "televisori;TV").days_changed == 0
    result = ingest_workbooks(shop.engine, workbooks(tmp_path), today=TODAY)
    assert sold(shop.engine) == RENAMED
    notes = {file.file_name: file.notes for file in result.files}
    assert "departments as declared: Televisori is TV" in notes["Web_a.xlsb"]
    assert "departments as declared: TELEVISORI is TV" in notes["Promo_a.xlsb"]
    assert result.new_departments == ("HI-FI",)  # kept as it is, and said
    assert result.sums.balanced


def test_names_declared_later_give_the_same_store(shop: Workspace, tmp_path: Path) -> None:
    files = workbooks(tmp_path)
    ingest_workbooks(shop.engine, files, today=TODAY)
    assert {row[0] for row in sold(shop.engine)} == {"HI-FI", "TELEVISORI", "TV"}
    result = declare(shop, tmp_path, "televisori;TV")
    assert (result.renamed, result.days_changed) == ({"TELEVISORI": "TV"}, 1)
    assert sold(shop.engine) == RENAMED
    with shop.engine.connect() as conn:
        [campaign] = catalog.list_campaigns(conn)
        departments = conn.execute(sa.select(source_days.c.department).distinct()).scalars()
        assert set(departments) == {"HI-FI", "TV"}
        assert {f.relation for f in source_files.list_files(conn)} == {None, "subset"}
    assert campaign.departments == ("TV",)
    again = ingest_workbooks(shop.engine, files, today=TODAY, merge="overwrite")
    assert {file.status for file in again.files} == {"already_loaded"}
    copy = write_csv(tmp_path / "Web_b.csv", [sale(DAY, 7.0, " TELEVISORI ", 30.0, 2.0)])
    ingest_workbooks(shop.engine, [copy], today=TODAY, merge="overwrite")
    assert [row for row in sold(shop.engine) if not row[1]] == [("TV", False, None, 24.0)]
    assert declare(shop, tmp_path, "televisori;TV").renamed == {}


def test_a_name_may_only_settle_the_spelling(shop: Workspace, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "Web_a.csv", [sale(DAY, department="small  DOMESTIC")])
    ingest_workbooks(shop.engine, [path], today=TODAY)
    assert declare(shop, tmp_path, "Small Domestic;Small Domestic").rows == 1
    assert [row[0] for row in sold(shop.engine)] == ["Small Domestic"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["a;B", "b;C"], "a becomes B, which itself becomes C: declare a as C"),
        (["a;TV", "b;tv"], "TV and tv are one department: spell it alike"),
        (["a;B", " A ;C"], "declares a department twice"),
        (["a;B", "a;C"], "row 3: a stands there twice"),
        (["a;"], "row 2, column department"),
        ([f"a;{'x' * 51}"], "row 2, column department"),
    ],
)
def test_names_that_cannot_be(
    shop: Workspace, tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        declare(shop, tmp_path, *lines)
    with shop.open("test") as deps:
        assert list_department_names(deps).names == ()
