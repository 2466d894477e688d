"""A turn in the terminal: what was streamed is not said twice, what was corrected is."""

from __future__ import annotations

import pytest

from app.cli.speech import show
from app.events import Said, Token


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("Sales are 5.", ["Sales are 5."]), ("Sales are 5 [?].", ["5.", "5 [?]."])],
)
def test_an_answer_that_was_marked_after_streaming_is_shown_as_it_stands(
    capsys: pytest.CaptureFixture[str], answer: str, shown: list[str]
) -> None:
    words = [Token("Data Analyst", word) for word in ("Sales ", "are ", "5.")]
    assert show([*words, Said("Data Analyst", answer)]) is None
    out = capsys.readouterr().out
    assert out.count("Data Analyst") == 1
    assert out.count("Sales are") == len(shown)
    for part in shown:
        assert part in out
