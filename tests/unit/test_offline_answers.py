"""Answers in the planner's language: the catalogue is whole, figures are the tool's own."""

from __future__ import annotations

import json
import string
import time
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from agents.offline.language import LANGUAGES, detect
from agents.offline.lexicon import table
from agents.offline.moment import read_moment
from agents.offline.reading import MOST_CHARACTERS
from agents.offline.rules import RULES
from tests.unit.test_offline_phrases import CONTEXT, PROPOSAL, answer

SENTENCES = table("sentences")


@pytest.mark.parametrize("name", SENTENCES)
def test_each_sentence_says_the_same_in_every_language(name: str) -> None:
    fields = [
        sorted(f for _, f, _, _ in string.Formatter().parse(SENTENCES[name][language]) if f)
        for language in LANGUAGES
    ]
    assert fields[0] == fields[1] == fields[2]


def proposal() -> dict[str, Any]:
    figures = {
        "sales_value_delta": 1234567.4,
        "sales_delta_interval": {"p10": -5000.0, "p50": 1.0, "p90": 2000000.0},
        "margin_value_delta": -1500.0,
        "total_margin_pct": 18.25,
        "ebit_delta": 2500.0,
        "net_ebit": 1750.0,
        "closes_gap_pct": 41.5,
        "model_version": "v1",
        "policy_version": "2025-1",
    }
    net = {
        "conservative": (1000.0, 900.0),
        "balanced": (5000.0, 500.0),
        "aggressive": (9000.0, 1.0),
    }
    return {
        "scenarios": [
            {
                **scenario,
                **figures,
                "net_sales_value": net[scenario["scenario_type"]][0],
                "net_margin_value": net[scenario["scenario_type"]][1],
            }
            for scenario in PROPOSAL[2]["scenarios"]
        ],
        "gap": {
            "month": "2025-10",
            "target_value": 30000000.0,
            "expected_value": 27500000.0,
            "gap_value": -2500000.0,
        },
        "remarks": [],
    }


def told(text: str) -> str:
    call = {"name": "propose_scenarios", "args": {}, "id": "1", "type": "tool_call"}
    messages = [
        SystemMessage(f"CONTEXT {json.dumps(CONTEXT)}"),
        HumanMessage(text),
        AIMessage("", tool_calls=[call]),
        ToolMessage(json.dumps(proposal()), tool_call_id="1"),
    ]
    said = RULES["planner"](read_moment(messages))
    assert isinstance(said, str)
    return said


@pytest.mark.parametrize(
    ("text", "language", "parts"),
    [
        (
            "We are 3M behind: plan TV and Gaming 22-27 Oct",
            "en",
            ["sales +1,234,567 (P10 -5,000 to P90 +2,000,000)", "18.2 %", "a gap of 3,000,000"],
        ),
        (
            "Siamo sotto di 3M: proponi TV e Gaming dal 22 al 27 ottobre",
            "it",
            ["vendite +1.234.567 (P10 -5.000, P90 +2.000.000)", "18,2 %", "di 3.000.000"],
        ),
        (
            "Uns fehlen 3 Mio: plane TV und Gaming vom 22. bis 27. Oktober",
            "de",
            ["Umsatz +1.234.567 (P10 -5.000 bis P90 +2.000.000)", "18,2 %", "von 3.000.000"],
        ),
    ],
)
def test_a_proposal_is_told_in_the_language_with_its_numbers(
    text: str, language: str, parts: list[str]
) -> None:
    said = told(text)
    assert detect(said) == language
    for part in parts:
        assert part in said


@pytest.mark.parametrize(
    ("wish", "letter"),
    [("maximise sales", "C"), ("maximise margin", "A"), ("", "B")],
)
def test_the_advice_follows_the_wish(wish: str, letter: str) -> None:
    assert f"I would take {letter}:" in told(f"Plan TV and Gaming 22-27 Oct, {wish}")


@pytest.mark.parametrize(
    "text",
    ["x" * 50_000, "plan TV 22-27 Oct " * 3_000, "1 " * 25_000, "promo tv per favore " * 2_500],
)
def test_a_message_too_long_to_read_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    said = answer({"say": text})
    assert isinstance(said, str)
    assert f"{MOST_CHARACTERS:,}" in said or f"{MOST_CHARACTERS:,}".replace(",", ".") in said
    assert time.process_time() - started < 10


def test_reading_is_linear_in_the_length() -> None:
    def seconds(text: str) -> float:
        started = time.process_time()
        answer({"say": text})
        return time.process_time() - started

    seconds("warm up")
    short, long = seconds("TV and " * 60), seconds("TV and " * 480)
    assert long < 40 * short  # eight times the text; sixty-four times would be quadratic
