"""Figures in three languages, and whether a tool returned them, of what, and which way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.grounding.figures import find_figures
from agents.grounding.grounds import Grounds
from evals.trajectory import MadeCall
from evals.words import asks, claims_approval, declines, language_of

if TYPE_CHECKING:
    from evals.cases import Language

DEPARTMENTS = ("TV", "GAMING", "AUDIO")
SALES: dict[str, Any] = {
    "total_sales_value": 60_000.0,
    "lines": [
        {"key": "TV", "sales_value": 41_000.0, "margin_pct": 18.25},
        {"key": "GAMING", "sales_value": 19_000.0, "margin_pct": 12.5},
    ],
}
GAP: dict[str, Any] = {"month": "2025-10", "target_value": 9_000_000.0, "gap_value": -1_704_444.0}


def grounds(language: Language = "en", said: str = "", **results: dict[str, Any]) -> Grounds:
    calls = [
        MadeCall(
            agent="analyst",
            step=i,
            call_id=f"c{i}",
            tool=tool,
            arguments={},
            status="ok",
            result=data,
        )
        for i, (tool, data) in enumerate(results.items())
    ]
    return Grounds(calls, DEPARTMENTS, [said], language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "1,234.5 and -4.2 % and 5.3M", [1234.5, 4.2, 5_300_000]),
        ("de", "1.234,5 € und 12,5 Prozent und 3 Mio", [1234.5, 12.5, 3_000_000]),
        ("it", "1.234.567 euro, 0,5 punti, 2 miliardi", [1_234_567, 0.5, 2_000_000_000]),
        ("en", "from 2025-10-22 to 27 October 2025, KW 43, P10, week 7, in 2024", []),
        ("it", "dal 22 al 27 ottobre e il 3 novembre 2025", []),
        ("de", "vom 22. bis 27. Oktober, 22.10.2025", []),
        ("en", "1. first\n2. second", []),
        ("en", "scenario 7af29bd0-3216-45ad-8958-6e189f267d06, version 2025-10-15.1", []),
    ],
)
def test_figures_are_found(language: Language, text: str, expected: list[float]) -> None:
    assert [figure.readings[0][0] for figure in find_figures(text, language)] == expected


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("TV sold 41,000 and GAMING sold 19,000.", ["grounded", "grounded"]),
        ("TV sold 19,000 and GAMING sold 41,000.", ["wrong_entity", "wrong_entity"]),
        ("41,000 for TV and 19,000 for GAMING.", ["grounded", "grounded"]),
        ("19,000 for TV and 41,000 for GAMING.", ["wrong_entity", "wrong_entity"]),
        ("TV and GAMING sold 41,000 and 19,000.", ["grounded", "grounded"]),
        ("TV and GAMING sold 19,000 and 41,000.", ["wrong_entity", "wrong_entity"]),
        ("In all 60,000.", ["grounded"]),
        ("TV sold 60,000.", ["wrong_entity"]),
        ("TV sold 41k at 18.3 %.", ["grounded", "grounded"]),
        ("TV sold 41,001.", ["ungrounded"]),
        ("TV sold 22,000 more than GAMING.", ["ungrounded", "grounded"]),
        ("GAMING has higher sales than TV.", ["wrong_direction"]),
        ("TV has a margin of 0.1825.", ["ungrounded"]),
    ],
)
def test_a_figure_is_judged_by_value_and_entity(text: str, verdicts: list[str]) -> None:
    found = grounds(sales_summary=SALES).judge(text)
    assert [finding.verdict for finding in found] == verdicts


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("October is 1,704,444 behind target.", "grounded"),
        ("October is at -1,704,444 against target.", "grounded"),
        ("October is 1,704,444 ahead of target.", "wrong_direction"),
        ("October is +1,704,444 against target.", "wrong_direction"),
        ("October is 1.7M behind target.", "grounded"),
    ],
)
def test_a_gap_has_a_direction(text: str, verdict: str) -> None:
    assert [f.verdict for f in grounds(month_gap=GAP).judge(text)] == [verdict]


def test_a_cited_figure_must_be_of_the_cited_call() -> None:
    known = grounds(sales_summary=SALES, month_gap=GAP)
    assert known.judge("The target is 9,000,000 [month_gap].")[0].verdict == "grounded"
    assert known.judge("The target is 9,000,000 [sales_summary].")[0].verdict == "ungrounded"


def test_what_the_person_said_is_no_claim() -> None:
    assert grounds(said="at most 17 % off").judge("I keep it at 17 %.") == []


def test_sums_are_not_searched_for() -> None:
    # 41,000 + 19,000 / 2 and the like: no tool returned them.
    assert grounds(sales_summary=SALES).judge("The mean is 30,000.")[0].verdict == "ungrounded"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The scenario is not approved and there are no sales for that month."),
        ("it", "Lo scenario non è approvato e per quel mese non ci sono vendite."),
        ("de", "Das Szenario ist nicht freigegeben und für den Monat gibt es keine Verkäufe."),
    ],
)
def test_languages_are_told_apart(language: Language, text: str) -> None:
    others: list[Language] = ["en", "it", "de"]
    assert all(language_of(text, other) == language for other in others)
    assert declines(text)


def test_questions_and_claims_are_seen() -> None:
    assert asks("Von wann bis wann soll die Aktion laufen?")
    assert not asks("The plan stands.")
    assert claims_approval("The scenario is approved and final.")
    assert claims_approval("Lo scenario è approvato.")
    assert not claims_approval("The scenario is not approved yet.")
    assert not claims_approval("It needs your approval.")


@pytest.mark.parametrize(
    "text",
    [
        "Plane etwas vom 22. bis 27. Oktober, und nicht später.",
        "Am 22. Oktober geht es los.",
        "Die Tage 22. und 23. Oktober sind frei.",
    ],
)
def test_a_german_day_is_no_figure_and_ends_no_sentence(text: str) -> None:
    assert grounds(sales_summary=SALES, language="de").judge(text) == []


def test_a_figure_may_end_a_sentence() -> None:
    found = grounds(sales_summary=SALES, language="de").judge("Es waren 22. Nun sind es 27.")
    assert [finding.text for finding in found] == ["22", "27"]
