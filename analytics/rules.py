"""The Validator's rules: what may not be planned, what should not, and what to change instead."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics import bookings, margins
from analytics.copy_text import CopyText, check_copy
from analytics.findings import cell_row, finding, forbidden, label, pct, reduce_depth
from analytics.types import ValidationReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from analytics.policy import Policy
    from analytics.types import Campaign, Issue, Mechanic, Scenario, ScenarioKpis
    from analytics.uplift import Coefficient

__all__ = ["CopyText", "RuleInputs", "check_copy", "validate"]


@dataclass(frozen=True)
class RuleInputs:
    """What a scenario is judged against.

    Attributes:
        policy: the rules' limits, severities and weights.
        coefficients: those of the model in force, to suggest depths with evidence.
        catalog: known campaigns around the window.
        history_max_uplift: highest unit uplift that each department has had, per cent; a
            department that was never promoted is missing.
        approved: other approved scenarios around the window.
    """

    policy: Policy
    coefficients: tuple[Coefficient, ...]
    catalog: tuple[Campaign, ...]
    history_max_uplift: Mapping[str, float]
    approved: tuple[Scenario, ...] = ()


@dataclass(frozen=True)
class _Judged:
    """A scenario with its figures and what it is judged against."""

    scenario: Scenario
    kpis: ScenarioKpis
    inputs: RuleInputs

    @property
    def policy(self) -> Policy:
        return self.inputs.policy

    def rows(self, key: str) -> list[dict[str, Any]]:
        return list(self.kpis.kpi_breakdown[key])


def validate(
    scenario: Scenario, kpis: ScenarioKpis, inputs: RuleInputs, report_id: UUID
) -> ValidationReport:
    """Judge a scenario by every rule of the policy.

    Args:
        scenario: the plan.
        kpis: its figures from `kpi.evaluate`.
        inputs: policy, evidence and calendar.
        report_id: id of the report.

    Returns:
        BLOCK with a critical issue, WARN with any other, else PASS; the score is 100 less the
        weight of each issue, at least 0. Every issue says what to change.
    """
    judged = _Judged(scenario, kpis, inputs)
    found = [(name, issue) for name, rule in _RULES.items() for issue in rule(judged)]
    status: Verdict = "PASS"
    if found:
        critical = any(issue.severity == "critical" for _, issue in found)
        status = "BLOCK" if critical else "WARN"
    lost = sum(inputs.policy.rules.of(name).weight for name, _ in found)
    return ValidationReport(
        id=report_id,
        scenario_id=scenario.id,
        status=status,
        issues=tuple(issue for _, issue in found),
        overall_score=max(0, 100 - lost),
    )


def _discount_limit(judged: _Judged) -> Iterator[Issue]:
    for mechanic in judged.scenario.mechanics:
        cap = judged.policy.cap_pct(mechanic.department, judged.scenario.scenario_type)
        if mechanic.discount_pct > cap:
            yield finding(
                judged.policy,
                "discount_limit",
                f"{label(mechanic)} is discounted by {pct(mechanic.discount_pct)}, the limit is "
                f"{pct(cap)}",
                reduce_depth(mechanic, cap),
                mechanic=mechanic,
            )


def _kpi_plausibility(judged: _Judged) -> Iterator[Issue]:
    factor = judged.policy.max_uplift_vs_history
    for mechanic in judged.scenario.mechanics:
        highest = judged.inputs.history_max_uplift.get(mechanic.department)
        uplift = float(cell_row(judged.kpis, mechanic)["uplift_units_pct"])
        if highest is None or uplift <= highest * factor or uplift <= 0:
            continue
        limit = max(highest * factor, 0.0)
        depth = mechanic.discount_pct * math.log1p(limit / 100) / math.log1p(uplift / 100)
        yield finding(
            judged.policy,
            "kpi_plausibility",
            f"{label(mechanic)} is forecast to sell {pct(uplift)} more units, the highest uplift "
            f"of {mechanic.department} so far is {pct(highest)} (limit {pct(limit)})",
            reduce_depth(mechanic, depth),
            mechanic=mechanic,
        )


def _brand_compliance(judged: _Judged) -> Iterator[Issue]:
    claims = judged.policy.brand.forbidden_claims
    texts: list[tuple[str, str, Mechanic | None]] = [("the label", judged.scenario.label, None)]
    texts += [(f"the notes of {label(m)}", m.notes, m) for m in judged.scenario.mechanics]
    for where, text, mechanic in texts:
        for claim in forbidden(text, claims):
            yield finding(
                judged.policy,
                "brand_compliance",
                f'The policy forbids "{claim}", and {where} contains it',
                f'Remove "{claim}" from {where}',
                mechanic=mechanic,
            )


def _cannibalization_risk(judged: _Judged) -> Iterator[Issue]:
    lost = judged.kpis.kpi_breakdown["net_effect"]["cross_effects"]["cannibalization"]
    loss, gain = -float(lost["sales_value"]), judged.kpis.sales_value_delta
    limit = judged.policy.max_cannibalization_share
    if loss <= 0 or (gain > 0 and loss <= limit * gain):
        return
    by_source: dict[str, float] = {}
    for row in lost["sources"]:
        name = f"{row['source_department']} {row['source_channel']}"
        by_source[name] = by_source.get(name, 0.0) - float(row["sales_value"])
    worst = max(by_source, key=lambda name: by_source[name])
    share = f"{pct(100 * loss / gain)} of" if gain > 0 else "against"
    yield finding(
        judged.policy,
        "cannibalization_risk",
        f"Other departments lose {loss:,.0f} of sales, {share} the additional {gain:,.0f} "
        f"(limit {pct(100 * limit)})",
        f"Drop {worst}, which takes {by_source[worst]:,.0f} of it",
    )


def _campaign_length(judged: _Judged) -> Iterator[Issue]:
    scenario = judged.scenario
    limit = judged.policy.days_limit(scenario.scenario_type)
    if scenario.days > limit:
        end = scenario.date_range_end - dt.timedelta(days=scenario.days - limit)
        yield finding(
            judged.policy,
            "campaign_length",
            f"The campaign lasts {scenario.days} days, at most {limit} are allowed for "
            f"{scenario.scenario_type}",
            f"End it on {end}",
        )


def _max_departments(judged: _Judged) -> Iterator[Issue]:
    gains = {row["department"]: row["sales_value_delta"] for row in judged.rows("by_department")}
    names = list(dict.fromkeys(m.department for m in judged.scenario.mechanics))
    limit = judged.policy.departments_limit(judged.scenario.scenario_type)
    if len(names) > limit:
        weakest = sorted(names, key=lambda name: gains[name])[: len(names) - limit]
        yield finding(
            judged.policy,
            "max_departments",
            f"{len(names)} departments are promoted, at most {limit} are allowed for "
            f"{judged.scenario.scenario_type}",
            f"Drop {', '.join(weakest)}, which add the least sales",
        )


def _low_confidence(judged: _Judged) -> Iterator[Issue]:
    threshold = judged.policy.low_confidence
    for mechanic in judged.scenario.mechanics:
        row = cell_row(judged.kpis, mechanic)
        promoted = mechanic.department in judged.inputs.history_max_uplift
        if row["confidence"] >= threshold and promoted and not row["pooled"]:
            continue
        evidence = f"{row['sample_size']} past promotion days"
        if not promoted:
            evidence = f"comparable departments, {mechanic.department} was never promoted"
        elif row["pooled"]:
            evidence = "comparable departments, no past promotion at this depth"
        yield finding(
            judged.policy,
            "low_confidence",
            f"The uplift of {label(mechanic)} at {pct(mechanic.discount_pct)} rests on {evidence}: "
            f"confidence {row['confidence']:.2f}, {threshold:.2f} is asked for",
            _better_known(judged, mechanic),
            mechanic=mechanic,
        )


def _better_known(judged: _Judged, mechanic: Mechanic) -> str:
    """Suggest the nearest depth that the cell's own history supports."""
    known = [
        c
        for c in judged.inputs.coefficients
        if (c.channel, c.department) == tuple(mechanic.cell)
        and not c.pooled
        and c.confidence >= judged.policy.low_confidence
    ]
    if not known:
        return f"Test {label(mechanic)} for at most 3 days first, no depth of it is well known"
    best = min(known, key=lambda c: abs(c.mean_depth_pct - mechanic.discount_pct))
    return (
        f"Use about {pct(best.mean_depth_pct)} for {label(mechanic)}, where {best.sample_size} "
        f"past promotion days give a confidence of {best.confidence:.2f}"
    )


def _booked(judged: _Judged) -> tuple[bookings.Booking, ...]:
    inputs = judged.inputs
    return bookings.bookings(inputs.catalog, inputs.approved, judged.scenario.id)


_RULES: dict[str, Callable[[_Judged], Iterator[Issue]]] = {
    "discount_limit": _discount_limit,
    "margin_threshold": lambda j: margins.total_margin(j.scenario, j.kpis, j.policy),
    "margin_threshold_department": lambda j: margins.department_margins(
        j.scenario, j.kpis, j.policy
    ),
    "kpi_plausibility": _kpi_plausibility,
    "brand_compliance": _brand_compliance,
    "cannibalization_risk": _cannibalization_risk,
    "blackout_dates": lambda j: bookings.blackout_dates(j.scenario, j.policy),
    "catalog_overlap": lambda j: bookings.catalog_overlap(j.scenario, _booked(j), j.policy),
    "min_gap": lambda j: bookings.min_gap(j.scenario, _booked(j), j.policy),
    "campaign_length": _campaign_length,
    "max_departments": _max_departments,
    "low_confidence": _low_confidence,
}
