"""Planning, comparing, checking and deciding on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.cli.options import End, Json, Start, Today, one_channel, parse_day
from app.cli.output import console, emit_json, money, note, percent, show_table, signed
from app.cli.session import conversation, unit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from analytics.types import Interval, ValidationReport
    from tools.scenarios import Comparison
    from tools.summaries import ScenarioSummary

ScenarioId = Annotated[str, typer.Argument(help="Id of a scenario, or its first characters.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


def plan(
    brief: Annotated[str, typer.Argument(help="What you need, in your own words.")],
    thread: Annotated[str | None, typer.Option(help="Name of the conversation.")] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Take one brief through the team: scenarios, KPIs, validation, comparison."""
    from uuid import uuid4

    from app.cli.speech import show

    name = thread or f"plan-{uuid4().hex[:8]}"
    brief = brief.encode("utf-8", "replace").decode()
    note(f"thread {name}")
    with conversation(name, today) as talk:
        # The same brief again, after the program was killed: the turn is finished, not repeated.
        again = talk.unfinished and talk.asked == brief
        events = talk.resume() if again else talk.say(brief)
        request = _silently(events) if json else show(events)
        made = talk.scenarios_of_turn()
        last_words = talk.last_words()
        day = talk.today
    if not made:
        if json:
            console.print_json(data={"thread": name, "scenarios": [], "answer": last_words})
        raise typer.Exit(3 if request else 1)
    with unit(day) as deps:
        from tools.scenarios import compare_scenarios
        from tools.schema import call

        result = call(compare_scenarios, deps, tuple(made))
    if json:
        console.print_json(
            data={"thread": name, "answer": last_words, **result.model_dump(mode="json")}
        )
    else:
        show_comparison(result)
        advised = next(
            (item for item in result.scenarios if item.scenario_type == "balanced"),
            result.scenarios[0],
        )
        note(f"next: promoloop approve {advised.id[:8]}, or promoloop chat --thread {name}")
    if request:
        raise typer.Exit(3)


def _silently(events: Iterable[Any]) -> dict[str, Any] | None:
    from app.events import ApprovalAsked

    asked = [event.request for event in events if isinstance(event, ApprovalAsked)]
    return asked[-1] if asked else None


def show_comparison(result: Comparison) -> None:
    """Print scenarios side by side, one column each."""
    show_table(
        "Scenarios against the baseline of the same days",
        ["", *(f"{item.label}>" for item in result.scenarios)],
        [(title, *(show(item) for item in result.scenarios)) for title, show in _ROWS.items()],
    )
    for item in result.scenarios:
        promoted = ", ".join(
            f"{m.department} {m.channel} {m.discount_pct:g} %" for m in item.mechanics
        )
        text = f"[bold]{escape(item.label)}[/bold]: {escape(promoted) or 'nothing promoted'}"
        console.print(text, highlight=False)
    for remark in dict.fromkeys(remark for item in result.scenarios for remark in item.remarks):
        note(remark)


def _range(interval: Interval) -> str:
    return f"{signed(interval.p10)} .. {signed(interval.p90)}"


_ROWS: dict[str, Callable[[ScenarioSummary], str]] = {
    "id": lambda item: item.id[:8],
    "days": lambda item: f"{item.start:%m-%d} .. {item.end:%m-%d}",
    "sales": lambda item: signed(item.sales_value_delta),
    "  P10 .. P90": lambda item: _range(item.sales_delta_interval),
    "margin": lambda item: signed(item.margin_value_delta),
    "  P10 .. P90 ": lambda item: _range(item.margin_delta_interval),
    "margin % of all sales": lambda item: percent(item.total_margin_pct),
    "EBIT": lambda item: signed(item.ebit_delta),
    "after dip and cross-effects:": lambda _: "",
    "  sales": lambda item: signed(item.net_sales_value),
    "  margin": lambda item: signed(item.net_margin_value),
    "  EBIT": lambda item: signed(item.net_ebit),
    "discount given away": lambda item: money(item.markdown_value),
    "below the frontier": lambda item: (
        "on it" if item.below_frontier_value == 0 else money(item.below_frontier_value)
    ),
    "closes of the gap": lambda item: (
        "-" if item.closes_gap_pct is None else percent(item.closes_gap_pct)
    ),
    "policy check": lambda item: item.validation or "not yet",
}


