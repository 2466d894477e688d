"""Empirical Bayes: noisy effects of many cells, each drawn towards its peers as far as it is noisy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_OUTLIER_SDS = 3.0
_MAD_TO_SD = 1.4826
_NO_VARIANCE = 1e-10


def shrink(
    observed: pd.DataFrame,
    wanted: pd.DataFrame,
    levels: Sequence[Sequence[str]],
    prior_sd: float,
    least_sd: float = 0.0,
) -> pd.DataFrame:
    """Return the posterior of effects that share a mean and vary from group to group.

    The model: effect = mean + one normal deviation per level (e.g. department, then cell, then cell
    and band), observed with known error. How much a level varies is estimated by Paule and Mandel's
    method (statsmodels' meta-analysis) on its group means, level by level. Given these variances,
    the prior of each deviation enters a weighted least-squares fit (statsmodels) as one more
    observation, of zero: mixed estimation (Theil and Goldberger 1961), which is the best linear
    unbiased prediction. An effect that was never observed gets what its peers imply, with its
    larger error.

    Args:
        observed: columns `estimate`, `se` (> 0) and the labels that `levels` name; may be empty.
        wanted: the labels of the effects to return.
        levels: label columns that make a group, from wide to narrow; the last identifies an effect.
        prior_sd: standard deviation of the common mean around zero before any data.
        least_sd: effects of the narrowest level differ at least so much, however alike they look.

    Returns:
        Index of `wanted`, columns `estimate` and `se`.
    """
    from statsmodels.regression.linear_model import WLS  # noqa: PLC0415  slow to import

    spread = _spread(observed, levels)
    spread[-1] = max(spread[-1], least_sd**2)
    everyone = pd.concat([observed, wanted], ignore_index=True)
    member = np.column_stack(
        [np.ones(len(everyone)), *(_membership(everyone, level) for level in levels)]
    )
    sizes = [everyone.groupby(list(level)).ngroups for level in levels]
    prior = np.repeat([prior_sd**2, *spread], [1, *sizes])
    seen, noise = len(observed), observed["se"].to_numpy(dtype=np.float64) ** 2
    varies = prior > _NO_VARIANCE
    told = varies & member[:seen].any(axis=0)
    fitted = WLS(
        np.concatenate(
            [observed["estimate"].to_numpy(dtype=np.float64), np.zeros(int(told.sum()))]
        ),
        np.vstack([member[:seen, told], np.eye(int(told.sum()))]),
        weights=1 / np.concatenate([noise, prior[told]]),
        hasconst=False,  # nothing used here depends on it, and looking for one takes long
    ).fit(method="qr")
    asked, untold = member[seen:, told], member[seen:, varies & ~told]
    left = ((asked @ fitted.normalized_cov_params) * asked).sum(axis=1)
    left += untold @ prior[varies & ~told]  # a group that was never seen keeps its prior
    return pd.DataFrame(
        {"estimate": asked @ fitted.params, "se": np.sqrt(np.maximum(left, 0.0))},
        index=wanted.index,
    )


def _membership(labels: pd.DataFrame, level: Sequence[str]) -> FloatArray:
    """Return which group of a level each row belongs to: (rows, groups) of 0 and 1."""
    group = labels.groupby(list(level), sort=False).ngroup().to_numpy()
    return np.asarray(np.eye(group.max() + 1)[group])


def _spread(observed: pd.DataFrame, levels: Sequence[Sequence[str]]) -> list[float]:
    """Return the variance between the groups of each level, from wide to narrow."""
    if observed.empty:
        return [0.0] * len(levels)
    noise = observed["se"].to_numpy(dtype=np.float64) ** 2
    rest = observed["estimate"].to_numpy(dtype=np.float64)
    rest = rest - _combine(rest, noise)[0]
    result = []
    for level in levels:
        group = observed.groupby(list(level), sort=False).ngroup().to_numpy()
        pooled = [_combine(rest[group == k], noise[group == k]) for k in range(group.max() + 1)]
        means, errors = (np.array([pair[k] for pair in pooled]) for k in (0, 1))
        between = _combine(_without_outliers(means), errors)[2]
        rest = rest - (means * between / (between + errors))[group]
        result.append(between)
    return result


def _without_outliers(means: FloatArray) -> FloatArray:
    """Cut values to 3 robust standard deviations: one wild group must not widen the prior."""
    limit = _OUTLIER_SDS * _MAD_TO_SD * float(np.median(np.abs(means)))
    return np.clip(means, -limit, limit)


def _combine(values: FloatArray, noise: FloatArray) -> tuple[float, float, float]:
    """Return the random-effects mean, its variance, and the variance between the values."""
    from statsmodels.stats.meta_analysis import combine_effects  # noqa: PLC0415  slow to import

    if len(values) == 1:
        return float(values[0]), float(noise[0]), 0.0
    with np.errstate(divide="ignore"):  # its I2 of equal values, which nobody reads
        combined = combine_effects(values, noise, method_re="iterated")
    if combined.tau2 <= 0:
        return float(combined.mean_effect_fe), float(combined.var_eff_w_fe), 0.0
    return float(combined.mean_effect_re), float(combined.var_eff_w_re), float(combined.tau2)
