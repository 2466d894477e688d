"""Copy composed offline: it passes the checks of the policy in every language, channel and type."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from agents.offline.copywriting import compose
from agents.offline.language import LANGUAGES
from analytics.copy_text import check_copy, texts_of
from analytics.policy import default_policy
from analytics.types import Mechanic, Scenario
from tools.creative import save_creative_brief
from tools.schema import arguments_model

if TYPE_CHECKING:
    from agents.offline.language import Language
    from analytics.types import ScenarioType

POLICY = default_policy()
ONLINE, IN_STORE = ("homepage_hero", "email", "social", "push"), ("in_store",)
LONG = "SMALL DOMESTIC APPLIANCES"


def plan(
    depths: dict[tuple[str, str], float],
    segments: tuple[str, ...] = ("ALL",),
    kind: ScenarioType = "balanced",
) -> Scenario:
    return Scenario(
        id=UUID(int=1),
        label="a plan",
        scenario_type=kind,
        date_range_start=dt.date(2025, 10, 28),
        date_range_end=dt.date(2025, 11, 2),
        mechanics=tuple(
            Mechanic.model_validate(
                {
                    "department": department,
                    "channel": channel,
                    "discount_pct": depth,
                    "segments": segments,
                }
            )
            for (department, channel), depth in depths.items()
        ),
        created_by="tester",
    )


PLANS = {
    "both": plan({("TV", "online"): 15, ("TV", "offline"): 10, ("GAMING", "online"): 20}),
    "in store": plan({(LONG, "offline"): 17.5}),
    "long": plan({(d, "online"): 5.0 for d in (LONG, "LARGE DOMESTIC APPLIANCES", "TELEPHONY")}),
    "members": plan({("TV", "online"): 20}, ("LOYAL", "MEMBERS"), "member_only"),
    "coupon": plan({(LONG, "online"): 12.5, (LONG, "offline"): 12.5}, kind="coupon"),
}


def composed(scenario: Scenario, language: Language) -> dict[str, Any]:
    brand = POLICY.brand
    types = (*ONLINE, *IN_STORE)
    return compose(
        {
            "scenario": scenario.model_dump(mode="json"),
            "net_sales_value": 1234567.0,
            "length_limits": {kind: brand.length_limits(kind) for kind in types},
            "legal_texts": list(brand.legal_texts),
            "mandatory_elements": list(brand.mandatory_elements),
        },
        language,
    )


@pytest.mark.parametrize(("name", "language"), [*itertools.product(PLANS, LANGUAGES)])
def test_every_asset_passes_the_checks_by_itself(name: str, language: Language) -> None:
    scenario = PLANS[name]
    pack = composed(scenario, language)
    arguments_model(save_creative_brief)(**pack)
    for asset in pack["assets"]:
        assert check_copy(texts_of([asset]), scenario, POLICY) == ()
        assert asset["language"] == language
    found = check_copy(texts_of((), pack["brief"]), scenario, POLICY)
    assert [issue.type for issue in found] == ["copy_legal_text"]


@pytest.mark.parametrize(("name", "language"), [*itertools.product(PLANS, LANGUAGES)])
def test_there_is_one_asset_per_type_of_the_channels_and_segment(
    name: str, language: Language
) -> None:
    scenario = PLANS[name]
    channels = {m.channel for m in scenario.mechanics}
    segments = {s for m in scenario.mechanics for s in m.segments}
    types = (ONLINE if "online" in channels else ()) + (IN_STORE if "offline" in channels else ())
    made = [(a["type"], a["segment"]) for a in composed(scenario, language)["assets"]]
    assert sorted(made) == sorted(itertools.product(types, segments))


@pytest.mark.parametrize(
    ("language", "headline", "sub", "primary"),
    [
        ("en", "Gaming and TV: up to 20 % off", "from 28 October to 2 November", "1,234,567"),
        ("it", "Gaming e TV: sconti fino al 20 %", "dal 28 ottobre al 2 novembre", "1.234.567"),
        ("de", "Gaming und TV: bis zu 20 % Rabatt", "vom 28. Oktober bis 2. November", "1.234.567"),
    ],
)
def test_it_says_the_plan_in_the_language(
    language: Language, headline: str, sub: str, primary: str
) -> None:
    pack = composed(PLANS["both"], language)
    hero = next(a for a in pack["assets"] if a["type"] == "homepage_hero")
    assert hero["headline"] == headline
    assert sub in hero["subheadline"]
    assert primary in pack["brief"]["objectives"]["primary"]
    in_store = next(a for a in pack["assets"] if a["type"] == "in_store")
    assert "10 %" in in_store["headline"]  # TV is 10 % off in stores, not 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_subheadline_without_room_for_the_departments_says_the_days(language: Language) -> None:
    """Six long names do not fit 90 characters of a push message; a homepage has 120."""
    names = (LONG, "LARGE DOMESTIC APPLIANCES", "TELEPHONY", "ENTERTAINMENT")
    assets = composed(plan({(name, "online"): 5.0 for name in names}), language)["assets"]
    push = next(asset for asset in assets if asset["type"] == "push")
    assert len(push["subheadline"]) <= 90
    assert "Telephony" not in push["subheadline"]
    assert "28" in push["subheadline"]


@pytest.mark.parametrize(("name", "word"), [("members", "For members"), ("coupon", "coupon")])
def test_a_headline_says_when_not_everybody_gets_the_discount(name: str, word: str) -> None:
    assets = composed(PLANS[name], "en")["assets"]
    assert all(word.casefold() in a["headline"].casefold() for a in assets)
