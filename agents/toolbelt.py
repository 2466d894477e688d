"""The one bridge from our typed functions to LangChain tools.

Each call is one transaction that also writes the tool ledger (loading workbooks has its own, and
is harmless to repeat). A call that is run again after a crash finds its own ledger row and gives the
same answer without doing anything twice.
"""

from __future__ import annotations

import datetime as dt
import functools
import inspect
import json
import logging
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.messages import HumanMessage
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from agents.routing import ROUTER
from db import tool_calls
from db.errors import ConflictError, NotFoundError, RefusedValueError, StoreError
from db.tool_calls import ToolCall
from tools.catalogue import TOOLS, Tool
from tools.errors import Refusal
from tools.schema import arguments_model, repair

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.deps import Workspace


# What a model can act on. A store that is gone is the operator's matter and stops the run.
REFUSALS = (Refusal, NotFoundError, ConflictError, RefusedValueError)

log = logging.getLogger(__name__)


def build_tools(names: Iterable[str], workspace: Workspace, agent: str) -> list[BaseTool]:
    """Bind the named tools to a workspace, for one agent.

    Raises:
        KeyError: a name is not in the catalogue.
    """
    return [_as_langchain(TOOLS[name], workspace, agent) for name in names]


def _as_langchain(tool: Tool, workspace: Workspace, agent: str) -> BaseTool:
    def run(runtime: ToolRuntime, **arguments: Any) -> str:  # noqa: ANN401  the schema checked them
        thread = str(runtime.config["configurable"]["thread_id"])
        said = _person_said(runtime)
        call = _Call(tool, agent, thread, runtime.tool_call_id or "", arguments, said)
        try:
            return call.answer(workspace)
        except REFUSALS as refusal:
            call.record_refusal(workspace, str(refusal))
            raise ToolException(str(refusal)) from refusal
        except StoreError:
            raise
        except Exception as fault:
            # A fault in one tool must not cost the person the whole conversation.
            log.exception("the tool %s failed in thread %s", tool.name, thread)
            message = (
                f"the tool {tool.name} failed by a fault of the program ({type(fault).__name__}) and "
                "changed nothing: tell the person so, and do not repeat the call"
            )
            call.record_refusal(workspace, message)
            raise ToolException(message) from fault

    return StructuredTool(
        name=tool.name,
        description=inspect.cleandoc(tool.function.__doc__ or ""),
        args_schema=_with_runtime(arguments_model(tool.function)),
        func=run,
        handle_tool_error=True,
        handle_validation_error=_repair,
    )


@functools.cache
def _with_runtime(arguments: type[BaseModel]) -> type[BaseModel]:
    """Add the call's runtime, which LangChain fills in and hides from the model.

    As a parameter of the function alone it is lost for tools without arguments.
    """
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in arguments.model_fields.items()
    }
    return create_model(arguments.__name__, __config__=config, **fields, runtime=(ToolRuntime, ...))


class _Call:
    """One call of one tool in one thread."""

    def __init__(  # noqa: PLR0913, PLR0917  what one call consists of
        self,
        tool: Tool,
        agent: str,
        thread: str,
        call_id: str,
        arguments: dict[str, Any],
        person_said: tuple[str, ...],
    ) -> None:
        self._person_said = person_said
        self._tool = tool
        self._agent = agent
        self._thread = thread
        self._call_id = call_id
        self._arguments = arguments

    def answer(self, workspace: Workspace) -> str:
        """Run the call once, or give the answer that the ledger already has for it."""
        scope = f"{self._thread}/{self._call_id}"
        writes = self._tool.mode == "WRITE"
        with workspace.open(
            scope,
            write=writes,
            thread_id=self._thread,
            agent=self._agent,
            person_said=self._person_said,
        ) as deps:
            known = tool_calls.recorded(deps.conn, self._thread, self._call_id)
            if known is not None and known.error is None:
                return _compact(known.result)
            result = self._tool.function(deps, **self._arguments).model_dump(mode="json")
            tool_calls.record(deps.conn, self._row(result, None))
            return _compact(result)

    def record_refusal(self, workspace: Workspace, reason: str) -> None:
        """Write down that the call was refused, for the audit trail."""
        with workspace.open("refusal") as deps:
            tool_calls.record(deps.conn, self._row(None, reason))

    def _row(self, result: dict[str, Any] | None, error: str | None) -> ToolCall:
        return ToolCall(
            thread_id=self._thread,
            call_id=self._call_id,
            agent=self._agent,
            tool=self._tool.name,
            mode=self._tool.mode,
            arguments=arguments_model(self._tool.function)(**self._arguments).model_dump(
                mode="json"
            ),
            result=result,
            error=error,
            called_at=dt.datetime.now(tz=dt.UTC),
        )


def _person_said(runtime: ToolRuntime) -> tuple[str, ...]:
    """Return what the person said in the conversation; hand-overs are not theirs."""
    messages = runtime.state["messages"] if isinstance(runtime.state, dict) else ()
    return tuple(m.text for m in messages if isinstance(m, HumanMessage) and m.name != ROUTER)


def _compact(result: Any) -> str:  # noqa: ANN401  any JSON value
    return json.dumps(result, separators=(",", ":"), ensure_ascii=False)


def _repair(error: ValidationError | Any) -> str:  # noqa: ANN401  LangChain also hands in pydantic v1 errors
    """Say which argument is wrong and what it should be, so that the model can correct it."""
    problems = repair(error) if isinstance(error, ValidationError) else str(error)
    return (
        f"The call was not run, its arguments are wrong. {problems}. Correct them and call again."
    )
