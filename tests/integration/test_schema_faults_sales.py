"""Schema 1.0.0 as specified and ours, side by side: sales, their baseline and their summary.

Each test shows the specified text giving a wrong answer, then ours giving the right one on the
same rows. db/README.md lists all faults with their tests; those of plans are in
test_schema_faults_plans.py.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa

from db import render, sales, source_files
from db.errors import RefusedValueError, StoreError
from tests.conftest import SPECIFIED
from tests.integration.plan_cases import a_promo_file

if TYPE_CHECKING:
    from collections.abc import Iterator

FRIDAYS = [dt.date(2024, 10, day) for day in (4, 11, 18, 25)]
NEXT_FRIDAY = dt.date(2024, 11, 1)
INSERT = (
    "INSERT INTO sales_aggregated"
    " (date, channel, department, promo_flag, sales_value, margin_value, units) VALUES "
)
FOUR_CELLS = [
    ("online", "TV", 100),
    ("online", "Gaming", 200),
    ("offline", "TV", 300),
    ("offline", "Gaming", 400),
]
Row = tuple[dt.date, str, str, bool | None, float, float, int]


@pytest.fixture
def ours(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connection to our store, in a transaction that is never committed."""
    with engine.connect() as conn:
        yield conn


def row(
    date: dt.date,
    channel: str = "online",
    department: str = "TV",
    promo: bool | None = False,  # noqa: FBT001, FBT002  a column
    value: float = 100,
    margin: float | None = None,
) -> Row:
    return (date, channel, department, promo, value, value / 5 if margin is None else margin, 10)


def insert(*rows: Row) -> str:
    """Return one INSERT that both engines and both schemas read."""
    return INSERT + ", ".join(
        f"('{r[0]}', '{r[1]}', '{r[2]}', {'NULL' if r[3] is None else r[3]}, {r[4]}, {r[5]}, {r[6]})"
        for r in rows
    )


def theirs_baseline(
    conn: psycopg.Connection[Any], start: dt.date, end: dt.date
) -> list[tuple[Any, ...]]:
    asked = "SELECT * FROM calculate_baseline_forecast(%s, %s)"
    return conn.execute(asked, (start, end)).fetchall()


def our_baseline(conn: sa.Connection, start: dt.date, end: dt.date) -> list[tuple[Any, ...]]:
    """Ask the function on PostgreSQL, the same SQL by way of Python on DuckDB."""
    if conn.dialect.name == "postgresql":
        asked = sa.text("SELECT * FROM calculate_baseline_forecast(:start, :end)")
        return [tuple(r) for r in conn.execute(asked, {"start": start, "end": end})]
    frame = sales.baseline_reference(conn, start, end)
    figures = frame.astype(object).where(frame.notna(), None).drop(columns="date")
    return list(zip(frame.date.dt.date, *(figures[name] for name in figures), strict=True))


