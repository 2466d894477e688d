"""What the Data Analyst says: every figure is copied from a tool's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.sentences import needs_approval, remark, remarks, say
from analytics.figures import localised, money, percent, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.offline.intents import Intent
    from agents.offline.language import Language

_SHOWN = 12


def _told_gap(data: dict[str, Any], intent: Intent) -> str:
    language, interval = intent.language, data["expected_interval"]
    expected = say(
        "gap_behind" if data["gap_value"] < 0 else "gap_ahead",
        language,
        month=data["month"],
        expected=money(data["expected_value"], language),
        target=money(data["target_value"], language),
        gap=signed(data["gap_value"], language),
    )
    spread = say(
        "gap_full",
        language,
        low=money(interval["p10"], language),
        high=money(interval["p90"], language),
        pct=localised(f"{data['gap_pct']:+.1f} %", language),
    )
    sold = {
        "sold": money(data["sold_so_far_value"], language),
        "rest": money(data["forecast_rest_value"], language),
    }
    until = data["sold_until"]
    lines = [
        f"{expected} {spread}",
        say("sold_until_and_rest", language, until=until, **sold)
        if until
        else say("sold_and_rest", language, **sold),
        "",
    ]
    parts = sorted(data["by_department"], key=lambda part: -part["expected_value"])
    lines += [_part(part, language) for part in parts[:_SHOWN]]
    for name, sentence in (
        ("planned_promotions", "counted_in"),
        ("promotions_of_unknown_depth", "usual_discount"),
    ):
        if data[name]:
            lines += ["", say(sentence, language, names=", ".join(data[name]))]
    notes = remarks(data, "notes", "note_facts", language)
    lines += ["", *(say("note", language, text=note) for note in notes)]
    return "\n".join(lines).rstrip()


def _part(part: dict[str, Any], language: Language) -> str:
    text = say(
        "part_expected",
        language,
        part=part["key"],
        expected=money(part["expected_value"], language),
    )
    last_year = part["same_month_last_year_value"]
    if last_year is None:
        return text
    return text + say("part_last_year", language, value=money(last_year, language))


def _what(data: dict[str, Any], language: Language) -> str:
    named = " ".join(filter(None, [data["department"], data["channel"]]))
    return named or say("whole_business", language)


def _told_forecast(data: dict[str, Any], intent: Intent) -> str:
    language, interval = intent.language, data["sales_interval"]
    return say(
        "forecast",
        language,
        what=_what(data, language),
        sales=money(data["sales_value"], language),
        start=data["start"],
        end=data["end"],
        low=money(interval["p10"], language),
        high=money(interval["p90"], language),
        margin=money(data["margin_value"], language),
        until=data["uses_sales_until"],
    )


def _told_sales(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    total = say(
        "sold",
        language,
        what=_what(data, language),
        sales=money(data["total_sales_value"], language),
        start=data["start"],
        end=data["end"],
        units=money(data["total_units"], language),
        margin=money(data["total_margin_value"], language),
    )
    lines = [total[:1].upper() + total[1:]]
    if len(data["lines"]) > 1:
        lines += ["", *(_sold_line(line, intent) for line in data["lines"][:_SHOWN])]
    return "\n".join(lines)


def _sold_line(line: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    figures = {"key": line["key"], "sales": money(line["sales_value"], language)}
    if intent.metric == "units":
        return say("sold_line_units", language, units=money(line["units"], language), **figures)
    margin = percent(line["margin_pct"], language, missing=say("unknown", language))
    return say("sold_line", language, margin_pct=margin, **figures)


def _told_uplift(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    state = say("in_force" if data["promoted"] else "not_promoted", language)
    own = [c for c in data["coefficients"] if not c["pooled"]]
    head = {"version": data["model_version"], "until": data["fitted_until"]}
    lines = [say("uplift_head", language, state=state, **head), ""]
    lines += [
        say(
            "uplift_line",
            language,
            cell=f"{c['department']} {c['channel']}",
            band=c["discount_band"],
            sales=localised(f"{c['uplift_sales_pct']:+.1f}", language),
            units=localised(f"{c['uplift_units_pct']:+.1f}", language),
            margin=localised(f"{c['margin_impact_pct']:+.1f}", language),
            confidence=localised(f"{c['confidence']:.2f}", language),
            days=c["sample_size"],
        )
        for c in own[: 2 * _SHOWN]
    ]
    return "\n".join(lines)


def _told_fit(data: dict[str, Any], intent: Intent) -> str:
    return say(
        "fitted",
        intent.language,
        version=data["model_version"],
        until=data["fitted_until"],
        in_force=data["version_in_force"],
    )


def _told_campaigns(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["campaigns"]:
        return say("no_campaign", language)
    unknown = say("unknown", language)
    return "\n".join(
        say(
            "campaign_line",
            language,
            name=c["promo_name"],
            start=c["date_start"],
            end=c["date_end"],
            departments=", ".join(c["departments"]),
            channels=", ".join(c["channels"]),
            discount=percent(c["avg_discount_pct"], language, missing=unknown),
        )
        for c in data["campaigns"][: 2 * _SHOWN]
    )


def _told_quality(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["issues"]:
        return say("quality_fine", language)
    return "\n".join(_doubt(issue, language) for issue in data["issues"][:_SHOWN])


def _doubt(issue: dict[str, Any], language: Language) -> str:
    wrong = remark(issue["message"], issue.get("message_facts"), language)
    repair = remark(issue["what_to_do"], issue.get("what_to_do_facts"), language)
    severity = say(f"severity_{issue['severity']}", language)
    return f"- {severity}: {wrong}; {repair}."


def _told_ingest(data: dict[str, Any], intent: Intent) -> str:
    sums, language = data["sums"], intent.language
    rows = ("read", "accepted", "rejected", "skipped")
    return say(
        "ingested",
        language,
        job=data["job_id"],
        sales=localised(str(sums["stored"]["sales_value"]), language),
        **{name: money(sums[name]["rows"], language) for name in rows},
    )


def _told_job(data: dict[str, Any], intent: Intent) -> str:
    rows = money(data["records_processed"], intent.language)
    return say("job", intent.language, job=data["job_id"], status=data["status"], rows=rows)


def _told_targets(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["targets"]:
        return say("no_targets", language)
    unknown = say("unknown", language)
    return "\n".join(
        say(
            "target_line",
            language,
            month=t["month"],
            geo=t["geo"],
            sales=money(t["sales_value_target"], language),
            margin=percent(t["margin_pct_target"], language, missing=unknown),
        )
        for t in data["targets"]
    )


def _told_segments(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["segments"]:
        return say("no_segments", language)
    return "\n".join(
        say(
            "segment_line",
            language,
            id=s["segment_id"],
            name=s["name"],
            share=localised(f"{s['share_of_revenue']:.1%}", language),
            sensitivity=say(f"sensitivity_{s['discount_sensitivity']}", language),
        )
        for s in data["segments"]
    )


def _told_import(data: dict[str, Any], intent: Intent) -> str:
    return say("imported", intent.language, rows=data["rows"], file=data["file"])


def _told_opportunities(data: dict[str, Any], intent: Intent) -> str:
    language, found = intent.language, data["opportunities"]
    days = {"start": data["start"], "end": data["end"]}
    if not found:
        return say("no_opportunity", language, cells=data["cells_looked_at"], **days)
    lines = [say("opportunities_head", language, **days), ""]
    lines += [
        say(
            "opportunity_line",
            language,
            cell=f"{one['department']} {one['channel']}",
            start=one["start"],
            end=one["end"],
            depth=localised(f"{one['discount_pct']:g} %", language),
            sales=signed(one["net_sales_value"], language),
            low=signed(one["sales_delta_interval"]["p10"], language),
            high=signed(one["sales_delta_interval"]["p90"], language),
            ebit=signed(one["net_ebit"], language),
            days=one["promo_days_known"],
        )
        for one in found
    ]
    notes = remarks(data, "remarks", "remark_facts", language)
    lines += ["", say("not_additive", language)]
    lines += [say("note", language, text=note) for note in notes]
    return "\n".join(lines)


def _told_side_effects(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["dips"] and not data["pairs_tested"]:
        return say("no_side_effects", language, version=data["model_version"])
    lines = [say("side_effects_head", language, version=data["model_version"]), ""]
    lines += [
        say(
            "dip_line",
            language,
            cell=f"{dip['department']} {dip['channel']}",
            effect=localised(f"{dip['dip_pct']:+.1f}", language),
            error=localised(f"{dip['se_pct']:.1f}", language),
            days=dip["days"],
        )
        for dip in data["dips"][: 2 * _SHOWN]
    ]
    found = data["effects_on_others"]
    tested = {"pairs": data["pairs_tested"]}
    lines += ["", say("effects_found" if found else "no_effect_found", language, **tested)]
    lines += [
        say(
            "effect_line",
            language,
            source=f"{effect['source_department']} {effect['source_channel']}",
            cell=f"{effect['department']} {effect['channel']}",
            effect=localised(f"{effect['effect_pct']:+.1f}", language),
            error=localised(f"{effect['se_pct']:.1f}", language),
        )
        for effect in found[: 2 * _SHOWN]
    ]
    return "\n".join(lines)


def _told_approvals(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if not data["requests"]:
        return say("no_approvals", language)
    lines = []
    for request in data["requests"]:
        about = {"title": request["title"], "id": request["subject_id"][:8]}
        if request["status"] == "pending":
            lines.append(say("approval_waits", language, **about))
            continue
        reason = f" ({request['reason']})" if request["reason"] else ""
        said = f"approval_{request['status']}"
        lines.append(say(said, language, by=request["decided_by"], reason=reason, **about))
    return "\n".join(lines)


def _told_overview(data: dict[str, Any], intent: Intent) -> str:
    language = intent.language
    if data["newest_sale"] is None:
        return say("no_sales_yet", language)
    return say(
        "overview",
        language,
        first=data["first_sale"],
        newest=data["newest_sale"],
        departments=", ".join(data["departments"]),
    )


def _told_request(data: dict[str, Any], intent: Intent) -> str:
    return needs_approval(data, intent.language)


TOLD: Mapping[str, Callable[[dict[str, Any], Intent], str]] = {
    "month_gap": _told_gap,
    "forecast_baseline": _told_forecast,
    "sales_summary": _told_sales,
    "show_uplift": _told_uplift,
    "fit_uplift": _told_fit,
    "list_campaigns": _told_campaigns,
    "data_quality": _told_quality,
    "ingest_workbooks": _told_ingest,
    "job_status": _told_job,
    "list_targets": _told_targets,
    "list_segments": _told_segments,
    "load_targets": _told_import,
    "load_segments": _told_import,
    "show_side_effects": _told_side_effects,
    "find_opportunities": _told_opportunities,
    "list_approvals": _told_approvals,
    "store_overview": _told_overview,
    "request_approval": _told_request,
}
"""Tool -> what is said of its result."""
