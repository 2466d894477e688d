"""Segments and targets: saved many at once, overwritten by their key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from analytics.types import Segment, Target
from db import segments, tables, targets
from db.errors import NotFoundError, RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def conn(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened:
        yield opened


def a_segment(segment_id: str, **changes: Any) -> Segment:
    fields = {
        "segment_id": segment_id,
        "name": segment_id.title(),
        "share_of_customers": 0.1234,
        "share_of_revenue": 0.4321,
        "avg_basket_value": 199.99,
        "fav_categories": ("TV", "Gaming"),
        "discount_sensitivity": "low",
        "purchase_frequency": 3.25,
        "last_purchase_days_ago": 12,
    }
    return Segment.model_validate(fields | changes)


def a_target(month: str, geo: str = "IT", **changes: Any) -> Target:
    fields = {"month": month, "geo": geo, "sales_value_target": 3e6, "margin_pct_target": 21.5}
    return Target.model_validate(fields | changes)


def test_segments_come_back_by_their_id(conn: sa.Connection) -> None:
    bare = a_segment(
        "new",
        fav_categories=(),
        discount_sensitivity=None,
        purchase_frequency=None,
        last_purchase_days_ago=None,
    )
    loyal = a_segment("loyal")
    for _ in range(2):
        segments.save_many(conn, [bare, loyal])
        assert segments.list_segments(conn) == [loyal, bare]
    changed = a_segment("loyal", name="Fedeli", fav_categories=("PC",))
    segments.save_many(conn, [changed])
    assert segments.get(conn, "loyal") == changed
    assert segments.list_segments(conn) == [changed, bare]


def test_a_segment_without_categories_in_the_table_has_none(conn: sa.Connection) -> None:
    row = a_segment("cdp").model_dump() | {"fav_categories": None}
    conn.execute(tables.segments.insert().values(row))
    assert segments.get(conn, "cdp").fav_categories == ()


def test_a_segment_that_does_not_exist_is_named(conn: sa.Connection) -> None:
    with pytest.raises(NotFoundError, match="there is no segment nobody"):
        segments.get(conn, "nobody")


def test_targets_come_back_by_month_and_geography(conn: sa.Connection) -> None:
    october, november = a_target("2024-10", units_target=5), a_target("2024-11")
    german = a_target("2024-10", "DE")
    for _ in range(2):
        targets.save_many(conn, [november, october, german])
    assert targets.list_targets(conn) == [german, october, november]
    assert targets.list_targets(conn, "IT") == [october, november]
    assert targets.get(conn, "2024-10", "IT") == october
    changed = a_target("2024-10", sales_value_target=4e6)
    targets.save_many(conn, [changed])
    assert targets.get(conn, "2024-10", "IT") == changed
    assert targets.get(conn, "2024-10", "DE") == german


def test_a_target_that_was_never_set_is_named(conn: sa.Connection) -> None:
    with pytest.raises(NotFoundError, match="there is no target 2024-10 IT"):
        targets.get(conn, "2024-10", "IT")


def test_a_target_twice_in_a_list_is_refused(conn: sa.Connection) -> None:
    with pytest.raises(RefusedValueError, match="two rows for 2024-10, IT"):
        targets.save_many(conn, [a_target("2024-10"), a_target("2024-10")])


def test_no_records_are_no_error(conn: sa.Connection) -> None:
    targets.save_many(conn, [])
    segments.save_many(conn, [])
    assert targets.list_targets(conn) == []


def test_a_target_changes_its_updated_at_only_with_a_change(engine: sa.Engine) -> None:
    stamps = sa.select(
        tables.targets.c.id, tables.targets.c.created_at, tables.targets.c.updated_at
    )
    seen = []
    for value in (1.0, 1.0, 2.0):
        with engine.begin() as conn:
            targets.save_many(conn, [a_target("2024-10", sales_value_target=value)])
            seen.append(conn.execute(stamps).one())
    assert seen[0] == seen[1]
    assert seen[2][:2] == seen[1][:2]
    assert seen[2].updated_at > seen[1].updated_at
