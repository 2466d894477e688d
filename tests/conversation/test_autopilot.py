"""The loop without anyone: what it does, and that a second run does nothing twice."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import fastexcel
import pytest
import sqlalchemy as sa

from app import autopilot
from app.autopilot import GAP, LEARN, LOAD, MEASURE, PLAN, Autopilot
from app.autopilot_report import markdown, write_report
from db import tables
from tests.conversation.test_loop import rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.autopilot import AutopilotRun
    from app.conversation import Conversation
    from tools.deps import Workspace

    Talk = Callable[..., Conversation]


@pytest.fixture(autouse=True)
def _one_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look back on few campaigns: each needs a model of its own."""
    monkeypatch.setattr(autopilot, "LOOK_BACK_DAYS", 20)


def outcomes(run: AutopilotRun) -> dict[str, str]:
    return {step.name: step.outcome for step in run.steps}


def written(shop: Workspace) -> dict[str, list[dict[str, Any]]]:
    kept = (
        tables.promo_scenarios,
        tables.validation_reports,
        tables.approvals,
        tables.post_mortem_reports,
        tables.uplift_models,
        tables.turns,
        tables.tool_calls,
        tables.source_files,
    )
    return {table.name: sorted(rows(shop, table), key=str) for table in kept}


def test_a_run_plans_asks_and_measures_and_a_second_one_does_nothing_twice(
    talk_to: Talk, shop: Workspace, tmp_path: Path
) -> None:
    told: list[str] = []
    first = Autopilot(shop, talk_to, told.append).run()
    assert told == [LOAD, GAP, PLAN, MEASURE, LEARN]
    assert first.month == f"{shop.today:%Y-%m}"
    assert outcomes(first)[LOAD] == "nothing to do"
    assert outcomes(first)[PLAN] == "waiting"
    assert outcomes(first)[MEASURE] == "done"
    # Fitted on the sales that the coefficients in force know already, new ones cannot be better.
    assert outcomes(first)[LEARN] == "kept"

    (asked,) = [item for item in first.waiting if item.kind == "scenario"]
    (scenario,) = [
        s for s in rows(shop, tables.promo_scenarios) if str(s["id"]) == asked.subject_id
    ]
    assert scenario["scenario_type"] == "balanced"
    # Three days to prepare and a week to run, as the default policy says.
    assert scenario["date_range_start"] == shop.today + dt.timedelta(days=3)
    assert scenario["date_range_end"] == shop.today + dt.timedelta(days=9)
    assert rows(shop, tables.creative_briefs) == []
    assert len(first.post_mortems) == len(rows(shop, tables.post_mortem_reports)) > 0

    before = written(shop)
    second = Autopilot(shop, talk_to).run()
    assert written(shop) == before
    assert second.waiting[0] == asked
    assert (outcomes(second)[MEASURE], outcomes(second)[LEARN]) == ("nothing to do",) * 2

    words, book = write_report(first, tmp_path / "reports")
    text = words.read_text("utf-8")
    assert f"`promoloop approve {asked.subject_id[:8]}`" in text
    assert text == markdown(first)
    sheets = fastexcel.read_excel(book)
    assert sheets.sheet_names[:2] == ["Steps", "Expected sales by department"]
    assert sheets.load_sheet("Scenarios").height == 3


def test_the_policy_may_approve_what_passed_every_rule(talk_to: Talk, shop: Workspace) -> None:
    rules = shop.policy.autopilot.model_copy(update={"approve": "passed"})
    trusting = replace(shop, policy=shop.policy.model_copy(update={"autopilot": rules}))
    done = Autopilot(trusting, talk_to).run()
    (scenario,) = [a for a in rows(shop, tables.approvals) if a["kind"] == "scenario"]
    report = next(
        r
        for r in rows(shop, tables.validation_reports)
        if str(r["scenario_id"]) == scenario["subject_id"]
    )
    passed = report["status"] == "PASS"
    assert scenario["status"] == ("approved" if passed else "pending")
    assert outcomes(done)[PLAN] == ("done" if passed else "waiting")
    if passed:
        assert scenario["decided_by"] == f"policy {shop.policy.version}"
        assert len(rows(shop, tables.creative_briefs)) == 1


def test_new_workbooks_are_loaded_once(talk_to: Talk, shop: Workspace, tmp_path: Path) -> None:
    with shop.engine.begin() as conn:
        conn.execute(sa.delete(tables.targets))
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    header = "DATE,COD SKU,DEPARTMENT,SALES VALUE,SALES QTY,MARGIN VALUE\n"
    (inbox / "Web_new_FY26.csv").write_text(f"{header}2025-10-15,1,TV,100.00,1,20.00\n", "utf-8")
    (inbox / "targets.csv").write_text("month,geo\n", "utf-8")
    here = replace(shop, data_dir=inbox)
    done = Autopilot(here, talk_to).run()
    assert outcomes(done)[LOAD] == "done"
    assert (outcomes(done)[GAP], done.gap, done.plan) == ("refused", None, None)
    assert "no target" in done.steps[1].text
    # The same content under another name is not new.
    shutil.copy(inbox / "Web_new_FY26.csv", inbox / "Web_again_FY26.csv")
    again = Autopilot(here, talk_to).run()
    assert again.steps[0].outcome == "nothing to do"


def test_a_file_that_cannot_be_read_does_not_stop_the_run(
    talk_to: Talk, shop: Workspace, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "Web_bad.xlsb").write_bytes(b"not a workbook")
    done = Autopilot(replace(shop, data_dir=inbox), talk_to).run()
    assert outcomes(done)[LOAD] == "refused"
    assert "Web_bad.xlsb" in done.steps[0].text
    assert outcomes(done)[GAP] == "done"


def test_a_month_without_enough_days_left_is_not_planned(talk_to: Talk, shop: Workspace) -> None:
    late = replace(shop, today=shop.today.replace(day=30))
    done = Autopilot(late, talk_to).run()
    assert outcomes(done)[PLAN] == "nothing to do"
    assert rows(shop, tables.promo_scenarios) == [] or done.plan is None
