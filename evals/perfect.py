"""Where a perfect run can be changed: its calls beside their expectations, its texts, its diff."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from evals.scalars import AnyValue
from evals.trajectory import MadeCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evals.cases import Case, ExpectedCall
    from evals.trajectory import StoreDiff, Trajectory


class Place(NamedTuple):
    """An expected call of a perfect run and the call that met it."""

    turn: int
    position: int
    wanted: ExpectedCall
    made: MadeCall


def places(case: Case, run: Trajectory) -> list[Place]:
    """Return the calls of a perfect run beside their expectations: the oracle makes them in order."""
    found = []
    for number, (turn, done) in enumerate(zip(case.turns, run.turns, strict=False)):
        left = [(i, call) for i, call in enumerate(done.calls) if call.status in {"ok", "refused"}]
        for wanted in turn.expect.calls:
            hit = next((pair for pair in left if pair[1].tool == wanted.tool), None)
            if hit is not None:
                left.remove(hit)
                found.append(Place(number, hit[0], wanted, hit[1]))
    return found


def with_turn(run: Trajectory, number: int, **update: Any) -> Trajectory:  # noqa: ANN401  fields of a turn
    """Return the run with one turn changed."""
    turns = list(run.turns)
    turns[number] = turns[number].model_copy(update=update)
    return run.model_copy(update={"turns": tuple(turns)})


def with_call(run: Trajectory, place: Place, **update: Any) -> Trajectory:  # noqa: ANN401  fields of a call
    """Return the run with one call changed."""
    calls = list(run.turns[place.turn].calls)
    calls[place.position] = place.made.model_copy(update=update)
    return with_turn(run, place.turn, calls=tuple(calls))


def with_argument(run: Trajectory, place: Place, name: str, value: object) -> Trajectory:
    """Return the run with one argument of one call changed or added."""
    return with_call(run, place, arguments=place.made.arguments | {name: value})


def with_diff(run: Trajectory, inserted: dict[str, list[dict[str, Any]]]) -> Trajectory:
    """Return the run as if other rows had been inserted."""
    diff: StoreDiff = run.diff.model_copy(update={"inserted": inserted})
    return run.model_copy(update={"diff": diff})


def last_words(run: Trajectory) -> tuple[int, int] | None:
    """Return the last turn in which an agent says something, and which text of it is the last."""
    for number in range(len(run.turns) - 1, -1, -1):
        said = run.turns[number].said
        spoken = [i for i, part in enumerate(said) if part.agent != "approval" and part.text]
        if spoken:
            return number, spoken[-1]
    return None


def with_text(run: Trajectory, change: Callable[[str, int], str | None]) -> Trajectory | None:
    """Change the first text that can be changed, from the last turn on."""
    for number in range(len(run.turns) - 1, -1, -1):
        said = list(run.turns[number].said)
        for index, part in enumerate(said):
            text = change(part.text, number) if part.agent != "approval" else None
            if text is not None and text != part.text:
                said[index] = part.model_copy(update={"text": text})
                return with_turn(run, number, said=tuple(said))
    return None


def stated(place: Place) -> Iterator[tuple[str, object]]:
    """Yield the arguments that the expectation really fixes."""
    for name, value in place.made.arguments.items():
        if name in place.wanted.args and not isinstance(place.wanted.args[name], AnyValue):
            yield name, value


def as_day(value: object) -> dt.date | None:
    """Return the day that a text is, None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None
    return dt.date.fromisoformat(value)


def empty_call(run: Trajectory, agent: str, tool: str, call_id: str) -> MadeCall:
    """Return a successful call without arguments, later than all others of the run."""
    step = max((call.step for turn in run.turns for call in turn.calls), default=0) + 1
    return MadeCall(agent=agent, step=step, call_id=call_id, tool=tool, arguments={}, status="ok")
