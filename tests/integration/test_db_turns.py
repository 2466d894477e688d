"""Turns of a conversation, and who may be in it, on both engines."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest

from db import turns
from db.engine import open_engine
from db.errors import ConflictError, NotFoundError
from db.thread_lock import hold

if TYPE_CHECKING:
    import sqlalchemy as sa

NOW = dt.datetime(2025, 10, 20, 9, tzinfo=dt.UTC)


def test_a_turn_runs_until_it_is_ended_and_its_use_adds_up(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        assert turns.latest(conn, "a") is None
        assert turns.begin(conn, "a", "plan TV", NOW) == 1
        running = turns.latest(conn, "a")
        assert running is not None
        assert (running.status, running.text, running.ended_at) == ("running", "plan TV", None)
        turns.end(conn, "a", 1, status="waiting", at=NOW, model_calls=3, input_tokens=10)
        turns.end(conn, "a", 1, status="done", at=NOW, model_calls=2, output_tokens=4)
        assert turns.begin(conn, "a", "and Gaming", NOW) == 2
        assert turns.begin(conn, "b", "hello", NOW) == 1
        first, second = turns.of_thread(conn, "a")
    assert (first.status, first.ended_at) == ("done", NOW)
    assert (first.model_calls, first.input_tokens, first.output_tokens) == (5, 10, 4)
    assert (second.turn, second.status) == (2, "running")


def test_a_turn_that_was_never_begun_cannot_end(engine: sa.Engine) -> None:
    with engine.begin() as conn, pytest.raises(NotFoundError, match="1 of nobody"):
        turns.end(conn, "nobody", 1, status="done", at=NOW)


def test_a_copy_has_the_turns_up_to_one_and_none_of_them_waits(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        for text in ("one", "two", "three"):
            turns.begin(conn, "a", text, NOW)
        turns.copy(conn, "a", "b", until=2)
        copied = [(t.turn, t.text, t.status) for t in turns.of_thread(conn, "b")]
    assert copied == [(1, "one", "done"), (2, "two", "done")]


def test_a_conversation_is_held_by_one_at_a_time(engine: sa.Engine) -> None:
    with hold(engine, "a"), hold(engine, "b"), pytest.raises(ConflictError, match="conversation a"):
        hold(engine, "a").__enter__()
    with hold(engine, "a"):
        pass


def test_a_hold_ends_with_its_error(engine: sa.Engine) -> None:
    with pytest.raises(ZeroDivisionError), hold(engine, "a"):
        _ = 1 / 0
    with hold(engine, "a"):
        pass


def test_of_many_at_once_one_gets_in(engine: sa.Engine) -> None:
    inside, refused, all_tried = [], [], threading.Barrier(8)

    def enter() -> None:
        try:
            with hold(engine, "a"):
                inside.append(1)
                all_tried.wait(timeout=30)
        except ConflictError:
            refused.append(1)
            all_tried.wait(timeout=30)

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inside), len(refused)) == (1, 7)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_another_process_finds_it_held_and_free_again(engine: sa.Engine) -> None:
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with hold(engine, "a"), pytest.raises(ConflictError):
        hold(other, "a").__enter__()
    with hold(other, "a"):
        pass
    other.dispose()
