"""The figures of one run, and of two runs side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import quantiles
from typing import TYPE_CHECKING

from analytics.types import Record
from evals.cases import CATEGORIES
from evals.results import RunError, RunInfo, categories_of
from evals.statistics import clustered, compared, holm, pass_hat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evals.results import Row, RunFolder
    from evals.statistics import Difference, Estimate

PASS_HAT = (1, 2, 3, 4, 5, 6, 7, 8)


class Rate(Record):
    """A share of cases with its clustered standard error and 95 % interval, per cent."""

    name: str
    pct: float
    stderr_pct: float
    low_pct: float
    high_pct: float
    cases: int
    seeds: int


class Summary(Record):
    """One run in figures."""

    info: RunInfo
    passed: Rate
    pass_hat: tuple[Rate, ...]
    seeds_passed: Rate
    by_category: tuple[Rate, ...]
    by_language: tuple[Rate, ...]
    by_offline: tuple[Rate, ...]
    failed_checks: dict[str, int]
    causes: dict[str, int]
    wrong_writes: int
    model_calls_per_solved: float | None
    tool_calls_per_solved: float | None
    tokens_per_solved: float | None
    seconds_p50: float | None
    seconds_p95: float | None
    seconds_total: float
    errors: tuple[str, ...]


class Comparison(Record):
    """Two runs on the cases that both have; differences are A minus B in points."""

    a: str
    b: str
    cases: int
    seeds: int
    a_pct: float
    b_pct: float
    difference_points: float
    low_points: float
    high_points: float
    detectable_points: float
    only_a: int
    only_b: int
    mcnemar_p: float
    verdict: str
    by_category: tuple[CategoryDifference, ...]


class CategoryDifference(Record):
    """One category of a comparison; its p-value is corrected for how many are looked at."""

    category: str
    cases: int
    difference_points: float
    holm_p: float


Comparison.model_rebuild()


def summarise(run: RunFolder) -> Summary:
    """Return the figures of a run.

    Raises:
        RunError: there is no run in the folder.
    """
    info, rows = run.info(), run.rows()
    seconds = run.seconds()
    solved = [row for row in rows if row.passed]
    return Summary(
        info=info,
        passed=_rate("all", rows),
        pass_hat=tuple(_pass_hat(rows, k) for k in PASS_HAT if k <= _repeats(rows)),
        seeds_passed=_seeds(rows),
        by_category=tuple(
            _rate(f"{name} {CATEGORIES[name]}", [r for r in rows if r.category == name])
            for name in categories_of(rows)
        ),
        by_language=_by(rows, "language"),
        by_offline=_by(rows, "offline"),
        failed_checks=_counted(name for row in rows for name in _failed(row)),
        causes=_counted(row.cause for row in rows if row.cause),
        wrong_writes=sum("collateral" in _failed(row) for row in rows),
        model_calls_per_solved=_mean([row.model_calls for row in solved]),
        tool_calls_per_solved=_mean([row.tool_calls for row in solved]),
        tokens_per_solved=_mean([row.input_tokens + row.output_tokens for row in solved]),
        seconds_p50=_quantile(seconds, 50),
        seconds_p95=_quantile(seconds, 95),
        seconds_total=round(sum(seconds), 1),
        errors=tuple(run.errors()),
    )


def compare(one: RunFolder, other: RunFolder) -> Comparison:
    """Compare two runs, paired by case and clustered by seed.

    Raises:
        RunError: a folder holds no run, or the runs have no case in common.
    """
    first, second = one.info(), other.info()
    a, b = one.rows(), other.rows()
    if not {row.case for row in a} & {row.case for row in b}:
        message = "the two runs have no case in common: run both on the same cases"
        raise RunError(message)
    overall = _difference(a, b)
    common = sorted({r.case for r in a} & {r.case for r in b})
    parts = {
        name: _difference(
            [r for r in a if r.category == name], [r for r in b if r.category == name]
        )
        for name in categories_of(r for r in a if r.case in set(common))
    }
    corrected = holm({name: part.p_value for name, part in parts.items()})
    estimate = overall.estimate
    return Comparison(
        a=first.model,
        b=second.model,
        cases=estimate.cases,
        seeds=estimate.clusters,
        a_pct=_points(_mean_of(_shares(a), common)),
        b_pct=_points(_mean_of(_shares(b), common)),
        difference_points=_points(estimate.mean),
        low_points=_points(estimate.low),
        high_points=_points(estimate.high),
        detectable_points=_points(overall.detectable),
        only_a=overall.only_a,
        only_b=overall.only_b,
        mcnemar_p=round(overall.p_value, 6),
        verdict=overall.verdict,
        by_category=tuple(
            CategoryDifference(
                category=name,
                cases=part.estimate.cases,
                difference_points=_points(part.estimate.mean),
                holm_p=round(corrected[name], 6),
            )
            for name, part in parts.items()
        ),
    )


def _difference(a: Sequence[Row], b: Sequence[Row]) -> Difference:
    return compared(_shares(a), _shares(b), {row.case: row.seed for row in (*a, *b)})


def _shares(rows: Iterable[Row]) -> dict[str, float]:
    """Return the share of runs that passed, by case."""
    verdicts: defaultdict[str, list[bool]] = defaultdict(list)
    for row in rows:
        verdicts[row.case].append(row.passed)
    return {case: sum(passed) / len(passed) for case, passed in verdicts.items()}


def _mean_of(shares: dict[str, float], cases: Sequence[str]) -> float:
    return sum(shares[case] for case in cases) / len(cases)


def _repeats(rows: Sequence[Row]) -> int:
    counts = Counter(row.case for row in rows)
    return min(counts.values(), default=0)


def _pass_hat(rows: Sequence[Row], k: int) -> Rate:
    verdicts: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in rows:
        verdicts[row.case, row.seed].append(row.passed)
    values = [pass_hat(sum(passed), len(passed), k) for passed in verdicts.values()]
    return _as_rate(f"pass^{k}", clustered(values, [seed for _, seed in verdicts]))


def _rate(name: str, rows: Sequence[Row]) -> Rate:
    if not rows:
        return Rate(name=name, pct=0, stderr_pct=0, low_pct=0, high_pct=0, cases=0, seeds=0)
    return _as_rate(name, clustered([float(r.passed) for r in rows], [r.seed for r in rows]))


def _by(rows: Sequence[Row], field: str) -> tuple[Rate, ...]:
    values = sorted({str(getattr(row, field)) for row in rows})
    return tuple(_rate(v, [r for r in rows if str(getattr(r, field)) == v]) for v in values)


def _seeds(rows: Sequence[Row]) -> Rate:
    """Return the share of seeds of which every case and repeat passed."""
    passed: dict[str, bool] = {}
    for row in rows:
        passed[row.seed] = passed.get(row.seed, True) and row.passed
    if not passed:
        return _rate("seeds", [])
    return _as_rate("seeds", clustered([float(v) for v in passed.values()], list(passed)))


def _as_rate(name: str, estimate: Estimate) -> Rate:
    return Rate(
        name=name,
        pct=_points(estimate.mean),
        stderr_pct=_points(estimate.stderr),
        low_pct=_points(estimate.low),
        high_pct=_points(estimate.high),
        cases=estimate.cases,
        seeds=estimate.clusters,
    )


def _failed(row: Row) -> list[str]:
    return [check.name for check in row.checks if check.passed is False]


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _quantile(values: Sequence[float], percent: int) -> float | None:
    if len(values) < 2:  # noqa: PLR2004  the least that has quantiles
        return None
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def _points(share: float) -> float:
    return round(share * 100, 2)
