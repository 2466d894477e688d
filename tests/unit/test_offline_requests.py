"""Two requests in one message: the first is done, the second is named and how to ask for it."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from agents.offline.brief import Vocabulary
from agents.offline.intents import Context
from agents.offline.moment import Call, read_moment
from agents.offline.requests import read_requests
from agents.offline.rules import RULES
from tests.unit.test_offline_answers import proposal
from tests.unit.test_offline_phrases import CONTEXT, TODAY, answer

KNOWN = Vocabulary.model_validate(
    {"departments": CONTEXT["departments"], "segments": CONTEXT["segments"]}
)
PLAN_AND_GAP = [
    (
        "en",
        "plan TV 22-27 Oct and also show me the gap for November",
        "show me the gap for November",
    ),
    (
        "it",
        "pianifica TV dal 22 al 27 ottobre e mostrami anche lo scostamento di novembre",
        "mostrami anche lo scostamento di novembre",
    ),
    (
        "de",
        "Plane TV vom 22. bis 27. Oktober und zeig mir auch die Lücke für November",
        "zeig mir auch die Lücke für November",
    ),
]


@pytest.mark.parametrize(("language", "text", "rest"), PLAN_AND_GAP)
def test_the_first_request_is_read_without_the_words_of_the_second(
    language: str, text: str, rest: str
) -> None:
    intent = read_requests(text, TODAY, KNOWN, Context())
    assert (intent.kind, intent.language, intent.rest) == ("plan", language, rest)
    assert intent.brief.departments == ("TV",)
    assert intent.brief.window is not None
    assert (intent.brief.window.start.day, intent.brief.window.end.day) == (22, 27)
    alone = read_requests(rest, TODAY, KNOWN, Context())
    assert (alone.kind, alone.brief.month, alone.rest) == ("gap", "2025-11", None)


@pytest.mark.parametrize(("language", "text", "rest"), PLAN_AND_GAP)
def test_the_answer_to_the_first_says_what_is_not_done_yet(
    language: str, text: str, rest: str
) -> None:
    call = {"name": "propose_scenarios", "args": {}, "id": "1", "type": "tool_call"}
    messages = [
        SystemMessage(f"CONTEXT {json.dumps(CONTEXT)}"),
        HumanMessage(text),
        AIMessage("", tool_calls=[call]),
        ToolMessage(json.dumps(proposal()), tool_call_id="1"),
    ]
    said = RULES["planner"](read_moment(messages))
    assert isinstance(said, str)
    how = {"en": "Say it again on its own", "it": "Riscrivilo da solo", "de": "noch einmal allein"}
    assert rest in said.splitlines()[-1]
    assert how[language] in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "kind", "rest"),
    [
        ("Show me the gap for November and plan TV 22-27 Oct", "gap", "plan TV 22-27 Oct"),
        (
            "How far is October behind target? And what did TV sell last week?",
            "gap",
            "what did TV sell last week?",
        ),
        (
            "Was hat TV letzte Woche verkauft und wie weit sind wir im Oktober hinter dem Ziel?",
            "sales",
            "wie weit sind wir im Oktober hinter dem Ziel?",
        ),
        (
            "proponi qualcosa per TV dal 22 al 27 ottobre, poi dimmi com'è andata la campagna del mese scorso",
            "plan",
            "dimmi com'è andata la campagna del mese scorso",
        ),
    ],
)
def test_what_comes_first_is_done_first(text: str, kind: str, rest: str) -> None:
    intent = read_requests(text, TODAY, KNOWN, Context())
    assert (intent.kind, intent.rest) == (kind, rest)


@pytest.mark.parametrize(
    "text",
    [
        "We are 3M behind for October. Plan something for TV and Gaming 22-27 Oct, at most 20 % off",
        "Plan TV 22-27 Oct and tell me what it earns",
        "What did TV sell last week and what was the margin?",
        "Siamo sotto di 3M a ottobre: proponi TV e Gaming dal 22 al 27 ottobre",
        "Uns fehlen 3 Mio im Oktober. Plane TV und Gaming vom 22. bis 27. Oktober",
        "Plan TV 22-27 Oct. Keep margin above 18 % and show me three options",
    ],
)
def test_one_request_in_two_sentences_stays_one(text: str) -> None:
    assert read_requests(text, TODAY, KNOWN, Context()).rest is None


def test_the_tool_is_called_with_the_first_request_only() -> None:
    said = answer({"say": "plan TV 22-27 Oct and show me what Gaming sold last week"})
    assert isinstance(said, list)
    assert said[0] == Call("propose_scenarios", said[0].arguments)
    assert said[0].arguments["departments"] == ["TV"]
