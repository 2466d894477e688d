"""Chat models by name: `offline` (shipped, deterministic) or any OpenAI-compatible endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from agents.offline.model import OfflineModel
from agents.schema_calls import SchemaChatOpenAI
from agents.strict_openai import StrictChatOpenAI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.language_models import BaseChatModel

OFFLINE = "offline"


class ModelError(ValueError):
    """The model that was asked for cannot be had; the message says what to set."""


@dataclass(frozen=True)
class ModelSettings:
    """Which models, where, and with which key.

    Attributes:
        name: drives every agent that `by_agent` does not name.
        api_key: None for `offline`, and for servers that ask for none.
        base_url: None for OpenAI itself.
        timeout_s: how long one answer may take, in seconds.
        retries: how often a refused, failed or late request is sent again, with growing pauses.
        tool_calls: `schema` for servers and models without tool calls of their own.
        by_agent: other models for some agents (or `router`), by name.
    """

    name: str = OFFLINE
    api_key: SecretStr | None = None
    base_url: str | None = None
    timeout_s: float = 60.0
    retries: int = 3
    tool_calls: Literal["native", "schema"] = "native"
    by_agent: Mapping[str, str] = field(default_factory=dict)


def chat_model(settings: ModelSettings, agent: str) -> BaseChatModel:
    """Return the chat model that drives one agent (or `router`).

    Raises:
        ModelError: a model other than `offline` was named and there is neither a key nor an endpoint.
    """
    name = settings.by_agent.get(agent, settings.name)
    if name == OFFLINE:
        return OfflineModel(agent=agent)
    if settings.api_key is None and settings.base_url is None:
        message = (
            f"the model {name!r} needs a key or an endpoint: set OPENAI_API_KEY (and "
            f"OPENAI_BASE_URL for a server of your own), or set PROMOLOOP_MODEL={OFFLINE}"
        )
        raise ModelError(message)
    kind = SchemaChatOpenAI if settings.tool_calls == "schema" else StrictChatOpenAI
    return kind(
        model=name,
        api_key=settings.api_key or SecretStr("none"),
        base_url=settings.base_url,
        timeout=settings.timeout_s,
        max_retries=settings.retries,
        stream_usage=True,  # the library switches usage off as soon as a base_url is set
        use_responses_api=False,  # by itself the library picks the API by the model's name
    )
