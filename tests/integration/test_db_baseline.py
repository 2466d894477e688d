"""The simple baseline: what db/README.md says, by hand and by brute force."""

from __future__ import annotations

import datetime as dt
from statistics import fmean
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import sales
from db.tables import sales_aggregated

if TYPE_CHECKING:
    from collections.abc import Sequence

NAN = float("nan")
FRIDAYS = [dt.date(2024, 10, 4) + dt.timedelta(weeks=week) for week in range(4)]
NEXT_FRIDAY = dt.date(2024, 11, 1)
CENT = 0.011  # DuckDB averages in floating point: half a cent may fall on either side

Row = tuple[dt.date, str, str, bool, float]


def save(engine: sa.Engine, rows: Sequence[Row]) -> None:
    """Save sales; margin is a fifth and units a tenth of the value."""
    frame = pd.DataFrame(
        [(*row[:4], NAN, row[4], row[4] / 5, int(row[4] / 10)) for row in rows],
        columns=list(sales.SALES_ROWS),
    )
    with engine.begin() as conn:
        sales.upsert_sales(conn, frame.astype(sales.SALES_ROWS))


def baseline(
    engine: sa.Engine,
    start: dt.date,
    end: dt.date,
    channel: str | None = None,
    department: str | None = None,
) -> pd.DataFrame:
    with engine.connect() as conn:
        return sales.baseline_reference(conn, start, end, channel, department)


def friday_value(engine: sa.Engine, channel: str | None = None) -> float:
    found = baseline(engine, NEXT_FRIDAY, NEXT_FRIDAY, channel).forecasted_sales_value
    return float(found.iloc[0])


def every_friday(*cells: tuple[str, str, float]) -> list[Row]:
    return [(day, *cell[:2], False, cell[2]) for day in FRIDAYS for cell in cells]


def test_a_day_is_the_sum_of_its_cells_not_their_average(engine: sa.Engine) -> None:
    four = (
        ("online", "TV", 100.0),
        ("online", "Gaming", 200.0),
        ("offline", "TV", 300.0),
        ("offline", "Gaming", 400.0),
    )
    save(engine, every_friday(*four))
    found = baseline(engine, NEXT_FRIDAY, NEXT_FRIDAY)
    expected = pd.DataFrame(
        [[NEXT_FRIDAY, 1000.0, 200.0, 100.0]], columns=list(sales.BASELINE)
    ).astype(sales.BASELINE)
    pd.testing.assert_frame_equal(found, expected)
    assert friday_value(engine, "online") == 300
    assert baseline(
        engine, NEXT_FRIDAY, NEXT_FRIDAY, "offline", "TV"
    ).forecasted_sales_value.tolist() == [300]


def test_both_rows_of_a_day_are_one_day_total(engine: sa.Engine) -> None:
    """A baseline of the unpromoted rows alone would say 40, less than half of any day."""
    save(
        engine,
        [
            (day, "online", "TV", flag, 40.0 + 60 * flag)
            for day in FRIDAYS
            for flag in (False, True)
        ],
    )
    assert friday_value(engine) == 140


def test_promo_days_are_left_out_with_both_their_rows(engine: sa.Engine) -> None:
    plain = [(day, "online", "TV", False, 100.0) for day in FRIDAYS[:3]]
    promoted = [
        (FRIDAYS[3], "online", "TV", False, 30.0),
        (FRIDAYS[3], "online", "TV", True, 900.0),
    ]
    save(engine, plain + promoted)
    assert friday_value(engine) == 100


def test_a_promotion_in_one_cell_leaves_the_others_alone(engine: sa.Engine) -> None:
    rows = every_friday(("online", "TV", 100.0), ("online", "Gaming", 50.0))
    rows[0] = (FRIDAYS[0], "online", "TV", True, 900.0)
    save(engine, rows)
    assert friday_value(engine) == 150


def test_a_weekday_that_was_always_promoted_uses_all_its_days(engine: sa.Engine) -> None:
    """Only in that cell: the other cell has plain Fridays and uses those."""
    rows: list[Row] = [(day, "online", "TV", True, 100.0 * n) for n, day in enumerate(FRIDAYS, 1)]
    rows += [(day, "online", "Gaming", False, 10.0) for day in FRIDAYS[:3]]
    rows += [(FRIDAYS[3], "online", "Gaming", True, 500.0)]
    save(engine, rows)
    assert friday_value(engine) == 250 + 10


def test_nothing_from_the_first_day_on_is_looked_at(engine: sa.Engine) -> None:
    save(engine, every_friday(("online", "TV", 100.0)))
    before = baseline(engine, NEXT_FRIDAY, NEXT_FRIDAY + dt.timedelta(14))
    later = [
        (NEXT_FRIDAY, "online", "TV", False, 1e6),
        (dt.date(2030, 1, 4), "online", "TV", False, 1e6),
    ]
    save(engine, later)
    after = baseline(engine, NEXT_FRIDAY, NEXT_FRIDAY + dt.timedelta(14))
    pd.testing.assert_frame_equal(before, after)


