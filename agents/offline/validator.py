"""The Validator's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.offline.reading import intent_of, scenarios_in_play
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.turn import Turn


def speak(turn: Turn) -> str | list[Call]:
    """Validate every scenario handed over, or the ones the person names; report the verdicts."""
    if not turn.done:
        ids = _wanted(turn)
        if not ids:
            return "Which scenario should I check? There are none in this conversation yet."
        return [Call("validate_scenario", {"scenario_id": scenario}) for scenario in ids]
    labels = {str(ref.id): ref.label for ref in scenarios_in_play(turn)}
    lines = []
    for result in turn.done:
        if result.refusal:
            lines.append(f"- {result.refusal}")
            continue
        report = result.data
        name = labels.get(report["scenario_id"], report["scenario_id"])
        lines.append(f"- {name}: {report['status']}, score {report['overall_score']}")
        lines += [
            f"  - {issue['type']} ({issue['severity']}): {issue['message']} {issue['suggested_fix']}"
            for issue in report["issues"]
        ]
    return "\n".join(["Checked against the company's policy:", "", *lines])


def _wanted(turn: Turn) -> list[str]:
    if turn.task is not None:
        return [str(scenario) for scenario in turn.task_data()["scenario_ids"]]
    named = [str(scenario) for scenario in intent_of(turn).scenario_ids]
    return named or [str(ref.id) for ref in scenarios_in_play(turn)]
