"""The company's rules and economics: a versioned YAML file that a business person edits."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from analytics.policy_errors import validation_sentence, yaml_sentence
from analytics.types import Cell, Record, ScenarioType, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class PolicyError(ValueError):
    """The policy text cannot be used; the message is one sentence with the key and the repair."""


class DiscountLimits(Record):
    """Deepest discount allowed, per cent."""

    default: Percent = Field(examples=[40])
    departments: dict[str, Percent] = Field(examples=["{TV: 30}"])


class MarginFloors(Record):
    """Lowest margin allowed, per cent of sales."""

    total: float = Field(ge=-100, le=100, examples=[15])
    department_default: float = Field(ge=-100, le=100, examples=[5])
    departments: dict[str, float] = Field(examples=["{TV: 8}"])


def _names(value: object) -> object:
    return () if value == "all" else value


class Blackout(Record):
    """A period in which nothing (of these departments and channels) is promoted.

    Empty `departments` or `channels` mean all of them; the file says `all`.
    """

    start: dt.date = Field(examples=["2025-12-24"])
    end: dt.date = Field(examples=["2025-12-26"])
    departments: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field((), examples=["all"])
    channels: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field((), examples=["all"])
    reason: str = Field(min_length=1, examples=["stock take"])

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.end < self.start:
            message = (
                f"the blackout ends on {self.end}, before it starts on {self.start}: swap the dates"
            )
            raise ValueError(message)
        return self

    def covers(self, date: dt.date, cell: Cell) -> bool:
        """Say whether the cell may not be promoted on the date because of this blackout."""
        return (
            self.start <= date <= self.end
            and (not self.departments or cell.department in self.departments)
            and (not self.channels or cell.channel in self.channels)
        )


class ChannelRates(Record):
    """Costs that grow with sales, as a share of sales."""

    online: Share = Field(examples=[0.085])
    offline: Share = Field(examples=[0.065])


class CampaignCosts(Record):
    """Costs of running a campaign at all, and in each channel it uses, currency."""

    scenario: float = Field(ge=0, examples=[5000])
    online: float = Field(ge=0, examples=[1500])
    offline: float = Field(ge=0, examples=[3000])


class FundingRates(Record):
    """Share of the markdown that suppliers pay."""

    default: Share = Field(examples=[0])
    departments: dict[str, Share] = Field(examples=["{TV: 0.3}"])


Lengths = dict[str, Annotated[int, Field(ge=1)]]
SUBHEADLINE_CHARS: Lengths = {"default": 120, "push": 90, "in_store": 90}
CTA_CHARS: Lengths = {"default": 30, "push": 20, "in_store": 25}
"""What holds for policies written before these texts had limits of their own."""


class Brand(Record):
    """What texts must and must not say."""

    forbidden_claims: tuple[str, ...] = Field(examples=["[best price ever]"])
    legal_texts: tuple[str, ...] = Field(examples=["[Terms and conditions apply]"])
    mandatory_elements: tuple[str, ...] = Field(examples=["[company logo]"])
    max_headline_chars: Lengths = Field(examples=["{default: 60}"])
    max_subheadline_chars: Lengths = Field(default=SUBHEADLINE_CHARS, examples=["{default: 120}"])
    max_cta_chars: Lengths = Field(default=CTA_CHARS, examples=["{default: 30}"])

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, example in (("headline", 60), ("subheadline", 120), ("cta", 30)):
            if "default" not in getattr(self, f"max_{name}_chars"):
                message = f"max_{name}_chars has no entry default: add `default: {example}`"
                raise ValueError(message)
        return self

    def length_limits(self, asset_type: str) -> dict[str, int]:
        """Return the most characters of each text of this asset type."""
        limits = {
            "headline": self.max_headline_chars,
            "subheadline": self.max_subheadline_chars,
            "cta": self.max_cta_chars,
        }
        return {
            field: lengths.get(asset_type, lengths["default"]) for field, lengths in limits.items()
        }


class RuleSetting(Record):
    """How bad a finding of a rule is, and what it takes off the score of 100."""

    severity: Severity = Field(examples=["medium"])
    weight: int = Field(ge=0, le=100, examples=[10])


class Autopilot(Record):
    """What unattended runs may do."""

    approve: Literal["never", "passed"] = Field(examples=["never"])
    lead_days: int = Field(ge=0, le=60, examples=[3])
    days: int = Field(ge=1, le=31, examples=[7])


class Rules(Record):
    """Severity and weight of every rule of the Validator."""

    discount_limit: RuleSetting
    margin_threshold: RuleSetting
    margin_threshold_department: RuleSetting
    kpi_plausibility: RuleSetting
    brand_compliance: RuleSetting
    cannibalization_risk: RuleSetting
    blackout_dates: RuleSetting
    catalog_overlap: RuleSetting
    min_gap: RuleSetting
    campaign_length: RuleSetting
    max_departments: RuleSetting
    low_confidence: RuleSetting
    copy_legal_text: RuleSetting
    copy_figures: RuleSetting
    copy_length: RuleSetting

    def of(self, name: str) -> RuleSetting:
        """Return the setting of a rule by its name."""
        setting = getattr(self, name)
        if not isinstance(setting, RuleSetting):
            message = f"there is no rule {name}"
            raise TypeError(message)
        return setting


class SensitivityMultipliers(Record):
    """How strongly customers of a discount sensitivity respond, relative to each other."""

    low: float = Field(gt=0, le=5, examples=[0.7])
    medium: float = Field(gt=0, le=5, examples=[1.0])
    high: float = Field(gt=0, le=5, examples=[1.4])


class Coupon(Record):
    """Parameters of coupon scenarios."""

    default_redemption_rate: float = Field(gt=0, le=1, examples=[0.25])


class Flash(Record):
    """Parameters of flash scenarios."""

    max_days: int = Field(ge=1, le=2, examples=[2])
    extra_depth_pct: Percent = Field(examples=[10])


class BestDeal(Record):
    """Parameters of best-deal scenarios."""

    max_departments: int = Field(ge=1, examples=[2])


class Policy(Record):
    """Company rules and economics; every figure in use is named in the output with `version`."""

    version: str = Field(min_length=1, max_length=50, examples=['"2025-1"'])
    geo: str = Field(min_length=1, max_length=10, examples=["IT"])
    max_discount_pct: DiscountLimits
    min_margin_pct: MarginFloors
    blackouts: tuple[Blackout, ...] = Field(examples=["[]"])
    max_campaign_days: int = Field(ge=1, examples=[31])
    max_promoted_departments: int = Field(ge=1, examples=[5])
    min_gap_days: int = Field(ge=0, examples=[7])
    variable_cost_rate: ChannelRates
    campaign_fixed_cost: CampaignCosts
    supplier_funding_rate: FundingRates
    brand: Brand
    max_uplift_vs_history: float = Field(gt=0, examples=[1.25])
    max_cannibalization_share: Share = Field(examples=[0.3])
    low_confidence: Share = Field(examples=[0.8])
    rules: Rules
    loyalty_segments: tuple[str, ...] = Field(examples=["[LOYAL_HIGH_VALUE]"])
    sensitivity: SensitivityMultipliers
    coupon: Coupon
    flash: Flash
    best_deal: BestDeal
    autopilot: Autopilot

    def cap_pct(self, department: str, scenario_type: ScenarioType) -> float:
        """Return the deepest discount allowed; a flash may go deeper by its extra depth."""
        limits = self.max_discount_pct
        cap = limits.departments.get(department, limits.default)
        extra = self.flash.extra_depth_pct if scenario_type == "flash" else 0.0
        return min(cap + extra, 100.0)

    def departments_limit(self, scenario_type: ScenarioType) -> int:
        """Return how many departments may be promoted at once."""
        if scenario_type == "best_deal":
            return min(self.best_deal.max_departments, self.max_promoted_departments)
        return self.max_promoted_departments

    def days_limit(self, scenario_type: ScenarioType) -> int:
        """Return how many days a campaign may last."""
        if scenario_type == "flash":
            return min(self.flash.max_days, self.max_campaign_days)
        return self.max_campaign_days

    def margin_floor_pct(self, department: str) -> float:
        """Return the lowest margin allowed for a promoted department, per cent."""
        floors = self.min_margin_pct
        return floors.departments.get(department, floors.department_default)

    def funding_rate(self, department: str) -> float:
        """Return the share of the department's markdown that suppliers pay."""
        rates = self.supplier_funding_rate
        return rates.departments.get(department, rates.default)

    def cost_rate(self, channel: str) -> float:
        """Return the variable cost of a channel as a share of its sales."""
        rates = {
            "online": self.variable_cost_rate.online,
            "offline": self.variable_cost_rate.offline,
        }
        return rates[channel]

    def fixed_cost(self, channels: Collection[str]) -> float:
        """Return the fixed cost of a campaign in these channels; none without a channel."""
        if not channels:
            return 0.0
        costs = self.campaign_fixed_cost
        by_channel = {"online": costs.online, "offline": costs.offline}
        return costs.scenario + sum(by_channel[channel] for channel in set(channels))

    def blackout(self, date: dt.date, cell: Cell) -> Blackout | None:
        """Return the blackout that forbids promoting the cell on the date, if any."""
        return next((b for b in self.blackouts if b.covers(date, cell)), None)

    def departments_named(self) -> set[str]:
        """Return every department this file mentions, to find misspelt ones."""
        return {
            *self.max_discount_pct.departments,
            *self.min_margin_pct.departments,
            *self.supplier_funding_rate.departments,
            *(name for b in self.blackouts for name in b.departments),
        }


