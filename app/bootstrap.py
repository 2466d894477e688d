"""The composition root: settings become a workspace, a checkpointer and the graph."""

from __future__ import annotations

import datetime as dt
import getpass
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agents.graph import build_graph
from agents.models import ModelSettings, chat_model
from analytics.policy import Policy, PolicyError, default_policy, parse_policy
from app.settings import Settings, read_settings
from db import migrate, sales
from db.engine import open_engine
from tools.deps import ForecasterCache, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

# A store whose newest sale is older than this is not the live business: its own last day is "today".
STALE_AFTER_DAYS = 31


def load_policy(path: Path | None) -> Policy:
    """Read the company's policy file, or the packaged default when none is set.

    Raises:
        PolicyError: the file is missing or wrong.
    """
    if path is None:
        return default_policy()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"The policy file {path} cannot be read ({error.strerror}): correct PROMOLOOP_POLICY"
        raise PolicyError(message) from error
    except UnicodeDecodeError as error:
        message = f"The policy file {path} is not readable text: save it again as UTF-8"
        raise PolicyError(message) from error
    return parse_policy(text)


def open_store(settings: Settings) -> sa.Engine:
    """Open the store and see that it has the schema of this version.

    An embedded database that is still empty is set up at once; a PostgreSQL server is only
    changed by `promoloop db migrate`.

    Raises:
        StoreError: it cannot be opened, is not migrated, or is newer than this program.
    """
    engine = open_engine(settings.database_url)
    if engine.dialect.name == "duckdb":
        migrate.migrate(engine)
    migrate.require_current(engine)
    return engine


def business_day(engine: sa.Engine, given: dt.date | None) -> tuple[dt.date, str | None]:
    """Return the day to plan on, and a remark when it is not the calendar's.

    The calendar's day, unless one is given or the newest sale is more than a month old: then the
    day after the newest sale, as a store that has not been fed since is planned as it was then.
    """
    if given is not None:
        return given, None
    with engine.connect() as conn:
        period = sales.date_range(conn)
    calendar = dt.datetime.now(tz=dt.UTC).astimezone().date()
    if period is None or (calendar - period[1]).days <= STALE_AFTER_DAYS:
        return calendar, None
    day = period[1] + dt.timedelta(days=1)
    return day, f"as of {day}, the day after the newest sale (--today sets another day)"


def open_workspace(settings: Settings, engine: sa.Engine, today: dt.date) -> Workspace:
    """Return what the tools share.

    Raises:
        PolicyError: the policy file is wrong.
    """
    return Workspace(
        engine=engine,
        today=today,
        policy=load_policy(settings.policy),
        geo=settings.geo,
        country=settings.country,
        actor=getpass.getuser(),
        data_dir=settings.data_dir.resolve(),
        forecasters=ForecasterCache(settings.country),
    )


def model_settings(settings: Settings) -> ModelSettings:
    """Return which chat model drives the agents."""
    return ModelSettings(settings.model, settings.openai_api_key, settings.openai_base_url)


@contextmanager
def open_checkpointer(settings: Settings) -> Iterator[BaseCheckpointSaver[Any]]:
    """Open the keeper of conversation threads: on the same server, or in a file beside the store.

    Only plain messages and JSON are ever read back: the library's default would run code from a
    forged checkpoint.
    """
    strict = JsonPlusSerializer(allowed_msgpack_modules=None)
    if settings.database_url.startswith("duckdb"):
        import sqlite3  # noqa: PLC0415  one of the two branches is used

        from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: PLC0415

        conn = sqlite3.connect(threads_file(settings), check_same_thread=False)
        try:
            yield SqliteSaver(conn, serde=strict)
        finally:
            conn.close()
        return
    from langgraph.checkpoint.postgres import PostgresSaver  # noqa: PLC0415
    from psycopg import Connection  # noqa: PLC0415
    from psycopg.rows import dict_row  # noqa: PLC0415

    url = "postgresql://" + settings.database_url.partition("://")[2]
    with Connection.connect(
        url, autocommit=True, prepare_threshold=0, row_factory=dict_row
    ) as connection:
        saver = PostgresSaver(connection, serde=strict)
        saver.setup()
        yield saver


def threads_file(settings: Settings) -> Path:
    """Return where the threads of an embedded store are kept."""
    store = Path(settings.database_url.partition(":///")[2])
    return store.with_suffix(".threads.sqlite")


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
