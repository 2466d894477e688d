"""The Validator's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.focus import current, named_ids
from agents.offline.moment import Call
from agents.offline.reading import intent_of, scenarios_in_play
from agents.offline.sentences import remark, say
from analytics.figures import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.offline.intents import Intent
    from agents.offline.language import Language
    from agents.offline.moment import Moment
    from agents.routing import Result


def speak(moment: Moment) -> str | list[Call]:
    """Validate every scenario handed over, or the ones the person names; report the verdicts."""
    intent = intent_of(moment)
    if moment.done:
        return _told(moment, intent.language)
    if moment.task is None and intent.kind == "policy":
        return [Call("show_policy", {})]
    ids = _wanted(moment, intent)
    if not ids:
        return say("which_check", intent.language)
    return [Call("validate_scenario", {"scenario_id": scenario}) for scenario in ids]


def _told(moment: Moment, language: Language) -> str:
    if policy := moment.result("show_policy"):
        return _told_policy(policy.data, language)
    labels = {str(ref.id): ref.label for ref in scenarios_in_play(moment)}
    lines = [text for result in moment.done for text in _told_report(result, labels, language)]
    return "\n".join([say("checked", language), "", *lines])


def _told_report(result: Result, labels: dict[str, str], language: Language) -> Iterator[str]:
    if result.refusal:
        yield f"- {result.refusal}"
        return
    report = result.data
    name = labels.get(report["scenario_id"], report["scenario_id"])
    verdict = {"status": report["status"], "score": number(report["overall_score"], language)}
    yield say("verdict", language, name=name, **verdict)
    for issue in report["issues"]:
        severity = say(f"severity_{issue['severity']}", language)
        yield f"  - {issue['type']} ({severity}): {told_issue(issue, language)}"


def told_issue(issue: dict[str, Any], language: Language) -> str:
    """Say what is wrong and what to change."""
    wrong = remark(issue["message"], issue.get("message_facts"), language)
    fix = remark(issue["suggested_fix"], issue.get("fix_facts"), language)
    return f"{wrong}. {fix}."


def _told_policy(data: dict[str, Any], language: Language) -> str:
    """List the rules as the policy file has them, one line per key."""
    lines = [f"- {name}: {text}" for name, value in data["rules"].items() if (text := _flat(value))]
    return "\n".join([say("policy_head", language, version=data["version"]), "", *lines])


def _flat(value: Any) -> str:  # noqa: ANN401  any JSON value
    match value:
        case dict():
            return ", ".join(f"{k} {text}" for k, part in value.items() if (text := _flat(part)))
        case list():
            return "; ".join(filter(None, map(_flat, value)))
        case None | "":
            return ""
        case _:
            return str(value)


def _wanted(moment: Moment, intent: Intent) -> list[str]:
    if moment.task is not None:
        return [str(scenario) for scenario in moment.task_data()["scenario_ids"]]
    if named := named_ids(intent):
        return named
    focus = current(moment)
    return [focus] if focus else [str(ref.id) for ref in scenarios_in_play(moment)]
