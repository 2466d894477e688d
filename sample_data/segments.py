"""The customer segments of the sample retailer, as its customer data platform exports them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd


class _Segment(NamedTuple):
    """One row of the file; shares are 0-1, categories are joined by `|`."""

    segment_id: str
    name: str
    share_of_customers: float
    share_of_revenue: float
    avg_basket_value: float
    fav_categories: str
    discount_sensitivity: str
    purchase_frequency: float
    last_purchase_days_ago: int


_LOYAL = "TV|COMPUTERS|AUDIO"
_MEMBERS = "SMALL DOMESTIC APPLIANCES|TELEPHONY|ACCESSORIES"
_DEALS = "TV|GAMING|SMALL DOMESTIC APPLIANCES"
_GAMERS = "GAMING|ENTERTAINMENT|TELEPHONY"
_HOME = "LARGE DOMESTIC APPLIANCES|SMALL DOMESTIC APPLIANCES"
_OCCASIONAL = "ACCESSORIES|TELEPHONY|SERVICES"

_SEGMENTS = (
    _Segment("LOYAL_HIGH_VALUE", "Loyal, high value", 0.08, 0.24, 410.0, _LOYAL, "low", 6.5, 21),
    _Segment("MEMBERS_REGULAR", "Club members", 0.22, 0.27, 185.0, _MEMBERS, "medium", 3.8, 45),
    _Segment("DEAL_SEEKERS", "Deal seekers", 0.18, 0.15, 120.0, _DEALS, "high", 2.9, 60),
    _Segment("YOUNG_GAMERS", "Young gamers", 0.12, 0.09, 115.0, _GAMERS, "high", 3.1, 38),
    _Segment("HOME_MAKERS", "Home makers", 0.15, 0.14, 205.0, _HOME, "medium", 1.4, 150),
    _Segment("OCCASIONAL", "Occasional buyers", 0.25, 0.11, 95.0, _OCCASIONAL, "low", 0.8, 260),
)


def segment_table() -> pd.DataFrame:
    """Return the segments: shares are 0-1 and add up to 1, categories are joined by `|`."""
    return pd.DataFrame(list(_SEGMENTS), columns=list(_Segment._fields))
