"""Opening a store, and what it says when something is wrong."""

from __future__ import annotations

import datetime as dt
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb
import pytest
import sqlalchemy as sa

from db import tool_calls
from db.driver_errors import translate
from db.engine import open_engine
from db.errors import (
    ConflictError,
    RefusedValueError,
    StoreBusyError,
    StoreDeniedError,
    StoreError,
    StoreNotMigratedError,
    StoreUnreachableError,
    StoreUrlError,
    UnsupportedError,
)
from db.migrate import require_current
from db.tables import sales_aggregated, segments, targets
from db.tables import tool_calls as calls

if TYPE_CHECKING:
    from pathlib import Path

NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)

HOLD_OPEN = """
import sys, duckdb
held = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("promoloop.duckdb", "cannot be read"),
        ("postgresql://localhost:port/x", "cannot be read"),
        ("mysql://localhost/x", "no store for mysql"),
        ("duckdb://", "in memory"),
        ("duckdb:///:memory:", "in memory"),
    ],
)
def test_a_url_that_names_no_store_is_refused_with_the_right_form(url: str, said: str) -> None:
    with pytest.raises(StoreUrlError, match=said) as caught:
        open_engine(url)
    assert "duckdb:///path/to/file.duckdb" in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_each_spelling_of_postgresql_uses_the_same_driver(scheme: str) -> None:
    engine = open_engine(f"{scheme}://someone:secret@db.example/promo")
    assert engine.url.drivername == "postgresql+psycopg"
    assert engine.url.database == "promo"


def test_duckdb_is_kept_within_bounds(tmp_path: Path) -> None:
    engine = open_engine(f"duckdb:///{tmp_path}/a.duckdb")
    wanted = "SELECT current_setting('threads'), current_setting('memory_limit')"
    with engine.connect() as conn:
        assert tuple(conn.exec_driver_sql(wanted).one()) == (1, "953.6 MiB")
    engine.dispose()


def test_a_file_that_another_process_holds_names_that_process(tmp_path: Path) -> None:
    file = tmp_path / "held.duckdb"
    command = [sys.executable, "-c", HOLD_OPEN, str(file)]
    with subprocess.Popen(  # noqa: S603  our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(StoreBusyError, match=f"process {holder.pid} has the DuckDB file open"):
            open_engine(f"duckdb:///{file}").connect()
        holder.communicate()
    with open_engine(f"duckdb:///{file}").connect() as conn:
        assert conn.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachableError, match=r"nowhere/a.duckdb"):
        open_engine(f"duckdb:///{tmp_path}/nowhere/a.duckdb").connect()


def test_a_file_that_is_no_duckdb_is_named(tmp_path: Path) -> None:
    file = tmp_path / "text.duckdb"
    file.write_text("not a database" * 1000)
    with pytest.raises(StoreUnreachableError, match=r"text.duckdb"):
        open_engine(f"duckdb:///{file}").connect()


def test_a_server_that_does_not_answer_is_said_so() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(StoreUnreachableError, match="does not answer"):
        open_engine(f"postgresql://postgres@127.0.0.1:{port}/x").connect()


def test_a_database_that_does_not_exist_is_named(postgres_server: str) -> None:
    url = sa.make_url(postgres_server).set(database="no_such_database")
    with pytest.raises(StoreUnreachableError, match="no_such_database"):
        open_engine(url.render_as_string(hide_password=False)).connect()


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_lost_connection_is_said_so_and_the_next_one_works(
    engine: sa.Engine, postgres_server: str
) -> None:
    admin = open_engine(postgres_server)
    with engine.connect() as conn:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with admin.connect() as killer:
            killer.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(StoreUnreachableError):
            conn.exec_driver_sql("SELECT 1")
    admin.dispose()
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT 1").scalar() == 1


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("setting", "statement", "kind", "said"),
    [
        ("transaction_read_only TO on", "DELETE FROM targets", StoreDeniedError, "to the primary"),
        ("statement_timeout TO 1", "SELECT pg_sleep(9)", UnsupportedError, "longer timeout"),
        (
            "client_min_messages TO error",
            "DO $$ BEGIN RAISE 'no space' USING ERRCODE = 'disk_full'; END $$",
            UnsupportedError,
            "make room",
        ),
    ],
)
def test_a_server_that_cannot_do_it_now_is_said_so(
    engine: sa.Engine, setting: str, statement: str, kind: type[StoreError], said: str
) -> None:
    with engine.connect() as conn:
        conn.exec_driver_sql(f"SET LOCAL {setting}")
        with pytest.raises(kind, match=said):
            conn.exec_driver_sql(statement)


@pytest.mark.parametrize("kind", [duckdb.TransactionException, duckdb.IOException])
def test_a_full_disk_is_no_conflict_and_no_wrong_path(kind: type[duckdb.Error]) -> None:
    """Seen on a full tmpfs: a commit says the first, opening and detaching the second."""
    said = translate(kind('Could not write file "s.duckdb.wal": No space left on device'))
    assert isinstance(said, UnsupportedError)
    assert "make room" in str(said)


def test_an_unknown_option_of_the_url_is_said_so(postgres_server: str, tmp_path: Path) -> None:
    server = sa.make_url(postgres_server).update_query_dict({"foo": "bar"})
    for url in (
        server.render_as_string(hide_password=False),
        f"duckdb:///{tmp_path}/store.duckdb?foo=bar",
        f"duckdb:///{tmp_path}/store.duckdb?access_mode=nonsense",
    ):
        with pytest.raises(StoreUrlError, match="option in the database URL"):
            open_engine(url).connect()


def test_a_missing_table_points_to_the_migrations(empty_url: str) -> None:
    engine = open_engine(empty_url)
    with (
        pytest.raises(StoreNotMigratedError, match="run `promoloop db migrate`"),
        engine.connect() as conn,
    ):
        conn.execute(sa.select(targets))
    with pytest.raises(StoreNotMigratedError):
        require_current(engine)
    engine.dispose()


def test_our_own_mistakes_stay_tracebacks(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.ProgrammingError), engine.connect() as conn:
        conn.exec_driver_sql("SELEKT 1")
    assert translate(RuntimeError("not a driver's")) is None


def a_target(**changes: Any) -> dict[str, Any]:
    row = {"month": "2024-10", "geo": "IT", "sales_value_target": 1, "margin_pct_target": 1}
    return row | changes


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (a_target(month="2024-13"), RefusedValueError),
        (a_target(month="2024-00"), RefusedValueError),
        (a_target(month="foo"), RefusedValueError),
        (a_target(month="2024-1x"), RefusedValueError),
        (a_target(geo=None), RefusedValueError),
        (a_target(margin_pct_target=1000), RefusedValueError),
        (a_target(units_target=2**31), RefusedValueError),
        (a_target(created_at=dt.datetime(2024, 1, 1)), RefusedValueError),  # noqa: DTZ001  meant
    ],
)
def test_a_refused_value_is_one_sentence_on_both_engines(
    engine: sa.Engine, values: dict[str, Any], error: type[StoreError]
) -> None:
    with pytest.raises(error) as caught, engine.begin() as conn:
        conn.execute(targets.insert().values(values))
    assert "\n" not in str(caught.value)
    assert "correct it and save again" in str(caught.value)


def test_a_duplicate_is_a_conflict(engine: sa.Engine) -> None:
    with engine.begin() as conn:
        conn.execute(targets.insert().values(a_target()))
    with pytest.raises(ConflictError, match="exists already"), engine.begin() as conn:
        conn.execute(targets.insert().values(a_target()))


def test_a_number_that_is_none_cannot_hide_in_json(engine: sa.Engine) -> None:
    """PostgreSQL would refuse the whole document, DuckDB would keep it."""
    row = {"geo": "IT", "value": float("nan")}
    call = tool_calls.ToolCall.model_construct(
        thread_id="t",
        call_id="c",
        agent="analyst",
        tool="gap",
        mode="READ",
        arguments=row,
        result=None,
        error=None,
        called_at=NOON,
    )
    with pytest.raises(RefusedValueError, match="cannot be stored"), engine.begin() as conn:
        tool_calls.record(conn, call)


def test_moments_come_back_with_their_zone(engine: sa.Engine) -> None:
    rome = dt.timezone(dt.timedelta(hours=1))
    at = dt.datetime(2025, 1, 1, 13, tzinfo=rome)
    row = dict.fromkeys(("thread_id", "call_id", "agent", "tool"), "x")
    with engine.begin() as conn:
        conn.execute(calls.insert().values(**row, mode="READ", arguments={}, called_at=at))
        found = conn.execute(sa.select(calls.c.called_at)).scalar_one()
        as_text = conn.exec_driver_sql("SELECT CAST(called_at AS VARCHAR) FROM tool_calls").scalar()
    assert found == at
    assert found.utcoffset() == dt.timedelta(0)
    assert as_text == "2025-01-01 12:00:00"


def test_each_thread_reads_and_writes_through_a_connection_of_its_own(engine: sa.Engine) -> None:
    def work(worker: int) -> int:
        for number in range(10):
            with engine.begin() as conn:
                row = {"segment_id": f"{worker}-{number}", "name": "x", "avg_basket_value": worker}
                shares = {"share_of_customers": 0, "share_of_revenue": 0}
                conn.execute(segments.insert().values(row | shares))
        with engine.connect() as conn:
            mine = sa.select(sa.func.count()).where(segments.c.avg_basket_value == worker)
            return conn.execute(mine).scalar_one()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [10, 10, 10, 10]


def test_a_result_survives_the_next_statement(engine: sa.Engine) -> None:
    """One DuckDB dialect loses the rest of a result when another statement runs."""
    with engine.begin() as conn:
        for month in ("2024-10", "2024-11", "2024-12"):
            conn.execute(targets.insert().values(a_target(month=month, id=uuid4())))
        seen = []
        for row in conn.execute(sa.select(targets.c.id, targets.c.month).order_by("month")):
            seen.append(row.month)
            conn.execute(targets.update().where(targets.c.id == row.id).values(units_target=1))
    assert seen == ["2024-10", "2024-11", "2024-12"]


def test_a_third_is_a_third(engine: sa.Engine) -> None:
    with engine.connect() as conn:
        third = conn.execute(sa.select(sa.cast(sa.literal(1 / 3), sa.Double))).scalar_one()
        assert third == 1 / 3
        assert conn.execute(sa.select(sales_aggregated)).all() == []
