"""`promo_catalog`: past and planned campaigns, as the promotion workbooks list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from analytics.types import Campaign
from db.rows import every, fields_of, one, upsert
from db.tables import promo_catalog as catalog

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

STORED = fields_of(catalog, Campaign)


def replace_campaigns(conn: sa.Connection, source_file: str, campaigns: Sequence[Campaign]) -> None:
    """Make these the campaigns of a file: the table has no natural key that a reload could hit.

    Args:
        conn: Connection in the caller's transaction.
        source_file: The workbook they come from; stored with each.
        campaigns: All campaigns of that file.
    """
    kept = [campaign.id for campaign in campaigns]
    gone = (catalog.c.source_file == source_file) & catalog.c.id.not_in(kept)
    conn.execute(catalog.delete().where(gone))
    upsert(conn, catalog, [_row(campaign, source_file) for campaign in campaigns], key=["id"])


def list_campaigns(  # noqa: PLR0913, PLR0917  one argument per filter
    conn: sa.Connection,
    start: dt.date | None = None,
    end: dt.date | None = None,
    department: str | None = None,
    channel: str | None = None,
    text: str | None = None,
) -> list[Campaign]:
    """Return campaigns in order of their start.

    Args:
        conn: Connection to the store.
        start: Only those that run on this day or later.
        end: Only those that run on this day or earlier.
        department: Only those that include it.
        channel: Only those that include it.
        text: Only those with this in their name, in upper or lower case.
    """
    wanted = sa.select(*STORED).order_by(catalog.c.date_start, catalog.c.promo_name, catalog.c.id)
    if start is not None:
        wanted = wanted.where(catalog.c.date_end >= start)
    if end is not None:
        wanted = wanted.where(catalog.c.date_start <= end)
    if department is not None:
        wanted = wanted.where(sa.literal(department) == sa.any_(catalog.c.departments))
    if channel is not None:
        wanted = wanted.where(sa.literal(channel) == sa.any_(catalog.c.channels))
    if text is not None:
        wanted = wanted.where(catalog.c.promo_name.icontains(text, autoescape=True))
    return every(conn, wanted, Campaign)


def get_campaign(conn: sa.Connection, campaign_id: UUID) -> Campaign:
    """Return a campaign.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(catalog.c.id == campaign_id)
    return one(conn, wanted, Campaign, "campaign", campaign_id)


def _row(campaign: Campaign, source_file: str) -> dict[str, Any]:
    return campaign.model_dump() | {
        "departments": list(campaign.departments),
        "channels": list(campaign.channels),
        "mechanics": campaign.model_dump(mode="json")["mechanics"],
        "source_file": source_file,
    }
