"""`sales_aggregated`: what goes in bulk comes out, on both engines."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from analytics.types import Cell, Target
from db import sales, targets
from db.errors import ConflictError, RefusedValueError
from db.named_sql import sql_text
from db.tables import sales_aggregated

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = float("nan")
COLUMNS = list(sales.SALES_ROWS)
MONDAY = dt.date(2024, 10, 7)


def rows(*values: tuple[Any, ...]) -> pd.DataFrame:
    """Return SALES ROWS of tuples in the order of their columns."""
    return pd.DataFrame(list(values), columns=COLUMNS).astype(sales.SALES_ROWS)


def two_days() -> pd.DataFrame:
    return rows(
        ("2024-10-07", "offline", "TV", False, NAN, 50_000.00, 12_500.00, 100),
        ("2024-10-07", "online", "Gaming", False, NAN, -19.99, -4.5, -1),
        ("2024-10-08", "online", "TV", False, NAN, 25_000.10, 5_000.00, 50),
        ("2024-10-08", "online", "TV", True, 20.0, 75_000.01, 15_000.07, 150),
    )


def save(engine: sa.Engine, frame: pd.DataFrame) -> None:
    with engine.begin() as conn:
        sales.upsert_sales(conn, frame)


def load(engine: sa.Engine, **filters: Any) -> pd.DataFrame:
    with engine.connect() as conn:
        return sales.sales_rows(conn, **filters)


def version(engine: sa.Engine) -> str:
    with engine.connect() as conn:
        return sales.data_version(conn)


def test_rows_come_back_as_they_were_saved(engine: sa.Engine) -> None:
    save(engine, two_days().sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(load(engine), two_days())


def test_an_empty_store_has_the_columns_and_no_range(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        pd.testing.assert_frame_equal(sales.sales_rows(conn), rows())
        assert sales.date_range(conn) is None
        assert sales.cells(conn) == []


def test_an_empty_frame_saves_nothing(engine: sa.Engine) -> None:
    save(engine, rows())
    assert load(engine).empty


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"start": dt.date(2024, 10, 8)}, [2, 3]),
        ({"end": dt.date(2024, 10, 7)}, [0, 1]),
        ({"start": dt.date(2024, 10, 7), "end": dt.date(2024, 10, 7)}, [0, 1]),
        ({"channel": "online"}, [1, 2, 3]),
        ({"channel": "online", "department": "TV"}, [2, 3]),
        ({"department": "Audio"}, []),
    ],
)
def test_filters_include_both_ends(
    engine: sa.Engine, filters: dict[str, Any], kept: list[int]
) -> None:
    save(engine, two_days())
    expected = two_days().iloc[kept].reset_index(drop=True)
    pd.testing.assert_frame_equal(load(engine, **filters), expected)


def test_range_and_cells(engine: sa.Engine) -> None:
    save(engine, two_days())
    with engine.connect() as conn:
        assert sales.date_range(conn) == (dt.date(2024, 10, 7), dt.date(2024, 10, 8))
        assert sales.cells(conn) == [
            Cell("offline", "TV"),
            Cell("online", "Gaming"),
            Cell("online", "TV"),
        ]


def test_a_second_load_overwrites_by_key_and_keeps_the_rest(engine: sa.Engine) -> None:
    save(engine, two_days())
    changed = two_days().iloc[[3]].assign(sales_value=80_000.0, discount_pct=NAN)
    save(engine, changed)
    expected = two_days()
    expected.loc[3, ["sales_value", "discount_pct"]] = [80_000.0, NAN]
    pd.testing.assert_frame_equal(load(engine), expected)


def test_only_changed_rows_get_a_new_updated_at(engine: sa.Engine) -> None:
    save(engine, two_days())
    t = sales_aggregated
    stamps = sa.select(t.c.created_at, t.c.updated_at).order_by(*(t.c[k] for k in sales.KEY))
    with engine.connect() as conn:
        before = conn.execute(stamps).all()
    frame = two_days()
    frame.loc[1, "units"] = -2
    save(engine, frame)
    with engine.connect() as conn:
        after = conn.execute(stamps).all()
    assert [b.created_at for b in before] == [a.created_at for a in after]
    moved = [a.updated_at > b.updated_at for a, b in zip(after, before, strict=True)]
    assert moved == [False, True, False, False]


def test_money_is_stored_to_the_cent_half_cents_included(engine: sa.Engine) -> None:
    """Every cent from 0.00 to 99.99 and large ones, which no float represents exactly."""
    cents = np.concatenate([np.arange(10_000), 10**14 + np.arange(1_000)])
    days = pd.date_range("1990-01-01", periods=len(cents))
    frame = pd.DataFrame(
        {
            "date": days,
            "channel": "online",
            "department": "TV",
            "promo_flag": False,
            "discount_pct": NAN,
            "sales_value": cents / 100,
            "margin_value": -cents / 100,
            "units": 1,
        }
    )
    save(engine, frame)
    t = sales_aggregated
    with engine.connect() as conn:
        stored = conn.execute(sa.select(t.c.sales_value, t.c.margin_value).order_by(t.c.date))
        pairs = [(row.sales_value, row.margin_value) for row in stored]
    exact = [Decimal(int(cent)) / 100 for cent in cents]
    assert pairs == [(value, -value) for value in exact]


def test_half_cents_go_away_from_zero_as_written(engine: sa.Engine) -> None:
    """As floats 1.005 and 2.675 lie below the half cent that they say."""
    frame = two_days().assign(sales_value=[1.005, 2.675, 1e-300, 1 / 3])
    frame["margin_value"] = -frame.sales_value
    save(engine, frame)
    assert load(engine).sales_value.tolist() == [1.01, 2.68, 0.0, 0.33]
    assert load(engine).margin_value.tolist() == [-1.01, -2.68, 0.0, -0.33]


def test_any_text_survives_the_bulk_load(engine: sa.Engine) -> None:
    names = [
        'say "TV", twice',
        "line\nbreak",
        "back\\slash \\.",
        "Elettrodomestici più",
        "",
        "NULL",
    ]
    save(engine, rows(*(("2024-10-07", "online", n, False, NAN, 1.0, 0.0, 1) for n in names)))
    assert sorted(load(engine).department) == sorted(names)


def test_a_frame_without_a_column_says_which(engine: sa.Engine) -> None:
    with pytest.raises(RefusedValueError, match="lack margin_value, units: add"):
        save(engine, two_days().drop(columns=["units", "margin_value"]))


def test_the_version_names_the_content(engine: sa.Engine) -> None:
    empty = version(engine)
    save(engine, two_days())
    first = version(engine)
    save(engine, two_days())
    assert version(engine) == first != empty


def test_the_version_is_the_same_in_every_store(engine: sa.Engine) -> None:
    """Written down by hand (9047 days after 2000), so that engines and releases agree."""
    save(engine, two_days().iloc[[3, 2]])
    with engine.connect() as conn:
        found = conn.execute(sa.text(sql_text("data_version"))).one()
    text = "9047|0||25000.10|5000.00|50;9047|1|20.00|75000.01|15000.07|150"
    assert tuple(found) == ("online", "TV", hashlib.md5(text.encode()).hexdigest())  # noqa: S324  no secret


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.update().where(t.c.department == "Gaming").values(units=7),
        lambda t: t.update().where(t.c.department == "Gaming").values(discount_pct=5),
        lambda t: t.update().where(t.c.department == "Gaming").values(department="Games"),
        lambda t: t.delete().where(t.c.department == "Gaming"),
    ],
    ids=["units", "discount", "department", "deleted"],
)
def test_any_change_of_a_row_changes_the_version(
    engine: sa.Engine, change: Callable[[sa.Table], sa.Executable]
) -> None:
    save(engine, two_days())
    before = version(engine)
    with engine.begin() as conn:
        conn.execute(change(sales_aggregated))
    assert version(engine) != before


def test_two_rows_of_one_key_are_refused_not_dropped(engine: sa.Engine) -> None:
    twice = pd.concat([two_days(), two_days().iloc[[3]]])
    with pytest.raises(RefusedValueError, match="two rows for 2024-10-08"), engine.begin() as conn:
        sales.upsert_sales(conn, twice)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("sales_value", 1e13, "stays below 10,000,000,000,000"),
        ("sales_value", 9_999_999_999_999.996, "stays below"),
        ("sales_value", float("inf"), "cannot be infinite"),
        ("margin_value", NAN, "is missing in 1 rows"),
        ("units", 1.5, "holds whole numbers only"),
        ("department", "T\0V", "NUL character"),
        ("units", 2**31, "holds at most 2,147,483,647, not 2,147,483,648"),
        ("department", "x" * 51, "holds at most 50 characters"),
        ("discount_pct", 1000.0, "stays below 1,000"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    engine: sa.Engine, column: str, value: float | str, said: str
) -> None:
    frame = two_days().astype({"units": float})
    frame.loc[0, column] = value
    with pytest.raises(RefusedValueError, match=said) as caught, engine.begin() as conn:
        sales.upsert_sales(conn, frame)
    assert f"sales_aggregated.{column}" in str(caught.value)
    assert load(engine).empty


@pytest.mark.parametrize(("column", "value"), [("channel", "web"), ("discount_pct", -0.01)])
def test_a_check_of_the_table_refuses_the_whole_load(
    engine: sa.Engine, column: str, value: float | str
) -> None:
    frame = two_days()
    frame.loc[0, column] = value
    with pytest.raises(RefusedValueError, match="the store refused"), engine.begin() as conn:
        sales.upsert_sales(conn, frame)
    assert load(engine).empty
    save(engine, two_days())
    assert len(load(engine)) == 4


def test_a_load_rolls_back_with_its_transaction(engine: sa.Engine) -> None:
    with pytest.raises(RuntimeError), engine.begin() as conn:  # noqa: PT012  rolled back inside
        sales.upsert_sales(conn, two_days())
        raise RuntimeError
    assert load(engine).empty


def one_row(**changes: Any) -> dict[str, Any]:
    row = {"date": MONDAY, "channel": "online", "department": "TV", "sales_value": 1}
    return row | {"margin_value": 0, "units": 1} | changes


def test_promo_flag_is_false_unless_said_and_never_null(engine: sa.Engine) -> None:
    """A NULL would be a third row of the day that the unique key does not see."""
    with engine.begin() as conn:
        conn.execute(sales_aggregated.insert().values(one_row()))
    with pytest.raises(RefusedValueError), engine.begin() as conn:
        conn.execute(sales_aggregated.insert().values(one_row(promo_flag=None)))
    with pytest.raises(ConflictError), engine.begin() as conn:
        conn.execute(sales_aggregated.insert().values(one_row(promo_flag=False)))
    assert load(engine).promo_flag.tolist() == [False]


@pytest.mark.parametrize(
    ("sales_value", "margin_value", "margin_pct"),
    [
        (50_000, 12_500, 25.00),
        ("0.01", "-20.00", -200000.00),
        ("0.01", "9999999999999.99", 99999999999999900.00),
        (0, 5, 0.00),
        (-10, -5, 0.00),
        (3, 1, 33.33),
    ],
)
def test_margin_pct_is_computed_and_cannot_overflow(
    engine: sa.Engine, sales_value: object, margin_value: object, margin_pct: float
) -> None:
    row = one_row(sales_value=sales_value, margin_value=margin_value)
    with engine.begin() as conn:
        conn.execute(sales_aggregated.insert().values(row))
        found = conn.execute(sa.select(sales_aggregated.c.margin_pct)).scalar_one()
    assert isinstance(found, Decimal)
    assert float(found) == pytest.approx(margin_pct, rel=1e-12)


def test_ids_count_up_and_moments_are_utc(engine: sa.Engine) -> None:
    """Also for a row that another program writes, in a session of another time zone."""
    with engine.begin() as conn:
        conn.exec_driver_sql("SET TimeZone = 'America/Santiago'")
        conn.exec_driver_sql(
            "INSERT INTO sales_aggregated"
            " (date, channel, department, sales_value, margin_value, units)"
            " VALUES ('2024-10-01', 'online', 'TV', 1, 1, 1),"
            " ('2024-10-02', 'online', 'TV', 2, 1, 1)"
        )
        t = sales_aggregated
        found = conn.execute(sa.select(t.c.id, t.c.created_at).order_by(t.c.date)).all()
    assert [row.id for row in found] == [1, 2]
    assert abs(found[0].created_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_many_rows_are_saved_by_few_statements(engine: sa.Engine) -> None:
    """Never by executemany, which DuckDB runs row by row."""
    sent: list[bool] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def count(*arguments: Any) -> None:
        sent.append(arguments[-1])

    dates = pd.date_range("2020-01-01", periods=1_500)
    frame = pd.concat(two_days().iloc[[0]].assign(date=date) for date in dates)
    save(engine, frame)
    assert len(sent) <= 4
    many = [
        Target(month=f"{year}-{month:02}", geo=geo, sales_value_target=1, margin_pct_target=1)
        for year in range(2000, 2050)
        for month in range(1, 13)
        for geo in ("IT", "DE")
    ]
    sent.clear()
    with engine.begin() as conn:
        targets.save_many(conn, many)
    assert (len(many), sent) == (1_200, [False, False])
