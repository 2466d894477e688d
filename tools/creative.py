"""The creative brief: what it is written from, its checks, its storage."""

from typing import Annotated, Any, Literal

from pydantic import Field

from analytics.copy_text import check_copy, texts_of
from analytics.policy import Policy
from analytics.types import Record, Scenario, Segment
from db import creative, segments
from db.creative import CreativeBrief
from tools.approvals import is_approved
from tools.deps import Deps
from tools.errors import Refusal
from tools.planning import find_brief, find_scenario, load_scenario
from tools.validation import ScenarioId

AssetType = Literal["homepage_hero", "email", "social", "push", "in_store"]


class Objectives(Record):
    """What the campaign is for."""

    primary: str = Field(min_length=1, description="e.g. Close the October sales gap")
    secondary: tuple[str, ...] = ()


class Audience(Record):
    """Whom it addresses."""

    segments: tuple[str, ...] = Field(description="segment ids, or ALL")
    demographics: str = ""


class MandatoryElements(Record):
    """What every asset must carry."""

    legal: tuple[str, ...]
    brand: tuple[str, ...]


class Brief(Record):
    """The brief for the creative team."""

    objectives: Objectives
    target_audience: Audience
    key_messages: tuple[str, ...] = Field(min_length=1)
    tone: str = Field(min_length=1, description="e.g. energetic")
    mandatory_elements: MandatoryElements


class Asset(Record):
    """One piece of copy."""

    type: AssetType
    headline: str = Field(min_length=1)
    subheadline: str
    cta: str = Field(min_length=1)
    product_focus: tuple[str, ...]
    segment: str = "ALL"
    channel: Literal["online", "offline"] = "online"
    language: str = "en"
    legal: str = ""


class CreativeInputs(Record):
    """Everything copy may be written from."""

    scenario: Scenario
    objective: str
    net_sales_value: float = Field(description="additional sales, the days after counted")
    segments: tuple[Segment, ...]
    asset_types: tuple[AssetType, ...]
    length_limits: dict[AssetType, dict[str, int]] = Field(
        description="most characters of headline, subheadline and cta, by asset type"
    )
    legal_texts: tuple[str, ...]
    mandatory_elements: tuple[str, ...]
    forbidden_claims: tuple[str, ...]


class StoredBrief(Record):
    """A stored brief."""

    id: str
    scenario_id: str
    brief: dict[str, Any]
    assets: tuple[dict[str, Any], ...]


class CopyCheck(Record):
    """What is wrong with a stored brief's copy under the policy in force."""

    brief_id: str
    scenario_id: str
    policy_version: str
    findings: tuple[str, ...] = Field(description="each with its repair; empty when all is well")


def creative_inputs(deps: Deps, scenario_id: ScenarioId) -> CreativeInputs:
    """Return what the brief and the copy are written from: mechanics, dates, segments, brand rules.

    Refuses a scenario that nobody has approved, or that has changed since it was approved.
    """
    scenario = _approved(deps, scenario_id)
    _, kpis = load_scenario(deps, scenario_id)
    net = kpis.kpi_breakdown["net_effect"]["net_incremental"]
    addressed = {name for mechanic in scenario.mechanics for name in mechanic.segments} - {"ALL"}
    brand = deps.policy.brand
    types: tuple[AssetType, ...] = ("homepage_hero", "email", "social", "push", "in_store")
    return CreativeInputs(
        scenario=scenario,
        objective=f"Bring {net['sales_value']:,.0f} of additional sales, the days after counted, from "
        f"{scenario.date_range_start} to {scenario.date_range_end}",
        net_sales_value=net["sales_value"],
        segments=tuple(
            segment
            for segment in segments.list_segments(deps.conn)
            if not addressed or segment.segment_id in addressed
        ),
        asset_types=types,
        length_limits={kind: brand.length_limits(kind) for kind in types},
        legal_texts=brand.legal_texts,
        mandatory_elements=brand.mandatory_elements,
        forbidden_claims=brand.forbidden_claims,
    )


