"""Prompts are files; rendering is strict: an unknown or a missing variable is an error."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{ *([a-z_]+) *\}\}")


class PromptError(ValueError):
    """A prompt file and the variables given for it do not fit."""


def render(name: str, variables: Mapping[str, str]) -> str:
    """Return the text of `prompts/<name>.md` with every `{{ variable }}` filled in.

    Raises:
        PromptError: the file is missing, needs a variable that was not given,
            or was given one that it does not use.
    """
    source = files("prompts") / f"{name}.md"
    if not source.is_file():
        message = f"there is no prompt file prompts/{name}.md"
        raise PromptError(message)
    text = source.read_text(encoding="utf-8")
    wanted = set(_VARIABLE.findall(text))
    if missing := sorted(wanted - variables.keys()):
        message = f"prompts/{name}.md needs {', '.join(missing)}, which was not given"
        raise PromptError(message)
    if unknown := sorted(variables.keys() - wanted):
        message = f"prompts/{name}.md does not use {', '.join(unknown)}"
        raise PromptError(message)
    return _VARIABLE.sub(lambda match: variables[match[1]], text).strip() + "\n"