def whatif(
    scenario: ScenarioId,
    change: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="WHAT=VALUE",
            help="depth=15 · TV=15 · TV/online=15 (0 takes it out) · start=DAY · end=DAY · "
            "channels=online · without=GAMING · label=TEXT",
        ),
    ],
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Change a scenario and see what it does; the original stays."""
    from tools.scenarios import change_scenario, compare_scenarios
    from tools.schema import call

    changes = _changes(change)
    with unit(today) as deps:
        changed = call(change_scenario, deps, scenario, **changes)
        result = call(compare_scenarios, deps, (changed.changed_from, changed.scenarios[0].id))
    emit_json(result) if json else show_comparison(result)


def _changes(given: list[str]) -> dict[str, Any]:
    """Read `--set` values into arguments of `change_scenario`."""
    arguments: dict[str, Any] = {}
    depths = []
    for text in given:
        key, found, value = (part.strip() for part in text.partition("="))
        if not found or not key or not value:
            message = f"{text!r} is not of the form WHAT=VALUE, e.g. --set TV/online=15"
            raise typer.BadParameter(message)
        match key.casefold():
            case "start" | "end":
                arguments[key.casefold()] = parse_day(value)
            case "channels":
                arguments["channels"] = tuple(part.strip() for part in value.split(","))
            case "without":
                arguments["without_departments"] = tuple(part.strip() for part in value.split(","))
            case "label":
                arguments["label"] = value
            case "depth":
                arguments["discount_pct"] = _number(value)
            case _:
                department, _, channel = key.partition("/")
                depths.append(
                    {
                        "department": department,
                        "channel": one_channel(channel or None),
                        "discount_pct": _number(value),
                    }
                )
    return arguments | ({"depths": tuple(depths)} if depths else {})


def _number(text: str) -> float:
    try:
        return float(text.removesuffix("%").strip())
    except ValueError as error:
        message = f"{text!r} is not a depth in per cent, e.g. 15"
        raise typer.BadParameter(message) from error


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Ids of two or more scenarios.")],
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Put scenarios side by side."""
    from tools.scenarios import compare_scenarios
    from tools.schema import call

    with unit(today) as deps:
        result = call(compare_scenarios, deps, tuple(scenarios))
    emit_json(result) if json else show_comparison(result)


def frontier(
    start: Start,
    end: End,
    department: Annotated[
        list[str] | None, typer.Option(help="Promote this department; repeat for more.")
    ] = None,
    max_discount: Annotated[float | None, typer.Option(help="Deepest discount, per cent.")] = None,
    margin_floor: Annotated[float | None, typer.Option(help="Lowest margin, per cent.")] = None,
    budget: Annotated[float | None, typer.Option(help="Most discount given away, money.")] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Show what can be had at best: additional sales against margin."""
    from tools.scenarios import efficient_frontier
    from tools.schema import call

    with unit(today) as deps:
        result = call(
            efficient_frontier,
            deps,
            start,
            end,
            departments=tuple(department or ()),
            max_discount_pct=max_discount,
            margin_floor_pct=margin_floor,
            budget_value=budget,
        )
    if json:
        emit_json(result)
        return
    show_table(
        f"Efficient frontier, {start} to {end}",
        ["point", "net sales>", "net margin>", "net EBIT>", "promoted"],
        [
            (
                ", ".join(point.names),
                signed(point.net_sales_value),
                signed(point.net_margin_value),
                signed(point.net_ebit),
                ", ".join(
                    f"{m.department} {m.channel} {m.discount_pct:g} %" for m in point.mechanics
                ),
            )
            for point in result.points
        ],
    )


def validate(scenario: ScenarioId, today: Today = None, *, json: Json = False) -> None:
    """Check a scenario against the company's policy."""
    from tools.schema import call
    from tools.validation import validate_scenario

    with unit(today) as deps:
        report = call(validate_scenario, deps, scenario)
    emit_json(report) if json else show_report(report)


def show_report(report: ValidationReport) -> None:
    """Print a validation report."""
    colour = {"PASS": "green", "WARN": "yellow", "BLOCK": "red"}[report.status]
    console.print(f"[bold {colour}]{report.status}[/bold {colour}], score {report.overall_score}")
    if report.issues:
        show_table(
            f"Findings on {report.scenario_id}",
            ["rule", "severity", "finding", "suggested fix"],
            [(i.type, i.severity, i.message, i.suggested_fix) for i in report.issues],
        )


def approve(
    subject: Annotated[str, typer.Argument(help="Id of a scenario or a creative brief.")],
    reason: Reason = "",
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Approve a scenario or a creative brief, exactly as it is now (this is your decision)."""
    _decide(subject, "approve", reason, today, json=json)


def reject(
    subject: Annotated[str, typer.Argument(help="Id of a scenario or a creative brief.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail.")],
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Reject a scenario or a creative brief, with the reason."""
    _decide(subject, "reject", reason, today, json=json)


def _decide(subject: str, decision: Any, reason: str, today: dt.date | None, *, json: bool) -> None:  # noqa: ANN401  approve or reject
    from app.cli.speech import show_request
    from tools import approvals

    with unit(today) as deps:
        kind, full_id = approvals.subject_of(deps, subject)
        request = approvals.request_approval(deps, kind, full_id)
        if request.status == "pending" and not json:
            show_request(request.model_dump(mode="json"))
        before = request.status
        decided = approvals.decide(
            deps,
            request.approval_id,
            decision=decision,
            by=deps.workspace.actor,
            reason=reason,
        )
    if json:
        emit_json(decided)
        return
    typer.echo(approvals.sentence(decided))
    if before == decided.status:
        note("it had been decided so before; nothing changed")
    elif decided.status == "approved" and kind == "scenario":
        note(f"next: promoloop creative {full_id[:8]}")
