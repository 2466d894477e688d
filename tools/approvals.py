"""What only a person may make final: requests, and the decision on them.

`request_approval` is a tool. `decide` is not in the catalogue: no agent can reach it. A decision
is bound to the exact content that was shown; if that has changed since, it must be asked anew.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from analytics.figures import Language
from analytics.remarks import remark, written
from analytics.types import Record
from analytics.uplift import better
from db import approvals, uplift, validations
from tools.deps import Deps
from tools.errors import NotStored, Refusal
from tools.planning import find_brief, find_scenario, load_scenario
from tools.uplift import backtest_of, stored_model
from tools.validation import validate_scenario

Kind = Literal["scenario", "creative", "coefficients"]

MAY_ASK_FOR: dict[str, Kind] = {
    "analyst": "coefficients",
    "planner": "scenario",
    "creative": "creative",
    "post_mortem": "coefficients",
}
"""What each agent may ask a person to make final: its own work, whatever a text tells it."""


_FACTS = {"message_facts", "fix_facts"}


class ApprovalRequest(Record):
    """One request and what became of it."""

    approval_id: str
    kind: Kind
    subject_id: str
    title: str
    proposal: dict[str, Any] = Field(description="everything that is to be approved")
    status: Literal["pending", "approved", "rejected"]
    decided_by: str | None = None
    reason: str | None = None


def request_approval(
    deps: Deps,
    kind: Annotated[Kind, Field(description="what is to be made final")],
    subject_id: Annotated[
        str, Field(description="id of the scenario or creative brief, or the model version")
    ],
) -> ApprovalRequest:
    """Ask a person to approve a scenario, a creative brief, or the promotion of coefficients.

    Use it when the person has chosen a scenario, when a creative brief is written, or when a new
    coefficient version beats the one in force. It only asks; a person decides. A scenario must
    have been validated and not be blocked; coefficients must have a better backtest than the
    version in force.
    """
    _check_role(deps, kind)
    if kind == "scenario":
        validate_scenario(deps, subject_id)
    subject, title, proposal = _proposal(deps, kind, subject_id)
    stored = approvals.request(
        deps.conn,
        kind=kind,
        subject_id=subject,
        content_sha256=_digest(proposal),
        proposal={"title": title, **proposal},
        thread_id=deps.thread_id,
        requested_by=deps.workspace.actor,
        at=dt.datetime.now(tz=dt.UTC),
    )
    if stored.status == "rejected":
        message = f"{sentence(_as_request(stored))} Change it, then ask again."
        raise Refusal(message)
    return _as_request(stored)


def _check_role(deps: Deps, kind: Kind) -> None:
    """Refuse an agent that asks for what is not its own work; a person on the command line may."""
    own = MAY_ASK_FOR.get(deps.agent or "", kind)
    if own != kind:
        message = f"the {deps.agent} asks for the approval of {own} only, not of {kind}: leave it to its owner"
        raise Refusal(message)


def subject_of(deps: Deps, subject_id: str) -> tuple[Kind, str]:
    """Return what an id a person typed stands for: a scenario, or else a creative brief.

    Raises:
        NotStored: it stands for neither.
        Refusal: several subjects begin so.
    """
    try:
        return "scenario", str(find_scenario(deps, subject_id).id)
    except NotStored as no_scenario:
        try:
            return "creative", str(find_brief(deps, subject_id).id)
        except NotStored:
            message = f"{no_scenario}; there is no creative brief with that id either"
            raise NotStored(message) from None


def get_request(deps: Deps, approval_id: str) -> ApprovalRequest:
    """Return a request as it stands now."""
    return _as_request(approvals.get(deps.conn, UUID(approval_id)))


def decide(
    deps: Deps, approval_id: str, *, decision: Literal["approve", "reject"], by: str, reason: str
) -> ApprovalRequest:
    """Write a person's decision, once, and make effective what it approves.

    Raises:
        Refusal: what was shown has changed since, somebody decided otherwise before, or a rejection
            gives no reason.
    """
    if decision == "reject" and not reason.strip():
        message = "a rejection needs its reason, it is kept in the audit trail: say why"
        raise Refusal(message)
    request = approvals.get(deps.conn, UUID(approval_id))
    if decision == "approve" and request.kind == "scenario":
        validate_scenario(deps, request.subject_id)
    if decision == "approve" and _digest_of(deps, request) != request.content_sha256:
        message = (
            f"the {request.kind} {request.subject_id} has changed since approval was asked for: "
            "ask again"
        )
        raise Refusal(message)
    status: approvals.Decision = "approved" if decision == "approve" else "rejected"
    now = dt.datetime.now(tz=dt.UTC)
    if approvals.decide(deps.conn, request.id, status, by=by, reason=reason, at=now):
        if status == "approved" and request.kind == "coefficients":
            uplift.promote(deps.conn, request.subject_id, by=by, at=now)
        return get_request(deps, approval_id)
    standing = get_request(deps, approval_id)
    if standing.status != status:
        message = f"this was already {standing.status} by {standing.decided_by}"
        raise Refusal(message)
    return standing


def is_approved(deps: Deps, kind: Kind, subject_id: str) -> bool:
    """Say whether a subject is approved exactly as it is now."""
    subject, _, proposal = _proposal(deps, kind, subject_id)
    return approvals.is_approved(deps.conn, kind, subject, _digest(proposal))


def title(request: Mapping[str, Any], language: Language) -> str:
    """Say in the language what a request, as its tool returned it, is about."""
    kind, named = request["kind"], request["title"].partition("“")[2].removesuffix("”")
    return written(remark(f"title_{kind}", name=named or request["subject_id"]), language)


def sentence(request: ApprovalRequest, language: Language = "en") -> str:
    """Say in words what was decided."""
    because = f" ({request.reason})" if request.reason else ""
    said = remark(
        f"decided_{request.status}",
        title=title(request.model_dump(), language),
        by=f"{request.decided_by}{because}",
    )
    return written(said, language)


def _as_request(stored: approvals.Approval) -> ApprovalRequest:
    proposal = dict(stored.proposal)
    title = str(proposal.pop("title"))
    return ApprovalRequest(
        approval_id=str(stored.id),
        kind=stored.kind,
        subject_id=stored.subject_id,
        title=title,
        proposal=proposal,
        status=stored.status,
        decided_by=stored.decided_by,
        reason=stored.reason,
    )


def _digest_of(deps: Deps, request: approvals.Approval) -> str:
    return _digest(_proposal(deps, request.kind, request.subject_id)[2])


def _digest(proposal: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(proposal, sort_keys=True).encode()).hexdigest()


def _proposal(deps: Deps, kind: Kind, subject_id: str) -> tuple[str, str, dict[str, Any]]:
    """Return the subject's full id, a title, and the whole content that a person judges."""
    match kind:
        case "scenario":
            return _scenario_proposal(deps, subject_id)
        case "creative":
            return _creative_proposal(deps, subject_id)
        case "coefficients":
            return _coefficients_proposal(deps, subject_id)


