"""From which size on do monthly partitions pay? `python -m tests.bench.partition_size [ROWS ...]`.

Each size is laid out as one table and by month in turn, on a private PostgreSQL, and asked the same:
ratios above 1 are in favour of partitions. Eight years of days; more rows are more departments.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from typing import TYPE_CHECKING, Final

from db import partition, sales
from db.engine import open_engine
from db.migrate import migrate
from tests.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import sqlalchemy as sa

SIZES: Final = (200_000, 1_000_000, 4_000_000)
FIRST, LAST = dt.date(2017, 1, 1), dt.date(2024, 12, 31)
DAYS: Final = (LAST - FIRST).days + 1
REPEATS: Final = 5
FILL: Final = """
INSERT INTO sales_aggregated
    (date, channel, department, promo_flag, sales_value, margin_value, units)
SELECT DATE '2017-01-01' + d, channel, 'department ' || p, promo, 1000 + d %% 97 + p, 100 + p, 10
FROM generate_series(0, %(last)s) d, generate_series(1, %(departments)s) p,
     (VALUES ('online'), ('offline')) c(channel), (VALUES (false), (true)) f(promo)
"""
QUERIES: Final = {
    "daily summary, one month": """
        SELECT count(*) FROM (SELECT * FROM sales_daily_summary
        WHERE date BETWEEN '2024-10-01' AND '2024-10-31') s""",
    "daily summary, one year": """
        SELECT count(*) FROM (SELECT * FROM sales_daily_summary
        WHERE date BETWEEN '2024-01-01' AND '2024-12-31') s""",
    "one department, all years": """
        SELECT sum(sales_value) FROM sales_aggregated WHERE department = 'department 7'""",
    "baseline of 30 days, all history": """
        SELECT sum(forecasted_sales_value) FROM calculate_baseline_forecast('2025-01-01', '2025-01-30')""",
}


def main() -> None:
    """Measure each size that was named, or SIZES."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    with running_server() as url:
        engine = open_engine(url)
        migrate(engine)
        for size in sizes:
            _measure(engine, size)
        engine.dispose()


def _measure(engine: sa.Engine, size: int) -> None:
    departments = max(7, size // (DAYS * 4))
    with engine.begin() as conn:
        conn.exec_driver_sql("TRUNCATE sales_aggregated")
        conn.exec_driver_sql(FILL, {"last": DAYS - 1, "departments": departments})
    _settle(engine)
    plain = _times(engine)
    with engine.begin() as conn:
        laid = _seconds(lambda: partition.partition(conn, LAST))
        rows = partition.partition(conn, LAST).rows
    _settle(engine)
    by_month = _times(engine)
    with engine.begin() as conn:
        back = _seconds(lambda: partition.undo(conn))
    sys.stdout.write(f"\n{rows:,} rows; laid out by month in {laid:.1f} s, back in {back:.1f} s\n")
    for name, seconds in plain.items():
        shown = f"{seconds * 1000:9.1f} ms plain {by_month[name] * 1000:9.1f} ms by month"
        sys.stdout.write(f"  {name:36}{shown}   {seconds / by_month[name]:6.2f}x\n")
    sys.stdout.flush()


def _settle(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("VACUUM ANALYZE sales_aggregated")


def _times(engine: sa.Engine) -> dict[str, float]:
    """Return the median seconds of each question, and of loading and dropping a month."""
    times = {}
    with engine.connect() as conn:
        for name, query in QUERIES.items():
            taken = [
                _seconds(lambda query=query: conn.exec_driver_sql(query).all())  # type: ignore[misc]
                for _ in range(REPEATS)
            ]
            times[name] = statistics.median(taken)
        days = (dt.date(2024, 10, 1), dt.date(2024, 10, 31))
        month = sales.sales_rows(conn, *days)
        month["sales_value"] += 1
        conn.rollback()
    times["load of a changed month"] = _seconds(lambda: _load(engine, month))
    return times


def _load(engine: sa.Engine, month: pd.DataFrame) -> None:
    with engine.begin() as conn:
        sales.upsert_sales(conn, month)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
