"""What cannot be done is said in one sentence, and the store stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from app.events import Said
from db.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conversation import Conversation
    from tools.deps import Workspace


def counts(shop: Workspace) -> dict[str, int]:
    with shop.engine.connect() as conn:
        return {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
            if table.name not in {"tool_calls", "turns"}
        }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Plan something for Toasters from 22 to 27 October", "Toasters"),
        ("Plan something for TV from 27 to 22 October", "2025-10-27"),
        ("Plan something for TV", "?"),
        ("How far is January 2031 behind target?", "no target is stored for 2031-01"),
        (
            "Plan TV from 22 to 27 October, at most 20 % off, keep margin above 60 %",
            "no plan meets",
        ),
        ("Write me a poem about the sea", "outside my job"),
        ("asdf qwer", "did not understand"),
        ("Go with the fourth one", "fourth"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    talk_to: Callable[..., Conversation], shop: Workspace, text: str, words: str
) -> None:
    before = counts(shop)
    said = [event.text for event in talk_to().say(text) if isinstance(event, Said)]
    assert len(said) == 1
    assert words in said[0]
    assert counts(shop) == before
