"""The Data Analyst's rule."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from agents.offline.figures import money, percent, signed
from agents.offline.reading import intent_of
from agents.offline.turn import Call

if TYPE_CHECKING:
    from agents.offline.intents import Intent
    from agents.offline.turn import Turn

_FIT = re.compile(
    r"\b(?:re)?(?:fit|train|estimat|learn|stima|aggiorna|calcol|schätz|schaetz|lern)", re.IGNORECASE
)
_SHOWN = 12
_PLAIN = {"quality": "data_quality", "targets": "list_targets", "segments": "list_segments"}
_BY_PERIOD = {
    "forecast": "forecast_baseline",
    "sales": "sales_summary",
    "campaigns": "list_campaigns",
}


def speak(turn: Turn) -> str | list[Call]:
    """Call the tool that has the answer, then say what it found."""
    if turn.refusal:
        return f"That cannot be done: {turn.refusal}"
    if not turn.done:
        return _first(turn, intent_of(turn))
    newest = turn.done[-1]
    if newest.tool == "fit_uplift" and newest.data["better_than_in_force"]:
        version = newest.data["model_version"]
        return [Call("request_approval", {"kind": "coefficients", "subject_id": version})]
    return _TOLD[newest.tool](newest.data)


def _first(turn: Turn, intent: Intent) -> str | list[Call]:
    match intent.kind:
        case "gap":
            return [Call("month_gap", {"month": _month(turn, intent)})]
        case "forecast" | "sales" | "campaigns":
            return _period_call(turn, intent)
        case "uplift":
            return _uplift(turn, intent)
        case "jobs":
            return "Loading jobs are listed by `promoloop jobs`; name one and I look it up."
        case "ingest":
            return _ingest(intent)
        case kind:
            return [Call(_PLAIN.get(kind, "store_overview"), {})]


def _month(turn: Turn, intent: Intent) -> str:
    if intent.brief.month is not None:
        return intent.brief.month
    day = intent.period.start if intent.period else turn.today
    return f"{day:%Y-%m}"


def _period_call(turn: Turn, intent: Intent) -> list[Call]:
    """Ask about the period that was named, else about the next or the last four weeks."""
    reach = dt.timedelta(days=28)
    ahead = intent.kind == "forecast"
    start, end = (turn.today, turn.today + reach) if ahead else (turn.today - reach, turn.today)
    if intent.period is not None:
        start, end = intent.period.start, intent.period.end
    arguments: dict[str, Any] = {"start": start.isoformat(), "end": end.isoformat()}
    brief = intent.brief
    if len(brief.departments) == 1:
        arguments["department"] = brief.departments[0]
    elif intent.kind == "sales":
        arguments["by"] = "department"
    if len(brief.channels) == 1:
        arguments["channel"] = brief.channels[0]
    return [Call(_BY_PERIOD[intent.kind], arguments)]


def _uplift(turn: Turn, intent: Intent) -> list[Call]:
    if _FIT.search(turn.text):
        return [Call("fit_uplift", {})]
    department = intent.brief.departments[:1]
    return [Call("show_uplift", {"department": department[0]} if department else {})]


def _ingest(intent: Intent) -> str | list[Call]:
    if not intent.paths:
        return "Which workbooks? Name the files below the data folder."
    return [Call("ingest_workbooks", {"files": list(intent.paths)})]


def _told_gap(data: dict[str, Any]) -> str:
    interval = data["expected_interval"]
    side = "behind" if data["gap_value"] < 0 else "ahead of"
    until = f" until {data['sold_until']}" if data["sold_until"] else ""
    lines = [
        f"{data['month']} is expected at {money(data['expected_value'])} (P10 "
        f"{money(interval['p10'])} to P90 {money(interval['p90'])}) against a target of "
        f"{money(data['target_value'])}: {signed(data['gap_value'])} ({data['gap_pct']:+.1f} %), "
        f"{side} target.",
        f"Sold{until}: {money(data['sold_so_far_value'])}; forecast of the rest: "
        f"{money(data['forecast_rest_value'])}.",
        "",
    ]
    parts = sorted(data["by_department"], key=lambda part: -part["expected_value"])
    lines += [
        f"- {part['key']}: expected {money(part['expected_value'])}"
        + (
            f", same month last year {money(part['same_month_last_year_value'])}"
            if part["same_month_last_year_value"] is not None
            else ""
        )
        for part in parts[:_SHOWN]
    ]
    if data["planned_promotions"]:
        lines += ["", "Counted in: " + ", ".join(data["planned_promotions"]) + "."]
    if data["promotions_left_out"]:
        names = ", ".join(data["promotions_left_out"])
        lines += ["", f"Not counted, as their discount is unknown: {names}."]
    return "\n".join(lines)


def _told_forecast(data: dict[str, Any]) -> str:
    interval = data["sales_interval"]
    what = " ".join(filter(None, [data["department"], data["channel"]])) or "the whole business"
    return (
        f"Without promotions {what} should sell {money(data['sales_value'])} from {data['start']} to "
        f"{data['end']} (P10 {money(interval['p10'])} to P90 {money(interval['p90'])}), with a margin "
        f"of {money(data['margin_value'])}. It uses sales until {data['uses_sales_until']}."
    )


def _told_sales(data: dict[str, Any]) -> str:
    what = " ".join(filter(None, [data["department"], data["channel"]])) or "The whole business"
    lines = [
        f"{what} sold {money(data['total_sales_value'])} from {data['start']} to {data['end']}, "
        f"{data['total_units']:,} units, with a margin of {money(data['total_margin_value'])}."
    ]
    if len(data["lines"]) > 1:
        lines.append("")
        lines += [
            f"- {line['key']}: {money(line['sales_value'])}, margin {percent(line['margin_pct'])}"
            for line in data["lines"][:_SHOWN]
        ]
    return "\n".join(lines)


def _told_uplift(data: dict[str, Any]) -> str:
    state = "in force" if data["promoted"] else "not promoted"
    own = [c for c in data["coefficients"] if not c["pooled"]]
    lines = [
        f"Coefficients {data['model_version']} ({state}), fitted on sales until "
        f"{data['fitted_until']}; those with promo days of their own:",
        "",
    ]
    lines += [
        f"- {c['department']} {c['channel']} {c['discount_band']} %: sales "
        f"{c['uplift_sales_pct']:+.1f} %, units {c['uplift_units_pct']:+.1f} %, margin "
        f"{c['margin_impact_pct']:+.1f} points, confidence {c['confidence']:.2f}, "
        f"{c['sample_size']} promo days"
        for c in own[: 2 * _SHOWN]
    ]
    return "\n".join(lines)


def _told_fit(data: dict[str, Any]) -> str:
    return (
        f"I fitted {data['model_version']} on sales until {data['fitted_until']}; it does not beat "
        f"{data['version_in_force']} in the backtest, which stays in force."
    )


def _told_campaigns(data: dict[str, Any]) -> str:
    if not data["campaigns"]:
        return "No campaign of the catalog ran in that period."
    return "\n".join(
        f"- {c['promo_name']}: {c['date_start']} to {c['date_end']}, {', '.join(c['departments'])}, "
        f"{', '.join(c['channels'])}, discount {percent(c['avg_discount_pct'])}"
        for c in data["campaigns"][: 2 * _SHOWN]
    )


def _told_quality(data: dict[str, Any]) -> str:
    if not data["issues"]:
        return "I found nothing wrong in the stored sales."
    return "\n".join(
        f"- {issue['severity']}: {issue['message']} {issue['what_to_do']}"
        for issue in data["issues"][:_SHOWN]
    )


def _told_ingest(data: dict[str, Any]) -> str:
    sums = data["sums"]
    return (
        f"Loaded by job {data['job_id']}: {sums['read']['rows']:,} rows read, "
        f"{sums['accepted']['rows']:,} accepted, {sums['rejected']['rows']:,} rejected, "
        f"{sums['skipped']['rows']:,} skipped as already covered; sales stored "
        f"{sums['stored']['sales_value']}."
    )


def _told_targets(data: dict[str, Any]) -> str:
    if not data["targets"]:
        return "No targets are stored: import them with `promoloop targets import FILE`."
    return "\n".join(
        f"- {t['month']} {t['geo']}: {money(t['sales_value_target'])}, margin "
        f"{percent(t['margin_pct_target'])}"
        for t in data["targets"]
    )


def _told_segments(data: dict[str, Any]) -> str:
    if not data["segments"]:
        return "No segments are stored: import them with `promoloop segments import FILE`."
    return "\n".join(
        f"- {s['segment_id']} ({s['name']}): {s['share_of_revenue']:.1%} of revenue, "
        f"{s['discount_sensitivity']} discount sensitivity"
        for s in data["segments"]
    )


def _told_overview(data: dict[str, Any]) -> str:
    if data["newest_sale"] is None:
        return "The store holds no sales yet: load workbooks with `promoloop ingest PATH...`."
    return (
        f"The store holds sales from {data['first_sale']} to {data['newest_sale']} of "
        f"{', '.join(data['departments'])}."
    )


def _told_request(data: dict[str, Any]) -> str:
    return f"{data['title']} needs your approval before plans use it."


_TOLD = {
    "month_gap": _told_gap,
    "forecast_baseline": _told_forecast,
    "sales_summary": _told_sales,
    "show_uplift": _told_uplift,
    "fit_uplift": _told_fit,
    "list_campaigns": _told_campaigns,
    "data_quality": _told_quality,
    "ingest_workbooks": _told_ingest,
    "list_targets": _told_targets,
    "list_segments": _told_segments,
    "store_overview": _told_overview,
    "request_approval": _told_request,
}
