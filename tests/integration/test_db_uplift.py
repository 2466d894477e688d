"""Uplift models: versions, coefficients, and which one is in force."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from db import uplift
from db.errors import ConflictError, NotFoundError, RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

TODAY = dt.date(2025, 10, 15)
NINE = dt.datetime(2025, 10, 15, 9, tzinfo=dt.UTC)
DETAIL = {"dips": [{"dip_pct": -3.5}], "fitted_until": "2025-10-14"}


@pytest.fixture
def conn(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened:
        yield opened


def a_coefficient(**changes: Any) -> dict[str, Any]:
    row = {
        "department": "TV",
        "channel": "online",
        "discount_band": "20-30",
        "uplift_sales_pct": 41.256,
        "uplift_units_pct": 60.0,
        "margin_impact_pct": -5.5,
        "confidence": 0.97,
        "sample_size": 30,
    }
    return row | changes


def save(
    conn: sa.Connection,
    version: str,
    coefficients: list[dict[str, Any]] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    uplift.save_model(
        conn,
        version,
        detail or DETAIL,
        [a_coefficient()] if coefficients is None else coefficients,
        backtest={"wape": 0.08},
        data_version="d" * 64,
        fitted_until=dt.date(2025, 10, 14),
    )


def test_versions_of_a_day_count_up(conn: sa.Connection) -> None:
    for number in range(1, 12):
        version = uplift.next_version(conn, TODAY)
        assert version == f"2025-10-15.{number}"
        save(conn, version)
    assert uplift.next_version(conn, TODAY + dt.timedelta(1)) == "2025-10-16.1"


def test_a_model_comes_back_by_its_version(conn: sa.Connection) -> None:
    save(conn, "2025-10-15.1")
    assert uplift.load_detail(conn, "2025-10-15.1") == ("2025-10-15.1", DETAIL)
    (found,) = uplift.versions(conn)
    assert (found.model_version, found.backtest) == ("2025-10-15.1", {"wape": 0.08})
    assert (found.fitted_until, found.data_version) == (dt.date(2025, 10, 14), "d" * 64)
    assert (found.promoted_at, found.promoted_by) == (None, None)


def test_coefficients_are_the_columns_of_their_table_others_stay_in_the_detail(
    conn: sa.Connection,
) -> None:
    rows = [
        a_coefficient(se_units_log=0.1, pooled=False),
        a_coefficient(channel="offline", sample_size=None, confidence=None),
    ]
    save(conn, "2025-10-15.1", rows)
    found = uplift.coefficients_of(conn, "2025-10-15.1")
    assert found == [
        a_coefficient(channel="offline", sample_size=None, confidence=None, uplift_sales_pct=41.26),
        a_coefficient(uplift_sales_pct=41.26),
    ]
    assert uplift.coefficients_of(conn, "another") == []


def test_a_fit_saved_again_replaces_its_coefficients(conn: sa.Connection) -> None:
    other = a_coefficient(discount_band="40+")
    save(conn, "2025-10-15.2", [other])
    for coefficients in ([a_coefficient(), other], [a_coefficient(), other], [other]):
        save(conn, "2025-10-15.1", coefficients)
        bands = [row["discount_band"] for row in uplift.coefficients_of(conn, "2025-10-15.1")]
        assert bands == sorted(row["discount_band"] for row in coefficients)
    assert len(uplift.coefficients_of(conn, "2025-10-15.2")) == 1


def test_nothing_is_in_force_until_something_is_promoted(conn: sa.Connection) -> None:
    save(conn, "2025-10-15.1")
    assert uplift.promoted_version(conn) is None
    assert uplift.load_detail(conn) is None


def test_the_last_promoted_is_in_force_also_an_older_one(conn: sa.Connection) -> None:
    for number, version in enumerate(("2025-10-15.1", "2025-10-15.2")):
        save(conn, version, detail={"number": number})
    for hour, version in enumerate(("2025-10-15.1", "2025-10-15.2", "2025-10-15.1")):
        uplift.promote(conn, version, "anna", NINE + dt.timedelta(hours=hour))
        assert uplift.promoted_version(conn) == version
    assert uplift.load_detail(conn) == ("2025-10-15.1", {"number": 0})
    assert [found.model_version for found in uplift.versions(conn)] == [
        "2025-10-15.2",
        "2025-10-15.1",
    ]


def test_promoting_again_what_is_in_force_changes_nothing(conn: sa.Connection) -> None:
    save(conn, "2025-10-15.1")
    for by in ("anna", "bruno"):
        uplift.promote(conn, "2025-10-15.1", by, NINE)
    (found,) = uplift.versions(conn)
    assert (found.promoted_at, found.promoted_by) == (NINE, "anna")


def test_a_promoted_model_does_not_change_any_more(conn: sa.Connection) -> None:
    save(conn, "2025-10-15.1")
    uplift.promote(conn, "2025-10-15.1", "anna", NINE)
    save(conn, "2025-10-15.1")
    with pytest.raises(ConflictError, match="was promoted and cannot change"):
        save(conn, "2025-10-15.1", detail={"other": 1})
    assert uplift.load_detail(conn) == ("2025-10-15.1", DETAIL)


def test_a_version_that_does_not_exist_is_named(conn: sa.Connection) -> None:
    with pytest.raises(NotFoundError, match=r"no uplift model 2025-01-01\.1"):
        uplift.promote(conn, "2025-01-01.1", "anna", NINE)
    with pytest.raises(NotFoundError, match=r"no uplift model 2025-01-01\.1"):
        uplift.load_detail(conn, "2025-01-01.1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"uplift_sales_pct": 10_000}, "uplift_sales_pct stays below 10,000"),
        ({"confidence": 1.01}, "the store refused"),
        ({"channel": "web"}, "the store refused"),
    ],
)
def test_a_coefficient_that_does_not_fit_is_refused(
    conn: sa.Connection, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(RefusedValueError, match=said):
        save(conn, "2025-10-15.1", [a_coefficient(**changes)])


def test_two_coefficients_of_one_band_are_refused(conn: sa.Connection) -> None:
    with pytest.raises(RefusedValueError, match="two rows"):
        save(conn, "2025-10-15.1", [a_coefficient(), a_coefficient(sample_size=1)])
