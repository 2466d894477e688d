"""A brief: what a planner's sentence says, what contradicts itself, what is missing."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING

import pytest

from agents.offline.brief import Brief, Period, Vocabulary, completed, missing, problems, read_brief

if TYPE_CHECKING:
    from agents.offline.language import Language

TODAY = dt.date(2025, 10, 15)
STORE = Vocabulary(
    departments=(
        "TV",
        "LARGE DOMESTIC APPLIANCES",
        "TELEPHONY",
        "AUDIO",
        "GAMING",
        "ACCESSORIES",
        "SERVICES",
    ),
    segments={"LOYAL_HIGH_VALUE": "Loyal, high value", "NEW": "New customers"},
)
WINDOW = Period(start=dt.date(2025, 10, 22), end=dt.date(2025, 10, 27))


def read(text: str) -> Brief:
    return read_brief(text, TODAY, STORE)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "We are behind target for October. Plan something for TV and Gaming from 22 to 27 "
            "October, at most 20 % off, keep margin above 18 %",
        ),
        (
            "it",
            "Siamo indietro rispetto all'obiettivo di ottobre. Proponi qualcosa per TV e Gaming "
            "dal 22 al 27 ottobre, massimo 20 % di sconto, margine sopra il 18 %",
        ),
        (
            "de",
            "Wir liegen im Oktober hinter dem Ziel. Plane etwas für TV und Gaming vom 22. bis "
            "27. Oktober, höchstens 20 % Rabatt, Marge über 18 %",
        ),
    ],
)
def test_the_same_brief_in_three_languages(language: Language, text: str) -> None:
    assert read(text) == Brief(
        language=language,
        window=WINDOW,
        month="2025-10",
        departments=("TV", "GAMING"),
        cap_pct=20,
        margin_floor_pct=18,
        text=text,
    )


def test_a_brief_with_a_gap_in_money() -> None:
    text = (
        "We are 3M behind for October, I need something on TVs and Gaming 22-27 Oct, "
        "at most 20% off"
    )
    assert read(text) == Brief(
        language="en",
        window=WINDOW,
        month="2025-10",
        departments=("TV", "GAMING"),
        cap_pct=20,
        gap_value=3_000_000,
        text=text,
    )


def test_a_brief_with_everything() -> None:
    text = (
        "Coupon campaign for loyal customers, online only, Black Friday week, everything except "
        "Services, at most 3 departments, between 10 and 25% off, margin at least 15.5%, budget "
        "of 200k, maximise sales"
    )
    assert read(text) == Brief(
        language="en",
        window=Period(start=dt.date(2025, 11, 24), end=dt.date(2025, 11, 30)),
        excluded=("SERVICES",),
        channels=("online",),
        cap_pct=25,
        min_pct=10,
        margin_floor_pct=15.5,
        budget_value=200_000,
        max_departments=3,
        segments=("LOYAL_HIGH_VALUE",),
        scenario_types=("coupon",),
        objective="sales",
        text=text,
    )


@pytest.mark.parametrize(
    ("text", "depths"),
    [
        ("10% on TV and 15% on Gaming", {"TV": 10, "GAMING": 15}),
        ("TV 15%, Gaming 10%", {"TV": 15, "GAMING": 10}),
        ("10 % auf TV und Audio, 15 % auf Gaming", {"TV": 10, "AUDIO": 10, "GAMING": 15}),
        ("TV and Gaming 15%", {}),
        ("TV at 15% instead of 20%", {}),
    ],
)
def test_depths_by_department(text: str, depths: dict[str, float]) -> None:
    assert read(text).department_depths == depths


PROBLEMS = [
    ("TV from 27 to 22 October", "ends on 2025-10-22, before it starts on 2025-10-27: swap"),
    ("TV 1-5 October", "is over (today is 2025-10-15)"),
    ("TV 10-20 October", "has already begun"),
    ("TV 22-27 Oct or 3-5 Nov", "Several windows are named (2025-10-22..2025-10-27, 2025-11-03"),
    ("TV 22-27 Oct at 120%", "A discount of 120 % is not possible"),
    ("TV 22-27 Oct at most 0%", "A discount of 0 % is not possible"),
    ("TV 22-27 Oct, make it 25%, at most 20%", "25 % is above the cap of 20 %"),
    ("TV 22-27 Oct, margin above 100%", "A margin of 100 % of sales cannot be reached"),
    ("TV and Gaming without TV 22-27 Oct", "TV is both asked for and excluded"),
    ("TV, Audio and Gaming 22-27 Oct, at most 2 departments", "3 departments are named but at"),
    (
        "something for Toasters 22-27 Oct",
        "There is no department Toasters. The departments are: TV",
    ),
    ("TV 22-27 Oct for families", "no customer segment for families"),
    ("TV for 30 February", "February 2026 has 28 days"),
    ("TV dal 27 al 22 ottobre, massimo 20%", "prima dell'inizio il 2025-10-27"),
    ("TV vom 27. bis 22. Oktober mit Rabatt", "vor seinem Beginn am 2025-10-27"),
]


@pytest.mark.parametrize(("text", "sentence"), PROBLEMS)
def test_each_contradiction_is_one_sentence_with_its_repair(text: str, sentence: str) -> None:
    (problem,) = problems(read(text), TODAY, STORE)
    assert sentence in problem


def test_a_sound_brief_has_no_problems() -> None:
    assert problems(read("TV 22-27 Oct, at most 20%"), TODAY, STORE) == ()


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Plan something for TV", "From which day to which day should the promotion run?"),
        ("Plan TV for November", "On which days of November 2025"),
        ("Plan TV from 22 October", "starts on 2025-10-22: what is its last day?"),
        ("Plan TV until 27 October", "ends on 2025-10-27: what is its first day?"),
        ("Proponi qualcosa per i televisori", "Da che giorno a che giorno"),
        ("Plane etwas für Fernseher im November", "An welchen Tagen im November 2025"),
    ],
)
def test_what_is_missing_is_one_question_in_the_planners_language(text: str, question: str) -> None:
    asked = missing(read(text))
    assert asked is not None
    assert question in asked


@pytest.mark.parametrize("text", ["TV 22-27 Oct", "TV for 30 February", "TV from 27 to 22 Oct"])
def test_nothing_is_asked_when_dates_were_given(text: str) -> None:
    assert missing(read(text)) is None


def test_an_answer_completes_the_earlier_brief() -> None:
    whole = completed(read("Plan something for TV in October, max 20%"), read("22-27 October"))
    assert (whole.window, whole.departments, whole.cap_pct) == (WINDOW, ("TV",), 20)


def test_one_day_answers_for_the_missing_end() -> None:
    whole = completed(read("Plan something for TV from 22 October"), read("27 October"))
    assert (whole.window, whole.open_start) == (WINDOW, None)
    whole = completed(read("Plan something for TV until 27 October"), read("22 October"))
    assert (whole.window, whole.open_end) == (WINDOW, None)


def test_an_answer_corrects_what_was_wrong() -> None:
    wrong = read("Plan something for Toasters for 30 February")
    whole = completed(wrong, read("Audio, 22-27 October"))
    assert problems(whole, TODAY, STORE) == ()
    assert (whole.window, whole.departments) == (WINDOW, ("AUDIO",))


def test_more_departments_join_when_said_so() -> None:
    earlier, later = read("Plan something for TV"), read("Gaming too")
    assert completed(earlier, later, adds=True).departments == ("TV", "GAMING")
    assert completed(earlier, later).departments == ("GAMING",)


def test_letters_typed_as_two_characters_are_read_like_one() -> None:
    decomposed = unicodedata.normalize("NFD", "Plane etwas für Großgeräte: TOASTER und 20 % Rabatt")
    brief = read(f"{decomposed} für 22.-27. Oktober")
    assert (brief.window, brief.exact_pct) == (WINDOW, 20)
    assert brief.departments == ("LARGE DOMESTIC APPLIANCES",)
