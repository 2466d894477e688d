"""Post-Mortem's rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from agents.offline.focus import named_ids
from agents.offline.moment import Call
from agents.offline.reading import intent_of, scenarios_in_play
from agents.offline.sentences import needs_approval, remarks, say
from analytics.figures import localised, money, percent

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.language import Language
    from agents.offline.moment import Moment
    from agents.routing import Result

_LEARN = re.compile(r"\b(learn|lesson|coefficient|impar|lern|koeffizient)", re.IGNORECASE)
_LOOK_BACK_DAYS = 60


def speak(moment: Moment) -> str | list[Call]:
    """Find the campaign, measure it, learn from it when asked, and say what came out."""
    intent = intent_of(moment)
    if moment.refusal:
        return say("refused", intent.language, reason=moment.refusal)
    if not moment.done:
        return _first(moment, intent)
    newest = moment.done[-1]
    match newest.tool:
        case "list_post_mortems":
            return _told_past(newest.data, intent.language)
        case "list_campaigns":
            return _picked(moment, newest, intent.language)
        case "reconstruct_campaign":
            return [Call("run_post_mortem", {"scenario_id": newest.data["scenarios"][0]["id"]})]
        case "run_post_mortem" if _LEARN.search(moment.text):
            return [Call("learn_coefficients", {"scenario_id": newest.arguments["scenario_id"]})]
        case "learn_coefficients" if newest.data["version"]["better_than_in_force"]:
            version = newest.data["version"]["model_version"]
            return [Call("request_approval", {"kind": "coefficients", "subject_id": version})]
        case _:
            return _told(moment, intent.language)


def _first(moment: Moment, intent: Intent) -> str | list[Call]:
    if problem := intent.brief.date_problem:
        return problem
    if intent.kind == "past_results":
        return [Call("list_post_mortems", {})]
    if named := named_ids(intent):
        in_play = {str(ref.id) for ref in scenarios_in_play(moment)}
        if intent.about_campaign and named[0] not in in_play:
            return [Call("reconstruct_campaign", {"campaign_id": named[0]})]
        return [Call("run_post_mortem", {"scenario_id": named[0]})]
    period = intent.period
    start = period.start if period else moment.today - dt.timedelta(days=_LOOK_BACK_DAYS)
    end = period.end if period else moment.today
    arguments = {"start": start.isoformat(), "end": end.isoformat()}
    return [
        Call("list_campaigns", arguments | ({"text": intent.campaign} if intent.campaign else {}))
    ]


def _picked(moment: Moment, found: Result, language: Language) -> str | list[Call]:
    """Take the newest campaign that is over and whose discount is known."""
    newest_sale = str(moment.context["newest_sale"])
    over = [c for c in found.data["campaigns"] if c["date_end"] <= newest_sale]
    measurable = [c for c in over if c["avg_discount_pct"]]
    if measurable:
        latest = max(measurable, key=lambda c: (c["date_end"], c["id"]))
        return [Call("reconstruct_campaign", {"campaign_id": latest["id"]})]
    if over:
        names = ", ".join(f"“{c['promo_name']}”" for c in over)
        return say("discount_unknown", language, names=names)
    start, end = found.arguments["start"], found.arguments["end"]
    return say("no_campaign_ended", language, start=start, end=end)


def _told(moment: Moment, language: Language) -> str:
    if asked := moment.result("request_approval"):
        return needs_approval(asked.data, language)
    ran = moment.result("run_post_mortem")
    if ran is None:
        return say("measured_nothing", language)
    lines = _measured(ran.data, language)
    if learned := moment.result("learn_coefficients"):
        lines += ["", *_learned(learned.data, language)]
    return "\n".join(lines)


def _told_past(data: dict[str, Any], language: Language) -> str:
    if not data["reports"]:
        return say("no_post_mortem_yet", language)
    lines = []
    for report in data["reports"]:
        error = report["sales_value_error_pct"]
        lines.append(
            say(
                "past_result",
                language,
                label=report["label"],
                start=report["period_start"],
                end=report["period_end"],
                sales=money(report["actual_sales_value"], language),
                error=say("unknown", language)
                if error is None
                else localised(f"{error:+.1f} %", language),
            )
        )
        lines += [f"  {point}" for point in report["learning_points"]]
    return "\n".join(lines)


def _measured(data: dict[str, Any], language: Language) -> list[str]:
    result = data["result"]
    head = say(
        "measured",
        language,
        label=data["label"],
        start=result["period_start"],
        end=result["period_end"],
        verdict=say(f"verdict_{result['verdict']}", language),
    )
    said = remarks(result, "insights", "insight_facts", language)
    lines = [head, "", *(f"- {insight}" for insight in said)]
    if points := remarks(result, "learning_points", "learning_facts", language):
        lines += ["", say("what_we_learn", language), *(f"- {point}" for point in points)]
    return lines


def _learned(data: dict[str, Any], language: Language) -> list[str]:
    version = data["version"]
    better = version["better_than_in_force"]
    lines = [
        say(
            "learned_better" if better else "learned_not",
            language,
            version=version["model_version"],
            in_force=version["version_in_force"],
        )
    ]
    unknown = say("unknown", language)
    lines += [
        say(
            "learned_line",
            language,
            cell=f"{change['department']} {change['channel']}",
            band=change["discount_band"],
            before=percent(change["before_uplift_sales_pct"], language, missing=unknown),
            after=percent(change["after_uplift_sales_pct"], language),
            days=change["after_sample_size"],
        )
        for change in data["changes"]
    ]
    return lines
