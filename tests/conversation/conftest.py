"""A loaded retailer and a conversation with the offline team."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from agents.budget import DEFAULT_LIMITS, Limits
from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from app.conversation import Conversation
from db.engine import open_engine
from tests.retailer import THREAD, Retailer, make_retailer

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
