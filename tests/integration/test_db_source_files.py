"""The ingest ledger: files, the days they cover, and the sales rebuilt from them by hand."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from db import sales, source_files
from db.errors import ConflictError, NotFoundError, RefusedValueError
from db.source_files import SourceFile
from db.tables import sales_aggregated, source_days

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analytics.types import Channel

D1, D2, D3 = (dt.date(2024, 10, day) for day in (1, 2, 3))
DAY_COLUMNS = (
    "date",
    "channel",
    "department",
    "sales_value",
    "margin_value",
    "units",
    "discount_pct",
    "lines",
)
Day = tuple[dt.date, str, float, float, int, float | None]
NAN = float("nan")


def a_file(name: str, **changes: Any) -> SourceFile:
    fields = {
        "id": uuid5(NAMESPACE_URL, name),
        "sha256": hashlib.sha256(name.encode()).hexdigest(),
        "file_name": name,
        "role": "sales",
        "channel": "online",
        "date_min": D1,
        "date_max": D3,
        "rows_read": 12,
        "rows_accepted": 10,
        "rows_rejected": 2,
        "sales_value": 1234.56,
        "margin_value": -7.89,
        "units": 10,
        "merge_mode": "union",
        "relation": None,
        "job_id": "job-1",
        "report": {"rejected": [{"reason": "no date", "rows": 2}]},
        "ingested_at": dt.datetime(2024, 11, 1, 8, tzinfo=dt.UTC),
    }
    return SourceFile.model_validate(fields | changes)


def promo(name: str, relation: str | None) -> SourceFile:
    return a_file(name, role="promo", channel=None, relation=relation)


def days(*rows: Day, channel: str = "online") -> pd.DataFrame:
    """Return a contribution of (date, department, sales, margin, units, depth) rows."""
    return pd.DataFrame(
        [(row[0], channel, *row[1:], 1) for row in rows], columns=list(DAY_COLUMNS)
    ).astype({"discount_pct": "float64"})


def add(engine: sa.Engine, file: SourceFile, *rows: Day) -> None:
    with engine.begin() as conn:
        source_files.add_file(conn, file, days(*rows))


def rebuild(
    engine: sa.Engine, dates: Collection[dt.date] = (D1, D2, D3), channel: Channel = "online"
) -> None:
    with engine.begin() as conn:
        source_files.rebuild_sales(conn, channel, dates)


def stored(engine: sa.Engine) -> list[tuple[Any, ...]]:
    """Return (date, department, promo_flag, depth, sales, margin, units) of every sales row."""
    with engine.connect() as conn:
        found = sales.sales_rows(conn).drop(columns="channel")
    found["date"] = found.date.dt.date
    found["discount_pct"] = found.discount_pct.astype(object).where(
        found.discount_pct.notna(), None
    )
    order = ["date", "department", "promo_flag", "discount_pct"]
    rows = found[[*order, "sales_value", "margin_value", "units"]]
    return list(rows.itertuples(index=False, name=None))


def test_a_file_is_known_by_its_fingerprint(engine: sa.Engine) -> None:
    file = a_file("a.xlsb")
    add(engine, file, (D1, "TV", 100, 20, 10, None))
    with engine.connect() as conn:
        known = source_files.known_files(conn, [file.sha256, "0" * 64])
        assert known == {file.sha256: file}
        assert source_files.list_files(conn) == [file]
        assert source_files.known_files(conn, []) == {}


def test_the_same_content_under_another_id_is_refused(engine: sa.Engine) -> None:
    file = a_file("a.xlsb")
    add(engine, file, (D1, "TV", 100, 20, 10, None))
    with pytest.raises(ConflictError, match=r"already loaded as a.xlsb on 2024-11-01"):
        add(engine, file.model_copy(update={"id": uuid4()}))


def test_a_file_saved_again_replaces_its_days(engine: sa.Engine) -> None:
    add(engine, a_file("a"), (D1, "TV", 100, 20, 10, None), (D2, "TV", 100, 20, 10, None))
    for _ in range(2):
        add(engine, a_file("a", rows_read=5), (D2, "TV", 80, 16, 8, None))
        rebuild(engine)
        assert stored(engine) == [(D2, "TV", False, None, 80, 16, 8)]


def test_covered_days_are_those_of_sales_files_of_the_channel(engine: sa.Engine) -> None:
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None), (D1, "PC", 1, 1, 1, None))
    add(engine, promo("promo", "subset"), (D2, "TV", 50, 5, 5, 20))
    with engine.begin() as conn:
        stores = days((D3, "TV", 1, 1, 1, None), channel="offline")
        source_files.add_file(conn, a_file("stores", channel="offline"), stores)
    with engine.connect() as conn:
        assert source_files.covered_days(conn, "online") == {D1}
        assert source_files.covered_days(conn, "offline") == {D3}


def test_rows_of_another_channel_are_refused(engine: sa.Engine) -> None:
    with pytest.raises(RefusedValueError, match="another channel than offline"):
        add(engine, a_file("stores", channel="offline"), (D1, "TV", 100, 20, 10, None))


def test_a_sales_file_has_no_relation(engine: sa.Engine) -> None:
    with pytest.raises(RefusedValueError):
        add(engine, a_file("a", role="sales", relation="subset"))


def test_files_of_one_day_add_up(engine: sa.Engine) -> None:
    add(engine, a_file("a"), (D1, "TV", 100.10, 20, 10, None))
    add(engine, a_file("b"), (D1, "TV", 50.05, 10, 5, None), (D2, "PC", -3, -1, -1, None))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "TV", False, None, 150.15, 30, 15),
        (D2, "PC", False, None, -3, -1, -1),
    ]


def test_a_subset_is_taken_out_of_the_total(engine: sa.Engine) -> None:
    """T = 100, P = 60 at 20 %: promoted 60, the rest 40; together still 100."""
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None))
    add(engine, promo("promo", "subset"), (D1, "TV", 60, 5, 7, 20))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "TV", False, None, 40, 15, 3),
        (D1, "TV", True, 20, 60, 5, 7),
    ]


def test_an_addition_is_put_beside_the_total(engine: sa.Engine) -> None:
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None))
    add(engine, promo("promo", "additional"), (D1, "TV", 60, 5, 7, 20))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "TV", False, None, 100, 20, 10),
        (D1, "TV", True, 20, 60, 5, 7),
    ]


def test_a_subset_and_an_addition_on_one_day(engine: sa.Engine) -> None:
    """False = 100 - 60; true = 60 + 30 at (20 x 60 + 50 x 30) / 90 = 30 %."""
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None))
    add(engine, promo("in", "subset"), (D1, "TV", 60, 5, 7, 20))
    add(engine, promo("on top", "additional"), (D1, "TV", 30, 2, 4, 50))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "TV", False, None, 40, 15, 3),
        (D1, "TV", True, 30, 90, 7, 11),
    ]


@pytest.mark.parametrize("relation", ["subset", "additional", None])
def test_only_promotions_known_make_only_the_promoted_row(
    engine: sa.Engine, relation: str | None
) -> None:
    add(engine, a_file("web"), (D1, "PC", 10, 1, 1, None))
    add(engine, promo("promo", relation), (D1, "TV", 60, 5, 7, None))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "PC", False, None, 10, 1, 1),
        (D1, "TV", True, None, 60, 5, 7),
    ]


def test_nothing_left_of_the_total_makes_no_unpromoted_row(engine: sa.Engine) -> None:
    add(engine, a_file("web"), (D1, "TV", 60, 5, 7, None), (D2, "TV", 60, 5, 7, None))
    add(engine, promo("promo", "subset"), (D1, "TV", 60, 5, 7, 20), (D2, "TV", 60, 4, 7, 20))
    rebuild(engine)
    assert stored(engine) == [
        (D1, "TV", True, 20, 60, 5, 7),
        (D2, "TV", False, None, 0, 1, 0),
        (D2, "TV", True, 20, 60, 4, 7),
    ]


@pytest.mark.parametrize(
    ("parts", "depth"),
    [
        ([(100, 10), (300, 20)], 17.5),
        ([(100, 10), (300, None)], 10),
        ([(100, None)], None),
        ([(-50, 10), (100, 40)], 40),
        ([(-50, 10), (-20, 20)], 15),
        ([(1, 33.33), (2, 66.67)], 55.56),
    ],
    ids=["weighted", "one unknown", "unknown", "returns weigh nothing", "only returns", "rounded"],
)
def test_the_depth_of_a_day_is_weighted_by_sales(
    engine: sa.Engine, parts: Sequence[tuple[float, float | None]], depth: float | None
) -> None:
    for number, (value, depth_pct) in enumerate(parts):
        add(engine, promo(f"promo {number}", "additional"), (D1, "TV", value, 1, 1, depth_pct))
    rebuild(engine)
    assert [row[3] for row in stored(engine)] == [depth]


def test_an_undecided_relation_stops_the_rebuild_until_it_is_set(engine: sa.Engine) -> None:
    file = promo("promo.xlsb", None)
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None))
    add(engine, file, (D1, "TV", 60, 5, 7, 20))
    with pytest.raises(ConflictError, match=r"whether promo.xlsb is part of the sales files"):
        rebuild(engine)
    with engine.begin() as conn:
        source_files.set_relation(conn, file.id, "subset")
        assert source_files.known_files(conn, [file.sha256])[file.sha256].relation == "subset"
    rebuild(engine)
    assert [row[4] for row in stored(engine)] == [40, 60]


def test_only_a_promo_file_has_a_relation(engine: sa.Engine) -> None:
    add(engine, a_file("web"))
    with pytest.raises(NotFoundError, match="no promo file"), engine.begin() as conn:
        source_files.set_relation(conn, a_file("web").id, "subset")


def test_overwriting_days_leaves_other_days_channels_and_promotions(engine: sa.Engine) -> None:
    add(engine, a_file("old"), (D1, "TV", 100, 20, 10, None), (D2, "TV", 100, 20, 10, None))
    add(engine, promo("promo", "subset"), (D2, "TV", 60, 5, 7, 20))
    with engine.begin() as conn:
        stores = days((D2, "TV", 5, 1, 1, None), channel="offline")
        source_files.add_file(conn, a_file("stores", channel="offline"), stores)
        source_files.drop_days(conn, "online", [D2])
        source_files.add_file(conn, a_file("new"), days((D2, "TV", 90, 18, 9, None)))
        for channel in ("online", "offline"):
            source_files.rebuild_sales(conn, channel, [D1, D2])
    assert stored(engine) == [
        (D1, "TV", False, None, 100, 20, 10),
        (D2, "TV", False, None, 5, 1, 1),
        (D2, "TV", False, None, 30, 13, 2),
        (D2, "TV", True, 20, 60, 5, 7),
    ]


def test_rows_without_a_file_disappear_only_on_the_days_asked(engine: sa.Engine) -> None:
    add(engine, a_file("web"), *((day, "TV", 1, 1, 1, None) for day in (D1, D2, D3)))
    rebuild(engine)
    with engine.begin() as conn:
        conn.execute(source_days.delete())
    rebuild(engine, [D1, D3])
    assert [row[0] for row in stored(engine)] == [D2]


def test_a_rebuild_of_no_days_does_nothing(engine: sa.Engine) -> None:
    add(engine, a_file("web"), (D1, "TV", 1, 1, 1, None))
    rebuild(engine, [])
    assert stored(engine) == []


def test_a_second_rebuild_touches_nothing(engine: sa.Engine) -> None:
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None), (D2, "TV", 9, 1, 1, None))
    add(engine, promo("promo", "subset"), (D1, "TV", 33.33, 5, 7, 12.34))
    everything = sa.select(sales_aggregated).order_by(*(sales_aggregated.c[k] for k in sales.KEY))
    rebuild(engine)
    with engine.connect() as conn:
        before = conn.execute(everything).all()
    rebuild(engine)
    with engine.connect() as conn:
        assert conn.execute(everything).all() == before
    add(engine, a_file("web"), (D1, "TV", 100, 20, 10, None), (D2, "TV", 8, 1, 1, None))
    rebuild(engine)
    with engine.connect() as conn:
        after = conn.execute(everything).all()
    moved = [b.updated_at < a.updated_at for b, a in zip(before, after, strict=True)]
    assert [row.id for row in before] == [row.id for row in after]
    assert moved == [False, False, True]


def test_a_sum_too_large_for_its_column_is_refused_whole(engine: sa.Engine) -> None:
    add(engine, a_file("a"), (D1, "TV", 9e12, 1, 1, None))
    add(engine, a_file("b"), (D1, "TV", 9e12, 1, 1, None), (D2, "TV", 1, 1, 1, None))
    with pytest.raises(RefusedValueError, match="the store refused"):
        rebuild(engine)
    assert stored(engine) == []


def by_hand(parts: Sequence[tuple[str, tuple[int, int, int]]]) -> set[tuple[Any, ...]]:
    """Return the rows of one cell and day from its (role, (sales, margin, units)) parts."""

    def total(*roles: str) -> list[int]:
        return [sum(part[n] for role, part in parts if role in roles) for n in range(3)]

    roles = {role for role, _ in parts}
    rest = [t - p for t, p in zip(total("sales"), total("subset"), strict=True)]
    rows: set[tuple[Any, ...]] = set()
    if "sales" in roles and any(rest):
        rows.add((False, *rest))
    if roles & {"subset", "additional"}:
        rows.add((True, *total("subset", "additional")))
    return rows


def test_any_files_give_what_the_definition_says(engine: sa.Engine) -> None:
    """300 departments in 6 files, each in about half of them, with small numbers that cancel."""
    random = np.random.default_rng(20241001)
    parts: dict[str, list[tuple[str, tuple[int, int, int]]]] = {f"{n}": [] for n in range(300)}
    for number, role in enumerate(["sales", "subset", "additional"] * 2):
        rows: list[Day] = []
        for department in (name for name in parts if random.random() < 0.5):
            value, margin, units = (int(figure) for figure in random.integers(-2, 3, 3))
            rows.append((D1, department, value, margin, units, None))
            parts[department].append((role, (value, margin, units)))
        name = f"{role} {number}"
        add(engine, a_file(name) if role == "sales" else promo(name, role), *rows)
    rebuild(engine)
    found: dict[str, set[tuple[Any, ...]]] = {department: set() for department in parts}
    for row in stored(engine):
        found[row[1]].add((row[2], *row[4:]))
    assert found == {department: by_hand(parts[department]) for department in parts}
