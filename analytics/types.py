"""The words of the domain as types: channel, cell, depth band, mechanic, scenario, KPIs.

Values are in the business's currency, percentages are 0-100 and carry `_pct` in their name,
shares are 0-1, dates are inclusive on both ends.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, NamedTuple, Self, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

Channel = Literal["online", "offline"]
ScenarioType = Literal[
    "conservative", "balanced", "aggressive", "flash", "best_deal", "coupon", "member_only"
]
Band = Literal["0-10", "10-20", "20-30", "30-40", "40+"]
Verdict = Literal["PASS", "WARN", "BLOCK"]
Severity = Literal["low", "medium", "high", "critical"]
Sensitivity = Literal["low", "medium", "high"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
SCENARIO_TYPES: tuple[ScenarioType, ...] = get_args(ScenarioType)
BANDS: tuple[Band, ...] = get_args(Band)


class Cell(NamedTuple):
    """The grain of everything: one department in one channel."""

    channel: str
    department: str


def band_of(depth_pct: float) -> Band:
    """Return the discount band of a depth in per cent (lower edge included).

    >>> band_of(10), band_of(39.9), band_of(70)
    ('10-20', '30-40', '40+')
    """
    if not 0 <= depth_pct <= 100:  # noqa: PLR2004  per cent
        message = f"a discount depth lies between 0 and 100 per cent, not {depth_pct}"
        raise ValueError(message)
    return BANDS[min(int(depth_pct // 10), len(BANDS) - 1)]


class Record(BaseModel):
    """Base of every record: immutable, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Remark(Record):
    """A sentence by its name and its facts: `analytics.remarks` writes it in any of its languages.

    Attributes:
        sentence: its name in `remarks.toml`.
        facts: what goes into it: figures as they are, days as YYYY-MM-DD, names, parts of the
            sentence that are remarks themselves, and lists of those.
    """

    sentence: str
    facts: dict[str, int | float | str | Remark | tuple[Remark | str, ...]] = {}


class Mechanic(Record):
    """One promoted cell of a scenario, as `promo_scenarios.mechanics` holds it."""

    department: str = Field(min_length=1, max_length=50)
    channel: Channel
    discount_pct: float = Field(gt=0, le=100, description="depth, per cent")
    segments: tuple[str, ...] = ("ALL",)
    notes: str = ""
    promo_share: float = Field(
        default=1.0, gt=0, le=1, description="share of the department's units on promotion"
    )
    redemption_rate: float = Field(
        default=1.0, gt=0, le=1, description="coupon: share of promoted units that redeem it"
    )
    supplier_funding_value: float = Field(
        default=0.0, ge=0, description="paid by suppliers for this cell over the whole period"
    )
    supplier_funding_pct: float | None = Field(
        default=None,
        ge=0,
        le=100,
        description="suppliers' part of the discount; None: the policy's",
    )
    start: dt.date | None = Field(default=None, description="first day; None: the scenario's")
    end: dt.date | None = Field(default=None, description="last day; None: the scenario's")

    @property
    def cell(self) -> Cell:
        """The promoted cell."""
        return Cell(self.channel, self.department)

    def run(self, start: dt.date, end: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and last day on which the cell is promoted within a window."""
        return self.start or start, self.end or end


class Scenario(Record):
    """A promotion plan: who is discounted how deep, from when to when."""

    id: UUID
    label: str = Field(min_length=1, max_length=100)
    scenario_type: ScenarioType
    date_range_start: dt.date
    date_range_end: dt.date
    mechanics: tuple[Mechanic, ...]
    source_opportunity_id: UUID | None = None
    created_by: str | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.date_range_end < self.date_range_start:
            message = (
                f"the scenario ends on {self.date_range_end}, before it starts "
                f"on {self.date_range_start}: swap the dates"
            )
            raise ValueError(message)
        cells = [m.cell for m in self.mechanics]
        if len(set(cells)) != len(cells):
            message = "a scenario has one mechanic per channel and department"
            raise ValueError(message)
        for m in self.mechanics:
            first, last = self.run_of(m)
            if not self.date_range_start <= first <= last <= self.date_range_end:
                message = (
                    f"{m.department} {m.channel} runs from {first} to {last}, which is not within "
                    f"{self.date_range_start} to {self.date_range_end}: choose days of that window"
                )
                raise ValueError(message)
        return self

    def run_of(self, mechanic: Mechanic) -> tuple[dt.date, dt.date]:
        """Return the first and last day on which a mechanic of this scenario runs."""
        return mechanic.run(self.date_range_start, self.date_range_end)

    @property
    def days(self) -> int:
        """Length of the window in days, both ends included."""
        return (self.date_range_end - self.date_range_start).days + 1


class Interval(Record):
    """P10, P50 and P90 of a simulated figure."""

    p10: float
    p50: float
    p90: float


class ScenarioKpis(Record):
    """Totals of one scenario over every cell of the business, and their deltas to baseline."""

    id: UUID
    scenario_id: UUID
    period_start: dt.date
    period_end: dt.date
    total_sales_value: float
    total_margin_value: float
    total_margin_pct: float
    total_ebit: float
    total_units: int
    sales_value_delta: float
    margin_value_delta: float
    ebit_delta: float
    units_delta: int
    kpi_breakdown: dict[str, Any]


class Issue(Record):
    """One finding of the Validator, as `validation_reports.issues` holds it.

    Attributes:
        message_facts, fix_facts: what `message` and `suggested_fix` say in English, for other
            languages; None in reports stored before there were any.
    """

    type: str
    severity: Severity
    message: str
    suggested_fix: str
    affected_department: str | None = None
    affected_channel: Channel | None = None
    message_facts: Remark | None = None
    fix_facts: Remark | None = None


class ValidationReport(Record):
    """Verdict on one scenario."""

    id: UUID
    scenario_id: UUID
    status: Verdict
    issues: tuple[Issue, ...]
    overall_score: int = Field(ge=0, le=100)


class Segment(Record):
    """A customer segment from the CDP."""

    segment_id: str = Field(min_length=1, max_length=50)
    name: str = Field(min_length=1, max_length=100)
    share_of_customers: float = Field(ge=0, le=1)
    share_of_revenue: float = Field(ge=0, le=1)
    avg_basket_value: float = Field(ge=0)
    fav_categories: tuple[str, ...] = ()
    discount_sensitivity: Sensitivity | None = None
    purchase_frequency: float | None = None
    last_purchase_days_ago: int | None = None


class DepartmentName(Record):
    """What a department that workbooks spell `found` is called in the store."""

    found: str = Field(min_length=1, max_length=50)
    department: str = Field(min_length=1, max_length=50)


class Target(Record):
    """What one month should bring in one geography."""

    month: str = Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")
    geo: str = Field(min_length=1, max_length=10)
    sales_value_target: float = Field(gt=0)
    margin_pct_target: float = Field(ge=-100, le=100)
    units_target: int | None = Field(default=None, ge=0)


class Campaign(Record):
    """A past or planned promotion of the catalog."""

    id: UUID
    promo_name: str | None
    date_start: dt.date
    date_end: dt.date
    departments: tuple[str, ...]
    channels: tuple[Channel, ...]
    avg_discount_pct: float | None
    mechanics: tuple[dict[str, Any], ...] = ()
    source_file: str | None = None
