"""What a command opens: settings, store, workspace, graph; closed again when it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import sqlalchemy as sa

    from app.conversation import Conversation
    from app.settings import Settings
    from tools.deps import Deps, Workspace


@contextmanager
def store(*, migrated: bool) -> Iterator[sa.Engine]:
    """Open the store that the settings name, as it is: no migration is applied.

    Args:
        migrated: Refuse a store whose schema is not that of this version.
    """
    from app.bootstrap import existing_store
    from app.settings import read_settings
    from db.migrate import require_current

    engine = existing_store(read_settings())
    try:
        if migrated:
            require_current(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def workspace(
    today: dt.date | None = None, settings: Settings | None = None, *, create: bool = False
) -> Iterator[Workspace]:
    """Open the store that the settings name and plan on the business day."""
    from app.bootstrap import business_day, open_store, open_workspace
    from app.cli.output import note
    from app.settings import read_settings

    settings = settings or read_settings()
    engine = open_store(settings, create=create)
    try:
        day, remark = business_day(engine, today)
        if remark:
            note(remark)
        yield open_workspace(settings, engine, day, _tell_fit, note)
    finally:
        engine.dispose()


def _tell_fit(before: dt.date) -> None:
    from app.cli.output import note

    note(f"fitting the forecast on sales before {before}, this takes some seconds")


@contextmanager
def unit(today: dt.date | None = None, *, create: bool = False) -> Iterator[Deps]:
    """Open the store for one tool call: a transaction that commits when the block ends well."""
    with workspace(today, create=create) as shop, shop.open("cli") as deps:
        yield deps


@contextmanager
def conversation(
    thread: str, today: dt.date | None = None, settings: Settings | None = None
) -> Iterator[Conversation]:
    """Open one thread of the graph."""
    from agents.budget import Limits
    from app.conversation import Conversation
    from app.settings import read_settings
    from app.threads import open_checkpointer, open_graph
    from app.traces import traced

    settings = settings or read_settings()
    with (
        workspace(today, settings) as shop,
        open_checkpointer(settings) as checkpointer,
        traced(settings),
    ):
        graph = open_graph(settings, shop, checkpointer)
        limits = Limits(settings.max_calls, settings.max_tokens)
        yield Conversation(graph, thread, shop, limits)
