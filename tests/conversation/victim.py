"""A process that plans, while a test waits to kill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.engine import open_engine
from tests.conversation.durable import PLANNING, conversation, live

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.conversation.durable import Place
    from tests.retailer import Retailer


def plan(retailer: Retailer, place: Place, said: Connection) -> None:
    """Live through the conversation; say when it begins."""
    engine = open_engine(place.url)
    with place.saver() as saver:
        talk = conversation(retailer.workspace(engine), saver)
        said.send("begins")
        live(talk, PLANNING)
    engine.dispose()
