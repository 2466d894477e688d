"""Records what a model said, and says it again: an expensive model is scored anew for nothing.

A recorded answer is found by who is asked, the whole conversation as it stands, what the agent's tools
look like, and the repeat. Anything else is a miss, which stops the run and says what differs.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda

from agents.routing import ROUTER
from evals.results import tools_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from uuid import UUID

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult
    from langchain_core.runnables import Runnable

    from evals.drive import RunContext


class CassetteMissError(LookupError):
    """Nothing is recorded for what a model is asked; the message says what differs."""


class Recorder(BaseCallbackHandler):
    """Appends every answer of every model to a file."""

    run_inline = True

    def __init__(self, file: Path, repeat: int, secret: str | None = None) -> None:
        self._file = file
        self._repeat = repeat
        self._secret = secret
        self._asked: dict[UUID, tuple[str, list[list[Any]]]] = {}

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002  the library's own signature
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> None:
        """Remember what is asked, and of whom."""
        agent = str((metadata or {}).get("lc_agent_name") or ROUTER)
        self._asked[run_id] = (agent, canonical(messages[0]))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:  # noqa: ANN401, ARG002
        """Write the answer down, without the key it was bought with."""
        agent, asked = self._asked.pop(run_id)
        generation = response.generations[0][0]
        if not isinstance(generation, ChatGeneration) or not isinstance(
            generation.message, AIMessage
        ):
            return
        message = generation.message
        entry = {
            "key": key_of(agent, asked, self._repeat),
            "agent": agent,
            "asked": [_digest(part) for part in asked],
            "last": [str(part[1])[:80] for part in asked],
            "content": message.text,
            "tool_calls": message.tool_calls,
            "invalid_tool_calls": message.invalid_tool_calls,
            "usage": message.usage_metadata,
        }
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        if self._secret:
            line = line.replace(self._secret, "[key]")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        # One write per line: several processes record into the same file.
        with self._file.open("ab", buffering=0) as out:
            out.write(f"{line}\n".encode())


class Replay:
    """A subject that says what was recorded."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._file = file

    def models(self, context: RunContext) -> Callable[[str], BaseChatModel]:
        """Return a model per agent that reads the cassette."""
        tape, near = _load(self._file)
        return lambda agent: ReplayModel(agent=agent, repeat=context.repeat, tape=tape, near=near)


class ReplayModel(BaseChatModel):
    """A chat model that says what another one said in the same place."""

    agent: str
    repeat: int
    tape: dict[str, Any]
    near: list[dict[str, Any]]

    @property
    def _llm_type(self) -> str:
        return "promoloop-replay"

    def bind_tools(
        self,
        tools: Sequence[Any],  # noqa: ARG002  the recording knows what was bound
        *,
        tool_choice: Any = None,  # noqa: ANN401, ARG002
        **kwargs: Any,  # noqa: ANN401
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind nothing: what was bound is part of the recording."""
        return self.bind(**kwargs)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:  # noqa: ANN401, ARG002
        """Read a structured answer from a recorded call or from recorded JSON."""
        return self | RunnableLambda(_structured)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the library's own signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> ChatResult:
        asked = canonical(messages)
        entry = self.tape.get(key_of(self.agent, asked, self.repeat))
        if entry is None:
            raise CassetteMissError(self._miss(asked))
        message = AIMessage(
            content=entry["content"],
            tool_calls=entry["tool_calls"],
            invalid_tool_calls=entry["invalid_tool_calls"],
            usage_metadata=entry["usage"],
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _miss(self, asked: list[list[Any]]) -> str:
        digests = [_digest(part) for part in asked]
        best, agreed = None, -1
        for entry in self.near:
            same = next(
                (
                    i
                    for i, (a, b) in enumerate(zip(digests, entry["asked"], strict=False))
                    if a != b
                ),
                min(len(digests), len(entry["asked"])),
            )
            if entry["agent"] == self.agent and same > agreed:
                best, agreed = entry, same
        if best is None:
            return f"nothing is recorded of the agent {self.agent}: record it first"
        now = str(asked[agreed][1])[:80] if agreed < len(asked) else "the end"
        then = best["last"][agreed] if agreed < len(best["last"]) else "the end"
        return (
            f"the recording of {self.agent} does not fit: message {agreed} is {now!r} and was {then!r}; "
            "record it anew"
        )


def canonical(messages: Sequence[BaseMessage]) -> list[list[Any]]:
    """Return messages as JSON, without what a library adds by itself."""
    return [
        [
            message.type,
            message.text,
            message.name,
            [[c["name"], c["args"], c["id"]] for c in getattr(message, "tool_calls", [])],
            getattr(message, "tool_call_id", None),
        ]
        for message in messages
    ]


def key_of(agent: str, asked: list[list[Any]], repeat: int) -> str:
    """Return the key under which an answer is kept."""
    return _digest([agent, tools_sha256(agent), repeat, asked])


def _structured(message: AIMessage) -> Any:  # noqa: ANN401  any JSON value
    return message.tool_calls[0]["args"] if message.tool_calls else json.loads(message.text)


def _digest(value: object) -> str:
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


@cache
def _load(file: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        message = f"the recording {file} cannot be read ({error.strerror}): record it first"
        raise CassetteMissError(message) from error
    entries = [json.loads(line) for line in lines]
    return {entry["key"]: entry for entry in entries}, entries
