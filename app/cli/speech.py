"""How a running conversation looks in a terminal: steps, streamed answers, requests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.markdown import Markdown
from rich.markup import escape

from app.cli.output import console, metric, money, signed
from app.events import ApprovalAsked, Said, Token, ToolAnswered, ToolCalled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agents.approval import Answer
    from app.events import Event


def show(events: Iterable[Event]) -> dict[str, Any] | None:
    """Print a turn as it happens; returns the request for approval it stopped at, if any."""
    speaking: str | None = None
    streamed = ""
    for event in events:
        match event:
            case Token(speaker, text):
                if speaking != speaker:
                    console.print(f"\n[bold green]{escape(speaker)}[/bold green]")
                    speaking, streamed = speaker, ""
                console.out(text, end="", highlight=False)
                streamed += text
            case Said(speaker, text):
                _end_answer(speaker, text, streamed if speaking == speaker else None)
                speaking = None
            case ToolCalled(speaker, tool, arguments):
                console.print(f"[dim]{escape(f'{speaker} > {tool}({_brief(arguments)})')}[/dim]")
            case ToolAnswered(tool, _, refusal):
                if refusal:
                    console.print(f"[yellow]{escape(f'{tool} refused: {refusal}')}[/yellow]")
            case ApprovalAsked(request):
                return request
    return None


def _end_answer(speaker: str, text: str, streamed: str | None) -> None:
    """Print a whole answer as far as it has not been streamed."""
    if streamed is None:
        console.print(f"\n[bold green]{escape(speaker)}[/bold green]")
    elif streamed.split() != text.split():
        # What was streamed was cut, or its figures had to be corrected or marked.
        console.print("\n\n[yellow]checked, it reads:[/yellow]")
    if streamed is None or streamed.split() != text.split():
        console.out(text, end="", highlight=False)
    console.print("\n")


def _brief(arguments: dict[str, Any]) -> str:
    text = ", ".join(f"{name}={value}" for name, value in arguments.items())
    return text if len(text) <= 160 else text[:157] + "..."  # noqa: PLR2004  about two lines


def ask(request: dict[str, Any], person: str) -> Answer | str | None:
    """Put a request before the person.

    Returns:
        The answer; or the change they want, in their words; or None when they do not answer now.
    """
    show_request(request)
    while True:
        line = _read("approve? [y]es / [n]o, with a reason / [e]dit, with the change / [l]ater: ")
        word, _, reason = line.strip().partition(" ")
        match word.strip(",.:").casefold():
            case "y" | "yes" | "approve" | "sì" | "si" | "ja" if not reason or word.endswith(":"):
                return {"decision": "approve", "by": person, "reason": reason.strip()}
            case "n" | "no" | "reject" | "nein":
                reason = reason.strip() or _read("reason: ").strip()
                if reason:
                    return {"decision": "reject", "by": person, "reason": reason}
            case "e" | "edit" | "change":
                change = reason.strip() or _read("what should change? ").strip()
                if change:
                    return change
            case "l" | "later" | "":
                return None
        console.print("please answer yes, no, edit or later")


def _read(prompt: str) -> str:
    if sys.stdin.isatty():
        return console.input(f"[bold yellow]{escape(prompt)}[/bold yellow]")
    console.print(f"[bold yellow]{escape(prompt)}[/bold yellow]")
    return sys.stdin.readline()


def show_request(request: dict[str, Any]) -> None:
    """Print the whole proposal that is to be decided."""
    console.rule(f"[bold yellow]Approval needed: {escape(request['title'])}")
    proposal = request["proposal"]
    match request["kind"]:
        case "scenario":
            _show_scenario(proposal)
        case "creative":
            _show_creative(proposal)
        case _:
            for key, value in proposal["backtest"].items():
                console.print(f"  {escape(str(key))}: {escape(metric(value))}")


def _show_scenario(proposal: dict[str, Any]) -> None:
    scenario, kpis, report = proposal["scenario"], proposal["kpis"], proposal["validation"]
    console.print(f"  {scenario['date_range_start']} to {scenario['date_range_end']}")
    for mechanic in scenario["mechanics"]:
        segments = ", ".join(mechanic["segments"])
        console.print(
            escape(
                f"  {mechanic['department']} {mechanic['channel']}: {mechanic['discount_pct']:g} % off, "
                f"for {segments}"
            )
        )
    console.print(
        f"  sales {money(kpis['total_sales_value'])} ({signed(kpis['sales_value_delta'])}), "
        f"margin {money(kpis['total_margin_value'])} ({signed(kpis['margin_value_delta'])}, "
        f"{kpis['total_margin_pct']:.2f} %), EBIT {signed(kpis['ebit_delta'])}"
    )
    console.print(f"  validation {report['status']}, score {report['overall_score']}")
    for issue in report["issues"]:
        console.print(escape(f"  - {issue['message']}. {issue['suggested_fix']}."))


def _show_creative(proposal: dict[str, Any]) -> None:
    brief = proposal["brief"]
    console.print(
        f"  objective: {escape(brief['objectives']['primary'])}; tone: {escape(brief['tone'])}"
    )
    for asset in proposal["assets"]:
        text = f"**{asset['type']}**: {asset['headline']} / {asset['subheadline']} / {asset['cta']}"
        console.print(Markdown("- " + text))
