"""What is worked out once is kept by its key: no failure, nothing that changed meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tools.memory import Memory


class Maker:
    """Makes the upper case of a key and remembers that it did."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, key: str) -> str:
        """Make a value."""
        self.made.append(key)
        return key.upper()


def test_a_value_is_made_once_per_key() -> None:
    memory, make = Memory(8), Maker()
    assert [memory.recall(k, partial(make, k)) for k in "aba"] == ["A", "B", "A"]
    assert make.made == ["a", "b"]


def test_those_not_used_for_longest_go() -> None:
    memory, make = Memory(2), Maker()
    for key in "abacab":
        memory.recall(key, partial(make, key))
    # "b" gave way to "c", as "a" was asked for again before.
    assert make.made == ["a", "b", "c", "b"]


def test_a_failure_is_not_kept() -> None:
    memory = Memory(8)
    with pytest.raises(ZeroDivisionError):
        memory.recall("a", lambda: 1 / 0)
    assert memory.recall("a", lambda: 2.0) == 2.0


def test_what_changed_while_it_was_read_is_given_but_not_kept() -> None:
    memory = Memory(8)
    assert memory.recall("a", lambda: "torn", still=lambda: False) == "torn"
    assert memory.recall("a", lambda: "whole") == "whole"


def test_threads_that_ask_together_wait_for_one() -> None:
    memory, make, together = Memory(8), Maker(), threading.Barrier(4)

    def ask() -> str:
        together.wait()
        return memory.recall("a", partial(make, "a"))

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(4)]]
    assert answers == ["A"] * 4
    assert make.made == ["a"]
