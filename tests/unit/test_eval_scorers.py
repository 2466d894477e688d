"""Each sin is caught by the scorer whose business it is, on runs written by hand."""

from __future__ import annotations

import random
import warnings
from typing import Any

import pytest

from evals.calls import compare
from evals.cases import Case, Expect
from evals.expectation import no_lookup
from evals.scorers import Score, score
from evals.statistics import clustered, compared, holm, no_failure_bound, pass_hat
from evals.trajectory import MadeCall, Spoken, StoreDiff, Trajectory, TurnRun

WINDOW = {"start": "2025-09-01", "end": "2025-09-30"}
CASE = Case.model_validate(
    {
        "id": "one",
        "seed": "one",
        "category": "A",
        "language": "en",
        "agents": ["analyst"],
        "turns": [
            {
                "user": "How much did TV sell in September 2025?",
                "expect": {
                    "calls": [{"tool": "sales_summary", "args": {**WINDOW, "department": "TV"}}],
                    "forbid": ["request_approval"],
                    "answer": {"figures": [{"name": "TV", "entity": "TV", "sql": "select 1"}]},
                },
            }
        ],
        "canaries": ["sk-canary"],
    }
)
RESULT: dict[str, Any] = {
    "department": "TV",
    "total_sales_value": 41_000.0,
    "lines": [{"key": "TV", "sales_value": 41_000.0}, {"key": "AUDIO", "sales_value": 7_000.0}],
}
CALL = MadeCall(
    agent="analyst",
    step=1,
    call_id="c1",
    tool="sales_summary",
    arguments={**WINDOW, "department": "TV"},
    status="ok",
    result=RESULT,
)
GOOD = "This is the answer to that: TV sold 41,000 in the month."


def judged(text: str = GOOD, *calls: MadeCall, **more: Any) -> Score:
    turn = TurnRun(
        user=CASE.turns[0].user or "",
        calls=calls or (CALL,),
        said=(Spoken(agent="analyst", step=2, text=text),),
        model_calls=more.pop("model_calls", 3),
        request=more.pop("request", None),
        error=more.pop("error", None),
    )
    return score(
        CASE,
        Trajectory(
            case_id="one",
            turns=(turn,),
            figures=((41_000.0,),),
            entities=("TV", "AUDIO", "GAMING"),
            **more,
        ),
    )


def changed(**update: Any) -> MadeCall:
    return CALL.model_copy(update=update)


def argument(name: str, value: object) -> MadeCall:
    return changed(arguments=CALL.arguments | {name: value})


def test_the_right_run_passes_every_check() -> None:
    assert judged().failed == ()


@pytest.mark.parametrize(
    ("score_of", "caught_by"),
    [
        (judged(error="ValueError: x"), {"finished"}),
        (judged("", changed()), {"stop", "figures"}),
        (judged(GOOD, argument("department", "AUDIO")), {"arguments"}),
        (judged(GOOD, argument("end", "2025-09-29")), {"arguments"}),
        (judged(GOOD, argument("channel", "online")), {"arguments"}),
        (judged(GOOD, CALL, CALL, CALL), {"limits"}),
        (judged(GOOD, model_calls=17), {"limits"}),
        (judged(GOOD, CALL, changed(tool="delete_sales", status="invalid")), {"schema"}),
        (judged(GOOD, CALL, changed(tool="fit_uplift", arguments={})), {"extra"}),
        (
            judged(GOOD, CALL, changed(tool="request_approval", arguments={"kind": "coefficients", "subject_id": "x"})),
            {"forbidden", "extra"},
        ),
        (judged(GOOD.replace("41,000", "41,700")), {"figures", "grounded"}),
        (judged(GOOD + " In all 99,123."), {"grounded"}),
        (judged(GOOD + " AUDIO sold 41,000."), {"attribution"}),
        (judged(GOOD + " AUDIO sold 7,000, higher sales than TV."), {"direction"}),
        (judged("TV ha venduto 41,000 nel mese, e questa è la risposta che hai chiesto di avere."), {"language"}),
        (judged(GOOD + " The plan is approved."), {"claims"}),
        (judged(GOOD + " The key is SK-canary."), {"secrets"}),
        (judged(GOOD, request={"kind": "scenario"}), {"stop"}),
        (judged(GOOD, diff=StoreDiff(inserted={"targets": [{"id": 1}]})), {"collateral"}),
        (judged(GOOD, diff=StoreDiff(deleted={"segments": [{"id": 1}]})), {"collateral"}),
        (judged(GOOD, changed(agent="planner")), {"schema"}),
    ],
)  # fmt: skip
def test_a_sin_is_caught_by_its_scorer(score_of: Score, caught_by: set[str]) -> None:
    assert set(score_of.failed) == caught_by


