"""Chat models by name: `offline` (shipped, deterministic) or any OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agents.offline.model import OfflineModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models import BaseChatModel
    from langchain_core.outputs import ChatGenerationChunk

OFFLINE = "offline"


class ModelError(ValueError):
    """The model that was asked for cannot be had; the message says what to set."""


class CutStreamError(ConnectionError):
    """A streamed answer ended before it was whole; nothing of it may be used."""


@dataclass(frozen=True)
class ModelSettings:
    """Which model, where, and with which key."""

    name: str = OFFLINE
    api_key: SecretStr | None = None
    base_url: str | None = None
    timeout_s: float = 60.0


def chat_model(settings: ModelSettings, agent: str) -> BaseChatModel:
    """Return the chat model that drives one agent (or `router`).

    Raises:
        ModelError: a model other than `offline` was named and there is neither a key nor an endpoint.
    """
    if settings.name == OFFLINE:
        return OfflineModel(agent=agent)
    if settings.api_key is None and settings.base_url is None:
        message = (
            f"the model {settings.name!r} needs a key or an endpoint: set OPENAI_API_KEY (and "
            f"OPENAI_BASE_URL for a server of your own), or set PROMOLOOP_MODEL={OFFLINE}"
        )
        raise ModelError(message)
    return StrictChatOpenAI(
        model=settings.name,
        api_key=settings.api_key or SecretStr("none"),
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=3,
        stream_usage=True,  # the library switches usage off as soon as a base_url is set
        use_responses_api=False,
    )


class StrictChatOpenAI(ChatOpenAI):
    """ChatOpenAI that never hands on half an answer.

    The library runs a tool call whose stream broke off as soon as what arrived can be repaired
    into JSON: a quantity of 10 for 1000. Here a stream without a finish reason, a call cut by
    the token limit, or arguments that are not JSON raise `CutStreamError` instead.
    """

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


class _StreamWatch:
    """Collects the raw tool-call text of one stream and judges it at the end."""

    def __init__(self) -> None:
        self._arguments: defaultdict[int | None, str] = defaultdict(str)
        self._finish: str | None = None

    def feed(self, chunk: ChatGenerationChunk) -> None:
        for part in getattr(chunk.message, "tool_call_chunks", []):
            self._arguments[part.get("index")] += part.get("args") or ""
        reason = (chunk.generation_info or {}).get("finish_reason")
        self._finish = (
            self._finish or reason or chunk.message.response_metadata.get("finish_reason")
        )

    def finish(self) -> None:
        if not self._finish:
            message = "the model's answer broke off in the middle"
            raise CutStreamError(message)
        if self._finish == "length" and self._arguments:
            message = "the model's tool call was cut by its token limit"
            raise CutStreamError(message)
        for arguments in self._arguments.values():
            try:
                json.loads(arguments or "{}")
            except ValueError as error:
                message = "the model's tool call is not valid JSON"
                raise CutStreamError(message) from error
