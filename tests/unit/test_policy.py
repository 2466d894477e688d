"""The policy file: what it says, and how a mistake in it is explained."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

import pytest

from analytics.policy import Policy, PolicyError, default_policy, parse_policy
from analytics.types import Cell
from tests.unit.planning_cases import policy_with

TEXT = (files("analytics") / "default_policy.yaml").read_text(encoding="utf-8")


def broken(old: str, new: str) -> str:
    """Return the sentence about the default policy with one passage replaced."""
    assert old in TEXT
    with pytest.raises(PolicyError) as caught:
        parse_policy(TEXT.replace(old, new, 1))
    return str(caught.value)


def test_the_default_policy_is_complete_and_unattended_approval_is_off() -> None:
    policy = default_policy()
    assert policy.version
    assert policy.variable_cost_rate.online == 0.085
    assert policy.funding_rate("TV") == 0


def test_a_policy_survives_its_own_json() -> None:
    policy = policy_with(
        blackouts=[{"start": "2025-12-24", "end": "2025-12-26", "reason": "closed"}]
    )
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("online: 0.085", "online: 8.5", ["variable_cost_rate.online", "8.5", "0.085"]),
        ("min_gap_days: 7", "min_gap_day: 7", ["min_gap_day", "did you mean min_gap_days?"]),
        ("min_gap_days: 7", "", ["lacks the key min_gap_days", "`min_gap_days: 7`"]),
        ('version: "2025-1"', "version: 2025.1", ["version", "2025.1", '"2025-1"']),
        ("departments: {}", "departments: {TV: 130}", ["max_discount_pct.departments.TV", "130"]),
        ("severity: critical", "severity: fatal", ["rules.discount_limit.severity", "'critical'"]),
        ("    default: 60\n", "", ["max_headline_chars", "add `default: 60`"]),
        ("    default: 120\n", "", ["max_subheadline_chars", "add `default: 120`"]),
        ("    default: 30\n", "", ["max_cta_chars", "add `default: 30`"]),
        ("blackouts: []", "blackouts:", ["blackouts", "a list in square brackets", "[]"]),
        ("max_days: 2", "max_days: 3", ["flash.max_days", "3", "2"]),
        (
            "blackouts: []",
            "blackouts: [{start: 2025-01-03, end: 2025-01-02, reason: x}]",
            ["blackouts[1]", "before it starts on 2025-01-03", "swap the dates"],
        ),
        (
            "blackouts: []",
            "blackouts: [{start: 2025-01-03, ends: 2025-01-04, reason: x}]",
            ["blackouts[1].ends", "did you mean end?"],
        ),
        (
            "best_deal:\n  max_departments: 2",
            "best_deal:\n  depth: 2",
            ["best_deal.depth", "use one of max_departments"],
        ),
    ],
)
def test_a_wrong_key_is_named_with_its_repair(old: str, new: str, parts: list[str]) -> None:
    sentence = broken(old, new)
    assert [part for part in parts if part not in sentence] == []
    assert "\n" not in sentence


def test_a_yaml_mistake_is_named_with_its_line() -> None:
    line = TEXT[: TEXT.index("  offline: 0.065")].count("\n") + 1
    assert f"line {line} " in broken("  offline: 0.065", "   offline: 0.065")


def test_a_key_written_twice_is_refused() -> None:
    line = TEXT[: TEXT.index("min_gap_days: 7")].count("\n") + 2
    sentence = broken("min_gap_days: 7", "min_gap_days: 7\nmin_gap_days: 8")
    assert f"line {line} " in sentence
    assert "min_gap_days is written twice" in sentence


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words"])
def test_a_text_without_keys_is_refused(text: str) -> None:
    with pytest.raises(PolicyError, match="start from default_policy"):
        parse_policy(text)


def test_unreadable_characters_are_refused() -> None:
    with pytest.raises(PolicyError, match="save it again as UTF-8"):
        parse_policy("version: \x00")


def test_yaml_that_would_run_code_is_refused() -> None:
    assert "line 8" in broken('version: "2025-1"', "version: !!python/name:os.system x")


def test_discount_caps_follow_department_and_scenario_type() -> None:
    policy = policy_with(
        max_discount_pct={"default": 40, "departments": {"TV": 95}},
        flash={"max_days": 2, "extra_depth_pct": 10},
    )
    assert policy.cap_pct("Audio", "balanced") == 40
    assert policy.cap_pct("Audio", "flash") == 50
    assert policy.cap_pct("TV", "balanced") == 95
    assert policy.cap_pct("TV", "flash") == 100


def test_limits_of_the_scenario_types() -> None:
    policy = policy_with(max_promoted_departments=6, max_campaign_days=31)
    assert policy.departments_limit("balanced") == 6
    assert policy.departments_limit("best_deal") == 2
    assert policy.days_limit("balanced") == 31
    assert policy.days_limit("flash") == 2


def test_the_fixed_cost_counts_each_channel_once_and_nothing_without_a_channel() -> None:
    policy = policy_with(campaign_fixed_cost={"scenario": 100, "online": 20, "offline": 3})
    assert policy.fixed_cost([]) == 0
    assert policy.fixed_cost(["online", "online"]) == 120
    assert policy.fixed_cost({"online", "offline"}) == 123


def test_floors_and_funding_fall_back_to_the_default() -> None:
    policy = policy_with(
        min_margin_pct={"total": 15, "department_default": 5, "departments": {"TV": 8}},
        supplier_funding_rate={"default": 0.1, "departments": {"TV": 0.3}},
    )
    assert [policy.margin_floor_pct(d) for d in ("TV", "Audio")] == [8, 5]
    assert [policy.funding_rate(d) for d in ("TV", "Audio")] == [0.3, 0.1]


def test_a_blackout_covers_its_days_departments_and_channels() -> None:
    text = (
        "blackouts: [{start: 2025-12-24, end: 2025-12-26, departments: all, "
        "channels: [offline], reason: closed}]"
    )
    policy = parse_policy(TEXT.replace("blackouts: []", text))
    offline, online = Cell("offline", "TV"), Cell("online", "TV")
    days = [dt.date(2025, 12, day) for day in (23, 24, 26, 27)]
    assert [policy.blackout(day, offline) is not None for day in days] == [
        False,
        True,
        True,
        False,
    ]
    assert policy.blackout(days[1], online) is None


def test_departments_named_lists_every_mention() -> None:
    policy = policy_with(
        max_discount_pct={"default": 40, "departments": {"TV": 30}},
        supplier_funding_rate={"default": 0, "departments": {"Audio": 0.3}},
        blackouts=[
            {"start": "2025-12-24", "end": "2025-12-26", "departments": ["Gaming"], "reason": "x"}
        ],
    )
    assert policy.departments_named() == {"TV", "Audio", "Gaming"}


def test_there_is_no_other_rule() -> None:
    with pytest.raises(AttributeError, match="surprise"):
        default_policy().rules.of("surprise")
