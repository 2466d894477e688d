"""Models under test, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import ModelSettings, chat_model
from app.settings import read_settings
from app.threads import model_settings
from evals.cassette import Recorder, Replay
from evals.gullible import gullible, reader
from evals.oracle import oracle
from evals.sinners import SINNERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel

    from evals.drive import RunContext, Subject


@dataclass(frozen=True)
class RealModel:
    """A model as `promoloop chat` would use it: `offline`, or one behind an endpoint."""

    name: str
    settings: ModelSettings
    recording: Path | None = None

    def models(self, context: RunContext) -> Callable[[str], BaseChatModel]:
        """Return the chat model of each agent; the case is not shown to it."""
        key = self.settings.api_key.get_secret_value() if self.settings.api_key else None
        if self.recording is not None:
            context.watch(Recorder(self.recording, context.repeat, key))
        return lambda agent: chat_model(self.settings, agent)


def subject(name: str, cassette: tuple[str, Path] | None = None) -> Subject:
    """Return a subject by its name: a scripted one, `offline`, or a model behind the endpoint set.

    Args:
        name: which model.
        cassette: (`record` or `replay`, file) for the outputs of a real model.

    Raises:
        ModelError: the model needs a key or an endpoint.
    """
    if cassette is not None and cassette[0] == "replay":
        return Replay(name, cassette[1])
    if name in SCRIPTED:
        return SCRIPTED[name]()
    settings = model_settings(read_settings().model_copy(update={"model": name}))
    chat_model(settings, "planner")
    return RealModel(name, settings, cassette[1] if cassette else None)


SCRIPTED: dict[str, Callable[[], Subject]] = {
    "oracle": oracle,
    "gullible": gullible,
    "reader": reader,
    **SINNERS,
}
