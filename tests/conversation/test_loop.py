"""The main job, as a planner lives it: brief, scenarios, validation, approval, creative brief."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from agents.grounded import MARK
from app.events import ApprovalAsked, Said, ToolAnswered, ToolCalled
from db import tables
from tools.approvals import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agents.approval import Answer
    from app.conversation import Conversation
    from app.events import Event
    from tools.deps import Workspace

    Talk = Callable[..., Conversation]

BRIEF = (
    "We are behind target for October. Plan something for TV and Gaming from 22 to 27 October, "
    "at most 20 % off, keep margin above 18 %"
)
YES: Answer = {"decision": "approve", "by": "planner", "reason": "fits"}


def rows(shop: Workspace, table: sa.Table) -> list[dict[str, Any]]:
    with shop.engine.connect() as conn:
        return [dict(row) for row in conn.execute(sa.select(table)).mappings()]


def happened(events: Iterable[Event]) -> tuple[list[str], list[str], dict[str, Any] | None]:
    """Return the tools called, what was said, and the request that is open."""
    tools, said, request = [], [], None
    for event in events:
        match event:
            case ToolCalled(_, tool, _):
                tools.append(tool)
            case ToolAnswered(tool, _, refusal):
                assert refusal is None, f"{tool} refused: {refusal}"
            case Said(_, text):
                said.append(text)
            case ApprovalAsked(asked):
                request = asked
    return tools, said, request


def in_json(row: dict[str, Any], column: str) -> Any:
    value = row[column]
    return json.loads(value) if isinstance(value, str) else value


def test_a_brief_becomes_three_validated_scenarios(talk_to: Talk, shop: Workspace) -> None:
    tools, said, request = happened(talk_to().say(BRIEF))
    assert tools == ["propose_scenarios"] + ["validate_scenario"] * 3
    assert request is None
    assert len(said) == 2

    scenarios = rows(shop, tables.promo_scenarios)
    assert {s["scenario_type"] for s in scenarios} == {"conservative", "balanced", "aggressive"}
    for scenario in scenarios:
        assert f"{scenario['date_range_start']}" == "2025-10-22"
        assert f"{scenario['date_range_end']}" == "2025-10-27"
        mechanics = in_json(scenario, "mechanics")
        assert {m["department"] for m in mechanics} == {"TV", "GAMING"}
        assert max(m["discount_pct"] for m in mechanics) <= 20
    assert {r["scenario_id"] for r in rows(shop, tables.validation_reports)} == {
        s["id"] for s in scenarios
    }


def test_totals_are_the_sums_of_their_breakdowns_to_the_cent(
    talk_to: Talk, shop: Workspace
) -> None:
    happened(talk_to().say(BRIEF))
    kpis = rows(shop, tables.scenario_kpis)
    assert len(kpis) == 3
    for row in kpis:
        assert row["total_margin_pct"] >= 18
        for part in ("by_channel", "by_department", "by_segment"):
            lines = in_json(row, "kpi_breakdown")[part]
            for total, name in (
                ("total_sales_value", "sales_value"),
                ("total_margin_value", "margin_value"),
            ):
                cents = sum(round(line[name] * 100) for line in lines)
                assert cents == round(float(row[total]) * 100), (part, name)
            assert sum(line["units"] for line in lines) == row["total_units"]


def test_every_figure_of_the_answer_comes_from_a_tool(talk_to: Talk) -> None:
    talk = talk_to()
    data = next(
        event.data
        for event in talk.say(BRIEF)
        if isinstance(event, ToolAnswered) and event.tool == "propose_scenarios"
    )
    said = talk.messages[3].text
    for scenario in data["scenarios"]:
        assert f"sales {scenario['sales_value_delta']:+,.0f} (P10" in said
        assert f"margin {scenario['margin_value_delta']:+,.0f} to" in said
        assert f"EBIT {scenario['net_ebit']:+,.0f}" in said


def test_choosing_waits_for_a_person_and_nothing_is_final_before(
    talk_to: Talk, shop: Workspace
) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    tools, _, request = happened(talk.say("Go with the balanced one"))
    assert tools == ["request_approval"]
    assert request is not None
    assert request["proposal"]["scenario"]["scenario_type"] == "balanced"
    asked = {(a["kind"], a["status"]) for a in rows(shop, tables.approvals)}
    # The coefficients in force were approved when the store was loaded.
    assert asked == {("coefficients", "approved"), ("scenario", "pending")}
    assert rows(shop, tables.creative_briefs) == []


def test_an_approved_scenario_is_briefed_and_the_brief_waits_too(
    talk_to: Talk, shop: Workspace
) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    happened(talk.say("Go with the balanced one"))
    tools, _, request = happened(talk.answer(YES))
    assert tools == ["creative_inputs", "save_creative_brief", "request_approval"]
    assert request is not None
    assert request["kind"] == "creative"
    _, _, rest = happened(talk.answer(YES))
    assert rest is None
    decisions = {(a["kind"], a["status"], a["decided_by"]) for a in rows(shop, tables.approvals)}
    assert decisions >= {("scenario", "approved", "planner"), ("creative", "approved", "planner")}
    (brief,) = rows(shop, tables.creative_briefs)
    legal = in_json(brief, "brief")["mandatory_elements"]["legal"]
    assert legal == ["Terms and conditions apply"]


def test_a_rejected_scenario_is_not_briefed(talk_to: Talk, shop: Workspace) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    happened(talk.say("Go with the aggressive one"))
    tools, said, request = happened(
        talk.answer({"decision": "reject", "by": "planner", "reason": "too expensive"})
    )
    assert (tools, request) == ([], None)
    assert "rejected by planner (too expensive)" in said[0]
    assert rows(shop, tables.creative_briefs) == []


def test_a_thread_is_taken_up_again_where_it_was_left(talk_to: Talk, shop: Workspace) -> None:
    first = talk_to()
    happened(first.say(BRIEF))
    happened(first.say("Go with the balanced one"))
    second = talk_to()
    assert second.open_request is not None
    tools, _, _ = happened(second.answer(YES))
    assert "save_creative_brief" in tools
    assert len(rows(shop, tables.promo_scenarios)) == 3


def test_a_request_decided_elsewhere_is_not_asked_again(talk_to: Talk, shop: Workspace) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    _, _, request = happened(talk.say("Go with the balanced one"))
    assert request is not None
    with shop.open("elsewhere") as deps:
        decide(deps, request["approval_id"], decision="reject", by="boss", reason="no")
    again = talk_to()
    assert again.open_request is None
    tools, said, request = happened(again.resume())
    assert (tools, request) == ([], None)
    assert "rejected by boss (no)" in said[0]


def test_a_changed_scenario_needs_a_new_approval(talk_to: Talk, shop: Workspace) -> None:
    talk = talk_to()
    happened(talk.say(BRIEF))
    _, _, request = happened(talk.say("Go with the balanced one"))
    assert request is not None
    with shop.engine.begin() as conn:
        scenario = UUID(request["subject_id"])
        deeper = conn.execute(
            sa.select(tables.promo_scenarios.c.mechanics).where(
                tables.promo_scenarios.c.id == scenario
            )
        ).scalar_one()
        deeper[0]["discount_pct"] = 7
        conn.execute(
            tables.promo_scenarios.update()
            .where(tables.promo_scenarios.c.id == scenario)
            .values(mechanics=deeper)
        )
    _, said, request = happened(talk.answer(YES))
    assert "has changed since" in said[0]
    assert request is None
    assert rows(shop, tables.creative_briefs) == []


def test_threads_do_not_mix(talk_to: Talk) -> None:
    happened(talk_to("one").say(BRIEF))
    tools, _, request = happened(talk_to("two").say("Go with the balanced one"))
    assert (tools, request) == ([], None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Make it 12 %", {("GAMING", 12.0), ("TV", 12.0)}),
        ("without Gaming", {("TV", None)}),
        ("What if online only?", {("GAMING", None), ("TV", None)}),
    ],
)
def test_a_follow_up_makes_a_changed_copy(
    talk_to: Talk, shop: Workspace, text: str, expected: set[tuple[str, float | None]]
) -> None:
    talk = talk_to()
    happened(talk.say("Plan something for TV and Gaming from 22 to 27 October, at most 20 % off"))
    before = {row["id"] for row in rows(shop, tables.promo_scenarios)}
    tools, _, _ = happened(talk.say(text))
    assert tools[:2] == ["change_scenario", "compare_scenarios"]
    (changed,) = [r for r in rows(shop, tables.promo_scenarios) if r["id"] not in before]
    mechanics = in_json(changed, "mechanics")
    for department, depth in expected:
        own = [m for m in mechanics if m["department"] == department]
        assert own
        assert depth is None or {m["discount_pct"] for m in own} == {depth}
    assert {m["department"] for m in mechanics} == {name for name, _ in expected}
    if "online" in text:
        assert {m["channel"] for m in mechanics} == {"online"}


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("does a TV promotion cannibalize other departments?", "show_side_effects"),
        ("quali effetti collaterali hanno le promozioni?", "show_side_effects"),
        ("was wartet auf Freigabe?", "list_approvals"),
        ("what have we learnt so far?", "list_post_mortems"),
    ],
)
def test_what_is_looked_up_is_told_with_figures_of_the_tool(
    talk_to: Talk, text: str, tool: str
) -> None:
    tools, said, asked = happened(talk_to().say(text))
    assert (tools, asked) == ([tool], None)
    assert said[-1]
    assert MARK not in said[-1]
