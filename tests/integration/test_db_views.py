"""sales_daily_summary: weighted margins, days counted once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from db.tables import sales_aggregated

if TYPE_CHECKING:
    from collections.abc import Mapping

OCTOBER_4 = dt.date(2024, 10, 4)


def summary(
    engine: sa.Engine, *rows: tuple[str, bool, int, int, int]
) -> list[Mapping[str, object]]:
    """Save (department, promo_flag, sales, margin, units) of one day and return the view."""
    names = ("department", "promo_flag", "sales_value", "margin_value", "units")
    day = {"date": OCTOBER_4, "channel": "online"}
    with engine.begin() as conn:
        for row in rows:
            saved = day | dict(zip(names, row, strict=True))
            conn.execute(sales_aggregated.insert().values(saved))
        view = conn.execute(sa.text("SELECT * FROM sales_daily_summary ORDER BY date, channel"))
        return [dict(row) for row in view.mappings()]


def test_the_margin_is_weighted_and_a_promo_day_counts_once(engine: sa.Engine) -> None:
    """The mean of the rows' margin_pct would be (10 + 50 + 50) / 3 = 36.67."""
    found = summary(
        engine,
        ("TV", True, 1_000_000, 100_000, 100),
        ("Cables", True, 100, 50, 10),
        ("Audio", False, 100, 50, 10),
    )
    assert found == [
        {
            "date": OCTOBER_4,
            "channel": "online",
            "total_sales_value": Decimal("1000200.00"),
            "total_margin_value": Decimal("100100.00"),
            "avg_margin_pct": Decimal("10.01"),
            "total_units": 120,
            "promo_days_count": 1,
        }
    ]


@pytest.mark.parametrize("value", [0, 100])
def test_a_day_without_sales_has_no_margin_and_no_promo(engine: sa.Engine, value: int) -> None:
    found = summary(engine, ("TV", False, value, 5, 1), ("Audio", False, -value, 0, 1))
    assert [(row["avg_margin_pct"], row["promo_days_count"]) for row in found] == [(None, 0)]
