"""Damages a perfect run in fourteen ways that must be caught, and changes it in eight that must not.

As in mutation testing of code: an operator that survives shows a hole in the graders, one that is
caught for nothing shows a grader that is too strict.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from agents.grounding.figures import find_figures
from agents.team import TEAM
from analytics.types import Record
from evals.calls import defaults
from evals.cases import ForbiddenCall
from evals.operators import AnyValue, Every, Multiset, Set, same
from evals.scorers import score
from evals.trajectory import MadeCall
from tools.catalogue import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from evals.cases import Case, Expect, ExpectedCall
    from evals.trajectory import StoreDiff, Trajectory

_PAIR = 2
_ELSEWHERE = "0f0f0f0f-0000-4000-8000-000000000000"
_INVENTED = {"en": "In all that makes 987,654,321.", "it": "In tutto sono 987.654.321.", "de": "Zusammen sind das 987.654.321."}  # fmt: skip
_OTHER_WORDS = {"en": "As you asked.", "it": "Come richiesto.", "de": "Wie gewünscht."}


class Rate(Record):
    """What became of one operator."""

    operator: str
    applied: int
    right: int
    wrong_cases: tuple[str, ...] = ()


class Audit(Record):
    """How good the graders are: damaged runs caught, equivalent runs let pass."""

    kills: tuple[Rate, ...]
    acceptances: tuple[Rate, ...]

    @property
    def kill_pct(self) -> float:
        """Damaged runs that were caught, per cent."""
        return _percent(self.kills)

    @property
    def acceptance_pct(self) -> float:
        """Equivalent runs that were let pass, per cent."""
        return _percent(self.acceptances)


class _Place(NamedTuple):
    """An expected call of a perfect run and the call that met it."""

    turn: int
    position: int
    wanted: ExpectedCall
    made: MadeCall


def audit(runs: Iterable[tuple[Case, Trajectory]]) -> Audit:
    """Apply every operator to every perfect run, and judge."""
    kills: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    passes: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for case, run in runs:
        for name, damage in DAMAGES.items():
            damaged = damage(case, run)
            if damaged is not None:
                kills[name].append((case.id, not score(case, damaged).passed))
        for name, change in EQUIVALENCES.items():
            changed = change(case, run)
            if changed is not None:
                passes[name].append((case.id, score(case, changed).passed))
    return Audit(
        kills=tuple(_rate(name, kills[name]) for name in DAMAGES),
        acceptances=tuple(_rate(name, passes[name]) for name in EQUIVALENCES),
    )


def _rate(name: str, found: list[tuple[str, bool]]) -> Rate:
    return Rate(
        operator=name,
        applied=len(found),
        right=sum(right for _, right in found),
        wrong_cases=tuple(case for case, right in found if not right)[:20],
    )


def _percent(rates: Iterable[Rate]) -> float:
    rates = list(rates)
    applied = sum(rate.applied for rate in rates)
    return round(100 * sum(rate.right for rate in rates) / applied, 3) if applied else 0.0


# ---- Where a perfect run can be changed -----------------------------------------------------------


def _places(case: Case, run: Trajectory) -> list[_Place]:
    """Return the calls of a perfect run beside their expectations: the oracle makes them in order."""
    found = []
    for number, (turn, done) in enumerate(zip(case.turns, run.turns, strict=False)):
        left = [(i, call) for i, call in enumerate(done.calls) if call.status in {"ok", "refused"}]
        for wanted in turn.expect.calls:
            hit = next((pair for pair in left if pair[1].tool == wanted.tool), None)
            if hit is not None:
                left.remove(hit)
                found.append(_Place(number, hit[0], wanted, hit[1]))
    return found


def _with_turn(run: Trajectory, number: int, **update: Any) -> Trajectory:  # noqa: ANN401  fields of a turn
    turns = list(run.turns)
    turns[number] = turns[number].model_copy(update=update)
    return run.model_copy(update={"turns": tuple(turns)})


def _with_call(run: Trajectory, place: _Place, **update: Any) -> Trajectory:  # noqa: ANN401  fields of a call
    calls = list(run.turns[place.turn].calls)
    calls[place.position] = place.made.model_copy(update=update)
    return _with_turn(run, place.turn, calls=tuple(calls))


def _with_argument(run: Trajectory, place: _Place, name: str, value: object) -> Trajectory:
    return _with_call(run, place, arguments=place.made.arguments | {name: value})


def _with_diff(run: Trajectory, inserted: dict[str, list[dict[str, Any]]]) -> Trajectory:
    diff: StoreDiff = run.diff.model_copy(update={"inserted": inserted})
    return run.model_copy(update={"diff": diff})


def _last_words(run: Trajectory) -> tuple[int, int] | None:
    """Return the last turn in which an agent says something, and which text of it is the last."""
    for number in range(len(run.turns) - 1, -1, -1):
        said = run.turns[number].said
        spoken = [i for i, part in enumerate(said) if part.agent != "approval" and part.text]
        if spoken:
            return number, spoken[-1]
    return None


def _with_text(run: Trajectory, change: Callable[[str, int], str | None]) -> Trajectory | None:
    """Change the first text that can be changed, from the last turn on."""
    for number in range(len(run.turns) - 1, -1, -1):
        said = list(run.turns[number].said)
        for index, part in enumerate(said):
            text = change(part.text, number) if part.agent != "approval" else None
            if text is not None and text != part.text:
                said[index] = part.model_copy(update={"text": text})
                return _with_turn(run, number, said=tuple(said))
    return None


def _stated(place: _Place) -> Iterator[tuple[str, object]]:
    """Yield the arguments that the expectation really fixes."""
    for name, value in place.made.arguments.items():
        if name in place.wanted.args and not isinstance(place.wanted.args[name], AnyValue):
            yield name, value


# ---- Damages --------------------------------------------------------------------------------------


def _drop_call(case: Case, run: Trajectory) -> Trajectory | None:
    reads = [p for p in _places(case, run) if TOOLS[p.made.tool].mode == "READ"]
    return _without(run, reads[-1]) if reads else None


def _drop_write(case: Case, run: Trajectory) -> Trajectory | None:
    writes = [
        p
        for p in _places(case, run)
        if TOOLS[p.made.tool].mode == "WRITE" and p.made.status == "ok"
    ]
    if not writes:
        return None
    inserted = {table: rows[:-1] for table, rows in run.diff.inserted.items()}
    return _with_diff(_without(run, writes[-1]), inserted)


def _without(run: Trajectory, place: _Place) -> Trajectory:
    calls = list(run.turns[place.turn].calls)
    del calls[place.position]
    return _with_turn(run, place.turn, calls=tuple(calls))


def _duplicate_write(case: Case, run: Trajectory) -> Trajectory | None:
    writes = [
        p
        for p in _places(case, run)
        if TOOLS[p.made.tool].mode == "WRITE" and p.made.status == "ok"
    ]
    if not writes or not run.diff.inserted:
        return None
    place = writes[-1]
    calls = [*run.turns[place.turn].calls, place.made.model_copy(update={"call_id": "again"})]
    doubled = {table: [*rows, rows[-1]] for table, rows in run.diff.inserted.items()}
    return _with_diff(_with_turn(run, place.turn, calls=tuple(calls)), doubled)


def _wrong_tool(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for member in TEAM.values():
            others = [
                name
                for name in member.tools
                if member.name == place.made.agent
                and name != place.made.tool
                and TOOLS[name].mode == "READ"
            ]
            if others:
                return _with_call(run, place, tool=others[0], arguments={}, result={})
    return None


def _wrong_id(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            if name.endswith("_id") and isinstance(value, str):
                return _with_argument(run, place, name, _ELSEWHERE)
            if name.endswith("_ids") and isinstance(value, list) and value:
                return _with_argument(run, place, name, [*value[:-1], _ELSEWHERE])
    return None


def _wrong_date(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            day = _as_day(value)
            if day is not None:
                return _with_argument(run, place, name, str(day + dt.timedelta(days=1)))
    return None


def _wrong_unit(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            if name.endswith("_pct") and isinstance(value, int | float) and value:
                return _with_argument(run, place, name, value / 100)
            if name in {"mechanics", "depths"} and isinstance(value, list) and value:
                first = dict(value[0])
                first["discount_pct"] = first["discount_pct"] / 100
                return _with_argument(run, place, name, [first, *value[1:]])
    return None


def _sign_flip(case: Case, run: Trajectory) -> Trajectory | None:
    return _with_text(run, lambda text, number: _on_figure(case, text, number, _flipped))


def _off_by_rounding(case: Case, run: Trajectory) -> Trajectory | None:
    return _with_text(run, lambda text, number: _on_figure(case, text, number, _next_up))


def _on_figure(case: Case, text: str, number: int, change: Callable[[str], str]) -> str | None:
    if not case.turns[number].expect.answer.figures:
        return None
    figures = find_figures(text, case.language)
    if not figures:
        return None
    last = figures[-1]
    return text[: last.start] + change(text[last.start : last.end]) + text[last.end :]


def _flipped(figure: str) -> str:
    return figure[1:] if figure.startswith("-") else f"-{figure}"


def _next_up(figure: str) -> str:
    """Count the last digit up by three: further off than any rounding."""
    place = max(match.start() for match in re.finditer(r"\d", figure))
    return figure[:place] + str((int(figure[place]) + 3) % 10) + figure[place + 1 :]


def _swap_entities(case: Case, run: Trajectory) -> Trajectory | None:
    def swapped(text: str, number: int) -> str | None:
        values = {
            figure.entity: value
            for figure, value in zip(
                case.turns[number].expect.answer.figures, run.figures[number], strict=False
            )
            if figure.entity
        }
        names = [name for name in values if name in text]
        if not names:
            return None
        one = names[0]
        other = next(
            (name for name in run.entities if name in names[1:] and values[name] != values[one]),
            None,
        )
        other = other or next(name for name in run.entities if name != one and name not in text)
        return text.replace(one, "\x00").replace(other, one).replace("\x00", other)

    return _with_text(run, swapped)


def _add_forbidden_call(case: Case, run: Trajectory) -> Trajectory | None:
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        for rule in turn.expect.forbid:
            tool = rule.tool if isinstance(rule, ForbiddenCall) else rule
            agent = next(m.name for m in TEAM.values() if tool in m.tools)
            call = _call(run, agent, tool, "forbidden")
            return _with_turn(run, number, calls=(*run.turns[number].calls, call))
    return None


def _reorder_constrained(case: Case, run: Trajectory) -> Trajectory | None:
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        pairs = turn.expect.order_pairs()
        if not pairs:
            continue
        first, second = (turn.expect.calls[i] for i in pairs[0])
        calls = list(run.turns[number].calls)
        one = next((i for i, c in enumerate(calls) if c.tool == first.tool), None)
        two = next((i for i, c in enumerate(calls) if c.tool == second.tool), None)
        if one is None or two is None or calls[one].step >= calls[two].step:
            continue
        steps = calls[one].step, calls[two].step
        calls[one] = calls[one].model_copy(update={"step": steps[1]})
        for i, call in enumerate(calls):
            if call.tool == second.tool:
                calls[i] = call.model_copy(update={"step": steps[0]})
        return _with_turn(run, number, calls=tuple(calls))
    return None


def _extra_write_row(case: Case, run: Trajectory) -> Trajectory | None:
    table = next(name for name in ("targets", "segments") if name not in case.store.changes)
    return _with_diff(run, run.diff.inserted | {table: [{"id": _ELSEWHERE}]})


def _ungrounded_figure(case: Case, run: Trajectory) -> Trajectory | None:
    last = _last_words(run)
    if last is None:
        return None
    return _with_text(run, lambda text, _: f"{text}\n{_INVENTED[case.language]}" if text else None)


DAMAGES: dict[str, Callable[[Case, Trajectory], Trajectory | None]] = {
    "drop call": _drop_call,
    "drop write": _drop_write,
    "duplicate write": _duplicate_write,
    "wrong tool": _wrong_tool,
    "wrong id": _wrong_id,
    "wrong date by a day": _wrong_date,
    "wrong unit": _wrong_unit,
    "sign flip": _sign_flip,
    "off by rounding": _off_by_rounding,
    "swap entities in text": _swap_entities,
    "add forbidden call": _add_forbidden_call,
    "reorder constrained pair": _reorder_constrained,
    "extra write on another row": _extra_write_row,
    "ungrounded figure": _ungrounded_figure,
}


# ---- Equivalences ---------------------------------------------------------------------------------


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
        return _with_turn(run, number, calls=tuple(turned))
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
        call = _call(run, agent, "store_overview", "extra")
        return _with_turn(run, number, calls=(call, *run.turns[number].calls))
    return None


def _iso_datetime(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            if _as_day(value) is not None:
                return _with_argument(run, place, name, f"{value}T00:00:00")
    return None


def _set_order(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            free = isinstance(place.wanted.args[name], Set | Multiset | Every)
            if free and isinstance(value, list) and len(value) > 1:
                return _with_argument(run, place, name, value[::-1])
    return None


def _float_noise(case: Case, run: Trajectory) -> Trajectory | None:
    for place in _places(case, run):
        for name, value in _stated(place):
            if (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and name.endswith("_pct")
            ):
                return _with_argument(run, place, name, float(value) * (1 + 1e-9))
    return None


def _default_stated(case: Case, run: Trajectory) -> Trajectory | None:
    """Leave a stated default out, or state one that was left out."""
    for place in _places(case, run):
        optional = defaults(place.made.tool)
        for name, value in place.made.arguments.items():
            if name in optional and same(value, optional[name]):
                kept = {k: v for k, v in place.made.arguments.items() if k != name}
                return _with_call(run, place, arguments=kept)
        left_out = sorted(optional.keys() - place.made.arguments.keys())
        if left_out:
            return _with_argument(run, place, left_out[0], optional[left_out[0]])
    return None


def _paraphrase(case: Case, run: Trajectory) -> Trajectory | None:
    return _with_text(
        run, lambda text, _: f"{_OTHER_WORDS[case.language]} {text}" if text else None
    )


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
        return _with_turn(run, number, calls=tuple(changed))
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


def _as_day(value: object) -> dt.date | None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None
    return dt.date.fromisoformat(value)


def _call(run: Trajectory, agent: str, tool: str, call_id: str) -> MadeCall:
    step = max((call.step for turn in run.turns for call in turn.calls), default=0) + 1
    return MadeCall(agent=agent, step=step, call_id=call_id, tool=tool, arguments={}, status="ok")
