"""The promotion catalog: replaced file by file, searched by day, cell and words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from analytics.types import Campaign
from db import catalog
from db.errors import NotFoundError, RefusedValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

FILE = "Promo_October-September_FY25.xlsb"


def a_campaign(day: int = 1, **changes: Any) -> Campaign:
    fields = {
        "id": uuid4(),
        "promo_name": "NO IVA CE OTTOBRE 2024",
        "date_start": dt.date(2024, 10, day),
        "date_end": dt.date(2024, 10, day + 2),
        "departments": ("TV", "Gaming"),
        "channels": ("online", "offline"),
        "avg_discount_pct": 18.03,
        "mechanics": ({"code": "P-17", "skus": [1, 2]},),
        "source_file": FILE,
    }
    return Campaign.model_validate(fields | changes)


@pytest.fixture
def conn(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened:
        yield opened


def test_campaigns_come_back_as_they_were_saved(conn: sa.Connection) -> None:
    bare = a_campaign(
        2, promo_name=None, departments=(), channels=(), avg_discount_pct=None, mechanics=()
    )
    saved = [a_campaign(), bare]
    catalog.replace_campaigns(conn, FILE, saved)
    assert catalog.list_campaigns(conn) == saved
    assert catalog.get_campaign(conn, bare.id) == bare


def test_the_same_file_again_changes_nothing_a_shorter_one_takes_away(conn: sa.Connection) -> None:
    first, second, other = a_campaign(1), a_campaign(2), a_campaign(3, source_file="other.xlsb")
    catalog.replace_campaigns(conn, "other.xlsb", [other])
    for campaigns in ([first, second], [first, second], [second]):
        catalog.replace_campaigns(conn, FILE, campaigns)
        assert catalog.list_campaigns(conn) == [*campaigns, other]
    catalog.replace_campaigns(conn, FILE, [])
    assert catalog.list_campaigns(conn) == [other]


def test_a_campaign_belongs_to_the_file_it_is_saved_for(conn: sa.Connection) -> None:
    campaign = a_campaign(source_file=None)
    catalog.replace_campaigns(conn, FILE, [campaign])
    assert catalog.get_campaign(conn, campaign.id).source_file == FILE


def test_one_campaign_twice_in_a_file_is_refused(conn: sa.Connection) -> None:
    campaign = a_campaign()
    with pytest.raises(RefusedValueError, match="two rows"):
        catalog.replace_campaigns(conn, FILE, [campaign, campaign])


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "abc"),
        ({"start": dt.date(2024, 10, 12)}, "bc"),
        ({"start": dt.date(2024, 10, 13)}, "c"),
        ({"end": dt.date(2024, 10, 10)}, "ab"),
        ({"end": dt.date(2024, 10, 9)}, "a"),
        ({"start": dt.date(2024, 10, 3), "end": dt.date(2024, 10, 3)}, "a"),
        ({"department": "TV"}, "ac"),
        ({"department": "T"}, ""),
        ({"channel": "offline"}, "ab"),
        ({"department": "TV", "channel": "offline"}, "a"),
        ({"text": "sconto 20%"}, "b"),
        ({"text": "0_"}, ""),
        ({"text": "o"}, "ab"),
    ],
)
def test_filters(conn: sa.Connection, filters: dict[str, Any], found: str) -> None:
    """Days count from both ends; % and _ in the words are themselves."""
    campaigns = {
        "a": a_campaign(1),
        "b": a_campaign(10, promo_name="SCONTO 20%", departments=("Gaming",)),
        "c": a_campaign(20, promo_name="Saldi!", channels=("online",), departments=("TV",)),
    }
    catalog.replace_campaigns(conn, FILE, list(campaigns.values()))
    expected = [campaigns[name] for name in found]
    assert catalog.list_campaigns(conn, **filters) == expected


def test_many_campaigns_take_several_statements(conn: sa.Connection) -> None:
    catalog.replace_campaigns(conn, FILE, [a_campaign() for _ in range(1001)])
    assert len(catalog.list_campaigns(conn)) == 1001


def test_a_campaign_that_does_not_exist_is_named(conn: sa.Connection) -> None:
    with pytest.raises(NotFoundError, match="there is no campaign"):
        catalog.get_campaign(conn, uuid4())


def test_a_depth_beyond_100_per_cent_is_refused(conn: sa.Connection) -> None:
    with pytest.raises(RefusedValueError, match="avg_discount_pct"):
        catalog.replace_campaigns(conn, FILE, [a_campaign(avg_discount_pct=100.01)])
