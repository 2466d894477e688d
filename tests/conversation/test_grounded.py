"""Figures of an answer come from tool results: another is asked for again, then marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from agents.grounded import MARK
from agents.models import ModelSettings
from tests.conversation.test_loop import happened
from tests.openai_server import Reply, scripted
from tools.targets import month_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conversation import Conversation
    from tools.deps import Workspace

    Talk = Callable[..., Conversation]

ASKED = (
    Reply('{"agent": "analyst"}'),
    Reply(calls=(("month_gap", '{"month": "2025-10"}'),)),
)


def said(talk_to: Talk, *answers: str) -> tuple[str, int]:
    """Return the last answer of a model that says these, and how often it was asked."""
    with scripted(*ASKED, *(Reply(text) for text in answers)) as server:
        settings = ModelSettings("scripted", SecretStr("key"), server.base_url)
        _, texts, _ = happened(talk_to(settings=settings).say("Where is 2025-10 heading?"))
        return texts[-1].strip(), len(server.asked)


def expected(shop: Workspace) -> str:
    with shop.open("test", write=False) as deps:
        return f"{month_gap(deps, '2025-10').expected_value:,.0f}"


def test_a_figure_of_a_tool_is_said_as_it_is(talk_to: Talk, shop: Workspace) -> None:
    right = f"We expect {expected(shop)} in 2025-10."
    assert said(talk_to, right) == (right, 3)


def test_a_figure_of_nobody_is_asked_for_again(talk_to: Talk, shop: Workspace) -> None:
    right = f"We expect {expected(shop)}."
    assert said(talk_to, "We expect 12,345,678.", right) == (right, 4)


def test_a_figure_that_stays_wrong_is_marked(talk_to: Talk, shop: Workspace) -> None:
    good = expected(shop)
    text, asked = said(talk_to, f"We expect {good}, which is 12,345,678 more than planned.")
    assert asked == 4
    assert text.startswith(f"We expect {good}, which is 12,345,678 {MARK} more than planned.")
    assert "do not rely on it" in text


def test_the_offline_team_says_no_figure_of_its_own(talk_to: Talk) -> None:
    talk = talk_to()
    for text in (
        "We are behind target for October. Plan something for TV and Gaming from 22 to 27 October, "
        "at most 20 % off",
        "Siamo indietro a ottobre: quanto manca al target?",
        "Wie weit liegen wir im Oktober hinter dem Ziel?",
        "How did last month's campaign do?",
    ):
        _, answers, _ = happened(talk.say(text))
        assert answers
        assert not any(MARK in answer for answer in answers)
