"""`promoloop chat`: the conversation in the terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from app.cli.options import Today
from app.cli.output import console, note
from app.cli.session import conversation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.conversation import Conversation

_LEAVE = {"exit", "quit", "bye", ":q"}


def chat(
    thread: Annotated[
        str | None, typer.Option(help="Name of a conversation to start or to take up again.")
    ] = None,
    fork: Annotated[
        str | None,
        typer.Option(
            metavar="THREAD@TURN", help="Begin as a copy of a conversation after one of its turns."
        ),
    ] = None,
    today: Today = None,
) -> None:
    """Talk to the team; leave with `exit` and take the conversation up again with --thread."""
    import getpass
    from datetime import UTC, datetime

    name = thread or f"chat-{datetime.now(tz=UTC):%Y%m%d-%H%M%S}"
    origin = _origin(fork)
    with conversation(name, today) as talk:
        if origin:
            talk.fork(*origin)
        _greet(talk, name)
        try:
            _take_up(talk, getpass.getuser())
            for text in _lines():
                _turn(talk, text, getpass.getuser())
        except (KeyboardInterrupt, EOFError):
            console.print()
    note(f"take this conversation up again with: promoloop chat --thread {name}")


def _origin(fork: str | None) -> tuple[str, int] | None:
    if fork is None:
        return None
    thread, at, turn = fork.rpartition("@")
    if not at or not thread or not turn.isdecimal():
        message = f"{fork!r} names no turn: write THREAD@TURN, e.g. demo@1 for after its first turn"
        raise typer.BadParameter(message, param_hint="--fork")
    return thread, int(turn)


def _greet(talk: Conversation, name: str) -> None:
    if talk.messages:
        note(f"thread {name}, {len(talk.messages)} messages so far")
    else:
        note(
            f"thread {name}; say what you need, e.g. “How far is October behind target?”; exit leaves"
        )


def _take_up(talk: Conversation, person: str) -> None:
    """Finish what a dead process left, and put an open request before the person again."""
    from app.cli.speech import show

    if talk.open_request is not None:
        _decide(talk, talk.open_request, person)
    elif talk.unfinished:
        note("the last turn was cut off; finishing it")
        _decide(talk, show(talk.resume()), person)


def _lines() -> Iterator[str]:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    while True:
        text = (
            console.input("[bold cyan]you>[/bold cyan] ")
            if sys.stdin.isatty()
            else sys.stdin.readline()
        )
        if not text and not sys.stdin.isatty():
            return
        if text.strip().casefold() in _LEAVE:
            return
        if text.strip():
            yield text.strip()


def _turn(talk: Conversation, text: str, person: str) -> None:
    if not sys.stdin.isatty():
        console.print(f"[bold cyan]you>[/bold cyan] {escape(text)}")
    from app.cli.speech import show

    _decide(talk, show(talk.say(text)), person)


def _decide(talk: Conversation, request: dict[str, Any] | None, person: str) -> None:
    """Ask the person about a request, and about the ones that follow from the answer."""
    from app.cli.speech import ask, show

    while request is not None:
        answer = ask(request, person)
        if answer is None:
            note("left open; the request stays in this thread")
            return
        events = talk.edit(answer, person) if isinstance(answer, str) else talk.answer(answer)
        request = show(events)
