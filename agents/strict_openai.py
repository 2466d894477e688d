"""ChatOpenAI that never hands on half an answer, nor two calls under one name."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_openai import ChatOpenAI
from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult


class BrokenAnswerError(ConnectionError):
    """A model's answer is cut, empty, or calls a tool with no valid JSON: nothing of it is used."""


class StrictChatOpenAI(ChatOpenAI):
    """ChatOpenAI whose answers are whole or `BrokenAnswerError`.

    The library runs a tool call whose stream broke off as soon as what arrived can be repaired
    into JSON (a quantity of 10 for 1000), and ends a turn in silence on a call it cannot read.
    Here a stream without a finish reason, a call cut by the token limit, arguments that are not
    a JSON object, and an answer without words or calls raise instead.

    Each call gets an id of our own: some servers send empty ids, or the same ones in every answer,
    and the tool ledger answers a known id from memory.
    """

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:  # noqa: ANN401  the library's own signature
        with _readable():
            return _whole(super()._generate(*args, **kwargs))

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:  # noqa: ANN401  the library's own signature
        with _readable():
            return _whole(await super()._agenerate(*args, **kwargs))

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:  # noqa: ANN401  the library's own signature
        watch = _StreamWatch()
        for chunk in super()._stream(*args, **kwargs):
            watch.feed(chunk)
            yield chunk
        watch.finish()

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:  # noqa: ANN401  the library's own signature
        watch = _StreamWatch()
        async for chunk in super()._astream(*args, **kwargs):
            watch.feed(chunk)
            yield chunk
        watch.finish()


def new_call_id() -> str:
    """Return an id that no other call of any thread has."""
    return f"call_{uuid4().hex}"


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what the library says of arguments that are JSON, but no object, into our error."""
    try:
        yield
    except ValidationError as error:
        message = "the arguments of the model's tool call are not valid JSON for a tool"
        raise BrokenAnswerError(message) from error


def _whole(result: ChatResult) -> ChatResult:
    for generation in result.generations:
        message = generation.message
        finish = (generation.generation_info or {}).get("finish_reason")
        calls = list(_calls_of(message))
        _judge(finish, [str(call["args"]) for call in _unread(message)], len(calls), message.text)
        for call in calls:
            call["id"] = new_call_id()
    return result


def _calls_of(message: BaseMessage) -> Iterator[Any]:
    if isinstance(message, AIMessage):
        yield from message.tool_calls
        yield from message.invalid_tool_calls


def _unread(message: BaseMessage) -> list[Any]:
    return list(message.invalid_tool_calls) if isinstance(message, AIMessage) else []


def _judge(finish: str | None, arguments: list[str], calls: int, text: str) -> None:
    """Raise unless an answer can be used: `arguments` are the raw texts still to be read."""
    if not finish:
        message = "the model's answer broke off in the middle"
        raise BrokenAnswerError(message)
    if finish == "length" and calls:
        message = "the model's tool call was cut by its token limit"
        raise BrokenAnswerError(message)
    for raw in arguments:
        if not _is_object(raw or "{}"):
            message = "the arguments of the model's tool call are not valid JSON"
            raise BrokenAnswerError(message)
    if not calls and not text.strip():
        message = "the model's answer is empty"
        raise BrokenAnswerError(message)


def _is_object(raw: str) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except ValueError:
        return False


class _StreamWatch:
    """Follows one stream: names its calls, keeps their raw text, and judges it at the end."""

    def __init__(self) -> None:
        self._calls: list[str] = []
        self._open: dict[int | None, tuple[int, str]] = {}
        self._finish: str | None = None
        self._text = ""

    def feed(self, chunk: ChatGenerationChunk) -> None:
        message = chunk.message
        if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
            for part in message.tool_call_chunks:
                part["id"] = self._name(part.get("index"), part.get("id"))
                self._calls[self._open[part.get("index")][0]] += part.get("args") or ""
            chunk.message = AIMessageChunk.model_validate(message.model_dump())
        self._text += chunk.text
        reason = (chunk.generation_info or {}).get("finish_reason")
        self._finish = self._finish or reason or message.response_metadata.get("finish_reason")

    def _name(self, index: int | None, theirs: str | None) -> str | None:
        """Return our id where a call begins; the pieces that follow carry none."""
        known = self._open.get(index)
        # A second call may come under the same index: its own id tells it apart.
        if known is not None and (not theirs or theirs == known[1]):
            return None
        self._open[index] = (len(self._calls), theirs or "")
        self._calls.append("")
        return new_call_id()

    def finish(self) -> None:
        _judge(self._finish, self._calls, len(self._calls), self._text)
