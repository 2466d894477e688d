"""Eight ways to change a perfect run that leave it perfect; none may be caught."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from agents.team import TEAM
from analytics.types import Record
from evals.calls import defaults
from evals.operators import Every, Multiset, Set
from evals.perfect import (
    as_day,
    empty_call,
    places,
    stated,
    with_argument,
    with_call,
    with_text,
    with_turn,
)
from evals.values import same

if TYPE_CHECKING:
    from collections.abc import Callable

    from evals.cases import Case, Expect
    from evals.trajectory import Trajectory

_PAIR = 2
_OTHER_WORDS = {"en": "As you asked.", "it": "Come richiesto.", "de": "Wie gewünscht."}


def _reorder_free(case: Case, run: Trajectory) -> Trajectory | None:
    """Turn round the order of the calls that no order and no reference binds."""
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        calls = list(run.turns[number].calls)
        if (
            turn.expect.order
            or turn.expect.mode == "strict"
            or len(calls) < _PAIR
            or _refers(turn.expect)
        ):
            continue
        steps = sorted(call.step for call in calls)
        turned = [
            call.model_copy(update={"step": step})
            for call, step in zip(reversed(calls), steps, strict=True)
        ]
        return with_turn(run, number, calls=tuple(turned))
    return None


def _extra_read(case: Case, run: Trajectory) -> Trajectory | None:
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        if turn.expect.mode not in {"superset_reads", "any"}:
            continue
        if len(run.turns[number].calls) >= turn.expect.limits.tool_calls:
            continue
        agent = next(
            (a for a in (*case.agents, "planner") if "store_overview" in TEAM[a].tools), None
        )
        if agent is None or "store_overview" in turn.expect.forbid:
            continue
        call = empty_call(run, agent, "store_overview", "extra")
        return with_turn(run, number, calls=(call, *run.turns[number].calls))
    return None


def _iso_datetime(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            if as_day(value) is not None:
                return with_argument(run, place, name, f"{value}T00:00:00")
    return None


def _set_order(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            free = isinstance(place.wanted.args[name], Set | Multiset | Every)
            if free and isinstance(value, list) and len(value) > 1:
                return with_argument(run, place, name, value[::-1])
    return None


def _float_noise(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            if (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and name.endswith("_pct")
            ):
                return with_argument(run, place, name, float(value) * (1 + 1e-9))
    return None


def _default_stated(case: Case, run: Trajectory) -> Trajectory | None:
    """Leave a stated default out, or state one that was left out."""
    for place in places(case, run):
        optional = defaults(place.made.tool)
        for name, value in place.made.arguments.items():
            if name in optional and same(value, optional[name]):
                kept = {k: v for k, v in place.made.arguments.items() if k != name}
                return with_call(run, place, arguments=kept)
        left_out = sorted(optional.keys() - place.made.arguments.keys())
        if left_out:
            return with_argument(run, place, left_out[0], optional[left_out[0]])
    return None


def _paraphrase(case: Case, run: Trajectory) -> Trajectory | None:
    return with_text(run, lambda text, _: f"{_OTHER_WORDS[case.language]} {text}" if text else None)


def _parallel(case: Case, run: Trajectory) -> Trajectory | None:
    """Make calls that nothing binds in one message, or one after the other."""
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        calls = run.turns[number].calls
        if turn.expect.order or len(calls) < _PAIR or _refers(turn.expect):
            continue
        together = len({call.step for call in calls}) == 1
        changed = [
            call.model_copy(update={"step": index if together else calls[0].step})
            for index, call in enumerate(calls)
        ]
        return with_turn(run, number, calls=tuple(changed))
    return None


EQUIVALENCES: dict[str, Callable[[Case, Trajectory], Trajectory | None]] = {
    "reorder free calls": _reorder_free,
    "extra read": _extra_read,
    "ISO datetime": _iso_datetime,
    "set order": _set_order,
    "float noise": _float_noise,
    "default stated or omitted": _default_stated,
    "paraphrased text": _paraphrase,
    "parallel or sequential": _parallel,
}


def _refers(expect: Expect) -> bool:
    return any('"ref"' in json.dumps(_plain(call.args)) for call in expect.calls)


def _plain(value: object) -> object:
    match value:
        case Record():
            return _plain(value.model_dump())
        case dict():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case dt.date():
            return value.isoformat()
        case _:
            return value
