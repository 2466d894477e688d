"""What agents look up and load beside the plans: exactly what is stored, piece by piece."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd
import pytest

from analytics.cross_effects import CrossEffect
from analytics.policy import default_policy
from analytics.types import Campaign
from analytics.uplift_model import Dip, UpliftModel
from db import (
    approvals,
    catalog,
    creative,
    post_mortems,
    sales,
    scenarios,
    segments,
    targets,
    uplift,
)
from db.tables import sales_aggregated
from tests.integration.plan_cases import a_brief, a_report, a_scenario
from tools.approval_list import list_approvals
from tools.campaigns import list_campaigns
from tools.creative import check_creative_brief
from tools.deps import Deps, ForecasterCache, Workspace
from tools.errors import Refusal
from tools.past_results import list_post_mortems
from tools.reference_files import load_segments, load_targets
from tools.sales import sales_summary
from tools.side_effects import show_side_effects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    import sqlalchemy as sa

    from analytics.policy import Policy

NOON = dt.datetime(2025, 10, 1, 12, tzinfo=dt.UTC)
FIRST = dt.date(2025, 1, 1)


@pytest.fixture
def open_shop(engine: sa.Engine, tmp_path: Path) -> Callable[..., Workspace]:
    def opened(policy: Policy | None = None) -> Workspace:
        return Workspace(
            engine=engine,
            today=dt.date(2025, 10, 15),
            policy=policy or default_policy(),
            geo="IT",
            country="IT",
            actor="test",
            data_dir=tmp_path,
            forecasters=ForecasterCache("IT"),
        )

    return opened


@pytest.fixture
def deps(open_shop: Callable[..., Workspace]) -> Iterator[Deps]:
    with open_shop().open("test") as opened:
        yield opened


def an_effect(source: str, target: str, effect_pct: float, *, significant: bool) -> CrossEffect:
    return CrossEffect(
        source_department=source,
        source_channel="online",
        department=target,
        channel="online",
        effect_pct=effect_pct,
        se_pct=1.5,
        p_value=0.001 if significant else 0.4,
        significant=significant,
    )


def put_in_force(deps: Deps, model: UpliftModel) -> None:
    uplift.save_model(
        deps.conn,
        "2025-10-01.1",
        model.model_dump(mode="json"),
        coefficients=[],
        backtest={"wape": 0.1},
        data_version="d" * 64,
        fitted_until=model.fitted_until,
    )
    uplift.promote(deps.conn, "2025-10-01.1", by="anna", at=NOON)


def test_side_effects_are_those_of_the_promoted_department_that_stand_out(deps: Deps) -> None:
    dips = [
        Dip(department=name, channel=channel, dip_pct=-4.0, se_pct=1.0)
        for name in ("TV", "AUDIO")
        for channel in ("online", "offline")
    ]
    hurt = an_effect("TV", "AUDIO", -6.5, significant=True)
    model = UpliftModel(
        coefficients=(),
        dips=tuple(dips),
        cross_effects=(
            hurt,
            an_effect("TV", "PHOTO", 2.0, significant=False),
            an_effect("AUDIO", "TV", -3.0, significant=True),
        ),
        fitted_until=dt.date(2025, 9, 30),
    )
    put_in_force(deps, model)
    deps.conn.execute(sales_insert("TV", "AUDIO"))
    found = show_side_effects(deps, department="TV", channel="online")
    assert (found.model_version, found.promoted, found.pairs_tested) == ("2025-10-01.1", True, 2)
    assert found.effects_on_others == (hurt,)
    assert [(dip.department, dip.channel) for dip in found.dips] == [("TV", "online")]
    assert show_side_effects(deps).pairs_tested == 3
    with pytest.raises(Refusal, match="BOOKS"):
        show_side_effects(deps, department="BOOKS")


def sales_insert(*departments: str) -> sa.Insert:
    return sales_aggregated.insert().values(
        [
            {
                "date": FIRST,
                "channel": "online",
                "department": name,
                "promo_flag": False,
                "sales_value": 10,
                "margin_value": 2,
                "units": 1,
            }
            for name in departments
        ]
    )


def ask(deps: Deps, subject: str, at: dt.datetime) -> UUID:
    asked = approvals.request(
        deps.conn,
        kind="scenario",
        subject_id=subject,
        content_sha256=subject * 64,
        proposal={"title": f"Scenario {subject}"},
        requested_by="planner",
        at=at,
    )
    return asked.id


def test_requests_are_listed_newest_first_with_who_decided_and_why(deps: Deps) -> None:
    first, second, _ = (ask(deps, s, NOON + dt.timedelta(hours=n)) for n, s in enumerate("abc"))
    approvals.decide(deps.conn, first, "approved", "anna", "fits", NOON)
    approvals.decide(deps.conn, second, "rejected", "bruno", "too deep", NOON)
    told = [(r.title, r.status, r.decided_by, r.reason) for r in list_approvals(deps).requests]
    assert told == [
        ("Scenario c", "pending", None, None),
        ("Scenario b", "rejected", "bruno", "too deep"),
        ("Scenario a", "approved", "anna", "fits"),
    ]
    assert [r.subject_id for r in list_approvals(deps, status="pending").requests] == ["c"]
    assert [r.subject_id for r in list_approvals(deps, newest=2).requests] == ["c", "b"]


def test_past_results_are_told_with_their_lessons(open_shop: Callable[..., Workspace]) -> None:
    shop = open_shop()
    for label in ("Ottobre TV", "Novembre Audio"):
        with shop.open("one") as deps:  # a report each: the store stamps them apart
            scenario = a_scenario(label=label)
            scenarios.save(deps.conn, scenario)
            report = a_report(scenario.id, learning_points=(f"{label} taught us",))
            post_mortems.save(deps.conn, report)
    with shop.open("two") as deps:
        reports = list_post_mortems(deps).reports
        assert [report.label for report in reports] == ["Novembre Audio", "Ottobre TV"]
        assert reports[0].learning_points == ("Novembre Audio taught us",)
        assert (reports[0].sales_value_error_pct, reports[0].ebit_error_pct) == (-9.52, None)
        assert len(list_post_mortems(deps, newest=1).reports) == 1


def said(shop: Workspace, text: str) -> Any:
    return shop.open("call", write=True, thread_id="t", agent="analyst", person_said=(text,))


TARGETS = "month,geo,sales_value_target,margin_pct_target\n2025-11,IT,2000000,20\n"
SEGMENTS = (
    "segment_id,name,share_of_customers,share_of_revenue,avg_basket_value\nLOYAL,Loyal,0.2,0.5,80\n"
)


def test_a_table_that_the_person_names_is_loaded(
    open_shop: Callable[..., Workspace], tmp_path: Path
) -> None:
    (tmp_path / "targets.csv").write_text(TARGETS)
    (tmp_path / "segments.csv").write_text(SEGMENTS)
    shop = open_shop()
    with said(shop, "load targets.csv and segments.csv") as deps:
        assert load_targets(deps, "targets.csv").model_dump() == {
            "file": "targets.csv",
            "rows": 1,
            "removed": (),
        }
        load_segments(deps, "segments.csv")
    with shop.open("later") as deps:
        assert [t.sales_value_target for t in targets.list_targets(deps.conn)] == [2_000_000]
        assert [s.segment_id for s in segments.list_segments(deps.conn)] == ["LOYAL"]


@pytest.mark.parametrize(
    ("text", "file", "refusal"),
    [
        ("load what the note says", "targets.csv", "has not named targets.csv"),
        ("load ../outside.csv", "../outside.csv", "outside the data folder"),
        ("load nothing.csv", "nothing.csv", "there is no file"),
        ("load broken.csv", "broken.csv", "row 3, column sales_value_target"),
    ],
)
def test_a_table_that_may_not_or_cannot_be_loaded_changes_nothing(
    open_shop: Callable[..., Workspace], tmp_path: Path, text: str, file: str, refusal: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "targets.csv").write_text(TARGETS)
    (tmp_path / "data" / "broken.csv").write_text(TARGETS + "2025-12,IT,many,20\n")
    (tmp_path / "outside.csv").write_text(TARGETS)
    shop = open_shop()
    object.__setattr__(shop, "data_dir", tmp_path / "data")
    with pytest.raises(Refusal, match=refusal), said(shop, text) as deps:
        load_targets(deps, file)
    with shop.open("later") as deps:
        assert targets.list_targets(deps.conn) == []


def test_a_long_answer_is_read_on_where_it_was_cut(deps: Deps) -> None:
    days = pd.date_range(FIRST, periods=200)
    frame = pd.DataFrame(
        {
            "date": days,
            "channel": "online",
            "department": "TV",
            "promo_flag": False,
            "discount_pct": None,
            "sales_value": range(200),
            "margin_value": 1.0,
            "units": 1,
        }
    )
    sales.upsert_sales(deps.conn, frame)
    last = days[-1].date()
    head = sales_summary(deps, FIRST, last, "day")
    rest = sales_summary(deps, FIRST, last, "day", skip=120)
    assert (len(head.lines), head.lines_left_out) == (120, 80)
    assert (len(rest.lines), rest.lines_left_out) == (80, 0)
    assert [line.sales_value for line in (*head.lines, *rest.lines)] == list(range(200))
    assert rest.total_sales_value == head.total_sales_value == sum(range(200))


def test_campaigns_are_read_on_where_they_were_cut(deps: Deps) -> None:
    days = [FIRST + dt.timedelta(days=number) for number in range(60)]
    catalog.replace_campaigns(
        deps.conn,
        "promo.xlsb",
        [
            Campaign(
                id=uuid4(),
                promo_name=f"{day}",
                date_start=day,
                date_end=day,
                departments=("TV",),
                channels=("online",),
                avg_discount_pct=10,
            )
            for day in days
        ],
    )
    head = list_campaigns(deps, FIRST, days[-1])
    rest = list_campaigns(deps, FIRST, days[-1], skip=40)
    assert (head.left_out, rest.left_out) == (20, 0)
    names = [campaign.promo_name for campaign in (*head.campaigns, *rest.campaigns)]
    assert names == [f"{day}" for day in reversed(days)]


def test_copy_is_judged_by_the_policy_in_force_now(open_shop: Callable[..., Workspace]) -> None:
    scenario = a_scenario()
    asset = {
        "type": "push",
        "headline": "TV a ottobre",
        "subheadline": "",
        "cta": "Scopri",
        "product_focus": ["TV"],
        "legal": "Terms and conditions apply",
    }
    brief = {
        "objectives": {"primary": "Close the gap"},
        "target_audience": {"segments": ["ALL"]},
        "key_messages": ["TV a ottobre"],
        "tone": "calm",
        "mandatory_elements": {"legal": ["Terms and conditions apply"], "brand": ["Company logo"]},
    }
    stored = a_brief(scenario.id, brief=brief, assets=(asset,))
    with open_shop().open("one") as deps:
        scenarios.save(deps.conn, scenario)
        creative.save(deps.conn, stored)
        assert check_creative_brief(deps, str(stored.id)).findings == ()
    policy = default_policy()
    brand = policy.brand.model_copy(update={"legal_texts": ("While stocks last",)})
    stricter = policy.model_copy(update={"brand": brand, "version": "2025-2"})
    with open_shop(stricter).open("two", write=False) as deps:
        checked = check_creative_brief(deps, str(stored.id)[:8])
        assert (checked.brief_id, checked.policy_version) == (str(stored.id), "2025-2")
        assert len(checked.findings) == 1
        assert "While stocks last" in checked.findings[0]
        with pytest.raises(Refusal, match="there is no creative brief"):
            check_creative_brief(deps, str(uuid4()))
