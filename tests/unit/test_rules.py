"""Each rule of the Validator on a scenario that breaks it, and on one that just does not."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from analytics.copy_text import texts_of
from analytics.kpi import PlanningInputs, evaluate
from analytics.policy import Brand, Policy, default_policy
from analytics.rules import CopyText, RuleInputs, check_copy, validate
from analytics.types import (
    Campaign,
    Cell,
    Channel,
    Issue,
    Mechanic,
    Scenario,
    ScenarioKpis,
    ValidationReport,
)
from tests.unit.planning_cases import (
    KPI_ID,
    SCENARIO_ID,
    START,
    coefficients,
    flat_baseline,
    mechanic,
    model,
    policy_with,
    scenario,
)

REPORT_ID = UUID(int=9)
NEWER_LENGTHS = {"max_subheadline_chars", "max_cta_chars"}
TV = mechanic("TV", "online", 20)
AUDIO = mechanic("Audio", "offline", 10)
DAY = dt.timedelta(days=1)


def kpis(*mechanics: Mechanic, sales: float = 10_000, margin: float = 2000) -> ScenarioKpis:
    """Return plain KPIs: each promoted cell sells 30 % more units and gives 400 of discount."""
    by_cell = [
        {
            "channel": m.channel,
            "department": m.department,
            "discount_pct": m.discount_pct,
            "uplift_units_pct": 30.0,
            "confidence": 0.95,
            "sample_size": 14,
            "pooled": False,
            "markdown_value": 400.0,
            "funding_value": 0.0,
        }
        for m in mechanics
    ]
    by_department = [
        {
            "department": name,
            "sales_value": 2000.0,
            "margin_value": 500.0,
            "margin_pct": 25.0,
            "sales_value_delta": 100.0 * (n + 1),
        }
        for n, name in enumerate(dict.fromkeys(m.department for m in mechanics))
    ]
    return ScenarioKpis(
        id=KPI_ID,
        scenario_id=SCENARIO_ID,
        period_start=START,
        period_end=START + DAY,
        total_sales_value=sales,
        total_margin_value=margin,
        total_margin_pct=round(100 * margin / sales, 2),
        total_ebit=0,
        total_units=100,
        sales_value_delta=1000,
        margin_value_delta=0,
        ebit_delta=0,
        units_delta=10,
        kpi_breakdown={
            "by_cell": by_cell,
            "by_department": by_department,
            "net_effect": {"cross_effects": {"cannibalization": lost()}},
        },
    )


def lost(*sources: tuple[str, float]) -> dict[str, Any]:
    """Return what other cells lose to promoted online departments."""
    return {
        "sales_value": sum(value for _, value in sources),
        "sources": [
            {"source_department": name, "source_channel": "online", "sales_value": value}
            for name, value in sources
        ],
    }


def inputs(policy: Policy | None = None, **changes: Any) -> RuleInputs:
    """Return rule inputs with a quiet calendar and a history of 40 % uplift."""
    plain: dict[str, Any] = {
        "coefficients": (),
        "catalog": (),
        "history_max_uplift": {"TV": 40.0, "Audio": 40.0, "Gaming": 40.0},
    }
    return RuleInputs(policy=policy or default_policy(), **(plain | changes))


def judge(plan: Scenario, figures: ScenarioKpis, given: RuleInputs) -> ValidationReport:
    """Validate."""
    return validate(plan, figures, given, REPORT_ID)


def only_issue(plan: Scenario, figures: ScenarioKpis, given: RuleInputs) -> Issue:
    """Return the one issue of the report."""
    issues = judge(plan, figures, given).issues
    assert len(issues) == 1, issues
    return issues[0]


def test_a_plan_within_all_rules_passes_with_100() -> None:
    report = judge(scenario(TV, AUDIO), kpis(TV, AUDIO), inputs())
    assert (report.status, report.overall_score, report.issues) == ("PASS", 100, ())
    assert (report.id, report.scenario_id) == (REPORT_ID, SCENARIO_ID)


def test_discount_limit_names_both_depths() -> None:
    policy = policy_with(max_discount_pct={"default": 40, "departments": {"TV": 20}})
    deep = mechanic("TV", "online", 25)
    issue = only_issue(scenario(deep), kpis(deep), inputs(policy))
    assert issue.type == "discount_limit"
    assert issue.severity == "critical"
    assert issue.message == "TV online is discounted by 25 %, the limit is 20 %"
    assert issue.suggested_fix == "Reduce TV online from 25 % to 20 %"
    assert (issue.affected_department, issue.affected_channel) == ("TV", "online")
    assert judge(scenario(TV), kpis(TV), inputs(policy)).status == "PASS"


def test_a_flash_may_go_deeper() -> None:
    policy = policy_with(max_discount_pct={"default": 20, "departments": {}})
    deep = mechanic("TV", "online", 30)
    flash = scenario(deep, scenario_type="flash")
    assert judge(flash, kpis(deep), inputs(policy)).status == "PASS"
    assert judge(scenario(deep), kpis(deep), inputs(policy)).status == "BLOCK"


def test_a_forbidden_discount_is_dropped() -> None:
    policy = policy_with(max_discount_pct={"default": 0, "departments": {}})
    assert only_issue(scenario(TV), kpis(TV), inputs(policy)).suggested_fix == "Drop TV online"


def test_margin_threshold_says_how_much_depth_to_take_back() -> None:
    # Floor 15 % of 10000 = 1500, margin 1330: a markdown of m not given adds m to both, so
    # m = (1500 - 1330) / .85 = 200, half of the 400 given: from 20 to 10 %.
    issue = only_issue(scenario(TV), kpis(TV, margin=1330), inputs())
    assert issue.type == "margin_threshold"
    assert issue.severity == "critical"
    assert "13.30 % of sales, at least 15.00 %" in issue.message
    assert issue.suggested_fix == "Reduce TV online from 20 % to 10 %"
    assert judge(scenario(TV), kpis(TV, margin=1500), inputs()).status == "PASS"


def test_margin_threshold_drops_cells_when_one_is_not_enough() -> None:
    # m = (1500 - 1075) / .85 = 500: all of TV's 400 and 100 of Audio's 400, a quarter of 10 %.
    issue = only_issue(scenario(TV, AUDIO), kpis(TV, AUDIO, margin=1075), inputs())
    assert issue.suggested_fix == ("Drop TV online; Reduce Audio offline from 10 % to 7 %")


def test_a_margin_that_is_low_without_promotions_is_not_blamed_on_them() -> None:
    # m = (1500 - 990) / .85 = 600, TV gives 400.
    issue = only_issue(scenario(TV), kpis(TV, margin=990), inputs())
    assert issue.suggested_fix.startswith("Drop TV online; 200 of margin is missing even then")


def test_the_suggested_depth_restores_the_margin() -> None:
    cells = {
        Cell("online", "TV"): (1000.0, 220.0, 10.0),
        Cell("offline", "TV"): (1000.0, 200.0, 9.0),
    }
    given = PlanningInputs(
        flat_baseline(cells, 2),
        model(*(coefficients(cell, (5, 15, 25, 35, 45)) for cell in cells)),
        "v1",
        None,
        default_policy(),
    )
    deep = scenario(mechanic("TV", "online", 20))
    figures = evaluate(deep, given, kpi_id=KPI_ID, draws=5)
    fix = only_issue(deep, figures, inputs()).suggested_fix
    assert fix.startswith("Reduce TV online from 20 % to ")
    depth = float(fix.removeprefix("Reduce TV online from 20 % to ").removesuffix(" %"))
    mild = scenario(mechanic("TV", "online", depth))
    assert figures.total_margin_pct < 15
    assert evaluate(mild, given, kpi_id=KPI_ID, draws=5).total_margin_pct >= 15


def test_department_margins_have_their_own_severity() -> None:
    policy = policy_with(
        min_margin_pct={"total": 15, "department_default": 5, "departments": {"TV": 30}}
    )
    issue = only_issue(scenario(TV, AUDIO), kpis(TV, AUDIO), inputs(policy))
    assert (issue.type, issue.severity) == ("margin_threshold", "medium")
    assert issue.affected_department == "TV"
    # (600 - 500) / .7 = 142.86 of 400: 20 % x .643 = 12.86 %.
    assert issue.suggested_fix == "Reduce TV online from 20 % to 12 %"
    assert judge(scenario(TV), kpis(TV), inputs(policy)).status == "WARN"


def test_an_uplift_beyond_history_is_implausible() -> None:
    figures = kpis(TV)
    figures.kpi_breakdown["by_cell"][0]["uplift_units_pct"] = 60.0
    issue = only_issue(scenario(TV), figures, inputs())
    assert issue.type == "kpi_plausibility"
    # Highest so far 40 %, limit 1.25 x 40 = 50 %; 20 x ln 1.5 / ln 1.6 = 17.25.
    assert "60 % more units, the highest uplift of TV so far is 40 % (limit 50 %)" in issue.message
    assert issue.suggested_fix == "Reduce TV online from 20 % to 17 %"
    figures.kpi_breakdown["by_cell"][0]["uplift_units_pct"] = 50.0
    assert judge(scenario(TV), figures, inputs()).status == "PASS"


def test_a_department_that_was_never_promoted_is_said_to_be_unknown() -> None:
    issue = only_issue(scenario(TV), kpis(TV), inputs(history_max_uplift={}))
    assert issue.type == "low_confidence"
    assert "TV was never promoted" in issue.message


def test_forbidden_claims_are_found_in_label_and_notes() -> None:
    noted = mechanic("TV", "online", 20, notes="the Cheapest TVs")
    plan = scenario(noted).model_copy(update={"label": "Lowest  price week"})
    issues = judge(plan, kpis(noted), inputs()).issues
    assert [i.type for i in issues] == ["brand_compliance", "brand_compliance"]
    assert issues[0].suggested_fix == 'Remove "lowest price" from the label'
    assert issues[1].suggested_fix == 'Remove "cheapest" from the notes of TV online'


def test_a_claim_is_a_whole_word() -> None:
    policy = policy_with(brand=default_policy().brand.model_dump() | {"forbidden_claims": ["free"]})
    assert (
        judge(
            scenario(mechanic("TV", "online", 20, notes="freezers")), kpis(TV), inputs(policy)
        ).status
        == "PASS"
    )


def test_cannibalization_names_the_worst_source() -> None:
    figures = kpis(TV, AUDIO)
    figures.kpi_breakdown["net_effect"]["cross_effects"]["cannibalization"] = lost(
        ("Audio", -100.0), ("TV", -150.0), ("TV", -100.0)
    )
    issue = only_issue(scenario(TV, AUDIO), figures, inputs())
    assert issue.type == "cannibalization_risk"
    assert issue.message == (
        "Other departments lose 350 of sales, 35 % of the additional 1,000 (limit 30 %)"
    )
    assert issue.suggested_fix == "Drop TV online, which takes 250 of it"


def test_little_cannibalization_is_accepted() -> None:
    figures = kpis(TV)
    cross_effects = figures.kpi_breakdown["net_effect"]["cross_effects"]
    cross_effects["cannibalization"] = lost(("TV", -300.0))
    assert judge(scenario(TV), figures, inputs()).status == "PASS"


def test_a_loss_without_any_gain_is_a_risk() -> None:
    figures = kpis(TV).model_copy(update={"sales_value_delta": -5.0})
    cross_effects = figures.kpi_breakdown["net_effect"]["cross_effects"]
    cross_effects["cannibalization"] = lost(("TV", -10.0))
    assert only_issue(scenario(TV), figures, inputs()).type == "cannibalization_risk"


def test_blackout_days_block_and_the_open_run_is_suggested() -> None:
    closed = {"start": START + DAY, "end": START + DAY, "channels": ["online"], "reason": "audit"}
    policy = policy_with(blackouts=[closed])
    issue = only_issue(scenario(TV, AUDIO, days=5), kpis(TV, AUDIO), inputs(policy))
    assert (issue.type, issue.severity) == ("blackout_dates", "critical")
    assert "1 of 5 days" in issue.message
    assert "(audit)" in issue.message
    assert issue.suggested_fix == f"Run TV online from {START + 2 * DAY} to {START + 4 * DAY} only"


def test_a_window_that_is_all_blackout_moves_behind_it() -> None:
    policy = policy_with(blackouts=[{"start": START, "end": START + 3 * DAY, "reason": "audit"}])
    issue = only_issue(scenario(TV, days=2), kpis(TV), inputs(policy))
    assert issue.suggested_fix == f"Start TV online on {START + 4 * DAY} or later"


def campaign(
    first: int, last: int, departments: tuple[str, ...], channels: tuple[Channel, ...]
) -> Campaign:
    """Return a campaign that runs from day `first` to day `last` after START."""
    return Campaign(
        id=UUID(int=77),
        promo_name="Autumn",
        date_start=START + first * DAY,
        date_end=START + last * DAY,
        departments=departments,
        channels=channels,
        avg_discount_pct=15,
    )


def test_an_overlap_with_the_catalog_suggests_the_day_after() -> None:
    given = inputs(catalog=(campaign(-5, 1, ("tv", "Gaming"), ("online",)),))
    issue = only_issue(scenario(TV, AUDIO, days=3), kpis(TV, AUDIO), given)
    assert issue.type == "catalog_overlap"
    assert "already promoted by the campaign Autumn" in issue.message
    assert "2 days overlap" in issue.message
    assert issue.suggested_fix == f"Start TV online on {START + 2 * DAY} or later, or leave it out"


@pytest.mark.parametrize(
    "other",
    [
        campaign(-5, 1, ("Gaming",), ("online",)),
        campaign(-5, 1, ("TV",), ("offline",)),
        campaign(-12, -8, ("TV",), ("online",)),
    ],
)
def test_other_departments_channels_and_dates_do_not_overlap(other: Campaign) -> None:
    assert judge(scenario(TV), kpis(TV), inputs(catalog=(other,))).status == "PASS"


def test_an_approved_scenario_overlaps_but_not_with_itself() -> None:
    itself = scenario(TV)
    other = itself.model_copy(update={"id": UUID(int=5), "label": "October"})
    issue = only_issue(itself, kpis(TV), inputs(approved=(itself, other)))
    assert issue.type == "catalog_overlap"
    assert "the approved scenario October" in issue.message


@pytest.mark.parametrize(
    ("first", "last", "fix"),
    [
        # Seven free days are asked for: ended 7 days before the start leaves 6.
        (-10, -7, f"Start TV on {START + DAY} or later"),
        # The window ends on START + 1; a campaign from START + 8 on leaves 6.
        (8, 12, f"End TV on {START} or earlier"),
    ],
)
def test_a_short_gap_suggests_the_nearest_date(first: int, last: int, fix: str) -> None:
    given = inputs(catalog=(campaign(first, last, ("TV",), ("offline",)),))
    issue = only_issue(
        scenario(TV, mechanic("TV", "offline", 20)), kpis(TV, mechanic("TV", "offline", 20)), given
    )
    assert (issue.type, issue.affected_department) == ("min_gap", "TV")
    assert issue.message.startswith("6 free days lie between TV here and the campaign Autumn")
    assert issue.suggested_fix == fix


@pytest.mark.parametrize(("first", "last"), [(-10, -8), (9, 12)])
def test_a_gap_of_exactly_the_asked_days_is_enough(first: int, last: int) -> None:
    given = inputs(catalog=(campaign(first, last, ("TV",), ("online",)),))
    assert judge(scenario(TV), kpis(TV), given).status == "PASS"


def test_a_long_campaign_is_shortened() -> None:
    policy = policy_with(max_campaign_days=10)
    issue = only_issue(scenario(TV, days=12), kpis(TV), inputs(policy))
    assert issue.type == "campaign_length"
    assert issue.suggested_fix == f"End it on {START + 9 * DAY}"
    assert judge(scenario(TV, days=10), kpis(TV), inputs(policy)).status == "PASS"


def test_a_flash_lasts_two_days() -> None:
    flash = scenario(TV, scenario_type="flash", days=3)
    assert only_issue(flash, kpis(TV), inputs()).suggested_fix == f"End it on {START + DAY}"


def test_too_many_departments_drop_the_weakest() -> None:
    gaming = mechanic("Gaming", "online", 10)
    both = mechanic("TV", "offline", 10)
    policy = policy_with(max_promoted_departments=1)
    plan, figures = scenario(TV, both, AUDIO, gaming), kpis(TV, both, AUDIO, gaming)
    issue = only_issue(plan, figures, inputs(policy))
    # The sales added are 100 (TV), 200 (Audio) and 300 (Gaming).
    assert issue.message.startswith("3 departments are promoted, at most 1")
    assert issue.suggested_fix == "Drop TV, Audio, which add the least sales"


def test_a_best_deal_has_few_departments() -> None:
    gaming = mechanic("Gaming", "online", 10)
    plan = scenario(TV, AUDIO, gaming, scenario_type="best_deal")
    assert only_issue(plan, kpis(TV, AUDIO, gaming), inputs()).type == "max_departments"


def test_low_confidence_points_to_a_depth_that_is_known() -> None:
    figures = kpis(TV)
    figures.kpi_breakdown["by_cell"][0].update(confidence=0.62, sample_size=2)
    cell = Cell("online", "TV")
    known = [
        c.model_copy(update={"confidence": 0.99 if c.discount_band == "0-10" else 0.5})
        for c in coefficients(cell, (5, 15, 25, 35, 45))
    ]
    issue = only_issue(scenario(TV), figures, inputs(coefficients=tuple(known)))
    assert (issue.type, issue.severity) == ("low_confidence", "low")
    assert "rests on 2 past promotion days: confidence 0.62, 0.80 is asked for" in issue.message
    assert issue.suggested_fix == (
        "Use about 5 % for TV online, where 12 past promotion days give a confidence of 0.99"
    )


def test_an_uplift_without_any_evidence_suggests_a_test() -> None:
    figures = kpis(TV)
    figures.kpi_breakdown["by_cell"][0].update(confidence=0.9, sample_size=0, pooled=True)
    issue = only_issue(scenario(TV), figures, inputs())
    assert "no past promotion at this depth" in issue.message
    assert issue.suggested_fix.startswith("Test TV online for at most 3 days first")


def test_the_score_loses_the_weight_of_each_issue_down_to_zero() -> None:
    policy = policy_with(max_discount_pct={"default": 5, "departments": {}}, max_campaign_days=1)
    report = judge(scenario(TV), kpis(TV), inputs(policy))
    assert [i.type for i in report.issues] == ["discount_limit", "campaign_length"]
    assert (report.status, report.overall_score) == ("BLOCK", 100 - 40 - 20)
    three = (TV, AUDIO, mechanic("Gaming", "online", 10))
    assert judge(scenario(*three), kpis(*three), inputs(policy)).overall_score == 0


def test_the_department_rule_loses_its_own_weight() -> None:
    policy = policy_with(min_margin_pct={"total": 15, "department_default": 30, "departments": {}})
    assert judge(scenario(TV), kpis(TV), inputs(policy)).overall_score == 90


# --- copy -------------------------------------------------------------------------------------

LEGAL = CopyText(asset_type="homepage_hero", field="legal", text="Terms and conditions apply.")
PLAN = scenario(TV, AUDIO, days=6)  # 22 to 27 October 2025, 20 % and 10 %


def copy_issues(text: str, field: str = "body") -> list[str]:
    """Return the suggested fixes for one text beside the legal text."""
    texts = [LEGAL, CopyText(asset_type="push", field=field, text=text)]
    return [i.suggested_fix for i in check_copy(texts, PLAN, default_policy())]


@pytest.mark.parametrize(
    "text",
    [
        "Up to 20% off TVs, 10 % on audio",
        "Until 27 October",
        "22-27 Oct 2025, all stores",
        "Dal 22 al 27 ottobre",
        "Vom 22. bis 27. Oktober 2025",
        "October 22nd to October 27th, 2025",
        "27/10 is the last day, 27.10.2025, 2025-10-27, 27/10/25",
        "From 22 de octubre de 2025",
        "4K TVs, 55 inches, 24/7 support, 3 HDMI 2.1 ports, 1 set of cables, TV set 55",
        "Bis 27.10. in allen Märkten",
        "20 per cent on selected models, may differ in stores",
    ],
)
def test_copy_that_says_what_the_scenario_has_is_accepted(text: str) -> None:
    assert copy_issues(text) == []


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("Up to 30% off", "Use 10 % or 20 %"),
        ("Sconto del 15 per cento", "Use 10 % or 20 %"),
        ("20.5 % off", "Use 10 % or 20 %"),
        ("Now 499 €", 'Remove "499 €" from the body of push'),
        ("from EUR 1.299,00", 'Remove "EUR 1.299,00" from the body of push'),
        ("Until 31 October", "Use 2025-10-22 or 2025-10-27"),
        ("fino al 28 ott.", "Use 2025-10-22 or 2025-10-27"),
        ("27 October 2024", "Use 2025-10-22 or 2025-10-27"),
        ("October 25", "Use 2025-10-22 or 2025-10-27"),
        ("bis 30.10. im Markt", "Use 2025-10-22 or 2025-10-27"),
        ("until 30/10", "Use 2025-10-22 or 2025-10-27"),
        ("until 2025-10-30", "Use 2025-10-22 or 2025-10-27"),
        ("The cheapest TVs", 'Remove "cheapest" from the body of push'),
    ],
)
def test_copy_that_promises_something_else_is_refused(text: str, fix: str) -> None:
    assert copy_issues(text) == [fix]


def test_a_range_of_days_is_checked_at_both_ends() -> None:
    assert copy_issues("22-29 October") == ["Use 2025-10-22 or 2025-10-27"]
    assert copy_issues("21-27 October") == ["Use 2025-10-22 or 2025-10-27"]


def test_the_legal_text_must_be_somewhere() -> None:
    text = CopyText(asset_type="push", field="headline", text="TVs 20 % off")
    found = check_copy([text], PLAN, default_policy())
    assert [(i.type, i.severity) for i in found] == [("copy_legal_text", "critical")]
    spaced = CopyText(asset_type="push", field="legal", text="TERMS and\nconditions apply")
    assert check_copy([text, spaced], PLAN, default_policy()) == ()


def test_the_texts_of_assets_are_all_their_strings() -> None:
    assets: list[dict[str, object]] = [
        {"type": "homepage_hero", "headline": "TVs", "cta": "Buy", "product_focus": ["TV"]},
        {"type": "push", "headline": "Now"},
    ]
    assert [(t.asset_type, t.field, t.text) for t in texts_of(assets)] == [
        ("homepage_hero", "headline", "TVs"),
        ("homepage_hero", "cta", "Buy"),
        ("push", "headline", "Now"),
    ]


@pytest.mark.parametrize(("field", "most"), [("headline", 40), ("subheadline", 90), ("cta", 20)])
def test_texts_have_a_length_by_asset_type(field: str, most: int) -> None:
    assert copy_issues("x" * most, field) == []
    assert copy_issues("x" * (most + 3), field) == ["Shorten it by 3 characters"]


def test_a_policy_without_limits_of_its_own_for_the_shorter_texts_has_the_default_ones() -> None:
    brand = default_policy().brand.model_dump()
    old = Brand.model_validate({n: v for n, v in brand.items() if n not in NEWER_LENGTHS})
    assert old.length_limits("push") == {"headline": 40, "subheadline": 90, "cta": 20}
    assert old.length_limits("email") == {"headline": 50, "subheadline": 120, "cta": 30}
    assert copy_issues("x" * 43, "body") == []
