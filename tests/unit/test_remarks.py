"""What tools remark, in three languages: every sentence, and answers made of all of them."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

import analytics
import tools
from agents.grounded import grounds
from agents.offline.language import LANGUAGES, Language
from agents.offline.moment import read_moment
from agents.offline.rules import RULES
from analytics.remarks import remark, sentences, texts, written
from analytics.types import Issue, Remark
from tests.unit.test_offline_phrases import CONTEXT

ENGLISH = re.compile(
    r"\b(?:the|is|are|has|have|with|of|and|not|which|without|more|than|for|from|to|days|sales|on|at|"
    r"nothing|use|run|drop|start|reduce|add|load|margin|confidence|rests|lie|only|asked)\b",
    re.IGNORECASE,
)
SAID: dict[Language, str] = {
    "en": "please check the scenario",
    "it": "per favore controlla lo scenario",
    "de": "bitte prüfe das Szenario",
}
LISTS = {"cells", "depths", "departments", "steps"}
NUMBERS = {"days": 6, "closed": 2, "count": 3, "limit": 30, "length": 45, "gap": 5, "asked": 14}
PARTS: dict[str, Remark] = {
    "where": remark("in_notes", department="TV", channel="online"),
    "evidence": remark("evidence_days", days=4),
    "other": remark("booked_campaign", name="SCONTO 20%"),
    "range": remark("money_range", value=1234.4, p5=-900.2, p95=3456.7),
    "margin": remark("money_range", value=234.4, p5=-90.2, p95=456.7),
    "ebit": remark("money_range", value=-1234.4, p5=-3456.7, p95=900.2),
    "figure": remark("figure_ebit"),
    "over": remark("dip_not_over", days=14),
    "cell": remark(
        "cell_change",
        department="Audio",
        channel="online",
        effect_pct=-7.3,
        p5_pct=-9.9,
        p95_pct=-2.1,
    ),
}


def fields(sentence: str) -> list[tuple[str, str]]:
    """Return the facts of a sentence and how each is written."""
    return [(f, spec or "") for _, f, spec, _ in string.Formatter().parse(sentence) if f]


def slots(sentence: str) -> set[tuple[str, str]]:
    """Return the facts of a sentence and how each is written, but for what joins a list."""
    return {(field, "" if field in LISTS else spec) for field, spec in fields(sentence)}


def example(name: str) -> Remark:
    """Return a sentence with facts of every kind it takes."""
    facts: dict[str, Any] = {}
    for field, spec in fields(sentences()[name]["en"]):
        if field in LISTS:
            facts[field] = [remark("a_cell", department="TV", channel="online"), "Gaming"]
        elif spec:
            facts[field] = 17.25 if "pct" in spec or "g" in spec else -1234.5
        else:
            facts[field] = PARTS.get(field) or NUMBERS.get(field) or "ACME"
    return remark(name, **facts)


@pytest.mark.parametrize("name", sentences())
def test_a_sentence_is_whole_in_each_language(name: str) -> None:
    one = sentences()[name]
    assert set(one) == set(LANGUAGES)
    for language in ("it", "de"):
        bare = re.sub(r"\{[^}]*\}|promo_relation='\w+'", " ", one[language])
        assert not ENGLISH.search(bare), bare
        assert slots(one[language]) == slots(one["en"])


def test_each_sentence_is_used_and_each_one_used_is_there() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for package in (analytics, tools)
        for path in Path(package.__path__[0]).glob("*.py")
    )
    quoted = set(re.findall(r'"([a-z_0-9]+)"', source))
    begun = set(re.findall(r'remark\(\s*f"([a-z_]+_)\{', source))
    unused = [
        name for name in sentences() if name not in quoted and not name.startswith(tuple(begun))
    ]
    assert unused == []
    named = set(re.findall(r'(?<!def )\bremark\(\s*"([a-z_0-9]+)"', source))
    assert named <= set(sentences())


def test_figures_are_written_as_the_language_writes_them() -> None:
    depth = remark("fix_depth", department="TV", channel="online", depth_pct=17.25, to_pct=15)
    assert written(depth) == "Reduce TV online from 17.2 % to 15 %"
    assert written(depth, "it") == "Riduci TV online dal 17,2 % al 15 %"
    lost = remark("fix_source", department="TV", channel="online", loss=1234567.4)
    assert written(lost, "de") == "Streiche TV online, davon kommen 1.234.567"


def test_facts_come_back_from_json_as_they_were() -> None:
    whole = remark("fix_steps", steps=[example("fix_depth"), example("fix_floor")])
    back = Remark.model_validate_json(whole.model_dump_json())
    assert back == whole
    assert written(back, "it").count("; ") == 1


def told(
    agent: str, tool: str, result: dict[str, Any], language: Language
) -> tuple[str, list[Any]]:
    """Return an agent's answer on a tool's result, and what the groundedness check finds in it."""
    call = {"name": tool, "args": {}, "id": "1", "type": "tool_call"}
    messages = [
        SystemMessage(f"CONTEXT {json.dumps(CONTEXT)}"),
        HumanMessage(SAID[language]),
        AIMessage("", tool_calls=[call]),
        ToolMessage(json.dumps(result), tool_call_id="1"),
    ]
    said = RULES[agent](read_moment(messages))
    assert isinstance(said, str)
    findings = grounds(messages, ("TV", "AUDIO", "GAMING")).judge(said)
    return said, [finding for finding in findings if finding.verdict != "grounded"]


def report() -> dict[str, Any]:
    """Return a validation report with every sentence that the Validator can say."""
    names = list(sentences())
    wrong = names[: names.index("fix_depth")]
    fixes = names[names.index("fix_depth") : names.index("copy_legal_text")]
    wrong += [name for name in names if name.startswith("copy_")]
    fixes += ["fix_legal_text", "fix_depths", "fix_no_depth", "fix_dates", "fix_length"]
    issues = [
        Issue(
            type="rule",
            severity="high",
            message=written(example(name)),
            suggested_fix=written(example(fix)),
            message_facts=example(name),
            fix_facts=example(fix),
        ).model_dump(mode="json")
        for name, fix in zip(wrong, fixes + fixes, strict=False)
    ]
    assert len(issues) > len(fixes)
    return {"scenario_id": "s1", "status": "BLOCK", "overall_score": 40, "issues": issues}


def post_mortem() -> dict[str, Any]:
    """Return a post-mortem with everything that one can say."""
    names = list(sentences())
    first, lessons = names.index("net_sales_worked"), names.index("learn_uplift")
    said = [example(name) for name in names[first:lessons]]
    learned = [example(name) for name in names[lessons : names.index("coefficients_as_of")]]
    return {
        "label": "B",
        "result": {
            "period_start": "2025-10-22",
            "period_end": "2025-10-27",
            "verdict": "worked",
            "insights": texts(said),
            "insight_facts": [one.model_dump(mode="json") for one in said],
            "learning_points": texts(learned),
            "learning_facts": [one.model_dump(mode="json") for one in learned],
        },
    }


def quality() -> dict[str, Any]:
    """Return a quality report with every finding and every advice."""
    names = list(sentences())
    wrong = names[names.index("no_sales") : names.index("do_load_all")]
    advice = names[names.index("do_load_all") :]
    return {
        "issues": [
            {
                "severity": "low",
                "message": written(example(name)),
                "what_to_do": written(example(todo)),
                "message_facts": example(name).model_dump(mode="json"),
                "what_to_do_facts": example(todo).model_dump(mode="json"),
            }
            for name, todo in zip(wrong, advice, strict=False)
        ]
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("agent", "tool", "result"),
    [
        ("validator", "validate_scenario", report()),
        ("post_mortem", "run_post_mortem", post_mortem()),
        ("analyst", "data_quality", quality()),
    ],
)
def test_an_answer_is_wholly_in_the_planner_s_language(
    agent: str, tool: str, result: dict[str, Any], language: Language
) -> None:
    said, ungrounded = told(agent, tool, result, language)
    assert ungrounded == []
    if language != "en":
        for line in said.splitlines():
            assert not ENGLISH.search(line.replace("promo_relation", "")), line
        assert "1,234" not in said
        assert "17.2" not in said


def test_a_report_stored_before_there_were_facts_is_quoted() -> None:
    result = report()
    for issue in result["issues"]:
        issue["message_facts"] = issue["fix_facts"] = None
    said, _ = told("validator", "validate_scenario", result, "it")
    assert result["issues"][0]["message"] in said
