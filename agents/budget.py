"""What one turn may cost: model calls and tokens, over all agents and the router."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage

if TYPE_CHECKING:
    from langchain_core.outputs import LLMResult


class BudgetSpentError(RuntimeError):
    """A turn used up its model calls or tokens and was stopped."""


@dataclass(frozen=True)
class Limits:
    """Most model calls and tokens (in and out together) of one turn."""

    calls: int = 60
    tokens: int = 500_000


DEFAULT_LIMITS = Limits()


class Budget(BaseCallbackHandler):
    """Counts what a turn's models use, and stops the next call when the limits are reached."""

    raise_error = True
    run_inline = True

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._lock = threading.Lock()
        self.calls = 0
        self.input_tokens = 0
        self.output_tokens = 0

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  the library's own signature
        """Count a call before it is made.

        Raises:
            BudgetSpentError: nothing is left for it.
        """
        with self._lock:
            tokens = self.input_tokens + self.output_tokens
            if self.calls >= self._limits.calls or tokens >= self._limits.tokens:
                message = (
                    f"this turn used {self.calls} model calls and {tokens} tokens, its budget is "
                    f"{self._limits.calls} and {self._limits.tokens}: ask for less at a time, or "
                    "raise PROMOLOOP_MAX_CALLS or PROMOLOOP_MAX_TOKENS"
                )
                raise BudgetSpentError(message)
            self.calls += 1

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:  # noqa: ANN401  the library's own signature
        """Add what an answer used, as the server counted it."""
        for generations in response.generations:
            for generation in generations:
                message = getattr(generation, "message", None)
                usage = message.usage_metadata if isinstance(message, AIMessage) else None
                if usage:
                    with self._lock:
                        self.input_tokens += usage["input_tokens"]
                        self.output_tokens += usage["output_tokens"]
