"""What a process does to a store while a test waits to kill it; each work can be repeated."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from db import backup, manifest, partition, restore, retention, sales
from db.engine import open_engine
from db.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    import sqlalchemy as sa

BATCHES: Final = 8
BATCH_DAYS: Final = 40
FIRST: Final = dt.date(2024, 1, 1)
RETIRED_ON: Final = dt.date(2030, 1, 1)


def work(name: str, url: str, folder: str, said: Connection) -> None:
    """Do a piece of work, and say when it begins and what is committed."""
    engine = open_engine(url)
    with engine.connect():
        said.send("begins")
    for done in WORKS[name](engine, Path(folder)):
        said.send(done)
    engine.dispose()


def batch(number: int) -> pd.DataFrame:
    """Return the sales that belong together: the rows of one batch are in by one transaction."""
    dates = pd.date_range(FIRST, periods=BATCH_DAYS).repeat(5)
    frame = pd.DataFrame({"date": dates, "channel": "online", "promo_flag": False, "units": 1})
    frame["department"] = [f"{number}-{row % 5}" for row in range(len(frame))]
    frame["sales_value"] = float(number + 1)
    return frame.assign(margin_value=0.5, discount_pct=float("nan")).astype(sales.SALES_ROWS)


def _load(engine: sa.Engine, folder: Path) -> Iterator[int]:
    del folder
    for number in range(BATCHES):
        with engine.begin() as conn:
            sales.upsert_sales(conn, batch(number))
        yield number


def _migrate(engine: sa.Engine, folder: Path) -> Iterator[int]:
    del folder
    yield len(migrate(engine))


def _retain(engine: sa.Engine, folder: Path) -> Iterator[int]:
    del folder
    with engine.begin() as conn:
        gone = retention.retire(conn, RETIRED_ON)
    yield sum(found.rows for found in gone)


def _backup(engine: sa.Engine, folder: Path) -> Iterator[str]:
    yield backup.take(engine, folder, dt.datetime.now(dt.UTC)).name


def _restore(engine: sa.Engine, folder: Path) -> Iterator[str | None]:
    yield restore.restore(engine, manifest.newest(folder), replace=True).former


def _partition(engine: sa.Engine, folder: Path) -> Iterator[int]:
    del folder
    with engine.begin() as conn:
        done = partition.partition(conn, FIRST)
    yield done.partitions


def _unpartition(engine: sa.Engine, folder: Path) -> Iterator[int]:
    del folder
    with engine.begin() as conn:
        done = partition.undo(conn)
    yield done.rows


WORKS: Final = {
    "load": _load,
    "migrate": _migrate,
    "retain": _retain,
    "backup": _backup,
    "restore": _restore,
    "partition": _partition,
    "unpartition": _unpartition,
}
