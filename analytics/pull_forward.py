"""Demand pulled forward: what a promotion sells in addition is in part missing on the days after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.panel import DIP_DAYS

if TYPE_CHECKING:
    from analytics.panel import BoolArray, FloatArray

DECAYS: tuple[float | None, ...] = (2.0, 3.0, 5.0, 7.0, 10.0, 20.0, None)
"""Days in which a dip falls to a third (1/e) of what it was; None for one that stays as it is."""


def day_weights(decay_days: float | None) -> FloatArray:
    """Return which part of all that is missing is missing on each of the 14 days after: (14,).

    A geometric decay, the carry-over of Koyck 1954, "Distributed lags and investment analysis".
    """
    lag = np.arange(DIP_DAYS)
    weights = np.ones(DIP_DAYS) if decay_days is None else np.exp(-lag / decay_days)
    return np.asarray(weights / weights.sum())


def runs_ended(promo: BoolArray, extra: FloatArray) -> FloatArray:
    """Return what each promotion brought in addition, on its last day: (days, cells).

    Args:
        promo: (days, cells) promo days.
        extra: (days, cells) what the day brought in addition.
    """
    load = np.zeros(extra.shape)
    for day in range(len(load)):
        before = load[day - 1] if day else 0.0
        load[day] = (before + extra[day]) * promo[day]
    continued = np.vstack([promo[1:], np.zeros_like(promo[:1])])
    return np.where(continued, 0.0, load)


def missing_after(promo: BoolArray, ended: FloatArray, weights: FloatArray) -> FloatArray:
    """Spread what the promotions brought in addition over the days after each: (days, cells).

    Multiplied by the share of it that was pulled forward, this is what a day misses, in the unit of
    `ended`. 0 on promo days.

    Args:
        promo: (days, cells) promo days.
        ended: (days, cells) what each promotion brought, from `runs_ended`.
        weights: (14,) from `day_weights`.
    """
    result = np.zeros(ended.shape)
    for lag, weight in enumerate(weights, start=1):
        result[lag:] += weight * ended[:-lag]
    return np.where(promo, 0.0, result)