def _approved(deps: Deps, scenario_id: str) -> Scenario:
    scenario = find_scenario(deps, scenario_id)
    if not is_approved(deps, "scenario", str(scenario.id)):
        message = (
            f"the scenario {scenario.id} is not approved: a person approves it first "
            f"(promoloop approve {scenario.id}, or in the conversation)"
        )
        raise Refusal(message)
    return scenario


def save_creative_brief(
    deps: Deps,
    scenario_id: ScenarioId,
    brief: Annotated[Brief, Field(description="objectives, audience, messages, tone, mandatory")],
    assets: Annotated[
        tuple[Asset, ...], Field(min_length=1, description="the copy, one per asset")
    ],
) -> StoredBrief:
    """Check and store the brief and the copy of an approved scenario.

    The copy is refused, with every finding, when an asset lacks a legal text, when it names a depth or
    a date that the scenario does not have, when it makes a forbidden claim, or when a headline,
    subheadline or call to action is too long. Storing the same brief again changes nothing. A person approves it afterwards:
    request_approval(kind="creative").
    """
    scenario = _approved(deps, scenario_id)
    if found := _findings(brief, assets, scenario, deps.policy):
        message = f"the copy was not stored: {'; '.join(found)}"
        raise Refusal(message)
    stored = CreativeBrief(
        id=deps.new_id(
            "creative", scenario.id, brief.model_dump_json(), *(a.model_dump_json() for a in assets)
        ),
        scenario_id=scenario.id,
        brief=brief.model_dump(mode="json"),
        assets=tuple(asset.model_dump(mode="json") for asset in assets),
    )
    creative.save(deps.conn, stored)
    return as_stored(stored)


def _findings(
    brief: Brief, assets: tuple[Asset, ...], scenario: Scenario, policy: Policy
) -> list[str]:
    """Return what is wrong with the copy; each asset goes out alone, so each needs its legal text."""
    found = [
        f"{issue.message}. {issue.suggested_fix}"
        for issue in check_copy(texts_of((), brief.model_dump()), scenario, policy)
        if issue.type != "copy_legal_text"
    ]
    for asset in assets:
        found += [
            f"{asset.type} for {asset.segment}: {issue.message}. {issue.suggested_fix}"
            for issue in check_copy(texts_of([asset.model_dump()]), scenario, policy)
        ]
    return found


def get_creative_brief(
    deps: Deps, brief_id: Annotated[str, Field(description="id of the brief")]
) -> StoredBrief:
    """Return a stored creative brief with its assets.

    `brief` and `assets` are as save_creative_brief stored them. Refuses an unknown id.
    """
    return as_stored(find_brief(deps, brief_id))


def check_creative_brief(
    deps: Deps,
    brief_id: Annotated[str, Field(description="id of the brief, or its first characters")],
) -> CopyCheck:
    """Check the copy of a stored brief against its scenario and the policy as they are now.

    Copy was checked when it was stored; use this when the policy or the scenario has changed since, or
    before it is sent to print: legal texts, depths, dates, prices, forbidden claims, lengths. It changes
    nothing. Refuses an unknown id.
    """
    stored = as_stored(find_brief(deps, brief_id))
    scenario = find_scenario(deps, stored.scenario_id)
    brief = Brief.model_validate(stored.brief)
    assets = tuple(Asset.model_validate(asset) for asset in stored.assets)
    return CopyCheck(
        brief_id=stored.id,
        scenario_id=stored.scenario_id,
        policy_version=deps.policy.version,
        findings=tuple(_findings(brief, assets, scenario, deps.policy)),
    )


def as_stored(stored: CreativeBrief) -> StoredBrief:
    """Return a brief as the store keeps it in the form that tools give it."""
    return StoredBrief(
        id=str(stored.id),
        scenario_id=str(stored.scenario_id),
        brief=stored.brief,
        assets=tuple(stored.assets),
    )
