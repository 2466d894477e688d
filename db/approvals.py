"""`approvals`: what a person must agree to, and what they decided."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from analytics.types import Record
from db.errors import ConflictError
from db.rows import every, fields_of, one
from db.tables import approvals
from db.values import fit_row

ApprovalKind = Literal["scenario", "creative", "coefficients"]
Decision = Literal["approved", "rejected"]
NAMESPACE = UUID("7b0c0a52-6d4e-4f0e-9a51-2f3a7f4f6f10")


class Approval(Record):
    """A request to approve one content of one subject; another content needs another."""

    id: UUID
    kind: ApprovalKind
    subject_id: str
    content_sha256: str
    proposal: dict[str, Any]
    status: Literal["pending", "approved", "rejected"]
    thread_id: str | None
    requested_by: str
    requested_at: dt.datetime
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None


STORED = fields_of(approvals, Approval)


def request(  # noqa: PLR0913  one argument per column
    conn: sa.Connection,
    *,
    kind: ApprovalKind,
    subject_id: str,
    content_sha256: str,
    proposal: dict[str, Any],
    requested_by: str,
    at: dt.datetime,
    thread_id: str | None = None,
) -> Approval:
    """Ask for an approval, or return the one asked for before, decided or not.

    Args:
        conn: Connection in the caller's transaction.
        kind: What is to be approved.
        subject_id: Id of the scenario, of the brief, or the model version.
        content_sha256: Fingerprint of what is approved: a change asks anew.
        proposal: What the person is shown.
        requested_by: Agent or person who asks.
        at: Moment of the request, with its zone.
        thread_id: Conversation that waits for the answer.
    """
    row = {
        "id": uuid5(NAMESPACE, f"{kind}|{subject_id}|{content_sha256}"),
        "kind": kind,
        "subject_id": subject_id,
        "content_sha256": content_sha256,
        "proposal": proposal,
        "status": "pending",
        "thread_id": thread_id,
        "requested_by": requested_by,
        "requested_at": at,
    }
    key = ["kind", "subject_id", "content_sha256"]
    asked = insert(approvals).values(fit_row(approvals, row))
    conn.execute(asked.on_conflict_do_nothing(index_elements=key))
    found = sa.select(*STORED).where(*(approvals.c[name] == row[name] for name in key))
    return one(conn, found, Approval, "approval", row["id"])


def get(conn: sa.Connection, approval_id: UUID) -> Approval:
    """Return an approval.

    Raises:
        NotFoundError: There is none with this id.
    """
    wanted = sa.select(*STORED).where(approvals.c.id == approval_id)
    return one(conn, wanted, Approval, "approval", approval_id)


def pending(conn: sa.Connection, thread_id: str | None = None) -> list[Approval]:
    """Return what waits for a decision, oldest first, of all threads or of one."""
    wanted = (
        sa.select(*STORED)
        .where(approvals.c.status == "pending")
        .order_by(approvals.c.requested_at, approvals.c.id)
    )
    if thread_id is not None:
        wanted = wanted.where(approvals.c.thread_id == thread_id)
    return every(conn, wanted, Approval)


def newest(
    conn: sa.Connection,
    limit: int,
    status: Literal["pending", "approved", "rejected"] | None = None,
) -> list[Approval]:
    """Return the newest requests first, of one status or of all; at most `limit`."""
    wanted = sa.select(*STORED).order_by(approvals.c.requested_at.desc(), approvals.c.id.desc())
    if status is not None:
        wanted = wanted.where(approvals.c.status == status)
    return every(conn, wanted.limit(limit), Approval)


def decide(  # noqa: PLR0913, PLR0917  one argument per column
    conn: sa.Connection,
    approval_id: UUID,
    decision: Decision,
    by: str,
    reason: str | None,
    at: dt.datetime,
) -> bool:
    """Claim the decision: True for the first one, False for everyone after it.

    A False may have ended the transaction (DuckDB refuses the second of two writers), so
    nothing else belongs into it: read the approval again in a new one.

    Raises:
        NotFoundError: There is no such approval.
    """
    get(conn, approval_id)
    claim = (
        approvals.update()
        .where(approvals.c.id == approval_id, approvals.c.status == "pending")
        .values(status=decision, decided_by=by, decided_at=at, reason=reason)
    )
    try:
        return conn.execute(claim).rowcount == 1
    except ConflictError:
        return False


def is_approved(
    conn: sa.Connection, kind: ApprovalKind, subject_id: str, content_sha256: str
) -> bool:
    """Tell whether exactly this content was approved."""
    found = sa.select(approvals.c.id).where(
        approvals.c.kind == kind,
        approvals.c.subject_id == subject_id,
        approvals.c.content_sha256 == content_sha256,
        approvals.c.status == "approved",
    )
    return conn.execute(found).first() is not None


def approved_subjects(conn: sa.Connection, kind: ApprovalKind) -> set[str]:
    """Return the ids of everything of a kind that was approved, as it is now or as it was."""
    found = sa.select(approvals.c.subject_id).where(
        approvals.c.kind == kind, approvals.c.status == "approved"
    )
    return set(conn.execute(found).scalars())
