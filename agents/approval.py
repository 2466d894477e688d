"""Where a person must say yes: the graph stops, shows the whole proposal, and waits.

The decision is claimed in the store first (only the first one counts); the graph only carries it
on. A decision made elsewhere in the meantime, or before a crash, is found there and not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from langchain_core.messages import AIMessage
from langgraph.types import interrupt

from agents.routing import results, since
from tools import approvals

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import RunnableConfig

    from agents.state import LoopState
    from tools.deps import Workspace


class Answer(TypedDict):
    """What a person answers to a request: the graph is resumed with it."""

    decision: str
    by: str
    reason: str


def approval_node(workspace: Workspace) -> Callable[[LoopState, RunnableConfig], dict[str, Any]]:
    """Return the graph node that asks a person about the newest request of the turn."""

    def approval(state: LoopState, config: RunnableConfig) -> dict[str, Any]:
        thread = str(config["configurable"]["thread_id"])
        asked = next(
            result.data
            for result in reversed(results(since(state["messages"], person=False)))
            if result.tool == "request_approval" and result.data
        )
        with workspace.open(f"{thread}/approval", thread_id=thread) as deps:
            request = approvals.get_request(deps, asked["approval_id"])
        if request.status == "pending":
            answer: Answer = interrupt(request.model_dump(mode="json"))
            with workspace.open(f"{thread}/approval", thread_id=thread) as deps:
                request = approvals.decide(
                    deps,
                    asked["approval_id"],
                    decision=answer["decision"],
                    by=answer["by"],
                    reason=answer["reason"],
                )
        return {
            "messages": [AIMessage(approvals.sentence(request), name="approval")],
            "decision": {
                "kind": request.kind,
                "subject_id": request.subject_id,
                "status": request.status,
                "by": request.decided_by or "",
                "reason": request.reason or "",
            },
        }

    return approval
