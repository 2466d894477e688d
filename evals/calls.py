"""Compares the calls a turn made with the calls it had to make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agents.grounding.units import unit_of
from agents.team import TEAM
from evals.expectation import holds
from evals.matching import OrderedPairing, pairing
from evals.values import MISSING, same
from tools.catalogue import TOOLS
from tools.schema import arguments_model, repair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evals.cases import Expect, ExpectedCall
    from evals.expectation import Lookup
    from evals.trajectory import MadeCall


@dataclass(frozen=True)
class Comparison:
    """What a comparison of calls found.

    Attributes:
        pairs: expected call (position) to made call (position): tool, arguments and order fit.
        wrong_tools: expected calls whose tool was not called often enough.
        wrong_arguments: expected calls of the right tool with other arguments, with what differs.
        wrong_order: the calls are all there, but in no permitted order.
        extra: made calls that no expectation asked for.
    """

    pairs: dict[int, int]
    wrong_tools: list[str]
    wrong_arguments: list[str]
    wrong_order: bool
    extra: list[int]


def normalised(tool: str, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return arguments as the tool reads them, defaults filled in, and what is wrong with them.

    Arguments that the tool would refuse to read stay as they are.
    """
    if tool not in TOOLS:
        return dict(arguments), f"there is no tool {tool!r}"
    try:
        checked = arguments_model(TOOLS[tool].function)(**arguments)
    except ValidationError as error:
        return dict(arguments), repair(error)
    except TypeError as error:
        return dict(arguments), str(error)
    return checked.model_dump(mode="json"), None


def defaults(tool: str) -> dict[str, Any]:
    """Return the arguments of a tool that may be left out, with what they are then."""
    fields = arguments_model(TOOLS[tool].function).model_fields
    return {
        name: json.loads(json.dumps(field.get_default(call_default_factory=True), default=list))
        for name, field in fields.items()
        if not field.is_required()
    }


def difference(wanted: ExpectedCall, made: MadeCall, lookup: Lookup) -> str | None:
    """Return how a made call differs from an expected one, None when it does not."""
    if made.tool != wanted.tool:
        return f"{made.tool} instead of {wanted.tool}"
    if wanted.agent is not None and made.agent != wanted.agent:
        return f"{made.tool} by {made.agent} instead of {wanted.agent}"
    actual, wrong = normalised(made.tool, made.arguments)
    if wrong is not None:
        return f"{made.tool}: {wrong}"
    optional = defaults(made.tool)
    for name in sorted({*actual, *wanted.args}):
        value = actual.get(name, MISSING)
        if name in wanted.args:
            if not _argument_holds(wanted.args[name], value, name, optional, lookup):
                return f"{made.tool}.{name} is {value!r}"
        elif not same(value, optional.get(name, MISSING)):
            return f"{made.tool}.{name} is {value!r}, and nobody asked for it"
    return None


def _argument_holds(
    wanted: object, value: object, name: str, optional: Mapping[str, Any], lookup: Lookup
) -> bool:
    if holds(wanted, value, lookup, unit_of(name)):
        return True
    # Stating a list and leaving it out mean the same where the default is that list in another order.
    return name in optional and same(wanted, optional[name]) and same(value, optional[name])


def compare(expect: Expect, made: Sequence[MadeCall], lookup: Lookup) -> Comparison:
    """Pair expected with made calls so that as many as possible fit, order and references included.

    A call that the tool refused fits only where the turn is to end in a refusal or an abstention.
    """
    wanted = expect.calls
    counted = {"ok", "refused"} if expect.stop in {"refuse", "abstain"} else {"ok"}
    usable = [index for index, call in enumerate(made) if call.status in counted]

    def candidates(left: int, so_far: Mapping[int, int]) -> list[int]:
        resolve = _resolver(expect, made, so_far, lookup)
        return [i for i in usable if difference(wanted[left], made[i], resolve) is None]

    def earlier(one: int, other: int) -> bool:
        return made[one].step < made[other].step

    pairs = OrderedPairing(len(wanted), candidates, earlier, expect.order_pairs()).search()
    missing = [index for index in range(len(wanted)) if index not in pairs]
    free_pairs = pairs
    if missing:
        free_pairs = OrderedPairing(len(wanted), candidates, lambda _a, _b: True, ()).search()
    wrong_order = len(free_pairs) == len(wanted) > len(pairs)
    tools, arguments = ([], []) if wrong_order else _missing(expect, made, usable, pairs, lookup)
    used = {*pairs.values(), *(free_pairs.values() if wrong_order else ())}
    extra = [index for index in usable if index not in used]
    if expect.mode == "strict" and not missing and not extra:
        wrong_order = wrong_order or list(pairs.values()) != sorted(pairs.values())
    return Comparison(pairs, tools, arguments, wrong_order, extra)


def _missing(
    expect: Expect,
    made: Sequence[MadeCall],
    usable: Sequence[int],
    pairs: Mapping[int, int],
    lookup: Lookup,
) -> tuple[list[str], list[str]]:
    """Say of each expected call without a partner whether the tool or only its arguments are wrong."""
    by_name = pairing(
        [[i for i in usable if made[i].tool == wanted.tool] for wanted in expect.calls]
    )
    tools: list[str] = []
    arguments: list[str] = []
    resolve = _resolver(expect, made, pairs, lookup)
    for index, wanted in enumerate(expect.calls):
        if index in pairs:
            continue
        near = [i for i in usable if made[i].tool == wanted.tool and i not in pairs.values()]
        if near and index in by_name:
            arguments.append(str(difference(wanted, made[near[0]], resolve)))
        else:
            tools.append(f"{wanted.tool} was not called")
    return tools, arguments


def _resolver(
    expect: Expect, made: Sequence[MadeCall], pairs: Mapping[int, int], outer: Lookup
) -> Lookup:
    """Return a lookup of `a.path`: what the call paired with the expected call `a` returned."""
    place = {call.id: index for index, call in enumerate(expect.calls) if call.id}

    def resolve(path: str) -> object:
        name, _, rest = path.partition(".")
        if name in place:
            if place[name] not in pairs:
                raise LookupError(path)
            return dig(made[pairs[place[name]]].result, rest)
        return outer(path)

    return resolve


def dig(value: object, path: str) -> object:
    """Return what lies at a path of keys and positions: `scenarios.0.id`.

    Raises:
        LookupError: nothing lies there.
    """
    for part in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value[part]
        elif isinstance(value, list | tuple) and part.lstrip("-").isdigit():
            value = value[int(part)]
        else:
            raise LookupError(path)
    return value


def owns(agent: str, tool: str) -> bool:
    """Say whether an agent has a tool."""
    return any(member.name == agent and tool in member.tools for member in TEAM.values())


def fault(call: MadeCall) -> str | None:
    """Say what is wrong with a call in itself: an unknown tool, one of another agent, bad arguments."""
    if not owns(call.agent, call.tool):
        return f"{call.agent} has no tool {call.tool}"
    wrong = normalised(call.tool, call.arguments)[1]
    return f"{call.tool}: {wrong}" if wrong else None
