"""The Validator's rules: what may not be planned, what should not, and what to change instead."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics import bookings, margins
from analytics.copy_text import CopyText, check_copy
from analytics.findings import cell_of, cell_row, finding, forbidden, reduce_depth
from analytics.remarks import remark
from analytics.types import ValidationReport, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from analytics.policy import Policy
    from analytics.types import Campaign, Issue, Mechanic, Remark, Scenario, ScenarioKpis
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
                remark(
                    "discount_limit",
                    **cell_of(mechanic),
                    depth_pct=mechanic.discount_pct,
                    cap_pct=cap,
                ),
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
            remark(
                "kpi_plausibility",
                **cell_of(mechanic),
                uplift_pct=uplift,
                highest_pct=highest,
                limit_pct=limit,
            ),
            reduce_depth(mechanic, depth),
            mechanic=mechanic,
        )


def _brand_compliance(judged: _Judged) -> Iterator[Issue]:
    claims = judged.policy.brand.forbidden_claims
    texts: list[tuple[Remark, str, Mechanic | None]] = [
        (remark("in_label"), judged.scenario.label, None)
    ]
    texts += [(remark("in_notes", **cell_of(m)), m.notes, m) for m in judged.scenario.mechanics]
    for where, text, mechanic in texts:
        for claim in forbidden(text, claims):
            yield finding(
                judged.policy,
                "brand_compliance",
                remark("brand_compliance", claim=claim, where=where),
                remark("fix_claim", claim=claim, where=where),
                mechanic=mechanic,
            )


def _cannibalization_risk(judged: _Judged) -> Iterator[Issue]:
    lost = judged.kpis.kpi_breakdown["net_effect"]["cross_effects"]["cannibalization"]
    loss, gain = -float(lost["sales_value"]), judged.kpis.sales_value_delta
    limit = judged.policy.max_cannibalization_share
    if loss <= 0 or (gain > 0 and loss <= limit * gain):
        return
    by_source: dict[tuple[str, str], float] = {}
    for row in lost["sources"]:
        name = row["source_department"], row["source_channel"]
        by_source[name] = by_source.get(name, 0.0) - float(row["sales_value"])
    worst = max(by_source, key=lambda name: by_source[name])
    figures = {"loss": loss, "gain": gain, "limit_pct": 100 * limit}
    yield finding(
        judged.policy,
        "cannibalization_risk",
        remark("cannibalization_risk", **figures, share_pct=100 * loss / gain)
        if gain > 0
        else remark("cannibalization_without_gain", **figures),
        remark("fix_source", department=worst[0], channel=worst[1], loss=by_source[worst]),
    )


def _campaign_length(judged: _Judged) -> Iterator[Issue]:
    scenario = judged.scenario
    limit = judged.policy.days_limit(scenario.scenario_type)
    if scenario.days > limit:
        end = scenario.date_range_end - dt.timedelta(days=scenario.days - limit)
        yield finding(
            judged.policy,
            "campaign_length",
            remark(
                "campaign_length",
                days=scenario.days,
                limit=limit,
                scenario_type=scenario.scenario_type,
            ),
            remark("fix_end", day=end),
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
            remark(
                "max_departments",
                count=len(names),
                limit=limit,
                scenario_type=judged.scenario.scenario_type,
            ),
            remark("fix_weakest", departments=weakest),
        )


def _low_confidence(judged: _Judged) -> Iterator[Issue]:
    threshold = judged.policy.low_confidence
    for mechanic in judged.scenario.mechanics:
        row = cell_row(judged.kpis, mechanic)
        promoted = mechanic.department in judged.inputs.history_max_uplift
        if row["confidence"] >= threshold and promoted and not row["pooled"]:
            continue
        evidence = remark("evidence_days", days=row["sample_size"])
        if not promoted:
            evidence = remark("evidence_never", department=mechanic.department)
        elif row["pooled"]:
            evidence = remark("evidence_depth")
        yield finding(
            judged.policy,
            "low_confidence",
            remark(
                "low_confidence",
                **cell_of(mechanic),
                depth_pct=mechanic.discount_pct,
                evidence=evidence,
                confidence=row["confidence"],
                threshold=threshold,
            ),
            _better_known(judged, mechanic),
            mechanic=mechanic,
        )


def _better_known(judged: _Judged, mechanic: Mechanic) -> Remark:
    """Suggest the nearest depth that the cell's own history supports."""
    known = [
        c
        for c in judged.inputs.coefficients
        if (c.channel, c.department) == tuple(mechanic.cell)
        and not c.pooled
        and c.confidence >= judged.policy.low_confidence
    ]
    if not known:
        return remark("fix_test", **cell_of(mechanic))
    best = min(known, key=lambda c: abs(c.mean_depth_pct - mechanic.discount_pct))
    return remark(
        "fix_known_depth",
        **cell_of(mechanic),
        depth_pct=best.mean_depth_pct,
        days=best.sample_size,
        confidence=best.confidence,
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
