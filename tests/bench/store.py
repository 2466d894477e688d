"""Speed of the store, as ratios within one run: `make bench-store`.

Loads 1,000,000 rows of sales (`--rows`) into a private PostgreSQL and a DuckDB file, each by the
store's bulk path and by executemany; asks the baseline of every cell by one query and by the
specified function, cell by cell. executemany is timed on a sample, and its rate is compared.
DuckDB works inside the process: there the processor's time is compared too, which other work on the
machine does not disturb.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pandas as pd
import psycopg

from db import sales
from db.engine import open_engine
from db.migrate import migrate
from db.tables import sales_aggregated
from tests.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

SPECIFIED: Final = Path(__file__).parents[1] / "integration" / "schema_1_0_0.sql"
DEPARTMENTS: Final = 50
CHANNELS: Final = ("online", "offline")
LAST: Final = dt.date(2025, 8, 31)
START, END = dt.date(2025, 9, 1), dt.date(2025, 9, 30)
YEAR_BEFORE: Final = dt.date(2024, 9, 2)
SAMPLE_POSTGRESQL: Final = 20_000
SAMPLE_DUCKDB: Final = 400
ONE_QUERY_ROUNDS: Final = 3


def sales_frame(rows: int) -> pd.DataFrame:
    """Return SALES ROWS of 100 cells up to LAST; each fifth day has a promoted row besides."""
    cells = len(CHANNELS) * DEPARTMENTS
    days = -(-rows * 5 // (6 * cells))
    chance = np.random.default_rng(1)
    plain = pd.MultiIndex.from_product(
        [
            pd.date_range(end=LAST, periods=days),
            CHANNELS,
            [f"department {number:02}" for number in range(DEPARTMENTS)],
        ],
        names=["date", "channel", "department"],
    ).to_frame(index=False)
    promoted = plain[np.arange(len(plain)) // cells % 5 == 0]
    frame = pd.concat([plain.assign(promo_flag=False), promoted.assign(promo_flag=True)])
    frame = frame.sort_values(list(sales.KEY)).tail(rows).reset_index(drop=True)
    frame["discount_pct"] = np.where(frame.promo_flag, chance.integers(5, 40, len(frame)), np.nan)
    frame["sales_value"] = chance.gamma(2, 2_000, len(frame)).round(2)
    frame["margin_value"] = (frame.sales_value * 0.21).round(2)
    frame["units"] = chance.integers(1, 500, len(frame))
    typed: pd.DataFrame = frame.astype(sales.SALES_ROWS)
    return typed


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as a driver takes them."""
    plain = frame.assign(date=frame.date.dt.date).astype(object)
    values = plain.where(frame.notna(), None).to_numpy().tolist()
    return [dict(zip(frame.columns, row, strict=True)) for row in values]


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def said(name: str, ratio: float, detail: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{name:<58} {ratio:8.1f}x   {detail}\n")
    sys.stdout.flush()


def processor_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long something takes, and how much of the processor in this process."""
    began = time.process_time()
    spent = seconds(work)
    return spent, time.process_time() - began


def save(engine: sa.Engine, frame: pd.DataFrame) -> None:
    """Save a frame as an ingest would."""
    with engine.begin() as conn:
        sales.upsert_sales(conn, frame)


def load(engine: sa.Engine, frame: pd.DataFrame) -> float:
    """Save a frame and return the seconds."""
    return seconds(lambda: save(engine, frame))


def reloads(name: str, engine: sa.Engine, frame: pd.DataFrame, first: float) -> None:
    again = load(engine, frame)
    said(f"{name}: reload of unchanged rows", first / again, f"{first:.1f} s, then {again:.1f} s")


@contextmanager
def postgresql_store() -> Iterator[sa.Engine]:
    """Yield a migrated store on a server of its own."""
    with running_server() as url:
        engine = open_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()


def bench_postgresql(frame: pd.DataFrame) -> None:
    """Compare the load with SQLAlchemy's executemany into the same empty table."""
    sample = records(frame.head(min(SAMPLE_POSTGRESQL, len(frame))))

    def executemany() -> None:
        with engine.begin() as conn:
            conn.execute(sales_aggregated.insert(), sample)

    with postgresql_store() as engine:
        per_row = seconds(executemany) / len(sample)
        with engine.begin() as conn:
            conn.exec_driver_sql("TRUNCATE sales_aggregated")
        first = load(engine, frame)
        ratio = per_row * len(frame) / first
        detail = f"{len(frame) / first:,.0f} rows/s : {1 / per_row:,.0f} ({len(sample):,} rows)"
        said("PostgreSQL: load : SQLAlchemy executemany", ratio, detail)
        reloads("PostgreSQL", engine, frame, first)


def bench_duckdb(frame: pd.DataFrame) -> None:
    """Compare the load with the driver's own executemany into an empty table."""
    sample = [tuple(row.values()) for row in records(frame.head(2 * SAMPLE_DUCKDB))]
    names = ", ".join(sales.SALES_ROWS)
    holes = ", ".join("?" * len(sales.SALES_ROWS))
    statement = f"INSERT INTO sales_aggregated ({names}) VALUES ({holes})"  # noqa: S608  our names
    with tempfile.TemporaryDirectory() as folder:
        for name in ("raw", "ours"):
            engine = open_engine(f"duckdb:///{folder}/{name}.duckdb")
            migrate(engine)
            engine.dispose()
        with duckdb.connect(f"{folder}/raw.duckdb") as raw:
            alone = processor_seconds(lambda: raw.executemany(statement, sample[:SAMPLE_DUCKDB]))
            raw.begin()
            together = processor_seconds(lambda: raw.executemany(statement, sample[SAMPLE_DUCKDB:]))
            raw.commit()
        first, processor = processor_seconds(lambda: save(engine, frame))
        for how, (spent, used) in (
            ("raw executemany", alone),
            ("the same in one transaction", together),
        ):
            per_row = spent / SAMPLE_DUCKDB
            detail = (
                f"{len(frame) / first:,.0f} rows/s : {1 / per_row:,.0f} ({SAMPLE_DUCKDB:,} rows);"
                f" processor {used / SAMPLE_DUCKDB * len(frame) / processor:,.0f}x"
            )
            said(f"DuckDB: load : {how}", per_row * len(frame) / first, detail)
        reloads("DuckDB", engine, frame, first)
        engine.dispose()


def ask_one_by_one(conn: psycopg.Connection[Any]) -> None:
    """Call the specified function for each cell."""
    asked = "SELECT * FROM calculate_baseline_forecast(%s, %s, %s, %s)"
    for channel in CHANNELS:
        for number in range(DEPARTMENTS):
            conn.execute(asked, (START, END, channel, f"department {number:02}")).fetchall()


def bench_baseline(frame: pd.DataFrame) -> None:
    """Compare one query over all cells with 100 calls of the specified function."""
    names = ", ".join(sales.SALES_ROWS)
    copied = (
        f"INSERT INTO specified.sales_aggregated ({names}) SELECT {names} FROM sales_aggregated"  # noqa: S608  our names
    )
    with postgresql_store() as engine:
        load(engine, frame)
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("CREATE SCHEMA specified")
            conn.execute("SET search_path = specified")
            conn.execute(SPECIFIED.read_bytes())
            conn.execute(copied.replace("FROM ", "FROM public.").encode())
            conn.execute("VACUUM ANALYZE specified.sales_aggregated")
            conn.execute("VACUUM ANALYZE public.sales_aggregated")
            theirs = seconds(lambda: ask_one_by_one(conn))
        for name, since in (("all history", None), ("52 weeks", YEAR_BEFORE)):
            with engine.connect() as ours:
                spent = [
                    seconds(lambda s=since: sales.baseline_by_cell(ours, START, END, s))  # type: ignore[misc]
                    for _ in range(ONE_QUERY_ROUNDS)
                ]
            detail = f"{min(spent):.2f} s : {theirs:.2f} s"
            said(
                f"PostgreSQL: baseline, one query ({name}) : 100 calls", theirs / min(spent), detail
            )


def main() -> None:
    """Run what is asked for."""
    parts = {"postgresql": bench_postgresql, "duckdb": bench_duckdb, "baseline": bench_baseline}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="|".join(parts))
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    frame = sales_frame(given.rows)
    for name in given.parts or parts:
        parts[name](frame)


if __name__ == "__main__":
    main()
