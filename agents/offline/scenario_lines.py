"""What the Planner says about scenarios: every figure is copied from a tool's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.offline.focus import LETTERS, letters
from agents.offline.reading import intent_of
from agents.offline.sentences import remarks, say
from analytics.figures import money, number, percent, signed

if TYPE_CHECKING:
    from agents.offline.language import Language
    from agents.offline.moment import Moment

_ADVISED_BY = {"sales": "net_sales_value", "margin": "net_margin_value", "ebit": "net_ebit"}


def mechanics(cells: list[dict[str, Any]], language: Language) -> str:
    """Write who is discounted how deep."""
    written = (
        f"{c['department']} {c['channel']} {number(c['discount_pct'], language)} %" for c in cells
    )
    return ", ".join(written) or say("nothing_promoted", language)


def line(letter: str, scenario: dict[str, Any], language: Language) -> str:
    """Write one scenario with what it should earn."""
    interval = scenario["sales_delta_interval"]
    text = say(
        "scenario_line",
        language,
        letter=letter,
        label=scenario["label"],
        mechanics=mechanics(scenario["mechanics"], language),
        sales=signed(scenario["sales_value_delta"], language),
        low=signed(interval["p10"], language),
        high=signed(interval["p90"], language),
        margin=signed(scenario["margin_value_delta"], language),
        margin_pct=percent(scenario["total_margin_pct"], language),
        ebit=signed(scenario["ebit_delta"], language),
        net_sales=signed(scenario["net_sales_value"], language),
        net_ebit=signed(scenario["net_ebit"], language),
    )
    closes = scenario["closes_gap_pct"]
    if closes is None:
        return text
    return text + say("closes_gap", language, value=percent(closes, language))


def told_proposal(moment: Moment, data: dict[str, Any]) -> str:
    """Say what was proposed, against which gap, and which one to take."""
    intent = intent_of(moment)
    language, scenarios = intent.language, data["scenarios"]
    first = scenarios[0]
    lines = [say("proposal_head", language, start=first["start"], end=first["end"]), ""]
    lines += [line(letter, s, language) for letter, s in zip(LETTERS, scenarios, strict=False)]
    lines += ["", *_told_gap(data["gap"], first, intent.brief.gap_value, language), ""]
    lines.append(_advice(scenarios, intent.brief.objective, language))
    versions = {"model": first["model_version"], "policy": first["policy_version"]}
    lines.append(say("versions", language, **versions))
    lines += [
        say("sells_less", language, letter=letter)
        for letter, s in zip(LETTERS, scenarios, strict=False)
        if s["net_sales_value"] < 0
    ]
    if all(s["net_ebit"] < 0 for s in scenarios):
        lines.append(say("none_pays", language))
    said = remarks(data, "remarks", "remark_facts", language)
    lines += [say("note", language, text=remark) for remark in said]
    return "\n".join(lines)


def _told_gap(
    gap: dict[str, Any] | None, first: dict[str, Any], said: float | None, language: Language
) -> list[str]:
    if gap is None:
        return [say("no_target", language, month=first["start"][:7])]
    told = say(
        "gap_behind" if gap["gap_value"] < 0 else "gap_ahead",
        language,
        month=gap["month"],
        expected=money(gap["expected_value"], language),
        target=money(gap["target_value"], language),
        gap=signed(gap["gap_value"], language),
    )
    if said is None:
        return [told]
    return [told, say("gap_said", language, said=money(said, language))]


def _advice(scenarios: list[dict[str, Any]], objective: str | None, language: Language) -> str:
    """Advise the scenario that serves the wish best, else the knee, else the first."""
    if objective is not None and len(scenarios) > 1:
        best = max(scenarios, key=lambda s: float(s[_ADVISED_BY[objective]]))
        sentence = f"advise_{objective}"
    else:
        balanced = next((s for s in scenarios if s["scenario_type"] == "balanced"), None)
        best, sentence = balanced or scenarios[0], "advise_knee" if balanced else "advise"
    letter = LETTERS[scenarios.index(best)]
    return say(sentence, language, letter=letter, label=best["label"])


def told_comparison(moment: Moment, data: dict[str, Any]) -> str:
    """Say how scenarios compare and which one leads in what."""
    language, known = intent_of(moment).language, letters(moment)
    scenarios = data["scenarios"]
    lines = [line(known.get(s["id"], "·"), s, language) for s in scenarios]
    names = {s["id"]: f"{known.get(s['id'], '')} {s['label']}".strip() for s in scenarios}
    if len(scenarios) > 1:
        leads = {
            "ebit": names[data["most_net_ebit"]],
            "sales": names[data["most_net_sales"]],
            "margin": names[data["highest_margin_pct"]],
        }
        lines += ["", say("leads", language, **leads)]
    return "\n".join(lines)


def told_frontier(data: dict[str, Any], language: Language) -> str:
    """Say the points of the efficient frontier."""
    lines = [say("frontier_head", language, start=data["start"], end=data["end"]), ""]
    lines += [
        say(
            "frontier_line",
            language,
            names=f"{', '.join(point['names'])}: " if point["names"] else "",
            sales=signed(point["net_sales_value"], language),
            margin=signed(point["net_margin_value"], language),
            ebit=signed(point["net_ebit"], language),
            mechanics=mechanics(point["mechanics"], language),
        )
        for point in data["points"]
    ]
    said = remarks(data, "remarks", "remark_facts", language)
    return "\n".join(lines + [say("note", language, text=remark) for remark in said])


def told_list(data: dict[str, Any], language: Language) -> str:
    """Say which scenarios are stored."""
    if not data["scenarios"]:
        return say("no_scenarios", language)
    lines = [
        say(
            "scenario_short",
            language,
            id=s["id"][:8],
            label=s["label"],
            start=s["start"],
            end=s["end"],
            sales=signed(s["net_sales_value"], language),
            ebit=signed(s["net_ebit"], language),
        )
        for s in data["scenarios"]
    ]
    return "\n".join([say("scenarios_head", language), "", *lines])


def told_undone(moment: Moment, data: dict[str, Any]) -> str:
    """Say to which scenario an undone change leads back."""
    language = intent_of(moment).language
    letter = letters(moment).get(data["id"], "")
    label = f"{letter} {data['label']}".strip()
    return say("undone", language, label=label, line=line(letter, data, language).lstrip("- "))
