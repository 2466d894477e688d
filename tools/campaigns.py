"""The promotions that have been run or are planned, as the catalog holds them."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from analytics.types import Campaign, Channel, Record
from db import catalog
from tools.arguments import check_period, known_department
from tools.deps import Deps

MAX_CAMPAIGNS = 40


class CampaignList(Record):
    """Campaigns of the catalog, newest first."""

    campaigns: tuple[Campaign, ...]
    left_out: int


def list_campaigns(
    deps: Deps,
    start: Annotated[dt.date, Field(description="first day of interest, e.g. 2025-09-01")],
    end: Annotated[dt.date, Field(description="last day of interest, e.g. 2025-09-30")],
    department: Annotated[str | None, Field(description="e.g. TV; all if left out")] = None,
    channel: Annotated[Channel | None, Field(description="online or offline")] = None,
    text: Annotated[str | None, Field(description="part of the campaign's name")] = None,
    skip: Annotated[int, Field(ge=0, description="campaigns to pass over, to read on")] = 0,
) -> CampaignList:
    """List the campaigns that ran or will run in a period, newest first, at most 40 at a time.

    Use it to find a campaign's id, e.g. for a post-mortem. `avg_discount_pct` is per cent and
    empty when neither the campaign's text nor prices tell it. An empty list means none ran;
    when some are `left_out`, ask again with `skip`.
    """
    check_period(start, end)
    department = department and known_department(deps, department)
    found = catalog.list_campaigns(deps.conn, start, end, department, channel, text)
    newest_first = sorted(
        found, key=lambda campaign: (campaign.date_start, str(campaign.id)), reverse=True
    )
    return CampaignList(
        campaigns=tuple(newest_first[skip : skip + MAX_CAMPAIGNS]),
        left_out=max(0, len(newest_first) - skip - MAX_CAMPAIGNS),
    )
