"""A loaded retailer and a conversation with the offline team."""

from __future__ import annotations

import sqlite3
import uuid
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from psycopg import Connection

from agents.budget import DEFAULT_LIMITS, Limits
from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from app.conversation import Conversation
from db.engine import open_engine
from db.migrate import migrate
from tests.conversation.durable import Place, ServedPlace
from tests.retailer import THREAD, Retailer, load, make_retailer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tools.deps import Workspace


@pytest.fixture(scope="session")
def retailer(tmp_path_factory: pytest.TempPathFactory) -> Retailer:
    """The sample retailer, loaded."""
    return make_retailer(tmp_path_factory.mktemp("retailer"))


@pytest.fixture
def shop(retailer: Retailer, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on a fresh copy of the loaded store."""
    engine = open_engine(retailer.copy_to(tmp_path / "shop.duckdb"))
    yield retailer.workspace(engine)
    engine.dispose()


@pytest.fixture
def talk_to(shop: Workspace, tmp_path: Path) -> Iterator[Callable[..., Conversation]]:
    """Open a thread; again and again, as another program would that starts on the same files."""
    connections = []

    def open_thread(
        thread: str = THREAD,
        settings: ModelSettings | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Conversation:
        connection = sqlite3.connect(tmp_path / "threads.sqlite", check_same_thread=False)
        connections.append(connection)
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        chosen = settings or ModelSettings()
        graph = build_graph(shop, lambda name: chat_model(chosen, name), saver)
        return Conversation(graph, thread, shop, limits)

    yield open_thread
    for connection in connections:
        connection.close()


@pytest.fixture(scope="session")
def loaded(retailer: Retailer, postgres_server: str) -> Iterator[str]:
    """Name of a database on the server that holds the loaded retailer."""
    name = f"promoloop_loaded_{uuid.uuid4().hex}"
    with Connection.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        url = sa.make_url(postgres_server).set(database=name)
        engine = open_engine(url.render_as_string(hide_password=False))
        migrate(engine)
        load(retailer.workspace(engine), retailer.manifest)
        engine.dispose()
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def place(
    engine_name: str, retailer: Retailer, tmp_path: Path, request: pytest.FixtureRequest
) -> Place:
    """A place of each kind in turn."""
    if engine_name == "duckdb":
        return Place(retailer.store, tmp_path / "life")
    server: str = request.getfixturevalue("postgres_server")
    return ServedPlace(server, request.getfixturevalue("loaded"))
