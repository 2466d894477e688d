"""The arguments of a tool as a pydantic model, made from its signature."""

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tools.deps import Deps
from tools.errors import Refusal

Answer = TypeVar("Answer", bound=BaseModel)


@functools.cache
def arguments_model(tool: Callable[..., Any]) -> type[BaseModel]:
    """Return the model of a tool's arguments: its signature without `deps`; made once per tool."""
    hints = typing.get_type_hints(tool, include_extras=True)
    fields: dict[str, Any] = {
        parameter.name: (
            hints[parameter.name],
            ... if parameter.default is inspect.Parameter.empty else parameter.default,
        )
        for parameter in list(inspect.signature(tool).parameters.values())[1:]
    }
    return create_model(
        tool.__name__, __config__=ConfigDict(extra="forbid", allow_inf_nan=False), **fields
    )


def repair(error: ValidationError) -> str:
    """Say which argument is wrong and what it should be."""
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'arguments'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False)
    )


def call(tool: Callable[..., Answer], deps: Deps, *given: object, **named: object) -> Answer:
    """Call a tool as an agent would: with its arguments checked first.

    Raises:
        Refusal: an argument is wrong; or what the tool itself refuses.
    """
    bound = inspect.signature(tool).bind(deps, *given, **named).arguments
    arguments = dict(list(bound.items())[1:])
    try:
        checked = arguments_model(tool)(**arguments)
    except ValidationError as error:
        raise Refusal(repair(error)) from error
    return tool(deps, **{name: getattr(checked, name) for name in arguments})