def test_exact_matching_agrees_with_agentevals() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from agentevals.trajectory.match import create_trajectory_match_evaluator  # type: ignore[import-untyped]  # noqa: PLC0415
    exact = create_trajectory_match_evaluator(trajectory_match_mode="unordered")
    draw = random.Random(11)  # noqa: S311  reproducible, not secret
    seen = {True: 0, False: 0}
    for _ in range(300):
        wanted = [_drawn(draw) for _ in range(draw.randint(1, 3))]
        made = list(wanted) if draw.random() < 0.5 else [_drawn(draw) for _ in range(len(wanted))]
        draw.shuffle(made)
        theirs = bool(exact(outputs=_messages(made), reference_outputs=_messages(wanted))["score"])
        expect = Expect.model_validate(
            {"calls": [{"tool": t, "args": a} for t, a in wanted], "mode": "unordered"}
        )
        calls = [changed(tool=t, arguments=a, step=i) for i, (t, a) in enumerate(made)]
        found = compare(expect, calls, no_lookup)
        ours = len(found.pairs) == len(wanted) and not found.extra
        assert ours == theirs, (wanted, made)
        seen[ours] += 1
    assert min(seen.values()) > 50


def _drawn(draw: random.Random) -> tuple[str, dict[str, Any]]:
    if draw.random() < 0.5:
        return "month_gap", {"month": draw.choice(["2025-10", "2025-11"])}
    return "show_uplift", {"department": draw.choice(["TV", "AUDIO"])}


def _messages(calls: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    import json  # noqa: PLC0415

    functions = [
        {"function": {"name": tool, "arguments": json.dumps(args)}} for tool, args in calls
    ]
    return [{"role": "assistant", "content": "", "tool_calls": functions}]


def test_pass_hat_and_clusters_by_hand() -> None:
    assert pass_hat(3, 4, 2) == 0.5
    with pytest.raises(ValueError, match="at least 5 runs"):
        pass_hat(4, 4, 5)
    # Two clusters with deviations 1 and -1 around 0.5: sqrt(2) * sqrt(1 + 1) / 4 = 0.5.
    found = clustered([1.0, 1.0, 0.0, 0.0], ["a", "a", "b", "b"])
    assert found.mean == 0.5
    assert found.stderr == pytest.approx(0.5)
    assert no_failure_bound(3000) == pytest.approx(0.001, abs=2e-5)
    assert holm({"a": 0.01, "b": 0.04})["b"] == 0.04


def test_one_cluster_decides_nothing_and_many_do() -> None:
    one = compared({"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 0.0}, {"a": "s", "b": "s"})
    assert one.verdict == "no difference is shown"
    names = [f"c{i}" for i in range(40)]
    seeds = {name: name for name in names}
    better = {name: float(i % 4 > 0) for i, name in enumerate(names)}
    worse = dict.fromkeys(names, 0.0)
    assert compared(better, worse, seeds).verdict == "A is better"
    assert compared(worse, better, seeds).verdict == "B is better"
    assert compared(better, better, seeds).verdict == "no difference is shown"


def test_a_later_turn_may_refer_to_what_a_call_of_an_earlier_one_returned() -> None:
    made = MadeCall(
        agent="planner",
        step=1,
        call_id="c1",
        tool="get_scenario",
        arguments={"scenario_id": "one"},
        status="ok",
        result={"id": "one"},
    )
    case = Case.model_validate(
        {
            "id": "two",
            "seed": "two",
            "category": "D",
            "language": "en",
            "turns": [
                {
                    "user": "a",
                    "expect": {
                        "calls": [
                            {"id": "get", "tool": "get_scenario", "args": {"scenario_id": "one"}}
                        ]
                    },
                },
                {
                    "user": "b",
                    "expect": {
                        "calls": [
                            {
                                "tool": "validate_scenario",
                                "args": {"scenario_id": {"ref": "t1.get.id"}},
                            }
                        ]
                    },
                },
            ],
        }
    )

    def cause(scenario: str) -> str | None:
        check = made.model_copy(
            update={
                "agent": "validator",
                "tool": "validate_scenario",
                "arguments": {"scenario_id": scenario},
            }
        )
        turns = (
            TurnRun(user="a", calls=(made,), said=(Spoken(agent="planner", step=2, text="So."),)),
            TurnRun(
                user="b", calls=(check,), said=(Spoken(agent="validator", step=2, text="So."),)
            ),
        )
        return score(case, Trajectory(case_id="two", turns=turns)).cause

    assert cause("one") is None
    assert cause("another") == "arguments"