def default_policy() -> Policy:
    """Return the policy that ships with the product, `analytics/default_policy.yaml`."""
    return parse_policy((files("analytics") / "default_policy.yaml").read_text(encoding="utf-8"))


def parse_policy(text: str) -> Policy:
    """Read a policy from YAML text.

    Raises:
        PolicyError: with one sentence that names the key (or line) and says the repair.
    """
    try:
        # _UniqueKeys is a SafeLoader: it builds plain values only.
        loaded = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        raise PolicyError(yaml_sentence(error)) from error
    except yaml.YAMLError as error:
        message = f"The policy is not readable text ({error}): save it again as UTF-8"
        raise PolicyError(" ".join(message.split())) from error
    if not isinstance(loaded, dict):
        message = (
            "The policy must be a list of `key: value` lines and this text has none: "
            "start from default_policy.yaml"
        )
        raise PolicyError(message)
    try:
        return Policy.model_validate(loaded)
    except ValidationError as error:
        raise PolicyError(validation_sentence(error, Policy)) from error


class _UniqueKeys(yaml.SafeLoader):
    """A safe loader that refuses a key written twice, where YAML would keep the last silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  signature of the parent
        """Build a mapping after checking that its keys differ."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                problem = f"the key {key.value} is written twice, keep one of them"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
