"""Where a conversation is kept, how a person lives through one, and what then remains of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from psycopg import Connection
from psycopg.rows import dict_row

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from app.conversation import Conversation
from db import tables, turns
from db.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

    from tools.deps import Workspace

THREAD = "durable"
STRICT = JsonPlusSerializer(allowed_msgpack_modules=None)
PLANNING = (
    "Plan something for TV from 22 to 23 October, online only, at most 10 % off",
    "Go with the balanced one",
)
LEARNING = ("Fit new uplift coefficients",)


class Place:
    """Where a conversation is kept in a store file with its threads beside it."""

    def __init__(self, store: Path, folder: Path) -> None:
        self._store = store
        self._folder = folder

    @property
    def url(self) -> str:
        """URL of the store."""
        return f"duckdb:///{self._folder / 'shop.duckdb'}"

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Put the loaded store there, and take away afterwards what a life left."""
        self._folder.mkdir()
        shutil.copyfile(self._store, self._folder / "shop.duckdb")
        yield
        shutil.rmtree(self._folder)

    @contextmanager
    def saver(self) -> Iterator[BaseCheckpointSaver[Any]]:
        """Open the keeper of threads."""
        connection = sqlite3.connect(self._folder / "threads.sqlite", check_same_thread=False)
        with closing(connection):
            yield SqliteSaver(connection, serde=STRICT)

    def bury(self) -> None:
        """Do what the system does with what a dead process held open: here it closed its files."""


class ServedPlace(Place):
    """Where a conversation is kept on a PostgreSQL server, threads and all."""

    def __init__(self, server: str, loaded: str) -> None:
        self._server = server
        self._loaded = loaded

    @property
    def url(self) -> str:
        """URL of the store."""
        url = sa.make_url(self._server).set(database="durable")
        return url.render_as_string(hide_password=False)

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Make a copy of the loaded database, and drop it afterwards."""
        self._order(f"CREATE DATABASE durable TEMPLATE {self._loaded}")
        yield
        self._order("DROP DATABASE durable WITH (FORCE)")

    @contextmanager
    def saver(self) -> Iterator[BaseCheckpointSaver[Any]]:
        """Open the keeper of threads."""
        with Connection.connect(
            self.url, autocommit=True, prepare_threshold=0, row_factory=dict_row
        ) as connection:
            saver = PostgresSaver(connection, serde=STRICT)
            saver.setup()
            yield saver

    def bury(self) -> None:
        """End the sessions of the dead, as the server does when their process is gone."""
        self._order(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = 'durable'"
        )

    def _order(self, statement: str) -> None:
        with Connection.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def conversation(shop: Workspace, saver: BaseCheckpointSaver[Any]) -> Conversation:
    """Open the conversation as a program does that starts."""
    graph = build_graph(shop, lambda name: chat_model(ModelSettings(), name), saver)
    return Conversation(graph, THREAD, shop)


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


def remains(place: Place) -> dict[str, Any]:
    """Return all that a conversation writes, without clock times and what the dead had counted."""
    engine = open_engine(place.url)
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