def _scenario_proposal(deps: Deps, scenario_id: str) -> tuple[str, str, dict[str, Any]]:
    scenario, kpis = load_scenario(deps, scenario_id)
    report = validations.get_for(deps.conn, scenario.id)
    if report is None:
        message = f"the scenario {scenario.id} has not been validated: validate it first"
        raise Refusal(message)
    if report.status == "BLOCK":
        blocking = "; ".join(
            issue.suggested_fix for issue in report.issues if issue.severity == "critical"
        )
        message = f"the scenario {scenario.id} is blocked by the policy: {blocking}"
        raise Refusal(message)
    content = {
        "scenario": scenario.model_dump(mode="json"),
        "kpis": kpis.model_dump(mode="json", exclude={"kpi_breakdown"}),
        "intervals": kpis.kpi_breakdown["intervals"],
        "net_effect": kpis.kpi_breakdown["net_effect"],
        "assumptions": kpis.kpi_breakdown["assumptions"],
        # Facts only repeat what the messages say; without them a request asked before there were any
        # is still of the same content.
        "validation": report.model_dump(mode="json", exclude={"issues": {"__all__": _FACTS}}),
    }
    return str(scenario.id), f"Scenario “{scenario.label}”", content


def _creative_proposal(deps: Deps, brief_id: str) -> tuple[str, str, dict[str, Any]]:
    stored = find_brief(deps, brief_id)
    scenario = find_scenario(deps, str(stored.scenario_id))
    content = {"brief": stored.brief, "assets": stored.assets, "scenario_id": str(scenario.id)}
    return str(stored.id), f"Creative brief for “{scenario.label}”", content


def _coefficients_proposal(deps: Deps, version: str) -> tuple[str, str, dict[str, Any]]:
    stored_model(deps, version)
    in_force = uplift.promoted_version(deps.conn)
    backtest = backtest_of(deps, version)
    champion = backtest_of(deps, in_force) if in_force not in (None, version) else None
    if champion is not None and not better(backtest, champion):
        message = (
            f"the version {version} is not better than {in_force}, which is in force: it stays"
        )
        raise Refusal(message)
    content = {"model_version": version, "backtest": backtest}
    return version, f"Uplift coefficients {version}", content