def test_01_the_function_names_a_column_that_is_there(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """`d.date` runs by accident, as PostgreSQL reads date(d): named, its type is wrong."""
    text = SPECIFIED.read_text(encoding="utf-8")
    function = text[text.index("CREATE OR REPLACE FUNCTION") :]
    series = "'1 day'::interval) d"
    assert series in function
    specified.execute(function.replace(series, f"{series}(date)").encode())
    with pytest.raises(psycopg.errors.DatatypeMismatch, match="timestamp with time zone"):
        theirs_baseline(specified, NEXT_FRIDAY, NEXT_FRIDAY)
    assert our_baseline(ours, NEXT_FRIDAY, NEXT_FRIDAY) == [(NEXT_FRIDAY, None, None, None)]
    if ours.dialect.name == "postgresql":
        kind = "SELECT pg_typeof(date) FROM calculate_baseline_forecast('2024-11-01', '2024-11-01')"
        assert ours.exec_driver_sql(kind).scalar() == "date"


@pytest.mark.parametrize(
    ("zone", "last"),
    [
        ("Africa/Cairo", dt.date(2024, 4, 27)),
        ("America/Santiago", dt.date(2024, 9, 9)),
        ("Asia/Beirut", dt.date(2024, 4, 1)),
    ],
)
def test_02_no_day_is_lost_where_the_clocks_change(
    specified: psycopg.Connection[Any], ours: sa.Connection, zone: str, last: dt.date
) -> None:
    """A midnight that does not exist moves the series past the midnight of its last day."""
    first = last - dt.timedelta(4)
    expected = [first + dt.timedelta(n) for n in range(5)]
    specified.execute(f"SET TimeZone = '{zone}'".encode())
    ours.exec_driver_sql(f"SET TimeZone = '{zone}'")
    theirs = sorted(r[0] for r in theirs_baseline(specified, first, last))
    assert theirs == expected[:4]
    assert [r[0] for r in our_baseline(ours, first, last)] == expected


def test_03_a_day_is_the_sum_of_its_cells(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    rows = [row(day, ch, dep, value=value) for day in FRIDAYS for ch, dep, value in FOUR_CELLS]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    assert theirs_baseline(specified, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == 250
    assert our_baseline(ours, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == 1000


def test_03_the_two_rows_of_a_promoted_day_are_one_day(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """Three plain Fridays of 100; on the fourth 30 were left unpromoted beside 900 promoted."""
    rows = [row(day) for day in FRIDAYS[:3]]
    rows += [row(FRIDAYS[3], value=30), row(FRIDAYS[3], promo=True, value=900)]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    assert theirs_baseline(specified, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == Decimal("82.5")
    assert our_baseline(ours, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == 100


def test_04_nothing_from_the_first_day_on_is_looked_at(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    rows = [row(FRIDAYS[0]), row(dt.date(2030, 1, 4), value=200_000)]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    assert theirs_baseline(specified, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == 100_050
    assert our_baseline(ours, NEXT_FRIDAY, NEXT_FRIDAY)[0][1] == 100


def test_05_days_come_in_order_and_unknown_is_not_zero(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    rows = [row(day) for day in FRIDAYS]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    last = NEXT_FRIDAY + dt.timedelta(400)
    expected = [NEXT_FRIDAY + dt.timedelta(n) for n in range(401)]
    # A plan like any other: a server with more memory or more rows picks it by itself.
    specified.execute("SET LOCAL enable_sort = off")
    theirs = [r[0] for r in theirs_baseline(specified, NEXT_FRIDAY, last)]
    assert sorted(theirs) == expected
    assert theirs != expected
    if ours.dialect.name == "postgresql":
        ours.exec_driver_sql("SET LOCAL enable_sort = off")
    found = our_baseline(ours, NEXT_FRIDAY, last)
    assert [r[0] for r in found] == expected
    assert [r[1] for r in found[:8]] == [100, *[None] * 6, 100]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_05_the_planner_knows_that_the_function_only_reads(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    asked = "SELECT provolatile FROM pg_proc WHERE proname = 'calculate_baseline_forecast'"
    assert specified.execute(asked).fetchone() == ("v",)
    assert ours.exec_driver_sql(asked).scalar() == "s"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_06_the_function_is_planned_for_its_arguments(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """Theirs is a box to the planner, and after five calls one plan for all departments."""
    asked = (
        "EXPLAIN SELECT * FROM calculate_baseline_forecast"
        "('2024-11-01', '2024-11-30', 'online', 'TV')"
    )
    theirs = "\n".join(r[0] for r in specified.execute(asked))
    assert "Function Scan on calculate_baseline_forecast" in theirs
    found = "\n".join(ours.exec_driver_sql(asked).scalars())
    assert "calculate_baseline_forecast" not in found
    assert "'TV'" in found
    assert "IS NULL" not in found


def test_07_a_promo_flag_is_true_or_false(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """Equal rows pass the unique key where the flag is NULL, and no filter sees them."""
    unknown = row(FRIDAYS[0], promo=None)
    for _ in range(3):
        specified.execute(insert(unknown).encode())
    counts = "SELECT COUNT(*), COUNT(*) FILTER (WHERE promo_flag = false) FROM sales_aggregated"
    assert specified.execute(counts).fetchone() == (3, 0)
    with pytest.raises(RefusedValueError):
        ours.exec_driver_sql(insert(unknown))


def test_08_one_odd_row_does_not_lose_the_load(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    rows = [row(FRIDAYS[0], value=0.01, margin=-0.20), row(FRIDAYS[1], value=1, margin=10)]
    for odd in rows:
        with pytest.raises(psycopg.errors.NumericValueOutOfRange), specified.transaction():
            specified.execute(insert(odd).encode())
    ours.exec_driver_sql(insert(*rows))
    asked = "SELECT margin_pct FROM sales_aggregated ORDER BY date"
    assert ours.exec_driver_sql(asked).scalars().all() == [Decimal(-2000), Decimal(1000)]


def test_08_no_value_that_fits_overflows_the_margin(ours: sa.Connection) -> None:
    largest = Decimal("9999999999999.99")
    ours.exec_driver_sql(insert(row(FRIDAYS[0], value=0.01, margin=largest)))  # type: ignore[arg-type]
    asked = "SELECT margin_pct FROM sales_aggregated"
    found = ours.exec_driver_sql(asked).scalar_one()
    assert float(found) == pytest.approx(
        float(largest) * 10_000, rel=1e-15
    )  # DuckDB divides floats


SUMMARY = "SELECT avg_margin_pct, promo_days_count FROM sales_daily_summary"


def test_09_a_return_does_not_pull_the_margin_to_zero(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """Sold for 100 at a margin of 20, taken back for 50 at 10: 10 of 50 is 20 %, not 10 %."""
    rows = [row(FRIDAYS[0], margin=20), row(FRIDAYS[0], department="PC", value=-50, margin=-10)]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    assert specified.execute(SUMMARY).fetchone() == (10, 0)
    assert ours.exec_driver_sql(SUMMARY).one() == (20, 0)


def test_10_the_margin_is_weighted_by_sales(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """100,100 of 1,000,200 is 10.01 %; the mean of 10, 50 and 50 is 36.67 %."""
    rows = [
        row(FRIDAYS[0], value=1_000_000, margin=100_000),
        row(FRIDAYS[0], department="Cables", margin=50),
        row(FRIDAYS[0], department="Audio", margin=50),
    ]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    theirs = specified.execute(SUMMARY).fetchone()
    assert theirs is not None
    assert round(theirs[0], 2) == Decimal("36.67")
    assert ours.exec_driver_sql(SUMMARY).scalar() == Decimal("10.01")


def test_11_a_promo_day_is_a_day_not_a_row(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    rows = [row(FRIDAYS[0], department=name, promo=True) for name in ("TV", "PC")]
    specified.execute(insert(*rows).encode())
    ours.exec_driver_sql(insert(*rows))
    assert specified.execute(SUMMARY).fetchone() == (20, 2)
    assert ours.exec_driver_sql(SUMMARY).one() == (20, 1)


def test_13_two_promotions_of_a_day_become_one_row_with_their_weighted_depth(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    """300 at 10 % and 100 at 20 %: 400 at 12.5 %."""
    promoted = row(FRIDAYS[0], promo=True)
    with pytest.raises(psycopg.errors.UniqueViolation), specified.transaction():
        specified.execute(insert(promoted, promoted).encode())
    for name, value, depth in (("a.xlsb", 300.0, 10.0), ("b.xlsb", 100.0, 20.0)):
        part = pd.DataFrame(
            [[FRIDAYS[0], "online", "TV", value, value / 5, 1, depth, 1]],
            columns=list(source_files.DAY_COLUMNS[1:]),
        )
        source_files.add_file(ours, a_promo_file(name), part)
    source_files.rebuild_sales(ours, "online", [FRIDAYS[0]])
    found = sales.sales_rows(ours)
    assert found[["promo_flag", "sales_value", "discount_pct"]].to_numpy().tolist() == [
        [True, 400.0, 12.5]
    ]


def test_13_the_same_key_twice_is_refused_in_a_sentence(ours: sa.Connection) -> None:
    twice = pd.DataFrame(
        [[FRIDAYS[0], "online", "TV", True, depth, 1.0, 1.0, 1] for depth in (10.0, 20.0)],
        columns=list(sales.SALES_ROWS),
    ).astype(sales.SALES_ROWS)
    with pytest.raises(StoreError, match="two rows for 2024-10-04"):
        sales.upsert_sales(ours, twice)


PREFIXES = """
SELECT shorter.indexrelid::regclass::text
FROM pg_index shorter
JOIN pg_index longer USING (indrelid)
JOIN pg_class c ON c.oid = shorter.indrelid
WHERE shorter.indexrelid <> longer.indexrelid
  AND NOT shorter.indisunique AND c.relnamespace = 'public'::regnamespace
  AND longer.indkey::text || ' ' LIKE shorter.indkey::text || chr(32) || chr(37)
"""
INDEX_BYTES = "SELECT pg_indexes_size('sales_aggregated')"


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_21_no_index_repeats_the_beginning_of_another(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    theirs = sorted({r[0] for r in specified.execute(PREFIXES.encode())})
    assert theirs == [
        "idx_sales_date",
        "idx_sales_date_channel",
        "idx_targets_month",
        "idx_uplift_department",
        "idx_validation_scenario",
    ]
    assert ours.exec_driver_sql(PREFIXES).scalars().all() == []


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_21_the_indexes_of_sales_take_less_room(
    specified: psycopg.Connection[Any], ours: sa.Connection
) -> None:
    filled = (
        "INSERT INTO sales_aggregated"
        " (date, channel, department, promo_flag, sales_value, margin_value, units)"
        " SELECT DATE '2024-01-01' + d, c, 'department ' || n, false, d, 0, 1"
        " FROM generate_series(1, 200) d, generate_series(1, 50) n,"
        " unnest(ARRAY['online', 'offline']) c"
    )
    # Built anew: how full pages are after INSERTs depends on the order in which rows came.
    rebuilt = "REINDEX TABLE sales_aggregated"
    for statement in (filled, rebuilt):
        specified.execute(statement.encode())
        ours.exec_driver_sql(statement)
    theirs = specified.execute(INDEX_BYTES).fetchone()
    assert theirs is not None
    assert ours.exec_driver_sql(INDEX_BYTES).scalar_one() < 0.75 * theirs[0]


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_the_bodies_of_function_and_python_are_one_text(ours: sa.Connection) -> None:
    body = "SELECT prosrc FROM pg_proc WHERE proname = 'calculate_baseline_forecast'"
    assert ours.exec_driver_sql(body).scalar_one().strip() in render.baseline_function()
