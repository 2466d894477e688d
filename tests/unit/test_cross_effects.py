"""Halo and cannibalization: found where they are, and about nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.cross_effects import FALSE_DISCOVERY_RATE, CrossEffect, sources_of
from analytics.panel import panel
from analytics.types import Cell
from analytics.uplift import fit_uplift
from tests.unit.sales_cases import AUDIO, STORE_AUDIO, STORE_TV, TV, Promo, business

DAYS = 500
CELLS = tuple(Cell(c, d) for c in ("offline", "online") for d in ("A", "B", "C", "D", "E"))
SOURCE, HALO, LOSER = Cell("online", "A"), Cell("online", "B"), Cell("offline", "A")


def _effects(halo: float, loss: float, seed: int = 0) -> dict[tuple[Cell, Cell], CrossEffect]:
    """Return the effects found when A online moves B online and A offline by these factors."""
    promos = [
        Promo(SOURCE, first, 8, 25.0, 1.6, others=((HALO, halo), (LOSER, loss)))
        for first in range(20, DAYS, 50)
    ] + [
        Promo(cell, first, 6, 25.0, 1.6)
        for position, cell in enumerate(CELLS)
        if cell != SOURCE
        for first in range(30 + 5 * position, DAYS, 70)
    ]
    found = fit_uplift(business(CELLS, DAYS, promos, seed=seed)).cross_effects
    return {
        (Cell(e.source_channel, e.source_department), Cell(e.channel, e.department)): e
        for e in found
    }


def test_halo_and_cannibalization_are_found_and_sized() -> None:
    found = _effects(halo=1.15, loss=0.88)
    halo, loss = found[SOURCE, HALO], found[SOURCE, LOSER]
    assert halo.significant
    assert loss.significant
    assert halo.effect_pct == pytest.approx(15, abs=4)
    assert loss.effect_pct == pytest.approx(-12, abs=4)
    assert 0 < halo.se_pct < 3
    false = [pair for pair, e in found.items() if e.significant and pair[0] != SOURCE]
    assert len(false) <= 3


def test_what_is_used_is_nearer_to_zero_than_what_was_measured() -> None:
    for effect in _effects(halo=1.15, loss=0.88).values():
        assert effect.measured_pct is not None
        assert abs(effect.effect_pct) <= abs(effect.measured_pct)
        assert effect.effect_pct * effect.measured_pct >= 0


def test_without_any_effect_next_to_nothing_is_significant() -> None:
    flags = [e.significant for seed in (1, 2) for e in _effects(1.0, 1.0, seed).values()]
    assert len(flags) > 80
    assert np.mean(flags) < 0.02


def test_the_flags_are_those_of_benjamini_and_hochberg() -> None:
    """Of each class: the largest p-values under the line rank / count x 10 % and all below them."""
    effects = sorted(_effects(1.1, 0.9).values(), key=lambda e: e.p_value)
    for same_department in (True, False):
        found = [e for e in effects if (e.source_department == e.department) == same_department]
        under = [
            e.p_value <= FALSE_DISCOVERY_RATE * rank / len(found)
            for rank, e in enumerate(found, start=1)
        ]
        cut = max((k for k, flag in enumerate(under) if flag), default=-1)
        assert [e.significant for e in found] == [k <= cut for k in range(len(found))]


def test_only_pairs_that_share_a_channel_or_a_department_are_tested() -> None:
    for source, target in _effects(1.0, 1.0):
        assert source != target
        assert source.channel == target.channel or source.department == target.department


def test_days_on_which_the_target_is_promoted_itself_do_not_count() -> None:
    promos = [Promo(TV, 10, 10, 20.0, 1.5), Promo(AUDIO, 15, 10, 20.0, 1.5)]
    promos += [Promo(STORE_AUDIO, 40, 4, 20.0, 1.5)]
    days = panel(business(days=60, promos=promos))
    acts = sources_of(days, days.cells.index(AUDIO))
    assert np.flatnonzero(acts[TV]).tolist() == list(range(10, 15))
    assert STORE_AUDIO not in acts  # four days are too few
    assert STORE_TV not in acts  # neither channel nor department


def test_a_business_without_promotions_has_no_cross_effects() -> None:
    assert fit_uplift(business(days=120)).cross_effects == ()
