"""Workbooks into the store: to the cent, once, all of a job or nothing, in any order."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import random
import re
import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from db import catalog, jobs, source_files
from db.engine import open_engine
from db.tables import data_processing_jobs, sales_aggregated, source_days
from sample_data.generate import generate
from tests.integration.workbook_cases import (
    PROMO_HEADER,
    sale,
    write_csv,
    write_xlsb,
    write_xlsx,
)
from tools.errors import Refusal
from tools.ingest import ingest_workbooks
from tools.ingest_store import ReconciliationError

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.day_cover import Merge
    from tests.integration.workbook_cases import Cell, Rows
    from tools.ingest import IngestResult

TODAY = dt.date(2025, 11, 1)
OCT_1 = dt.date(2024, 10, 1)


MOMENTS = [(source_files, "add_file"), (source_files, "rebuild_sales"), (jobs, "complete")]


class PowerCutError(Exception):
    """The process dies here."""


def cut(*_: object) -> None:
    """Die."""
    raise PowerCutError


# What these tests are about is settled before the store is reached.
on_duckdb = pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)


def day(offset: int) -> dt.date:
    """A day before or after 1 October 2024."""
    return OCT_1 + dt.timedelta(days=offset)


def sales_rows(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """Every row of `sales_aggregated` without its id and moments."""
    table = sales_aggregated.c
    columns = (
        table.date,
        table.channel,
        table.department,
        table.promo_flag,
        table.discount_pct,
        table.sales_value,
        table.margin_value,
        table.units,
    )
    with engine.connect() as conn:
        found = conn.execute(sa.select(*columns).order_by(*columns[:4]))
        return [tuple(row) for row in found]


def store(engine: sa.Engine) -> dict[str, Any]:
    """All that an ingest writes, without ids of jobs and moments."""
    with engine.connect() as conn:
        files = source_files.list_files(conn)
        days = conn.execute(
            sa.select(source_days).order_by(*(source_days.c[name] for name in source_files.DAY_KEY))
        )
        return {
            "sales": sales_rows(engine),
            "days": [tuple(row) for row in days],
            "files": sorted(
                str(file.model_dump(exclude={"job_id", "ingested_at", "report"})) for file in files
            ),
            "campaigns": catalog.list_campaigns(conn),
        }


def totals(engine: sa.Engine) -> dict[tuple[dt.date, bool], float]:
    """Sales by day and promo flag."""
    found: dict[tuple[dt.date, bool], float] = defaultdict(float)
    for date, _, _, flag, _, value, *_ in sales_rows(engine):
        found[date, flag] += float(value)
    return dict(found)


def job_rows(engine: sa.Engine) -> list[jobs.Job]:
    """Every job."""
    with engine.connect() as conn:
        return jobs.list_jobs(conn)


def promo(
    date: Cell = OCT_1, sku: Cell = 7.0, value: Cell = 4.0, qty: Cell = 1.0, text: str = "VOLANTINO"
) -> list[Cell]:
    """A row of a Promo file, WEB and TV."""
    return [date, sku, "TV", "WEB", "P1", text, OCT_1, day(3), "PEAK", value, qty, 1.0]


# ---- the sample retailer ----------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """The sample's workbooks and their truth."""

    files: list[Path]
    truth: dict[str, Any]
    today: dt.date


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The smallest sample."""
    made = generate(tmp_path_factory.mktemp("sample"), rows=20_000)
    truth = json.loads(made.truth.read_text(encoding="utf-8"))
    return Sample(made.workbooks, truth, made.today)


def half_year(sample: Sample) -> list[Path]:
    """Files of one half year, two of which overlap, with their Promo file."""
    wanted = ("Web_October-January_FY25", "Web_February-May_FY25", "Stores_October-January_FY25")
    names = {f"{name}.xlsb" for name in (*wanted, "Promo_October-September_FY25")}
    return [path for path in sample.files if path.name in names]


def test_every_file_of_the_sample_reconciles_with_its_truth(
    engine: sa.Engine, sample: Sample, tmp_path: Path
) -> None:
    result = ingest_workbooks(engine, sample.files, today=sample.today, rejects_dir=tmp_path / "r")
    by_name = {file.file_name: file for file in result.files}
    for truth in sample.truth["files"]:
        file = by_name[truth["file"]]
        accepted = file.sums.accepted
        assert file.sums.read.rows == truth["rows"]
        assert (
            accepted.rows,
            float(accepted.sales_value),
            float(accepted.margin_value),
            accepted.units,
        ) == (truth["clean_rows"], truth["sales_value"], truth["margin_value"], truth["units"])
        assert (str(file.date_min), str(file.date_max)) == (truth["first_date"], truth["last_date"])
        assert file.sums.balanced
    assert result.sums.balanced
    _check_dirty_rows(sample, tmp_path / "r")
    _check_overlap(sample, by_name["Web_February-May_FY25.xlsb"].sums.skipped)
    _check_store(engine, sample, result)


def _check_dirty_rows(sample: Sample, folder: Path) -> None:
    found = set()
    for path in folder.iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            name = path.name.split(".")[0] + ".xlsb"
            found |= {(name, int(row["row"]), row["reason"]) for row in csv.DictReader(file)}
    assert found == {
        (dirty["file"], dirty["row"], dirty["reason"]) for dirty in sample.truth["dirty_rows"]
    }


def _check_overlap(sample: Sample, skipped: Any) -> None:
    overlap = sample.truth["overlap"]
    assert (skipped.rows, float(skipped.sales_value), skipped.units) == (
        overlap["rows"],
        overlap["sales_value"],
        overlap["units"],
    )


def _check_store(engine: sa.Engine, sample: Sample, result: IngestResult) -> None:
    files = sample.truth["files"]
    sold = sum(Decimal(str(f["sales_value"])) for f in files if f["channel"] is not None)
    sold -= Decimal(str(sample.truth["overlap"]["sales_value"]))
    promoted = sum(Decimal(str(f["sales_value"])) for f in files if f["channel"] is None)
    rows = sales_rows(engine)
    assert sum(row[5] for row in rows) == sold
    assert sum(row[5] for row in rows if row[3]) == promoted
    relations = [file.relation for file in result.files if file.role == "promo"]
    assert {(r.relation, r.grain, r.clear) for r in relations if r} == {("subset", "sku_day", True)}
    with engine.connect() as conn:
        campaigns = catalog.list_campaigns(conn)
    spans = {(c["date_start"], c["date_end"]) for c in sample.truth["campaigns"]}
    assert {(str(c.date_start), str(c.date_end)) for c in campaigns} <= spans


def test_no_order_of_the_files_changes_the_store(
    duckdb_template: Path, sample: Sample, tmp_path: Path
) -> None:
    rng = random.Random(11)  # noqa: S311  test data
    files = half_year(sample)
    stores = []
    for turn in range(6):
        opened = open_engine(f"duckdb:///{shutil.copy(duckdb_template, tmp_path / str(turn))}")
        rng.shuffle(files)
        ingest_workbooks(opened, files, today=sample.today)
        stores.append(store(opened))
        opened.dispose()
    assert all(other == stores[0] for other in stores[1:])


def test_one_job_or_many_in_any_order_with_crashes_between(
    duckdb_template: Path, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every file in a job of its own: what the files say of each other (do promo rows belong to
    # the sales, how deep are they) must not depend on which was there first.
    rng = random.Random(5)  # noqa: S311  test data
    files = [path for path in sample.files if path.name.endswith("FY26.xlsb")]
    together = open_engine(f"duckdb:///{shutil.copy(duckdb_template, tmp_path / 'one')}")
    ingest_workbooks(together, files, today=sample.today)
    expected = judged(together)
    together.dispose()
    assert any(depth is not None for *_, depth in expected["days"])
    orders = rng.sample(list(itertools.permutations(files)), 2)  # all: make torture-workbooks
    for turn, order in enumerate(orders):
        opened = open_engine(f"duckdb:///{shutil.copy(duckdb_template, tmp_path / str(turn))}")
        for path in order:
            module, name = rng.choice(MOMENTS)
            with monkeypatch.context() as patch:
                patch.setattr(module, name, cut)
                with pytest.raises(PowerCutError):
                    ingest_workbooks(opened, [path], today=sample.today, workers=1)
            ingest_workbooks(opened, [path], today=sample.today, workers=1)
        assert judged(opened) == expected
        opened.dispose()


def judged(engine: sa.Engine) -> dict[str, Any]:
    """What the store holds of sales, promotions and files: sums are the same but for the owner."""
    found = store(engine)
    with engine.connect() as conn:
        files = {(f.file_name, f.role, f.relation) for f in source_files.list_files(conn)}
    columns = ("date", "channel", "department", "sales_value", "units", "discount_pct")
    with engine.connect() as conn:
        days = conn.execute(sa.select(*(source_days.c[name] for name in columns)))
        held = sorted(tuple(row) for row in days)
    return {"sales": found["sales"], "campaigns": found["campaigns"], "files": files, "days": held}


def test_ingesting_twice_changes_nothing(engine: sa.Engine, sample: Sample) -> None:
    files = half_year(sample)
    first = ingest_workbooks(engine, files, today=sample.today)
    before = store(engine)
    again = ingest_workbooks(engine, files[::-1], today=sample.today)
    assert again.already_done
    assert again.model_copy(update={"already_done": False}) == first
    other = ingest_workbooks(engine, files[:2], today=sample.today, merge="overwrite")
    assert {file.status for file in other.files} == {"already_loaded"}
    assert other.sums.stored.rows == 0
    assert store(engine) == before
    assert {job.status for job in job_rows(engine)} == {"completed"}


def test_a_job_that_died_is_finished_by_running_it_again(
    engine: sa.Engine, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [path for path in sample.files if path.name.endswith("_October_FY26.xlsb")]
    for module, name in MOMENTS:
        with monkeypatch.context() as patch:
            patch.setattr(module, name, cut)
            with pytest.raises(PowerCutError):
                ingest_workbooks(engine, files, today=sample.today)
        assert store(engine) == {"sales": [], "days": [], "files": [], "campaigns": []}
        assert [job.status for job in job_rows(engine)] == ["processing"]
    result = ingest_workbooks(engine, files, today=sample.today)
    [job] = job_rows(engine)
    assert (job.status, job.job_id) == ("completed", result.job_id)
    assert job.result == result.model_dump(mode="json")
    truth = [f for f in sample.truth["files"] if f["file"] in {p.name for p in files}]
    sold = sum(Decimal(str(f["sales_value"])) for f in truth if f["channel"] is not None)
    assert sum(row[5] for row in sales_rows(engine)) == sold


# ---- small files of our own -------------------------------------------------------------------


def test_sums_of_crooked_floats_add_up_in_the_store(engine: sa.Engine, tmp_path: Path) -> None:
    rng = random.Random(2)  # noqa: S311  test data
    lines = [(day(i % 9), f"D{i % 5}", rng.uniform(-500, 900), i % 4 - 1) for i in range(3000)]
    rows = [sale(date, 7.0, name, value, float(qty)) for date, name, value, qty in lines]
    result = ingest_workbooks(engine, [write_xlsb(tmp_path / "Web_x.xlsb", rows)], today=TODAY)
    cents = sum((Decimal(value) for _, _, value, _ in lines), Decimal()).quantize(Decimal("0.01"))
    stored = sales_rows(engine)
    assert sum(row[5] for row in stored) == cents == result.sums.stored.sales_value
    assert sum(row[7] for row in stored) == sum(qty for *_, qty in lines)
    cells: dict[tuple[dt.date, str], Decimal] = defaultdict(Decimal)
    for date, name, value, _ in lines:
        cells[date, name] += Decimal(value)
    for date, _, department, _, _, value, *_ in stored:
        assert abs(value - cells[date, department]) < Decimal("0.01")


@pytest.mark.parametrize(
    ("merge", "values", "figures"),
    [
        ("union", [1, 1, 1, 1, 2, 2], (2, 2, 0)),
        ("overwrite", [1, 1, 2, 2, 2, 2], (4, 0, 2)),
        ("intersect", [1, 1, 2, 2], (2, 2, 2)),
    ],
)
def test_merge_modes_of_sales_files(
    engine: sa.Engine,
    tmp_path: Path,
    merge: Merge,
    values: list[float],
    figures: tuple[int, int, int],
) -> None:
    first = write_xlsb(tmp_path / "Web_a.xlsb", [sale(day(i), value=1.0) for i in range(4)])
    other = write_xlsb(tmp_path / "Stores_a.xlsb", [sale(day(i), value=0.5) for i in range(4)])
    second = write_xlsx(tmp_path / "Web_b.xlsx", [sale(day(i), value=2.0) for i in range(2, 6)])
    ingest_workbooks(engine, [first, other], today=TODAY)
    result = ingest_workbooks(engine, [second], today=TODAY, merge=merge)
    [file] = result.files
    assert (file.days_stored, file.days_skipped, file.days_replaced) == figures
    assert file.sums.balanced
    assert file.sums.replaced.sales_value == figures[2]
    online = [float(row[5]) for row in sales_rows(engine) if row[1] == "online"]
    assert online == values
    offline = [float(row[5]) for row in sales_rows(engine) if row[1] == "offline"]
    assert offline == [0.5] * 4


@pytest.mark.parametrize(
    ("merge", "values"),
    [("union", [1, 1, 2]), ("overwrite", [1, 2, 2]), ("intersect", [1, 2])],
)
def test_merge_modes_of_promo_files(
    engine: sa.Engine, tmp_path: Path, merge: Merge, values: list[float]
) -> None:
    sales = write_csv(tmp_path / "Web_x.csv", [sale(day(i), value=9.0) for i in range(3)])
    first = [promo(day(i), value=1.0) for i in range(2)]
    second = [promo(day(i), value=2.0) for i in range(1, 3)]
    one = write_xlsb(tmp_path / "Promo_a.xlsb", first, PROMO_HEADER)
    two = write_xlsb(tmp_path / "Promo_b.xlsb", second, PROMO_HEADER)
    ingest_workbooks(engine, [sales, one], today=TODAY)
    ingest_workbooks(engine, [two], today=TODAY, merge=merge)
    rows = sales_rows(engine)
    assert [float(row[5]) for row in rows if row[3]] == values
    assert sum(row[5] for row in rows) == 27


def test_part_of_the_sales_or_on_top_of_them(engine: sa.Engine, tmp_path: Path) -> None:
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [sale(day(i), value=9.0) for i in range(3)])
    path = write_xlsb(tmp_path / "Promo_x.xlsb", [promo(day(i)) for i in range(3)], PROMO_HEADER)
    result = ingest_workbooks(engine, [path, sales], today=TODAY)
    relation = result.files[1].relation
    assert relation is not None
    assert (relation.relation, relation.grain, relation.compared) == ("subset", "sku_day", 3)
    assert totals(engine)[OCT_1, True] == 4
    assert totals(engine)[OCT_1, False] == 5
    said = ingest_workbooks(
        engine,
        [write_xlsx(tmp_path / "Promo_y.xlsx", [promo(value=8.0)], PROMO_HEADER)],
        today=TODAY,
        merge="overwrite",
        promo_relation="additional",
    )
    assert said.files[0].relation is not None
    assert said.files[0].relation.grain == "given"
    assert totals(engine)[OCT_1, True] == 8
    assert totals(engine)[OCT_1, False] == 9


@on_duckdb
def test_promo_rows_without_a_counterpart_are_additional(engine: sa.Engine, tmp_path: Path) -> None:
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [sale(OCT_1, float(i)) for i in range(20)])
    rows = [promo(sku=float(i), value=40.0, qty=4.0) for i in range(20)]
    path = write_xlsb(tmp_path / "Promo_x.xlsb", rows, PROMO_HEADER)
    result = ingest_workbooks(engine, [sales, path], today=TODAY)
    relation = result.files[1].relation
    assert relation is not None
    assert (relation.relation, relation.share_covered) == ("additional", 0.0)
    assert totals(engine) == {(OCT_1, True): 800.0, (OCT_1, False): 200.0}


def test_a_promo_file_waits_for_its_sales_files(engine: sa.Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Promo_x.xlsb", [promo(), promo(day(1))], PROMO_HEADER)
    first = ingest_workbooks(engine, [path], today=TODAY)
    relation = first.files[0].relation
    assert relation is not None
    assert relation.grain == "none"
    assert totals(engine) == {(OCT_1, True): 4.0, (day(1), True): 4.0}
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [sale(day(i), value=9.0) for i in range(2)])
    second = ingest_workbooks(engine, [sales], today=TODAY)
    [news] = second.notes
    assert "Promo_x.xlsb: 100.0% of 2 promo rows per item and day" in news
    assert totals(engine)[OCT_1, False] == 5


def test_sales_without_item_codes_are_weaker_evidence(engine: sa.Engine, tmp_path: Path) -> None:
    header = ("date", "channel", "department", "sales", "units", "margin")
    rows: Rows = [[OCT_1, "WEB", "TV", 9.0, 1.0, 2.0], [OCT_1, "STORES", "TV", 3.0, 1.0, 1.0]]
    both = write_csv(tmp_path / "export.csv", rows, header)
    path = write_xlsb(tmp_path / "Promo_x.xlsb", [promo()], PROMO_HEADER)
    result = ingest_workbooks(engine, [both, path], today=TODAY)
    assert result.files[0].channels == ("offline", "online")
    relation = result.files[1].relation
    assert relation is not None
    assert (relation.relation, relation.grain, relation.clear) == ("subset", "cell_day", False)
    stored = [(row[1], row[3], float(row[5])) for row in sales_rows(engine)]
    assert stored == [("offline", False, 3.0), ("online", False, 5.0), ("online", True, 4.0)]


@on_duckdb
def test_what_a_person_said_of_a_promo_file_holds_when_more_sales_come(
    engine: sa.Engine, tmp_path: Path
) -> None:
    path = write_xlsb(tmp_path / "Promo_x.xlsb", [promo()], PROMO_HEADER)
    ingest_workbooks(engine, [path], today=TODAY, promo_relation="additional")
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [sale(OCT_1, value=9.0)])
    result = ingest_workbooks(engine, [sales], today=TODAY)
    assert result.notes == ()
    assert totals(engine) == {(OCT_1, True): 4.0, (OCT_1, False): 9.0}


@on_duckdb
def test_a_promo_file_that_only_its_columns_give_away(engine: sa.Engine, tmp_path: Path) -> None:
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [sale(OCT_1, value=9.0)])
    path = write_xlsb(tmp_path / "export.xlsb", [promo()], PROMO_HEADER)
    result = ingest_workbooks(engine, [path, sales], today=TODAY)
    [found] = [file for file in result.files if file.role == "promo"]
    assert found.relation is not None
    assert found.relation.grain == "sku_day"


def test_depth_from_names_prices_or_nowhere(engine: sa.Engine, tmp_path: Path) -> None:
    usual = [sale(day(-d), 7.0, "TV", 20.0, 2.0) for d in range(1, 8)]
    now = [sale(day(0), 7.0, "TV", 90.0, 20.0), sale(day(1), 7.0, "TV", 90.0, 20.0)]
    first_sale = sale(day(2), 8.0, "TV", 90.0, 20.0)
    sales = write_xlsb(tmp_path / "Web_x.xlsb", [*usual, *now, first_sale])
    rows = [
        promo(day(0), text="SCONTO 30%"),
        promo(day(1), 7.0, 8.0, 1.0),  # 8 against a usual 10
        promo(day(2), 8.0),  # an item that was never sold before
    ]
    path = write_xlsb(tmp_path / "Promo_x.xlsb", rows, PROMO_HEADER)
    result = ingest_workbooks(engine, [sales, path], today=TODAY)
    depths = {row[0]: row[4] for row in sales_rows(engine) if row[3]}
    assert depths == {day(0): Decimal(30), day(1): Decimal(20), day(2): None}
    sources = result.files[1].depth
    assert sources is not None
    assert (sources.text, sources.price, sources.unknown) == (1, 1, 1)
    with engine.connect() as conn:
        [campaign] = catalog.list_campaigns(conn)
    assert (campaign.date_start, campaign.date_end) == (OCT_1, day(3))
    # (30 x 4 + 20 x 8) / 12, the line without a depth left out
    assert campaign.avg_discount_pct == pytest.approx(23.33)
    assert campaign.source_file == "Promo_x.xlsb"


@on_duckdb
def test_departments_keep_the_spelling_that_the_store_has(
    engine: sa.Engine, tmp_path: Path
) -> None:
    ingest_workbooks(engine, [write_csv(tmp_path / "Web_a.csv", [sale(OCT_1)])], today=TODAY)
    rows = [sale(day(1), department=" Tv "), sale(day(1)), sale(day(1), department="DRONES")]
    result = ingest_workbooks(engine, [write_xlsb(tmp_path / "Web_b.xlsb", rows)], today=TODAY)
    assert result.new_departments == ("DRONES",)
    assert [(row[2], row[5]) for row in sales_rows(engine)] == [
        ("TV", 10),
        ("DRONES", 10),
        ("TV", 20),
    ]


@on_duckdb
def test_italian_text_numbers_and_dates(engine: sa.Engine, tmp_path: Path) -> None:
    rows = [sale("01/10/2024", value="1.234,56"), sale("02/10/2024", value="12,5", qty="2")]
    rows.append(sale("03/10/2024", value="1.000"))
    ingest_workbooks(engine, [write_csv(tmp_path / "Web_x.csv", rows)], today=TODAY)
    assert [(row[0], row[5], row[7]) for row in sales_rows(engine)] == [
        (day(0), Decimal("1234.56"), 1),
        (day(1), Decimal("12.50"), 2),
        (day(2), Decimal(1000), 1),
    ]


@on_duckdb
def test_the_reject_file_is_formula_safe(engine: sa.Engine, tmp_path: Path) -> None:
    rows = [sale(OCT_1), sale("n/d", department='=HYPERLINK("x")'), sale("n/d", department="-1+1")]
    path = write_xlsb(tmp_path / "Web_x.xlsb", rows)
    result = ingest_workbooks(engine, [path], today=TODAY, rejects_dir=tmp_path / "r")
    name = result.files[0].reject_file
    assert name is not None
    with (tmp_path / "r" / name).open(encoding="utf-8-sig", newline="") as file:
        found = [(row["row"], row["reason"], row["department"]) for row in csv.DictReader(file)]
    assert found == [
        ("3", "date_unreadable", '\'=HYPERLINK("x")'),
        ("4", "date_unreadable", "'-1+1"),
    ]


@on_duckdb
def test_one_content_under_two_names_counts_once(engine: sa.Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_a.xlsb", [sale(OCT_1)])
    twin = tmp_path / "Web_b.xlsb"
    twin.write_bytes(path.read_bytes())
    result = ingest_workbooks(engine, [twin, path], today=TODAY)
    assert [(file.file_name, file.status) for file in result.files] == [
        ("Web_a.xlsb", "loaded"),
        ("Web_b.xlsb", "already_loaded"),
    ]
    assert totals(engine) == {(OCT_1, False): 10.0}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none.xlsb", None, "there is no file none.xlsb"),
        ("Web_x.xlsb", b"", "Web_x.xlsb is empty (0 bytes)"),
        ("x.txt", b"text", "x.txt is no .xlsb, .xlsx or .csv file"),
        ("Web_x.xlsx", b"text", "Web_x.xlsx is not a workbook"),
    ],
)
def test_a_file_that_is_none_fails_its_job_by_name(
    engine: sa.Engine, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    good = write_xlsb(tmp_path / "Web_y.xlsb", [sale(OCT_1)])
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for _ in range(2):  # the same job, run again
        with pytest.raises(Refusal, match=re.escape(sentence)):
            ingest_workbooks(engine, [good, tmp_path / name], today=TODAY)
    [job] = job_rows(engine)
    assert (job.status, job.files_queued) == ("failed", 2)
    assert job.error_message is not None
    assert sentence in job.error_message
    assert sales_rows(engine) == []


def test_every_bad_file_of_a_job_is_named(engine: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "Web_a.xlsb").write_bytes(b"text")
    (tmp_path / "Web_b.xlsb").write_bytes(b"")
    with pytest.raises(Refusal) as caught:
        ingest_workbooks(engine, [tmp_path / f"Web_{name}.xlsb" for name in "abc"], today=TODAY)
    assert all(f"Web_{name}.xlsb" in str(caught.value) for name in "bc")
    with pytest.raises(Refusal, match="no file was named"):
        ingest_workbooks(engine, [], today=TODAY)


def test_an_unreadable_file_fails_the_job_and_stores_nothing(
    engine: sa.Engine, tmp_path: Path
) -> None:
    good = write_xlsb(tmp_path / "Web_y.xlsb", [sale(OCT_1)])
    bad = write_xlsb(tmp_path / "Web_z.xlsb", [sale(day(1)), sale(day(2))])
    content = bad.read_bytes()
    bad.write_bytes(content[:-100])
    with pytest.raises(Refusal, match=r"Web_z\.xlsb is damaged or cut off"):
        ingest_workbooks(engine, [good, bad], today=TODAY)
    [job] = job_rows(engine)
    assert job.status == "failed"
    assert job.error_message is not None
    assert "Web_z.xlsb is damaged" in job.error_message
    assert store(engine) == {"sales": [], "days": [], "files": [], "campaigns": []}
    bad.write_bytes(content)
    assert ingest_workbooks(engine, [good, bad], today=TODAY).sums.stored.rows == 3


def test_a_sum_that_does_not_fit_the_store_is_refused(engine: sa.Engine, tmp_path: Path) -> None:
    rows = [sale(OCT_1, qty=2e9), sale(OCT_1, qty=2e9)]
    path = write_xlsb(tmp_path / "Web_x.xlsb", rows)
    with pytest.raises(Refusal, match="units"):
        ingest_workbooks(engine, [path], today=TODAY)
    assert [job.status for job in job_rows(engine)] == ["failed"]
    assert sales_rows(engine) == []


@on_duckdb
def test_a_sum_that_goes_astray_stops_everything(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = source_files.add_file

    def careless(conn: sa.Connection, record: source_files.SourceFile, days: Any) -> None:
        honest(conn, record, days.iloc[1:])

    monkeypatch.setattr(source_files, "add_file", careless)
    path = write_xlsb(tmp_path / "Web_x.xlsb", [sale(OCT_1), sale(day(1))])
    with pytest.raises(ReconciliationError):
        ingest_workbooks(engine, [path], today=TODAY)
    assert sales_rows(engine) == []


@on_duckdb
def test_progress_is_told_file_by_file(engine: sa.Engine, tmp_path: Path) -> None:
    paths = [write_csv(tmp_path / f"Web_{i}.csv", [sale(day(i))]) for i in range(3)]
    told: list[tuple[str, int, int]] = []
    states: list[tuple[str, int, int]] = []

    def look(*step: Any) -> None:
        told.append(step)
        [job] = job_rows(engine)
        states.append((job.status, job.files_processed, job.records_processed))

    ingest_workbooks(engine, paths, today=TODAY, on_progress=look)
    assert states == [("processing", done, done) for done in (1, 2, 3)]
    assert [step[1:] for step in told] == [(1, 3), (2, 3), (3, 3)]
    assert {step[0] for step in told} == {path.name for path in paths}


def test_the_job_row_tells_what_was_done(engine: sa.Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "Web_x.xlsb", [sale(OCT_1), sale("n/d")])
    result = ingest_workbooks(engine, [path], today=TODAY)
    with engine.connect() as conn:
        count = conn.execute(sa.select(sa.func.count()).select_from(data_processing_jobs)).scalar()
        job = jobs.get(conn, result.job_id)
    assert count == 1
    assert (job.status, job.files_queued, job.files_processed) == ("completed", 1, 1)
    assert (job.records_processed, job.errors) == (2, 1)


@on_duckdb
def test_a_discount_column_of_a_sales_file_is_not_passed_over_in_silence(
    engine: sa.Engine, tmp_path: Path
) -> None:
    header = ("date", "channel", "department", "sales", "units", "margin", "discount")
    rows: list[list[Cell]] = [[OCT_1, "online", "TV", 10.0, 1.0, 2.0, 20.0]]
    result = ingest_workbooks(engine, [write_csv(tmp_path / "x.csv", rows, header)], today=TODAY)
    assert "discount column is not used" in result.files[0].notes[0]


@on_duckdb
def test_options_make_another_job(engine: sa.Engine, tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "x.xlsb", [sale(OCT_1)])
    with pytest.raises(Refusal, match="channel="):
        ingest_workbooks(engine, [path], today=TODAY)
    ingest_workbooks(engine, [path], today=TODAY, channel="offline")
    assert Counter(job.status for job in job_rows(engine)) == {"failed": 1, "completed": 1}
    assert [row[1] for row in sales_rows(engine)] == ["offline"]
