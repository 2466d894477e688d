"""Folded text and the word lists: lengths are kept, natural spelling is understood."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.offline.cues import CUES, KINDS
from agents.offline.lexicon import spelled, vocabulary, whole_words
from agents.offline.text import composed, fold, key, mask


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(composed(text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe", "grose"),
        ("PERCHÉ", "perche"),
        ("22\u201327", "22-27"),
        ("l\u2019ultimo", "l'ultimo"),
        ("20\u00a0%", "20 %"),
        ("1\u00bd", "1\u00bd"),
        ("fu\u0308r", "fur"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_keys_ignore_case_accents_and_separators() -> None:
    assert key("Gross-Geräte") == key("GROß_GERÄTE") == "gros gerate"


def test_masking_keeps_the_rest_in_place() -> None:
    assert mask("TV 22-27 Oct 20%", [(3, 12)]) == "TV ||||||||| 20%"


@pytest.mark.parametrize("text", ["für", "fuer", "fur"])
def test_an_umlaut_may_be_written_in_three_ways(text: str) -> None:
    assert re.fullmatch(spelled("für"), fold(text))


def test_a_vocabulary_holds_every_spelling() -> None:
    assert vocabulary({"de": "nächste\nMaß"}) == {"nachste", "naechste", "mas", "mass"}


def test_entries_are_found_as_whole_words_only() -> None:
    cue = whole_words({"en": "cap\nat most"})
    assert cue.search("the cap is 20")
    assert cue.search("at most 20")
    assert not cue.search("capital of escape")


def test_every_kind_has_words_in_three_languages() -> None:
    for text, kind in [
        ("validate", "validate"),
        ("convalida", "validate"),
        ("validiere", "validate"),
        ("gap", "gap"),
        ("scostamento", "gap"),
        ("rückstand", "gap"),
    ]:
        assert CUES[kind].search(fold(text))
    assert set(KINDS) <= set(CUES)
