"""Planning, comparing, checking and deciding on the command line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.cli.limits import (
    Budget,
    Cap,
    Departments,
    Exclude,
    Funding,
    MarginFloor,
    MaxDepartments,
    MaxDiscount,
    MinDiscount,
    MinGap,
    OnlyChannel,
    RunDays,
    limit_arguments,
    per_cent,
)
from app.cli.options import (
    End,
    Json,
    OptionalEnd,
    OptionalStart,
    Picture,
    Start,
    Today,
    one_channel,
    parse_day,
)
from app.cli.output import console, draw, emit_json, money, note, percent, show_table, signed
from app.cli.session import conversation, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics.types import Interval, ValidationReport
    from tools.frontier import Frontier, PointMechanic
    from tools.scenarios import Comparison
    from tools.summaries import Mechanics, ScenarioSummary

ScenarioId = Annotated[str, typer.Argument(help="Id of a scenario, or its first characters.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


def plan(
    brief: Annotated[
        str | None, typer.Argument(help="What you need, in your own words; or give the options.")
    ] = None,
    thread: Annotated[str | None, typer.Option(help="Name of the conversation.")] = None,
    start: OptionalStart = None,
    end: OptionalEnd = None,
    department: Departments = None,
    exclude: Exclude = None,
    channel: OnlyChannel = None,
    max_discount: MaxDiscount = None,
    min_discount: MinDiscount = None,
    cap: Cap = None,
    funding: Funding = None,
    margin_floor: MarginFloor = None,
    budget: Budget = None,
    max_departments: MaxDepartments = None,
    run_days: RunDays = None,
    min_gap: MinGap = None,
    scenario_type: Annotated[
        list[str] | None, typer.Option("--type", help="e.g. flash; repeat for more.")
    ] = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Turn a brief into scenarios with KPIs, checked and compared.

    In your own words the team reads it; with --start, --end and the limits as options it is taken
    exactly as given.
    """
    limits = limit_arguments(
        department,
        exclude,
        channel,
        max_discount,
        min_discount,
        cap,
        funding,
        margin_floor,
        budget,
        max_departments,
        run_days,
        min_gap,
    )
    if scenario_type:
        limits["scenario_types"] = tuple(scenario_type)
    if brief is not None and (start or end or limits):
        message = "give the brief in words or its limits as options, not both"
        raise typer.BadParameter(message)
    if brief is not None:
        _plan_in_words(brief, thread, today, json=json)
    elif start and end:
        _plan_as_given(start, end, limits, today, json=json)
    else:
        message = 'say what you need, e.g. plan "TV and Gaming from 22 to 27 October", or give --start and --end'
        raise typer.BadParameter(message)


def _plan_as_given(
    start: dt.date, end: dt.date, limits: dict[str, Any], today: dt.date | None, *, json: bool
) -> None:
    """Propose, validate and compare without a conversation."""
    from tools.scenarios import compare_scenarios, propose_scenarios
    from tools.schema import call
    from tools.validation import validate_scenario

    with unit(today) as deps:
        proposal = call(propose_scenarios, deps, start, end, **limits)
        made = tuple(dict.fromkeys(scenario.id for scenario in proposal.scenarios))
        for scenario_id in made:
            call(validate_scenario, deps, scenario_id)
        result = call(compare_scenarios, deps, made)
    if json:
        emit_json(result)
        return
    show_comparison(result)
    for remark in proposal.remarks:
        note(remark)
    note(f"next: promoloop approve {_advised(result).id[:8]}")


def _advised(result: Comparison) -> ScenarioSummary:
    """Return the balanced scenario, else the one with the most net EBIT."""
    return next(
        (item for item in result.scenarios if item.scenario_type == "balanced"),
        result.scenarios[0],
    )


def _plan_in_words(brief: str, thread: str | None, today: dt.date | None, *, json: bool) -> None:
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
        last_words, answered = talk.last_words(), talk.answered
        day = talk.today
    if not made:
        if json:
            console.print_json(data={"thread": name, "scenarios": [], "answer": last_words})
        # A question that was answered is done; a question back, or a refusal, is not.
        raise typer.Exit(3 if request else int(not answered))
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
        note(
            f"next: promoloop approve {_advised(result).id[:8]}, or promoloop chat --thread {name}"
        )
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
        promoted = ", ".join(_mechanic(m, item) for m in item.mechanics)
        text = f"[bold]{escape(item.label)}[/bold]: {escape(promoted) or 'nothing promoted'}"
        console.print(text, highlight=False)
    for remark in dict.fromkeys(remark for item in result.scenarios for remark in item.remarks):
        note(remark)


