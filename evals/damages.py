"""Fourteen ways to damage a perfect run; each must be caught."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from agents.grounding.figures import find_figures
from agents.team import TEAM
from evals.cases import ForbiddenCall
from evals.perfect import (
    Place,
    as_day,
    empty_call,
    last_words,
    places,
    stated,
    with_argument,
    with_call,
    with_diff,
    with_text,
    with_turn,
)
from tools.catalogue import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from evals.cases import Case
    from evals.trajectory import Trajectory

_ELSEWHERE = "0f0f0f0f-0000-4000-8000-000000000000"
_INVENTED = {"en": "In all that makes 987,654,321.", "it": "In tutto sono 987.654.321.", "de": "Zusammen sind das 987.654.321."}  # fmt: skip


def _drop_call(case: Case, run: Trajectory) -> Trajectory | None:
    reads = [p for p in places(case, run) if TOOLS[p.made.tool].mode == "READ"]
    return _without(run, reads[-1]) if reads else None


def _drop_write(case: Case, run: Trajectory) -> Trajectory | None:
    writes = [
        p for p in places(case, run) if TOOLS[p.made.tool].mode == "WRITE" and p.made.status == "ok"
    ]
    if not writes:
        return None
    inserted = {table: rows[:-1] for table, rows in run.diff.inserted.items()}
    return with_diff(_without(run, writes[-1]), inserted)


def _without(run: Trajectory, place: Place) -> Trajectory:
    calls = list(run.turns[place.turn].calls)
    del calls[place.position]
    return with_turn(run, place.turn, calls=tuple(calls))


def _duplicate_write(case: Case, run: Trajectory) -> Trajectory | None:
    writes = [
        p for p in places(case, run) if TOOLS[p.made.tool].mode == "WRITE" and p.made.status == "ok"
    ]
    if not writes or not run.diff.inserted:
        return None
    place = writes[-1]
    calls = [*run.turns[place.turn].calls, place.made.model_copy(update={"call_id": "again"})]
    doubled = {table: [*rows, rows[-1]] for table, rows in run.diff.inserted.items()}
    return with_diff(with_turn(run, place.turn, calls=tuple(calls)), doubled)


def _wrong_tool(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for member in TEAM.values():
            others = [
                name
                for name in member.tools
                if member.name == place.made.agent
                and name != place.made.tool
                and TOOLS[name].mode == "READ"
            ]
            if others:
                return with_call(run, place, tool=others[0], arguments={}, result={})
    return None


def _wrong_id(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            if name.endswith("_id") and isinstance(value, str):
                return with_argument(run, place, name, _ELSEWHERE)
            if name.endswith("_ids") and isinstance(value, list) and value:
                return with_argument(run, place, name, [*value[:-1], _ELSEWHERE])
    return None


def _wrong_date(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            day = as_day(value)
            if day is not None:
                return with_argument(run, place, name, str(day + dt.timedelta(days=1)))
    return None


def _wrong_unit(case: Case, run: Trajectory) -> Trajectory | None:
    for place in places(case, run):
        for name, value in stated(place):
            if name.endswith("_pct") and isinstance(value, int | float) and value:
                return with_argument(run, place, name, value / 100)
            if name in {"mechanics", "depths"} and isinstance(value, list) and value:
                first = dict(value[0])
                first["discount_pct"] = first["discount_pct"] / 100
                return with_argument(run, place, name, [first, *value[1:]])
    return None


def _sign_flip(case: Case, run: Trajectory) -> Trajectory | None:
    return with_text(run, lambda text, number: _on_figure(case, text, number, _flipped))


def _off_by_rounding(case: Case, run: Trajectory) -> Trajectory | None:
    return with_text(run, lambda text, number: _on_figure(case, text, number, _next_up))


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

    return with_text(run, swapped)


def _add_forbidden_call(case: Case, run: Trajectory) -> Trajectory | None:
    for number, turn in enumerate(case.turns[: len(run.turns)]):
        for rule in turn.expect.forbid:
            tool = rule.tool if isinstance(rule, ForbiddenCall) else rule
            agent = next(m.name for m in TEAM.values() if tool in m.tools)
            call = empty_call(run, agent, tool, "forbidden")
            return with_turn(run, number, calls=(*run.turns[number].calls, call))
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
        return with_turn(run, number, calls=tuple(calls))
    return None


def _extra_write_row(case: Case, run: Trajectory) -> Trajectory | None:
    table = next(name for name in ("targets", "segments") if name not in case.store.changes)
    return with_diff(run, run.diff.inserted | {table: [{"id": _ELSEWHERE}]})


def _ungrounded_figure(case: Case, run: Trajectory) -> Trajectory | None:
    last = last_words(run)
    if last is None:
        return None
    return with_text(run, lambda text, _: f"{text}\n{_INVENTED[case.language]}" if text else None)


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
