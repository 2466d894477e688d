"""Grades the graders: damaged runs must be caught, equivalent ones let pass.

As in mutation testing of code: a damage that survives shows a hole in the graders, an equivalence that
is caught shows a grader that is too strict.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analytics.types import Record
from evals.damages import DAMAGES
from evals.equivalences import EQUIVALENCES
from evals.scorers import score

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evals.cases import Case
    from evals.trajectory import Trajectory


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
