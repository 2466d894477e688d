"""Torture of the store: `python -m tests.torture.orders`.

Four overlapping files of the sample, each in a job of its own, in all 24 orders, with a process
that dies in every job before it is run again: every store must be the same, to the cent.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import sqlalchemy as sa

from db import catalog, jobs, source_files
from db.engine import open_engine
from db.migrate import migrate
from db.tables import sales_aggregated
from sample_data.generate import generate
from tools.ingest import ingest_workbooks

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

FILES = ("Web_October-January_FY25", "Web_February-May_FY25", "Stores_October-January_FY25",
         "Promo_October-September_FY25")  # fmt: skip
MOMENTS = ((source_files, "add_file"), (source_files, "rebuild_sales"), (jobs, "complete"))


class PowerCutError(Exception):
    """The process dies here."""


def store_after(order: Sequence[Path], url: str, today: dt.date, rng: random.Random) -> Any:
    """Load the files one by one, dying once in each job; return what planning reads."""
    engine = open_engine(url)
    migrate(engine)
    for path in order:
        module, name = rng.choice(MOMENTS)
        with mock.patch.object(module, name, side_effect=PowerCutError):
            try:
                ingest_workbooks(engine, [path], today=today)
            except PowerCutError:
                pass
            else:
                raise AssertionError
        ingest_workbooks(engine, [path], today=today)
    return contents(engine)


def contents(engine: sa.Engine) -> Any:
    """Return sales, campaigns and relations, without ids and moments; close the store."""
    hidden = {"id", "created_at", "updated_at"}
    columns = [column for column in sales_aggregated.c if column.name not in hidden]
    with engine.connect() as conn:
        sales = [tuple(row) for row in conn.execute(sa.select(*columns).order_by(*columns[:4]))]
        campaigns = catalog.list_campaigns(conn)
        files = {(f.file_name, f.relation) for f in source_files.list_files(conn)}
    engine.dispose()
    return sales, campaigns, files


def main() -> int:
    """Compare the stores of all orders with that of one job."""
    rng = random.Random(1)  # noqa: S311  repeatable
    with tempfile.TemporaryDirectory(prefix="promoloop-orders-") as name:
        folder = Path(name)
        sample = generate(folder / "sample", rows=20_000)
        files = [path for path in sample.workbooks if path.stem in FILES]
        engine = open_engine(f"duckdb:///{folder}/together.duckdb")
        migrate(engine)
        ingest_workbooks(engine, files, today=sample.today)
        expected = contents(engine)
        different = 0
        for turn, order in enumerate(itertools.permutations(files)):
            found = store_after(order, f"duckdb:///{folder}/{turn}.duckdb", sample.today, rng)
            if found != expected:
                different += 1
                print("DIFFERENT after", " ".join(path.stem for path in order))  # noqa: T201
    print(f"{turn + 1} orders with {len(files)} crashes each: {different} stores differ")  # noqa: T201
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
