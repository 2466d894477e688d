"""Benchmark: `python -m tests.bench.ingest [--rows N] [--files N] [--slow]`; prints ratios.

Measured within one run, in processor time of a process and its children: a workbook into stored
sales on DuckDB, all checks included, against fastexcel reading the needed columns into Arrow. The
start of Python and the import of libraries are taken off on both sides; the ingest's own reader
process starts anew in each job, so its start is measured and shown apart. With `--slow` also
against pyxlsb and pandas (a minute for a million rows; with `--slow-rows` they read a workbook of so
many, and their time is scaled to the rows of the ingest).
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.workbooks import NEEDED, write_sales

TODAY = dt.date(2025, 11, 1)


class Cost(NamedTuple):
    """Processor seconds, seconds by the clock, and the largest process in MiB."""

    cpu: float
    wall: float
    peak: float


def read_only(path: Path) -> None:
    """Do what the ingest is compared with: the needed columns into Arrow."""
    import fastexcel  # noqa: PLC0415  is not to count for the others

    types: Any = {"DATE": "date", "COD SKU": "string", "DEPARTMENT": "string"}
    types |= {name: "float" for name in NEEDED if name not in types}
    began = _used()
    book = fastexcel.read_excel(path)
    rows = book.load_sheet(0, use_columns=list(NEEDED), dtypes=types).to_arrow().num_rows
    print(*_since(began), rows)  # noqa: T201


def ingest(*paths: Path, workers: int) -> None:
    """Load the workbooks into a new DuckDB store."""
    from db.engine import open_engine  # noqa: PLC0415
    from db.migrate import migrate  # noqa: PLC0415
    from tools.ingest import ingest_workbooks  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"duckdb:///{folder}/store.duckdb")
        migrate(engine)
        began = _used()
        result = ingest_workbooks(engine, paths, today=TODAY, workers=workers)
        print(*_since(began), result.sums.stored.rows)  # noqa: T201
        engine.dispose()


def slow(path: Path) -> None:
    """Sum with pyxlsb and pandas what the ingest stores, without any check."""
    import pandas as pd  # noqa: PLC0415

    began = _used()
    frame = pd.read_excel(path, engine="pyxlsb", usecols=list(NEEDED))
    values = ["SALES VALUE", "SALES QTY", "MARGIN VALUE"]
    frame.groupby(["DATE", "DEPARTMENT"])[values].sum()
    print(*_since(began), len(frame))  # noqa: T201


def start() -> None:
    """Start a reader process that gets nothing to read."""
    began = _used()
    reader = [sys.executable, "-P", "-m", "tools.workbooks.child"]
    subprocess.run(reader, input=b"", check=True, env=os.environ | {"POLARS_MAX_THREADS": "1"})  # noqa: S603
    print(*_since(began), 0)  # noqa: T201


def _used() -> tuple[float, float]:
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts), time.monotonic()


def _since(began: tuple[float, float]) -> Cost:
    cpu, wall = _used()
    whole = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whole) / 1024
    return Cost(cpu - began[0], wall - began[1], peak)


def _run(what: str, *paths: Path, workers: int = 1) -> Cost:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.ingest", "--only", what]
    command += ["--workers", str(workers), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    cpu, wall, peak, _rows = done.stdout.split()
    return Cost(float(cpu), float(wall), float(peak))


def _median(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def _say(name: str, cost: Cost) -> None:
    print(f"{name:32} {cost.cpu:7.2f} s cpu {cost.wall:7.2f} s {cost.peak:7.0f} MiB")  # noqa: T201


def compare(folder: Path, rows: int, repeats: int) -> None:
    """One workbook: the ingest against merely reading it, in turns."""
    path = write_sales(folder / "Web_one.xlsb", rows)
    turns = [(_run("read", path), _run("ingest", path), _run("start")) for _ in range(repeats)]
    read, whole, started = (_median([turn[at] for turn in turns]) for at in range(3))
    _say("fastexcel, needed columns", read)
    _say("ingest, all checks", whole)
    _say("of it the start of its reader", started)
    ratio = statistics.median((b.cpu - c.cpu) / a.cpu for a, b, c in turns)
    all_in = statistics.median(b.cpu / a.cpu for a, b, _ in turns)
    print(f"ingest / read: {ratio:.2f} cpu ({all_in:.2f} with the reader's start)")  # noqa: T201
    print(f"ingest / read: {whole.peak / read.peak:.2f} memory")  # noqa: T201


def against_slow(folder: Path, rows: int, slow_rows: int) -> None:
    """One workbook: pyxlsb and pandas against the ingest, the start of its reader included."""
    whole = _run("ingest", write_sales(folder / "Web_whole.xlsb", rows))
    other = _run("slow", write_sales(folder / "Web_slow.xlsb", slow_rows))
    _say(f"ingest, {rows:,} rows", whole)
    _say(f"pyxlsb and pandas, {slow_rows:,} rows", other)
    ratio = other.cpu * rows / slow_rows / whole.cpu
    print(f"pyxlsb and pandas / ingest, for as many rows: {ratio:.1f} cpu")  # noqa: T201


def together(folder: Path, rows: int, files: int, repeats: int) -> None:
    """Many workbooks: what a second core gives, and what memory many files take."""
    paths = [
        write_sales(folder / f"Web_{n}.xlsb", rows, days=30, skip=30 * n, seed=n)
        for n in range(files)
    ]
    few = _run("ingest", *paths[:2])
    turns = [(_run("ingest", *paths), _run("ingest", *paths, workers=2)) for _ in range(repeats)]
    one, two = (_median([turn[at] for turn in turns]) for at in range(2))
    _say("2 workbooks, one reader", few)
    _say(f"{files} workbooks, one reader", one)
    _say(f"{files} workbooks, two readers", two)
    gains = ", ".join(f"{a.wall / b.wall:.2f}" for a, b in turns)
    print(f"one reader / two: {gains} by the clock (load {os.getloadavg()[0]:.1f})")  # noqa: T201
    print(f"memory of {files} files / of 2: {one.peak / few.peak:.2f}")  # noqa: T201


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--slow-rows", type=int)
    parser.add_argument("--only", choices=["read", "ingest", "slow", "start"])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("paths", nargs="*", type=Path)
    options = parser.parse_args()
    match options.only:
        case "read":
            read_only(*options.paths)
        case "ingest":
            ingest(*options.paths, workers=options.workers)
        case "slow":
            slow(*options.paths)
        case "start":
            start()
        case _:
            print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # noqa: T201
            with tempfile.TemporaryDirectory() as folder:
                compare(Path(folder), options.rows, options.repeats)
                if options.slow:
                    against_slow(Path(folder), options.rows, options.slow_rows or options.rows)
                if options.files:
                    together(Path(folder), options.rows // 2, options.files, options.repeats)


if __name__ == "__main__":
    main()
