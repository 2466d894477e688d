"""A process that dies at any moment loses nothing and does nothing twice.

The deaths are simulated at every write: before and after each checkpoint and each commit of the
store, one after the other. What is left on disk is then opened as another process would.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from app.conversation import Conversation
from db import tables, turns
from db.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.retailer import Retailer

THREAD = "durable"
PLANNING = (
    "Plan something for TV from 22 to 23 October, online only, at most 10 % off",
    "Go with the balanced one",
)
LEARNING = ("Fit new uplift coefficients",)
# Every point when asked for (`make torture`), a sample of them in each test run.
STRIDE = 1 if os.environ.get("PROMOLOOP_TORTURE") else 37


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


class MortalSaver(SqliteSaver):
    """A keeper of checkpoints that may die around each write."""

    clock: Clock

    def put(self, *args: Any, **kwargs: Any) -> Any:
        """Keep a checkpoint."""
        with self.clock.around():
            return super().put(*args, **kwargs)

    def put_writes(self, *args: Any, **kwargs: Any) -> None:
        """Keep what a step wrote."""
        with self.clock.around():
            super().put_writes(*args, **kwargs)


@contextmanager
def process(retailer: Retailer, folder: Path, clock: Clock) -> Iterator[Conversation]:
    """Open the files as one process does, which dies when its clock says so."""
    engine = open_engine(f"duckdb:///{folder / 'shop.duckdb'}")
    commit = engine.dialect.do_commit

    def mortal_commit(connection: Any) -> None:
        with clock.around():
            commit(connection)

    connection = sqlite3.connect(folder / "threads.sqlite", check_same_thread=False)
    with closing(connection), pytest.MonkeyPatch.context() as patch:
        saver = MortalSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        saver.setup()
        saver.clock = clock
        patch.setattr(engine.dialect, "do_commit", mortal_commit)
        shop = retailer.workspace(engine)
        graph = build_graph(shop, lambda name: chat_model(ModelSettings(), name), saver)
        try:
            yield Conversation(graph, THREAD, shop)
        finally:
            engine.dispose()


def live(talk: Conversation, texts: tuple[str, ...]) -> None:
    """Do what a person does who comes back until everything they wanted is done."""
    while True:
        if talk.unfinished:
            list(talk.resume())
        elif talk.open_request is not None:
            list(talk.answer({"decision": "approve", "by": "planner", "reason": ""}))
        elif talk.turns_taken < len(texts):
            list(talk.say(texts[talk.turns_taken]))
        else:
            return


def remains(folder: Path) -> dict[str, Any]:
    """Return all that a conversation writes, without clock times and what the dead had counted."""
    engine = open_engine(f"duckdb:///{folder / 'shop.duckdb'}")
    written = (
        tables.promo_scenarios,
        tables.scenario_kpis,
        tables.validation_reports,
        tables.creative_briefs,
        tables.approvals,
        tables.tool_calls,
        tables.uplift_coefficients,
        tables.uplift_models,
        tables.turns,
    )
    with engine.connect() as conn:
        found = {
            table.name: sorted(
                json.dumps(
                    {
                        name: row[name]
                        for name in row
                        if not name.endswith("_at") and name != "model_calls"
                    },
                    default=str,
                )
                for row in conn.execute(sa.select(table)).mappings()
            )
            for table in written
        }
        states = {turn.status for turn in turns.of_thread(conn, THREAD)}
    engine.dispose()
    assert states == {"done"}
    return found


def lived(
    retailer: Retailer, folder: Path, texts: tuple[str, ...], dies_at: int | None
) -> tuple[dict[str, Any], int]:
    """Live through a conversation, dying once; return what remains and the moments counted."""
    folder.mkdir()
    shutil.copyfile(retailer.store, folder / "shop.duckdb")
    clock = Clock(dies_at)
    try:
        with process(retailer, folder, clock) as talk:
            live(talk, texts)
    except Killed:
        with process(retailer, folder, Clock(None)) as talk:
            live(talk, texts)
    return remains(folder), clock.moments


@pytest.mark.parametrize("texts", [PLANNING, LEARNING], ids=["planning", "learning"])
def test_dying_at_any_write_changes_nothing(
    retailer: Retailer, tmp_path: Path, texts: tuple[str, ...]
) -> None:
    whole, moments = lived(retailer, tmp_path / "whole", texts, None)
    assert moments > 20
    for moment in range(1, moments + 1, STRIDE):
        found, _ = lived(retailer, tmp_path / f"{moment}", texts, moment)
        assert found == whole, f"died at moment {moment} of {moments}"
        shutil.rmtree(tmp_path / f"{moment}")
