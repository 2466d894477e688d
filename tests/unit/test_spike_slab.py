"""Effects among many that are nothing: by simulation, and by hand where there is only one kind."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.spike_slab import posterior

SE = 0.03


def _draw(count: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = np.where(rng.random(count) < share, rng.normal(0, 0.1, count), 0.0)
    return true, true + rng.normal(0, SE, count)


def test_what_is_drawn_towards_zero_is_nearer_to_the_truth() -> None:
    true, seen = _draw(400, 0.1, 1)
    found = posterior(seen, np.full(400, SE))
    raw, drawn = (float(((x - true) ** 2).mean()) for x in (seen, found.mean))
    assert drawn < raw / 2
    assert (np.abs(found.mean) <= np.abs(seen)).all()
    assert (np.sign(found.mean) == np.sign(seen)).all()


def test_the_largest_of_many_estimates_is_no_longer_too_large() -> None:
    """Among the estimates that stand out, the mean size is that of their true effects."""
    sizes = []
    for seed in range(8):
        true, seen = _draw(400, 0.1, seed)
        out = np.abs(seen) > 3 * SE
        found = posterior(seen, np.full(400, SE)).mean
        sign = np.sign(seen[out])
        sizes.append([(values[out] * sign).mean() for values in (true, seen, found)])
    true_size, seen_size, found_size = np.mean(sizes, axis=0)
    assert seen_size > true_size * 1.05
    assert found_size == pytest.approx(true_size, rel=0.06)


def test_the_probability_is_the_share_of_effects_that_are_there() -> None:
    true, seen = _draw(2000, 0.1, 3)
    found = posterior(seen, np.full(2000, SE))
    assert found.probability.mean() == pytest.approx((true != 0).mean(), abs=0.03)
    sure = found.probability > 0.95
    assert (true[sure] != 0).mean() > 0.93


def test_without_an_effect_next_to_nothing_is_left() -> None:
    _, seen = _draw(300, 0.0, 5)
    assert np.abs(posterior(seen, np.full(300, SE)).mean).max() < 0.03


def test_one_clear_estimate_alone_stays_about_what_it_is() -> None:
    found = posterior(np.array([-0.2]), np.array([0.01]))
    assert found.mean[0] == pytest.approx(-0.2, rel=0.03)
    assert found.sd[0] == pytest.approx(0.01, rel=0.1)
    assert found.probability[0] > 0.999
