"""What waits for a person, and what persons have decided."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from analytics.types import Record
from db import approvals
from db.approvals import ApprovalKind
from tools.deps import Deps

MAX_REQUESTS = 50


class RequestLine(Record):
    """One request for approval in short."""

    approval_id: str
    kind: ApprovalKind
    subject_id: str
    title: str
    status: Literal["pending", "approved", "rejected"]
    requested_at: dt.datetime
    decided_by: str | None
    decided_at: dt.datetime | None
    reason: str | None


class RequestList(Record):
    """Requests for approval, newest first."""

    requests: tuple[RequestLine, ...]


def list_approvals(
    deps: Deps,
    status: Annotated[
        Literal["pending", "approved", "rejected"] | None,
        Field(description="only these; all if left out"),
    ] = None,
    newest: Annotated[int, Field(ge=1, le=MAX_REQUESTS, description="how many")] = 10,
) -> RequestList:
    """List requests for approval of all conversations, newest first: what waits, who decided what.

    Use it for "what is waiting for me?" (status pending) and "who approved this, and why?". It only
    reads: a person decides, in the conversation or with promoloop approve / reject.
    """
    found = approvals.newest(deps.conn, limit=newest, status=status)
    return RequestList(
        requests=tuple(
            RequestLine(
                approval_id=str(request.id),
                kind=request.kind,
                subject_id=request.subject_id,
                title=str(request.proposal["title"]),
                status=request.status,
                requested_at=request.requested_at,
                decided_by=request.decided_by,
                decided_at=request.decided_at,
                reason=request.reason,
            )
            for request in found
        )
    )
