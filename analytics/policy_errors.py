"""Sentences for a business person about what is wrong in a YAML file: the key and the repair."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    import yaml
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_WORDS = {
    "Input should be a valid tuple": "it must be a list in square brackets",
    "Input should be a valid dictionary or instance of": "it must hold the indented keys of",
    "Input should": "it should",
}


def yaml_sentence(error: yaml.MarkedYAMLError) -> str:
    """Say in one sentence on which line the text stops being YAML and why."""
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}" if mark else "the text"
    return (
        f"The policy cannot be read at {where} ({error.problem}): "
        "correct the indentation, the quotes or the key there"
    )


def validation_sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Say in one sentence which key of `model` is wrong and what to write instead.

    A misspelt key also makes the right one missing, so unknown keys are reported first.
    """
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    path = [str(part) for part in first["loc"]]
    key = "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in first["loc"]
    ).removeprefix(".")
    if first["type"] == "extra_forbidden":
        return f"The policy key {key} is not known: {_nearest(path, model)}"
    example = _example(path, model)
    if first["type"] == "missing":
        return f"The policy lacks the key {key}: add it, for example `{path[-1]}: {example}`"
    return f"The policy key {key}{_reason(first)}" + (
        "" if first["type"] == "value_error" else f": write for example {example}"
    )


def _reason(detail: ErrorDetails) -> str:
    reason = detail["msg"].removeprefix("Value error, ").rstrip(".")
    for theirs, ours in _WORDS.items():
        reason = reason.replace(theirs, ours)
    given = detail["input"]
    scalar = isinstance(given, (str, int, float))
    return f" is {given!r} but {reason}" if scalar else f" is wrong, {reason}"


def _nearest(path: list[str], model: type[BaseModel]) -> str:
    parent = model
    for part in path[:-1]:
        field = parent.model_fields.get(part)
        parent = (_submodel(field.annotation) if field else None) or parent
    known = list(parent.model_fields)
    near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def _example(path: list[str], model: type[BaseModel]) -> str:
    """Return the example of the deepest field on the path, or of its values."""
    example = "what default_policy.yaml has there"
    for part in path:
        field = model.model_fields.get(part)
        if field is not None:
            example = str(field.examples[0]) if field.examples else example
            model = _submodel(field.annotation) or model
        elif example.startswith("{"):
            example = example.strip("{}").split(": ")[1]
        elif example.startswith("["):
            example = example.strip("[]")
    return example


def _submodel(annotation: object) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
