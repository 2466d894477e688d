"""Where a person must say yes: the graph stops, shows the whole proposal, and waits.

The decision is claimed in the store first (only the first one counts); the graph only carries it
on. A decision made elsewhere meanwhile, or before a crash, is found there and not asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig  # noqa: TC002  LangGraph reads it
from langgraph.types import interrupt

from agents.language import language_of
from agents.routing import results, since
from tools import approvals
from tools.errors import Refusal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from agents.state import LoopState
    from tools.deps import Deps, Workspace


class Answer(TypedDict):
    """What a person answers to a request: the graph is resumed with it."""

    decision: Literal["approve", "reject"]
    by: str
    reason: str


class Approval:
    """The node that asks a person about the newest request of the turn."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __call__(self, state: LoopState, config: RunnableConfig) -> dict[str, Any]:
        """Wait for the decision, write it to the store, and say what was decided."""
        thread = str(config["configurable"]["thread_id"])
        asked = _newest_request(state)
        with self._open(thread) as deps:
            request = approvals.get_request(deps, asked)
        if request.status == "pending":
            answer: Answer = interrupt(request.model_dump(mode="json"))
            try:
                with self._open(thread) as deps:
                    request = approvals.decide(deps, asked, **answer)
            except Refusal as refusal:
                # Nothing was decided; the turn ends and the person can ask anew.
                return {"messages": [AIMessage(str(refusal), name="approval")], "decision": None}
        return {
            "messages": [
                AIMessage(
                    approvals.sentence(request, language_of(state["messages"])), name="approval"
                )
            ],
            "decision": {
                "kind": request.kind,
                "subject_id": request.subject_id,
                "status": request.status,
                "by": request.decided_by or "",
                "reason": request.reason or "",
            },
        }

    def _open(self, thread: str) -> AbstractContextManager[Deps]:
        return self._workspace.open(f"{thread}/approval", thread_id=thread)


def _newest_request(state: LoopState) -> str:
    return next(
        str(result.data["approval_id"])
        for result in reversed(results(since(state["messages"], person=False)))
        if result.tool == "request_approval" and result.data
    )
