"""What the command line says of a store it cannot use, and what is left of it: real processes."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa

from db.engine import open_engine
from db.errors import StoreUnreachableError
from db.migrate import ledger, migrate
from db.tables import data_processing_jobs, sales_aggregated, segments
from db.transactions import in_transaction
from tests.integration.test_db_engine import HOLD_OPEN
from tests.integration.workbook_cases import sale, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-c", "from app.cli import main; main()"]
COMMANDS = [("db", "migrate"), ("gap", "--month", "2024-10")]


class Ran(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str


def start(url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  our own command
        [*COMMAND, *arguments],
        env=os.environ | {"PROMOLOOP_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


def assert_one_sentence(ran: Ran, said: str) -> None:
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(r"promoloop: [^\n]+\n", ran.err), ran.err
    assert re.search(said, ran.err), ran.err


@pytest.fixture
def migrated(empty_url: str) -> str:
    """URL of a migrated database that a test may spoil."""
    engine = open_engine(empty_url)
    migrate(engine)
    engine.dispose()
    return empty_url


@pytest.fixture
def opened(migrated: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_second_process_on_a_duckdb_file_names_the_first(
    duckdb_template: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "held.duckdb"
    file.write_bytes(duckdb_template.read_bytes())
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", HOLD_OPEN, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        ran = end(start(f"duckdb:///{file}", *command))
        holder.communicate()
    assert_one_sentence(ran, f"process {holder.pid} has the DuckDB file open")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_store_of_a_newer_program_is_refused(migrated: str, command: tuple[str, ...]) -> None:
    engine = open_engine(migrated)
    with engine.begin() as conn:
        entry = {"version": 999, "name": "999_later.sql", "sha256": "0" * 64}
        conn.execute(ledger.insert().values(entry))
    engine.dispose()
    assert_one_sentence(end(start(migrated, *command)), r"has 999_later\.sql.*: update promoloop$")


def test_the_state_of_a_newer_store_says_that_it_is_newer(migrated: str) -> None:
    engine = open_engine(migrated)
    with engine.begin() as conn:
        entry = {"version": 999, "name": "999_later.sql", "sha256": "0" * 64}
        conn.execute(ledger.insert().values(entry))
    engine.dispose()
    ran = end(start(migrated, "db", "status"))
    assert ran.code == 0
    assert "newer than this program (it has 999_later.sql)" in " ".join(ran.err.split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_of_another_program_is_refused_and_left_as_it_is(
    empty_url: str, command: tuple[str, ...]
) -> None:
    engine = open_engine(empty_url)
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE targets (id INTEGER)")
    engine.dispose()
    assert_one_sentence(
        end(start(empty_url, *command)), r"has (a table targets|tables with .*targets)"
    )
    engine = open_engine(empty_url)
    assert sa.inspect(engine).get_table_names() == ["targets"]
    engine.dispose()


WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def end_waiting_session(engine: sa.Engine) -> None:
    """Wait until a session waits for the lock, and end it."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        while (pid := conn.exec_driver_sql(WAITING).scalar()) is None:
            pass
        conn.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 10000)")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("losses", "code"), [(1, 0), (3, 1)])
def test_a_server_that_goes_away_in_the_middle(
    opened: sa.Engine, migrated: str, losses: int, code: int
) -> None:
    """Once: the work is begun again and done. Each time: one sentence, and nothing was done."""
    with opened.connect() as blocker:
        blocker.exec_driver_sql("LOCK TABLE scenario_kpis")
        process = start(migrated, "db", "retain", "--apply")
        for _ in range(losses):
            end_waiting_session(opened)
    ran = end(process)
    if code == 0:
        assert (ran.code, ran.err) == (0, "")
    else:
        assert_one_sentence(ran, r"server does not answer .*terminating connection")


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_a_server_that_goes_away_while_a_workbook_is_stored(
    opened: sa.Engine, migrated: str, tmp_path: Path
) -> None:
    """The storing is begun again; the file is in once."""
    file = write_csv(tmp_path / "Web_x.csv", [sale(dt.date(2025, 10, 1), value=9.0)])
    with opened.connect() as blocker:
        blocker.exec_driver_sql("LOCK TABLE sales_aggregated IN EXCLUSIVE MODE")
        process = start(migrated, "ingest", str(file), "--json", "--today", "2025-11-01")
        end_waiting_session(opened)
    ran = end(process)
    assert ran.code == 0, ran.err
    with opened.connect() as conn:
        stored = conn.execute(sa.select(sales_aggregated.c.sales_value)).scalars().all()
        states = conn.execute(sa.select(data_processing_jobs.c.status)).scalars().all()
    assert (stored, states) == ([9], ["completed"])


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_work_cut_off_is_done_once(opened: sa.Engine) -> None:
    """What the first attempt wrote is gone with its connection."""
    admin = open_engine(opened.url.render_as_string(hide_password=False))
    attempts: list[int] = []

    def work(conn: sa.Connection) -> int:
        row = {"segment_id": f"{len(attempts)}", "name": "x", "avg_basket_value": 1}
        conn.execute(segments.insert().values(row | dict.fromkeys(SHARES, 0)))
        attempts.append(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        if len(attempts) == 1:
            with admin.connect() as killer:
                killer.exec_driver_sql(f"SELECT pg_terminate_backend({attempts[0]}, 10000)")
        return conn.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one()

    assert in_transaction(opened, work, waits_seconds=(0,)) == 1
    assert len(attempts) == 2
    attempts.clear()
    with pytest.raises(StoreUnreachableError):
        in_transaction(opened, work, waits_seconds=())
    admin.dispose()


SHARES = ("share_of_customers", "share_of_revenue")
