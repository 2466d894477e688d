"""Rates over clustered cases: pass^k, standard errors by seed, and the comparison of two models.

Sources: pass^k as in tau-bench (Yao et al. 2024): the mean over cases of C(c, k) / C(n, k) for c
passes in n runs; the cluster-robust standard error of a mean with the G/(G-1) correction (Liang and
Zeger 1986); the interval of Wilson (1927) for rates; the exact test of McNemar (1947); Holm (1979).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVEL = 0.95
POWER = 0.8


@dataclass(frozen=True)
class Estimate:
    """A mean over cases with its clustered standard error and interval, on the scale 0-1."""

    mean: float
    stderr: float
    low: float
    high: float
    cases: int
    clusters: int


@dataclass(frozen=True)
class Difference:
    """How much better A is than B over the same cases, -1 to 1, and what that allows to say.

    Attributes:
        estimate: mean of A minus B, with its interval.
        only_a: cases that A passes more often.
        only_b: cases that B passes more often.
        p_value: exact test of McNemar over the cases that differ.
        detectable: the smallest true difference that this comparison would find with 80 % power.
        verdict: one of three sentences.
    """

    estimate: Estimate
    only_a: int
    only_b: int
    p_value: float
    detectable: float
    verdict: str


def pass_hat(passes: int, runs: int, k: int) -> float:
    """Return the chance that k runs drawn from these runs all pass.

    >>> pass_hat(3, 4, 1), pass_hat(3, 4, 2), pass_hat(4, 4, 4)
    (0.75, 0.5, 1.0)

    Raises:
        ValueError: fewer runs than k.
    """
    if not 1 <= k <= runs:
        message = f"pass^{k} needs at least {k} runs, there are {runs}"
        raise ValueError(message)
    return math.comb(passes, k) / math.comb(runs, k)


def clustered(values: Sequence[float], clusters: Sequence[str]) -> Estimate:
    """Return the mean of values with a standard error that allows for clusters.

    The interval is Wilson's with the effective number of cases that the standard error implies, so
    that rates near 0 or 1 stay inside the scale.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        message = "there is no case to average over"
        raise ValueError(message)
    count, mean = len(values), sum(values) / len(values)
    stderr = _cluster_error(values, clusters, mean)
    low, high = _wilson(mean, stderr, count, len(set(clusters)))
    return Estimate(mean, stderr, low, high, count, len(set(clusters)))


def no_failure_bound(count: int) -> float:
    """Return the upper 95 % bound of a rate of which none was seen in `count` trials.

    >>> round(no_failure_bound(2016), 4)
    0.0015
    """
    return 1.0 - float((1 - LEVEL) ** (1 / count))


def compared(
    one: Mapping[str, float], other: Mapping[str, float], cluster_of: Mapping[str, str]
) -> Difference:
    """Compare two models on the cases that both ran: paired by case, clustered by seed.

    Args:
        one: share of runs that passed, by case, of A.
        other: the same of B.
        cluster_of: the seed of each case.

    Raises:
        ValueError: they have no case in common.
    """
    cases = sorted(one.keys() & other.keys())
    if not cases:
        message = "the two runs have no case in common: run both on the same cases"
        raise ValueError(message)
    deltas = [one[case] - other[case] for case in cases]
    clusters = [cluster_of[case] for case in cases]
    mean = sum(deltas) / len(deltas)
    stderr = _cluster_error(deltas, clusters, mean)
    groups = len(set(clusters))
    # One cluster says nothing about others: the difference can be anything.
    stderr = stderr if groups > 1 else math.inf
    reach = min(_quantile(0.5 + LEVEL / 2, groups) * stderr, 1.0 + abs(mean))
    estimate = Estimate(mean, stderr, mean - reach, mean + reach, len(cases), groups)
    only_a, only_b = sum(d > 0 for d in deltas), sum(d < 0 for d in deltas)
    return Difference(
        estimate=estimate,
        only_a=only_a,
        only_b=only_b,
        p_value=mcnemar(only_a, only_b),
        detectable=min(
            (_quantile(0.5 + LEVEL / 2, groups) + _quantile(POWER, groups)) * stderr, 1.0
        ),
        verdict=_verdict(estimate),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the exact two-sided p-value that A and B differ, from the cases on which they do."""
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values corrected for how many are looked at.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    corrected: dict[str, float] = {}
    highest = 0.0
    for rank, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_value))
        corrected[name] = round(highest, 12)
    return corrected


def _cluster_error(values: Sequence[float], clusters: Sequence[str], mean: float) -> float:
    sums: defaultdict[str, float] = defaultdict(float)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    groups = len(sums)
    if groups == 1:
        return 0.0
    spread = math.sqrt(sum(total**2 for total in sums.values()))
    return math.sqrt(groups / (groups - 1)) * spread / len(values)


def _wilson(mean: float, stderr: float, count: int, groups: int) -> tuple[float, float]:
    effective = mean * (1 - mean) / stderr**2 if stderr > 0 else float(groups)
    effective = min(effective, float(count))
    z = _quantile(0.5 + LEVEL / 2, groups)
    centre = (mean + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = (
        z
        / (1 + z**2 / effective)
        * math.sqrt(max(0.0, mean * (1 - mean)) / effective + z**2 / (4 * effective**2))
    )
    return max(0.0, centre - half), min(1.0, centre + half)


def _quantile(share: float, groups: int) -> float:
    """Return the quantile of Student's t over the clusters; of the normal law when there is one."""
    return float(stats.t.ppf(share, groups - 1) if groups > 1 else stats.norm.ppf(share))


def _verdict(estimate: Estimate) -> str:
    if estimate.low > 0:
        return "A is better"
    if estimate.high < 0:
        return "B is better"
    return "no difference is shown"
