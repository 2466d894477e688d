"""Opportunities of a market small enough to work out by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from agents.offline.analyst_lines import TOLD
from agents.offline.brief import Vocabulary
from agents.offline.intents import read_intent
from analytics.kpi import BaselineTotals
from analytics.opportunities import best_of_each_cell, sold_a_year_before
from analytics.optimise import Constraints
from analytics.types import Cell

FIRST, SECOND = dt.date(2025, 10, 6), dt.date(2025, 10, 7)
BASE = BaselineTotals(
    sales_value=10_000,
    margin_value=3_000,
    ebit=1_000,
    units=100,
    scenario_cost=50,
    channel_costs={"online": 20, "offline": 30},
)


def _option(
    cell: Cell, day: dt.date, depth: float, ebit: float, *, blackout: bool = False
) -> dict[str, object]:
    return {
        "channel": cell.channel,
        "department": cell.department,
        "start": day,
        "end": day,
        "depth_pct": depth,
        "promo_share": 1.0,
        "funding_pct": None,
        "uplift_units_pct": 10.0,
        **{f"{name}_delta": ebit for name in ("sales", "margin", "ebit", "units")},
        **{f"net_{name}": ebit for name in ("sales", "margin", "ebit", "units")},
        "markdown_value": 1.0,
        "funding_value": 0.0,
        "department_sales": 5_000.0,
        "department_margin": 1_500.0,
        "in_blackout": blackout,
        "too_near": False,
    }


def test_each_cell_takes_its_best_allowed_day_and_depth_and_pays_for_itself() -> None:
    tv, audio, photo = Cell("online", "TV"), Cell("offline", "Audio"), Cell("online", "Photo")
    options = pd.DataFrame(
        [
            _option(tv, FIRST, 10, 200),
            _option(tv, SECOND, 10, 300),
            _option(tv, SECOND, 30, 900),  # deeper than the cap
            _option(audio, FIRST, 10, 500, blackout=True),
            _option(audio, SECOND, 10, 400),
            _option(photo, FIRST, 10, 65),  # less than its fixed cost of 50 + 20
        ]
    )
    limits = Constraints(max_depth_pct=20, max_promoted_departments=1, departments=("TV",))
    found = best_of_each_cell(options, BASE, limits)
    # TV 300 - 50 - 20 = 230; Audio 400 - 50 - 30 = 320; Photo 65 - 70 < 0.
    assert [(s.chosen[0].department, s.chosen[0].start) for s in found] == [
        ("Audio", SECOND),
        ("TV", SECOND),
    ]
    assert [s.objective_value for s in found] == pytest.approx([320, 230])
    assert {s.mip_gap for s in found} == {0}


def test_a_year_before_means_the_same_weekdays() -> None:
    tv = Cell("online", "TV")
    totals = pd.DataFrame(
        {
            "date": pd.to_datetime(["2024-10-06", "2024-10-07", "2024-10-08", "2024-10-09"]),
            "channel": "online",
            "department": "TV",
            "sales_value": [1.0, 20.0, 300.0, 4000.0],
        }
    )
    # Monday 2025-10-06 is 52 weeks after Monday 2024-10-07.
    runs = [(tv, FIRST, SECOND), (Cell("online", "Photo"), FIRST, SECOND)]
    assert sold_a_year_before(totals, runs) == [320.0, None]


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (
            "where are the opportunities?",
            "- TV online, 2025-10-20 to 2025-10-26 at 12.5 %: net sales +1,234",
        ),
        (
            "dove sono le opportunità?",
            "dal 2025-10-20 al 2025-10-26 a 12,5 %: vendite nette +1.234",
        ),
        ("wo sind die Chancen?", "2025-10-20 bis 2025-10-26 mit 12,5 %: Umsatz netto +1.234"),
    ],
)
def test_the_offline_model_tells_them_in_the_language_of_the_question(
    question: str, line: str
) -> None:
    found = {
        "start": "2025-10-15",
        "end": "2025-11-11",
        "opportunities": [
            {
                "department": "TV",
                "channel": "online",
                "start": "2025-10-20",
                "end": "2025-10-26",
                "discount_pct": 12.5,
                "net_sales_value": 1234.0,
                "net_ebit": 200.0,
                "sales_delta_interval": {"p10": 900.0, "p50": 1300.0, "p90": 1700.0},
                "promo_days_known": 9,
            }
        ],
        "cells_looked_at": 1,
        "remarks": (),
        "remark_facts": (),
    }
    intent = read_intent(question, FIRST, Vocabulary(departments=("TV",)))
    assert line in TOLD["find_opportunities"](found, intent)
    nothing = TOLD["find_opportunities"](found | {"opportunities": []}, intent)
    assert "2025-11-11" in nothing