def test_each_day_once_in_order_and_unknown_is_not_zero(engine: sa.Engine) -> None:
    save(engine, every_friday(("online", "TV", 100.0)))
    found = baseline(engine, dt.date(2024, 10, 31), dt.date(2024, 11, 8))
    assert found.date.tolist() == list(pd.date_range("2024-10-31", "2024-11-08"))
    known = found.forecasted_sales_value.notna()
    assert found.date[known].dt.date.tolist() == [dt.date(2024, 11, 1), dt.date(2024, 11, 8)]
    assert found.forecasted_units.isna().sum() == 7


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_the_function_of_postgresql_answers_the_same(engine: sa.Engine) -> None:
    rows = every_friday(("online", "TV", 100.0), ("offline", "TV", 33.35), ("online", "PC", 7.77))
    save(engine, [*rows, (FRIDAYS[0], "online", "TV", True, 10.0)])
    called = sa.text(
        "SELECT * FROM calculate_baseline_forecast('2024-11-01', '2024-11-09', 'online')"
    )
    with engine.connect() as conn:
        found = pd.DataFrame(conn.execute(called).all()).astype(sales.BASELINE)
    expected = baseline(engine, NEXT_FRIDAY, dt.date(2024, 11, 9), "online")
    pd.testing.assert_frame_equal(found, expected)


def by_brute_force(
    rows: Sequence[Row], day: dt.date, start: dt.date, channel: str | None
) -> float | None:
    """The definition, word by word."""
    days: dict[tuple[str, str, dt.date], float] = {}
    promoted = set()
    for date, of_channel, department, flag, value in rows:
        if date >= start or date.weekday() != day.weekday() or channel not in {None, of_channel}:
            continue
        cell_day = (of_channel, department, date)
        days[cell_day] = days.get(cell_day, 0.0) + value
        if flag:
            promoted.add(cell_day)
    total = None
    for cell in {key[:2] for key in days}:
        of_cell = [key for key in days if key[:2] == cell]
        plain = [key for key in of_cell if key not in promoted] or of_cell
        total = (total or 0.0) + fmean(days[key] for key in plain)
    return total


DAYS = st.integers(0, 41).map(lambda n: dt.date(2024, 9, 1) + dt.timedelta(n))
ROWS = st.lists(
    st.tuples(
        DAYS,
        st.sampled_from(["online", "offline"]),
        st.sampled_from(["TV", "Gaming"]),
        st.booleans(),
        st.integers(-100_000, 10_000_000).map(lambda cents: cents / 100),
    ),
    unique_by=lambda row: row[:4],
    max_size=60,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, start=DAYS, channel=st.sampled_from([None, "online"]))
def test_any_history_gives_what_the_definition_says(
    engine: sa.Engine, rows: list[Row], start: dt.date, channel: str | None
) -> None:
    with engine.begin() as conn:
        conn.execute(sales_aggregated.delete())
    save(engine, rows)
    found = baseline(engine, start, start + dt.timedelta(6), channel)
    for day, value in zip(found.date.dt.date, found.forecasted_sales_value, strict=True):
        expected = by_brute_force(rows, day, start, channel)
        assert value == pytest.approx(NAN if expected is None else expected, abs=CENT, nan_ok=True)


def one_by_one(
    conn: sa.Connection, cells: Sequence[tuple[str, str]], start: dt.date, end: dt.date
) -> pd.DataFrame:
    asked = [
        sales.baseline_reference(conn, start, end, *cell).assign(
            channel=cell[0], department=cell[1]
        )
        for cell in cells
    ]
    return pd.concat(asked).dropna().sort_values(["date", "channel", "department"])


def test_all_cells_at_once_are_as_one_by_one(engine: sa.Engine) -> None:
    cells = [("offline", "TV"), ("online", "Gaming"), ("online", "TV")]
    rows = every_friday(("offline", "TV", 7.77), ("online", "Gaming", 50.0))
    rows += [(day, "online", "TV", True, 33.35 * n) for n, day in enumerate(FRIDAYS, 1)]
    save(engine, [*rows, (FRIDAYS[0], "offline", "TV", True, 10.0)])
    end = NEXT_FRIDAY + dt.timedelta(8)
    with engine.connect() as conn:
        found = sales.baseline_by_cell(conn, NEXT_FRIDAY, end)
        expected = one_by_one(conn, cells, NEXT_FRIDAY, end)
    assert len(found) == 6  # three cells, two Fridays
    pd.testing.assert_frame_equal(
        found, expected[list(found)].reset_index(drop=True), check_exact=True
    )


def test_a_look_back_forgets_what_is_older(engine: sa.Engine) -> None:
    save(engine, [(day, "online", "TV", False, 100.0 * n) for n, day in enumerate(FRIDAYS, 1)])
    with engine.connect() as conn:
        found = sales.baseline_by_cell(conn, NEXT_FRIDAY, NEXT_FRIDAY, since=FRIDAYS[2])
    assert found.forecasted_sales_value.tolist() == [350]
