"""Odd messages, another thread's scenario, Ctrl-C: one sentence back, and the conversation goes on."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from app.events import Said, ToolCalled
from tests.conversation.test_refusals import counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.conversation import Conversation
    from app.events import Event
    from tools.deps import Workspace


def answers(talk: Conversation, text: str) -> list[str]:
    """Return what is said to a message."""
    return [event.text for event in talk.say(text) if isinstance(event, Said)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "did not understand"),
        ("   \n", "did not understand"),
        ("?!… 👍", "did not understand"),
        ("plan TV 22-27 Oct " * 2_800, "50,400 characters"),
        ("Plan TV from 30 to 31 February", "Give a day from 1 to 28."),
        ("Bonjour, pouvez-vous faire quelque chose pour nous ?", "did not understand"),
        ("Hola, ¿qué tal las cosas?", "did not understand"),
    ],
)
def test_what_cannot_be_read_is_said_so_and_changes_nothing(
    talk_to: Callable[..., Conversation], shop: Workspace, text: str, words: str
) -> None:
    before = counts(shop)
    (said,) = answers(talk_to(), text)
    assert words in said
    assert "[?]" not in said
    assert counts(shop) == before


def test_a_brief_in_a_language_it_does_not_speak_is_planned_or_asked_about(
    talk_to: Callable[..., Conversation],
) -> None:
    """Days in figures and names of departments are the same everywhere; it says what it took."""
    spanish = talk_to("spanish")
    said = "\n".join(answers(spanish, "Prepara una promoción para TV del 2025-10-22 al 2025-10-23"))
    assert "2025-10-22" in said
    assert "TV" in said
    french = talk_to("french")
    (asked,) = answers(french, "Prépare une promotion pour TV du 2025-10-22 au 2025-10-23")
    assert "2025-10-22..2025-10-22, 2025-10-23..2025-10-23" in asked
    assert french.scenarios == ()


def test_a_scenario_of_another_thread_is_found_by_its_id_and_not_by_its_letter(
    talk_to: Callable[..., Conversation], shop: Workspace
) -> None:
    one, two = talk_to("one"), talk_to("two")
    list(one.say("Plan something for TV from 22 to 23 October, online only, at most 10 % off"))
    known = one.scenarios[0]
    before = counts(shop)
    (said,) = answers(two, "validate B")
    assert "none in this conversation" in said
    found = answers(two, f"validate {known[:8]}")
    assert "score" in found[0]
    assert "0123abcd" in answers(two, "validate 0123abcd")[0]
    after = counts(shop)
    assert {name: n for name, n in after.items() if before[name] != n} == {}


def interrupt(turn: Iterator[Event], after: int) -> None:
    """Press Ctrl-C in the middle of a turn, when more than so many tools have been called."""
    assert isinstance(turn, Generator)
    calls = 0
    for event in turn:
        calls += isinstance(event, ToolCalled)
        if calls > after:
            turn.throw(KeyboardInterrupt())


@pytest.mark.parametrize("after", [0, 2])
def test_a_turn_that_was_interrupted_is_finished_before_the_next_one(
    talk_to: Callable[..., Conversation], after: int
) -> None:
    talk = talk_to("interrupted")
    turn = talk.say("Plan something for TV from 22 to 23 October, online only, at most 10 % off")
    with pytest.raises(KeyboardInterrupt):
        interrupt(turn, after)
    assert talk.unfinished
    again = talk_to("interrupted")
    said = answers(again, "How far is October behind target?")
    assert "2025-10" in said[-1]
    assert not again.unfinished
    assert again.turns_taken == 2
    assert len(again.scenarios) == 3
