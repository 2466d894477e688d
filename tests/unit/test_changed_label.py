"""The name of a changed copy says what was changed."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from analytics.types import Scenario
from tools.scenarios import _changed_label


def labelled(label: str) -> Scenario:
    return Scenario(
        id=UUID(int=1),
        label=label,
        scenario_type="balanced",
        date_range_start=dt.date(2025, 10, 22),
        date_range_end=dt.date(2025, 10, 27),
        mechanics=(),
        created_by="tester",
    )


def test_two_changes_of_one_scenario_have_two_names() -> None:
    plan = labelled("Balanced: GAMING, TV")
    assert _changed_label(plan, ["15 %"]) == "Balanced: GAMING, TV · 15 %"
    assert _changed_label(plan, ["without GAMING", "online only"]) == (
        "Balanced: GAMING, TV · without GAMING, online only"
    )


def test_what_is_new_is_kept_when_there_is_no_room() -> None:
    label = _changed_label(labelled("x" * 100), ["2025-10-24 to 2025-10-29"])
    assert len(label) <= 100
    assert label.endswith(" · 2025-10-24 to 2025-10-29")
