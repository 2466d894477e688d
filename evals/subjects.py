"""Models under test, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.models import ModelSettings, chat_model
from app.settings import read_settings
from app.threads import model_settings
from evals.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models import BaseChatModel

    from evals.drive import RunContext, Subject


@dataclass(frozen=True)
class RealModel:
    """A model as `promoloop chat` would use it: `offline`, or one behind an endpoint."""

    name: str
    settings: ModelSettings = field(default_factory=ModelSettings)

    def models(self, context: RunContext) -> Callable[[str], BaseChatModel]:
        """Return the chat model of each agent; the case is not shown to it."""
        del context
        return lambda agent: chat_model(self.settings, agent)


def subject(name: str) -> Subject:
    """Return a subject by its name: a scripted one, `offline`, or a model behind the endpoint set.

    Raises:
        ModelError: the model needs a key or an endpoint.
    """
    if name in SCRIPTED:
        return SCRIPTED[name]()
    settings = model_settings(read_settings().model_copy(update={"model": name}))
    chat_model(settings, "planner")
    return RealModel(name, settings)


SCRIPTED: dict[str, Callable[[], Subject]] = {"oracle": oracle}
