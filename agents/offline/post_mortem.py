"""Post-Mortem's rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from agents.offline.figures import percent
from agents.offline.reading import intent_of
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.turn import Turn
    from agents.routing import Result

_LEARN = re.compile(r"\b(learn|lesson|coefficient|impar|lern|koeffizient)", re.IGNORECASE)
_LOOK_BACK_DAYS = 60
_VERDICTS = {
    "worked": "It sold more than would have been sold without it",
    "did_not": "It did not sell more than would have been sold without it",
    "cannot_tell": "Whether it sold more than without it cannot be told at this noise",
}


def speak(turn: Turn) -> str | list[Call]:
    """Find the campaign, measure it, learn from it when asked, and say what came out."""
    if turn.refusal:
        return f"That cannot be done: {turn.refusal}"
    if not turn.done:
        return _first(turn, intent_of(turn))
    newest = turn.done[-1]
    match newest.tool:
        case "list_campaigns":
            return _picked(turn, newest)
        case "reconstruct_campaign":
            return [Call("run_post_mortem", {"scenario_id": newest.data["scenarios"][0]["id"]})]
        case "run_post_mortem" if _LEARN.search(turn.text):
            return [Call("learn_coefficients", {"scenario_id": newest.arguments["scenario_id"]})]
        case "learn_coefficients" if newest.data["version"]["better_than_in_force"]:
            version = newest.data["version"]["model_version"]
            return [Call("request_approval", {"kind": "coefficients", "subject_id": version})]
        case _:
            return _told(turn)


def _first(turn: Turn, intent: Intent) -> list[Call]:
    if intent.scenario_ids:
        return [Call("run_post_mortem", {"scenario_id": str(intent.scenario_ids[0])})]
    period = intent.period
    start = period.start if period else turn.today - dt.timedelta(days=_LOOK_BACK_DAYS)
    end = period.end if period else turn.today
    arguments = {"start": start.isoformat(), "end": end.isoformat()}
    return [
        Call("list_campaigns", arguments | ({"text": intent.campaign} if intent.campaign else {}))
    ]


def _picked(turn: Turn, found: Result) -> str | list[Call]:
    """Take the newest campaign that is over and whose discount is known."""
    newest_sale = str(turn.context["newest_sale"])
    over = [c for c in found.data["campaigns"] if c["date_end"] <= newest_sale]
    measurable = [c for c in over if c["avg_discount_pct"]]
    if measurable:
        latest = max(measurable, key=lambda c: (c["date_end"], c["id"]))
        return [Call("reconstruct_campaign", {"campaign_id": latest["id"]})]
    period = f"between {found.arguments['start']} and {found.arguments['end']}"
    if over:
        names = ", ".join(f"“{c['promo_name']}”" for c in over)
        return f"The discount of {names} is not known, so what it did cannot be measured."
    return f"No campaign of the catalog ran and ended {period}. Name one, or another month."


def _told(turn: Turn) -> str:
    ran = turn.result("run_post_mortem")
    if ran is None:
        return "I measured nothing."
    lines = _measured(ran.data)
    if learned := turn.result("learn_coefficients"):
        lines += ["", *_learned(learned.data)]
    return "\n".join(lines)


def _measured(data: dict[str, Any]) -> list[str]:
    result = data["result"]
    lines = [
        f"{data['label']}, {result['period_start']} to {result['period_end']}: "
        f"{_VERDICTS[result['verdict']]}.",
        "",
    ]
    lines += [f"- {insight}" for insight in result["insights"]]
    if result["learning_points"]:
        lines += ["", "What we learn:", *(f"- {point}" for point in result["learning_points"])]
    return lines


def _learned(data: dict[str, Any]) -> list[str]:
    version = data["version"]
    verdict = (
        "beats the version in force in the backtest"
        if version["better_than_in_force"]
        else f"does not beat {version['version_in_force']}, which stays in force"
    )
    lines = [f"New coefficients {version['model_version']}: {verdict}."]
    for change in data["changes"]:
        before = change["before_uplift_sales_pct"]
        lines.append(
            f"- {change['department']} {change['channel']} {change['discount_band']} %: uplift of sales "
            f"{percent(before)} before, {percent(change['after_uplift_sales_pct'])} now "
            f"({change['after_sample_size']} promo days)"
        )
    return lines
