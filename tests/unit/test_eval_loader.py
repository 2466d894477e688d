"""Cases are read whole, or refused in one sentence that names the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evals.loader import CaseError, json_schema, load_cases, own_cases

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_cases_are_many_and_distinct() -> None:
    cases = load_cases()
    assert len(cases) == len({case.id for case in cases}) >= 500
    assert {case.category for case in cases} == set("ABCDEFGHIJ")
    assert {case.language for case in cases} == {"en", "it", "de"}
    assert all(turn.user != "" for case in cases for turn in case.turns)


def test_the_schema_for_editors_is_the_present_one() -> None:
    assert (own_cases() / "schema.json").read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("families: [", "cannot be read as YAML"),
        ("cases: [{id: a, seed: a, category: Z, language: en, turns: [{user: x}]}]", "category"),
        (
            "cases: [{id: a, seed: a, category: A, language: en, turns: [{}]}]",
            "either `user` or `decide`",
        ),
        (
            "cases: [{id: a, seed: a, category: A, language: en, turns: [{user: x, expect: {calls: [{tool: fly}]}}]}]",
            "there is no tool 'fly'",
        ),
        (
            "families: [{family: f, category: A, turns: [{}], seeds: [{id: s}], phrasings: [{language: en, say: ['${who}']}]}]",
            "uses ${who}, which nobody sets",
        ),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "wrong.yaml").write_text(text)
    with pytest.raises(CaseError, match=r"wrong\.yaml") as refused:
        load_cases([tmp_path])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