def _mechanic(mechanic: Mechanics | PointMechanic, window: ScenarioSummary | Frontier) -> str:
    """Write one promoted cell, with its days when they are not those of the window."""
    text = f"{mechanic.department} {mechanic.channel} {mechanic.discount_pct:g} %"
    if (mechanic.start, mechanic.end) == (window.start, window.end):
        return text
    return f"{text} on {mechanic.start:%m-%d} .. {mechanic.end:%m-%d}"


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
            help="depth=15 · TV=15 · TV/online=15 (0 takes it out) · TV=15@DAY..DAY (only these days) · "
            "start=DAY · end=DAY · channels=online · without=GAMING · label=TEXT",
        ),
    ],
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Change a scenario and see what it does; the original stays."""
    from app.pictures.files import check_picture
    from app.pictures.waterfall import waterfall_picture
    from tools.scenarios import change_scenario, compare_scenarios
    from tools.schema import call

    changes = _changes(change)
    check_picture(picture)
    with unit(today) as deps:
        changed = call(change_scenario, deps, scenario, **changes)
        result = call(compare_scenarios, deps, (changed.changed_from, changed.scenarios[0].id))
    emit_json(result) if json else show_comparison(result)
    draw(picture, lambda: waterfall_picture(result.scenarios))


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
                arguments["discount_pct"] = per_cent(value)
            case _:
                depths.append(_depth_change(key, value))
    return arguments | ({"depths": tuple(depths)} if depths else {})


def _depth_change(cell: str, value: str) -> dict[str, Any]:
    """Read `TV/online=15` or `TV=15@2025-10-24..2025-10-26`."""
    department, _, channel = cell.partition("/")
    depth, _, days = value.partition("@")
    change: dict[str, Any] = {
        "department": department,
        "channel": one_channel(channel or None),
        "discount_pct": per_cent(depth),
    }
    if days:
        first, _, last = days.partition("..")
        change |= {"start": parse_day(first.strip()), "end": parse_day((last or first).strip())}
    return change


def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Ids of two or more scenarios.")],
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Put scenarios side by side."""
    from app.pictures.files import check_picture
    from app.pictures.waterfall import waterfall_picture
    from tools.scenarios import compare_scenarios
    from tools.schema import call

    check_picture(picture)
    with unit(today) as deps:
        result = call(compare_scenarios, deps, tuple(scenarios))
    emit_json(result) if json else show_comparison(result)
    draw(picture, lambda: waterfall_picture(result.scenarios))


def frontier(
    start: Start,
    end: End,
    department: Departments = None,
    exclude: Exclude = None,
    channel: OnlyChannel = None,
    max_discount: MaxDiscount = None,
    min_discount: MinDiscount = None,
    cap: Cap = None,
    funding: Funding = None,
    margin_floor: MarginFloor = None,
    budget: Budget = None,
    max_departments: MaxDepartments = None,
    run_days: RunDays = None,
    min_gap: MinGap = None,
    picture: Picture = None,
    today: Today = None,
    *,
    json: Json = False,
) -> None:
    """Show what can be had at best: additional sales against margin."""
    from app.pictures.files import check_picture
    from app.pictures.frontier import frontier_picture
    from tools.frontier import efficient_frontier
    from tools.schema import call

    limits = limit_arguments(
        department,
        exclude,
        channel,
        max_discount,
        min_discount,
        cap,
        funding,
        margin_floor,
        budget,
        max_departments,
        run_days,
        min_gap,
    )
    check_picture(picture)
    with unit(today) as deps:
        result = call(efficient_frontier, deps, start, end, **limits)
    draw(picture, lambda: frontier_picture(result))
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
                ", ".join(_mechanic(m, result) for m in point.mechanics),
            )
            for point in result.points
        ],
    )
    for remark in result.remarks:
        note(remark)


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
