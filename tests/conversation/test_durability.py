"""A process that dies at any moment loses nothing and does nothing twice.

The deaths are simulated at every write: before and after each checkpoint and each commit of the
store, one after the other. What is left on disk is then opened as another process would.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from db.engine import open_engine
from tests.conversation.durable import LEARNING, PLANNING, conversation, live, remains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.conversation import Conversation
    from tests.conversation.durable import Place
    from tests.retailer import Retailer

# Every point when asked for (`PROMOLOOP_TORTURE=1`), every 37th in each test run.
STRIDE = int(os.environ.get("PROMOLOOP_TORTURE") or 37)


class Killed(BaseException):
    """The process dies here; nothing may catch it."""


class Clock:
    """Counts the moments at which a process may die, and lets it die at one of them."""

    def __init__(self, dies_at: int | None) -> None:
        self.moments = 0
        self._dies_at = dies_at

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let the process die before or after what is done inside."""
        self._moment()
        yield
        self._moment()

    def _moment(self) -> None:
        self.moments += 1
        # The dead stay dead: whatever still runs in the background does not get further.
        if self._dies_at is not None and self.moments >= self._dies_at:
            raise Killed


@contextmanager
def process(retailer: Retailer, place: Place, clock: Clock) -> Iterator[Conversation]:
    """Open store and threads as one process does, which dies when its clock says so."""
    engine = open_engine(place.url)
    commit = engine.dialect.do_commit

    def mortal_commit(connection: Any) -> None:
        with clock.around():
            commit(connection)

    with place.saver() as saver, pytest.MonkeyPatch.context() as patch:
        for write in ("put", "put_writes"):
            patch.setattr(saver, write, mortal(getattr(saver, write), clock))
        patch.setattr(engine.dialect, "do_commit", mortal_commit)
        shop = retailer.workspace(engine)
        try:
            yield conversation(shop, saver)
        finally:
            engine.dispose()


def mortal(write: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    """Let the process die around a write of the keeper of threads."""

    def around(*args: Any, **kwargs: Any) -> Any:
        with clock.around():
            return write(*args, **kwargs)

    return around


def lived(
    retailer: Retailer, place: Place, texts: tuple[str, ...], dies_at: int | None
) -> tuple[dict[str, Any], int]:
    """Live through a conversation, dying once; return what remains and the moments counted."""
    clock = Clock(dies_at)
    with place.fresh():
        try:
            with process(retailer, place, clock) as talk:
                live(talk, texts)
        except Killed:
            place.bury()
            with process(retailer, place, Clock(None)) as talk:
                live(talk, texts)
        return remains(place), clock.moments


@pytest.mark.parametrize("texts", [PLANNING, LEARNING], ids=["planning", "learning"])
def test_dying_at_any_write_changes_nothing(
    retailer: Retailer, place: Place, texts: tuple[str, ...]
) -> None:
    whole, moments = lived(retailer, place, texts, None)
    assert moments > 20
    for moment in range(1, moments + 1, STRIDE):
        found, _ = lived(retailer, place, texts, moment)
        assert found == whole, f"died at moment {moment} of {moments}"
