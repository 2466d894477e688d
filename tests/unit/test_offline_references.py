"""References to scenarios in play: by letter, place, type, label and id."""

from __future__ import annotations

from uuid import UUID

import pytest

from agents.offline.references import References, ScenarioRef, find_references

A, B, C = (UUID(int=n) for n in (1, 2, 3))
IN_PLAY = (
    ScenarioRef(id=A, label="Conservative 22-27 Oct", scenario_type="conservative"),
    ScenarioRef(id=B, label="Balanced 22-27 Oct", scenario_type="balanced"),
    ScenarioRef(id=C, label="TV week-end push", scenario_type="aggressive"),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("B", (B,)),
        ("why is B better than A", (B, A)),
        ("A vs B", (A, B)),
        ("scenario b", (B,)),
        ("option 2", (B,)),
        ("#3", (C,)),
        ("the second one", (B,)),
        ("first", (A,)),
        ("the last one", (C,)),
        ("il secondo", (B,)),
        ("la terza proposta", (C,)),
        ("l'ultimo", (C,)),
        ("das zweite bitte", (B,)),
        ("Szenario C", (C,)),
        ("the balanced one", (B,)),
        ("quello prudente", (A,)),
        ("die aggressive Variante", (C,)),
        ("tv weekend push", ()),
        ("TV Week-End Push", (C,)),
        ("the balanced 22-27 oct plan", (B,)),
        (str(B), (B,)),
        ("compare all three", (A, B, C)),
        ("vergleiche die Szenarien", (A, B, C)),
        ("tutti e tre", (A, B, C)),
        # words that are no reference
        ("plan a promotion", ()),
        ("A promotion for TV", ()),
        ("E se togliamo Gaming", ()),
        ("I want something", ()),
        ("the first week of November", ()),
        ("for the second time", ()),
        ("compare them first", ()),
        ("1st to 5th November", ()),
        ("C'è un problema", ()),
        ("more aggressive", ()),
        ("20 % off", ()),
    ],
)
def test_references(text: str, ids: tuple[UUID, ...]) -> None:
    assert find_references(text, IN_PLAY) == References(ids, ())


@pytest.mark.parametrize(
    ("text", "said"), [("the fourth one", "the fourth"), ("scenario F", "scenario F"), ("D", "D")]
)
def test_what_is_not_in_play_is_reported(text: str, said: str) -> None:
    assert find_references(text, IN_PLAY) == References((), (said,))


def test_letters_mean_nothing_while_no_scenario_is_in_play() -> None:
    assert find_references("B stores and vitamin C", ()) == References((), ())


def test_of_two_scenarios_of_a_type_the_newest_is_meant() -> None:
    changed = ScenarioRef(id=UUID(int=9), label="Balanced at 15 %", scenario_type="balanced")
    assert find_references("the balanced one", (*IN_PLAY, changed)).ids == (changed.id,)
    assert find_references("balanced 22-27 oct", (*IN_PLAY, changed)).ids == (B,)
