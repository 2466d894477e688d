"""`promoloop why`: what an answer stands on."""

from __future__ import annotations

import json as json_text
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from app.cli.options import Json
from app.cli.output import console, emit_json, note
from app.cli.session import unit

if TYPE_CHECKING:
    from tools.trail import Trail

_LONGEST = 1200


def why(
    thread: Annotated[str, typer.Option(help="Name of the conversation.")],
    turn: Annotated[
        int | None, typer.Option(min=1, help="Which of its turns; the last one if left out.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Show which tools, coefficients, rules and data an answer stands on."""
    from tools.trail import trail

    with unit() as deps:
        found = trail(deps, thread, turn)
    emit_json(found) if json else _show(found)


def _show(found: Trail) -> None:
    console.print(f"[bold]turn {found.turn}[/bold] ({found.status}): {escape(found.asked)}")
    for call in found.calls:
        said = ", ".join(f"{name}={value}" for name, value in call.arguments.items() if value)
        console.print(f"\n[cyan]{call.agent}[/cyan] {call.tool}({escape(said)})", highlight=False)
        answer = call.refusal or json_text.dumps(call.result, ensure_ascii=False)
        short = answer if len(answer) <= _LONGEST else f"{answer[:_LONGEST]} ... (--json shows all)"
        console.print(f"  [dim]{escape(short)}[/dim]", highlight=False)
    for name, values in found.used.items():
        console.print(f"\n{name.replace('_', ' ')}: {escape(', '.join(values))}", highlight=False)
    if not found.calls:
        note("no tool was called: the answer holds no figure of the store")
    note(
        f"{found.model_calls} model calls, {found.input_tokens} tokens in, {found.output_tokens} out"
    )
