"""kill -9 of a process that plans, at random moments: nothing lost, nothing twice."""

from __future__ import annotations

import multiprocessing
import random
import time
from typing import TYPE_CHECKING, Final

import pytest

from db.engine import open_engine
from tests.conversation import victim
from tests.conversation.durable import PLANNING, conversation, live, remains
from tools.deps import ForecasterCache
from tools.fitted_files import FittedFiles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conversation.durable import Place
    from tests.retailer import Retailer

POINTS: Final = 2
LONG_POINTS: Final = 20
PATIENCE_SECONDS: Final = 300
forked: Final = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    """Import once what each victim needs: else a kill would mostly meet an import."""
    forked.set_forkserver_preload(["tests.conversation.victim"])


@pytest.fixture(scope="module")
def own(retailer: Retailer, tmp_path_factory: pytest.TempPathFactory) -> Retailer:
    """The retailer with its fitted models in files, for processes of their own."""
    files = FittedFiles(tmp_path_factory.mktemp("fitted"))
    return type(retailer)(retailer.manifest, retailer.store, _Kept("IT", files=files))


class _Kept(ForecasterCache):
    """A cache that crosses to another process by the folder of its files."""

    def __reduce__(self) -> tuple[object, ...]:
        return _kept, (self._files and self._files.folder,)


def _kept(folder: Path) -> ForecasterCache:
    return _Kept("IT", files=FittedFiles(folder))


def life(own: Retailer, place: Place, seconds: float) -> tuple[float, bool]:
    """Let a process plan, and kill it after so many seconds.

    Returns:
        How long it lived, and whether it was through.
    """
    heard, said = forked.Pipe(duplex=False)
    process = forked.Process(target=victim.plan, args=(own, place, said), daemon=True)
    process.start()
    said.close()
    assert heard.poll(PATIENCE_SECONDS)
    assert heard.recv() == "begins"
    began = time.perf_counter()
    process.join(seconds)
    process.kill()
    process.join()
    return time.perf_counter() - began, process.exitcode == 0


def kill(own: Retailer, place: Place, seeds: range) -> int:
    """Kill a planning process at random moments, go on as the next one, and compare what remains.

    Returns:
        How many kills came before it was through.
    """
    with place.fresh():
        spent, through = life(own, place, PATIENCE_SECONDS)
        assert through
        whole = remains(place)
    met = 0
    for seed in seeds:
        moment = random.Random(seed).uniform(0, spent)  # noqa: S311  not a secret
        with place.fresh():
            _, through = life(own, place, moment)
            met += not through
            place.bury()
            engine = open_engine(place.url)
            with place.saver() as saver:
                live(conversation(own.workspace(engine), saver), PLANNING)
            engine.dispose()
            assert remains(place) == whole, f"killed after {moment:.2f} of {spent:.2f} s"
    return met


def test_a_killed_planning_process_loses_nothing_and_does_nothing_twice(
    own: Retailer, place: Place
) -> None:
    kill(own, place, range(POINTS))


@pytest.mark.torture
def test_twenty_kills_lose_nothing(own: Retailer, place: Place) -> None:
    met = kill(own, place, range(100, 100 + LONG_POINTS))
    assert met > LONG_POINTS / 3  # or the moments were no moments of the planning
