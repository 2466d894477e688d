"""The graph with its model, and where its conversation threads are kept.

Apart from `bootstrap.py` because LangGraph takes seconds to import and most commands need no graph.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from psycopg import Connection
from psycopg.rows import dict_row

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from app.bootstrap import business_day, open_store, open_workspace
from app.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from tools.deps import Workspace


def model_settings(settings: Settings) -> ModelSettings:
    """Return which chat models drive the agents."""
    return ModelSettings(
        name=settings.model,
        api_key=settings.openai_api_key,
        base_url=settings.openai_base_url,
        timeout_s=settings.model_timeout,
        retries=settings.model_retries,
        tool_calls=settings.tool_calls,
        by_agent=settings.models_by_agent(),
    )


@contextmanager
def open_checkpointer(settings: Settings) -> Iterator[BaseCheckpointSaver[Any]]:
    """Open the keeper of conversation threads: on the same server, or in a file beside the store.

    Only plain messages and JSON are ever read back: the library's default would run code from a
    forged checkpoint.
    """
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    if settings.database_url.startswith("duckdb"):
        conn = sqlite3.connect(settings.threads_file(), check_same_thread=False)
        try:
            yield SqliteSaver(conn, serde=strict)
        finally:
            conn.close()
        return
    url = "postgresql://" + settings.database_url.partition("://")[2]
    with Connection.connect(
        url, autocommit=True, prepare_threshold=0, row_factory=dict_row
    ) as connection:
        saver = PostgresSaver(connection, serde=strict)
        saver.setup()
        yield saver


def open_graph(
    settings: Settings, workspace: Workspace, checkpointer: BaseCheckpointSaver[Any] | None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph, driven by the model that the settings name.

    Raises:
        ModelError: that model needs a key or an endpoint.
    """
    chosen = model_settings(settings)
    return build_graph(workspace, lambda agent: chat_model(chosen, agent), checkpointer)


def graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return the graph for LangGraph's own server, which brings its checkpointer (`langgraph.json`)."""
    settings = read_settings()
    engine = open_store(settings)
    today, _ = business_day(engine, None)
    return open_graph(settings, open_workspace(settings, engine, today), None)
