"""What a tool says when it will not do something.

Exception
└── Refusal               bad input: one sentence for the person or the model, with the repair
    ├── UnreadableWorkbook    the file is there, but its rows cannot be trusted
    └── NotStored             what was asked for is not in the store

A refusal is never an operator failure: a lost database stays the exception it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Refusal(Exception):  # noqa: N818  it is an answer, not an error of the program
    """A request that cannot be done as asked; the message says what is wrong and the repair."""


class NotStored(Refusal):
    """What was asked for is not in the store; the message says what is."""


class UnreadableWorkbook(Refusal):
    """A file whose rows cannot be read completely; nothing of it was stored."""

    def __init__(self, path: Path, problem: str) -> None:
        """Name the file in front of the problem (`problem` ends with the repair)."""
        super().__init__(f"{path.name}: {problem}")
        self.path = path
        self.problem = problem


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the maths' ValueError about a request (a date out of reach, too little history) into a refusal."""
    try:
        yield
    except ValueError as error:
        raise Refusal(str(error)) from error
