"""The solver by a core of variables, against every assignment there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from analytics import binaries

SIZE = 9


@pytest.mark.parametrize("core", [1, 3, 80])
def test_the_minimum_is_that_of_all_assignments_however_small_the_core(
    core: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_CORE", core)
    every = np.array(list(itertools.product((0.0, 1.0), repeat=SIZE)))
    rng = np.random.default_rng(0)
    met = 0
    for _ in range(40):
        cost = rng.normal(size=SIZE)
        rows = rng.normal(size=(3, SIZE))
        low = np.array([-np.inf, *rng.uniform(-2, 3, 2)])
        high = np.array([float(rng.uniform(-1, 2)), np.inf, np.inf])
        highest = (rng.random(SIZE) < 0.8).astype(float)
        fits = (every <= highest).all(axis=1)
        fits &= ((every @ rows.T >= low) & (every @ rows.T <= high)).all(axis=1)
        found = binaries.minimum(cost, binaries.Rows(csr_array(rows), low, high), highest)
        if not fits.any():
            assert found is None
            continue
        met += 1
        assert found is not None
        assert found.proven
        assert found.gap == 0
        assert cost @ found.x == pytest.approx((every[fits] @ cost).min(), abs=1e-6)
    assert 10 < met < 40
