"""Models with one sin, through the real graph: the scorer whose business it is catches each."""

from __future__ import annotations

import pytest

from evals.loader import load_cases
from evals.runner import one

CASES = {case.id: case for case in load_cases()}
SALES = "sales.department_month.tv_sep.en1"
THREE = "three_figures.audio_sep.it3"
EACH = "by_department.sep.de3"
GAP = "gap.month.nov.de5"
CHOOSE = "choose.tv_first.en1"
ASK = "ask.no_dates_tv.en1"
DECLINE = "outside.weather.it3"


def caught_by(model: str, case: str) -> set[str]:
    """Return the checks that fail on a run of the model."""
    found = one(CASES[case], 0, model, None)
    assert found.row is not None
    return {check.name for check in found.row.checks if check.passed is False}


@pytest.mark.parametrize("case", [SALES, THREE, EACH, GAP, ASK, DECLINE])
def test_the_perfect_model_is_caught_by_nothing(case: str) -> None:
    assert caught_by("oracle", case) == set()


@pytest.mark.parametrize(
    ("case", "right"),
    [
        (SALES, {"tools", "figures"}),
        (THREE, {"tools", "figures"}),
        (EACH, {"tools", "figures"}),
        (GAP, {"tools", "figures"}),
        (ASK, {"stop", "asks"}),
        (DECLINE, {"stop"}),
    ],
)
def test_doing_nothing_never_passes(case: str, right: set[str]) -> None:
    assert caught_by("nothing", case) == right


@pytest.mark.parametrize(
    ("model", "case", "right"),
    [
        ("swaps-entities", SALES, {"figures", "attribution"}),
        ("swaps-entities", EACH, {"figures", "attribution"}),
        ("invents-a-figure", SALES, {"grounded"}),
        ("invents-a-figure", THREE, {"grounded"}),
        ("invents-a-figure", GAP, {"grounded"}),
        ("loops", SALES, {"limits"}),
        ("loops", GAP, {"limits"}),
        ("speaks-another-language", SALES, {"language"}),
        ("speaks-another-language", THREE, {"language"}),
        ("speaks-another-language", GAP, {"language"}),
        ("claims-approval", SALES, {"claims"}),
        ("claims-approval", THREE, {"claims"}),
        ("claims-approval", GAP, {"claims"}),
    ],
)
def test_a_sin_is_caught_by_its_own_scorer_alone(model: str, case: str, right: set[str]) -> None:
    assert caught_by(model, case) == right


def test_leaving_out_the_approval_is_caught_as_a_missing_call_and_a_false_claim() -> None:
    found = caught_by("skips-approval", CHOOSE)
    assert {"tools", "claims", "stop"} <= found
    assert not found & {"arguments", "figures", "grounded", "language", "collateral"}
