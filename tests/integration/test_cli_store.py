"""`promoloop db ...` on both engines: results, exit codes, one sentence for what is refused."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import sqlalchemy as sa

from app.cli import main
from db.engine import open_engine
from db.migrate import migrate
from db.tables import data_processing_jobs, sales_aggregated
from tests.integration.store_cases import a_job, fill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    def document(self) -> Any:
        """Return what was printed with --json."""
        assert self.code == 0, self
        return json.loads(self.out)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    empty_url: str,
) -> Callable[..., Ran]:
    """Run `promoloop db` on a database of its own, which is empty at first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("PROMOLOOP_DATABASE_URL", empty_url)

    def run_it(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["promoloop", "db", *arguments])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_it


@pytest.fixture
def filled(empty_url: str) -> str:
    """URL of the same database with rows in every table."""
    engine = open_engine(empty_url)
    migrate(engine)
    with engine.begin() as conn:
        fill(conn)
    engine.dispose()
    return empty_url


def migrate_nothing(url: str) -> None:
    """Make the file of a DuckDB store, without a table."""
    engine = open_engine(url)
    engine.connect().close()
    engine.dispose()


def jobs(url: str) -> list[str]:
    engine = open_engine(url)
    with engine.connect() as conn:
        found = sorted(conn.execute(sa.select(data_processing_jobs.c.job_id)).scalars())
    engine.dispose()
    return found


def refused(ran: Ran, *words: str, code: int = 1) -> None:
    assert ran.code == code, ran
    assert "Traceback" not in ran.err
    assert ran.out == ""
    said = [line for line in ran.err.splitlines() if line.startswith("promoloop: ")]
    assert len(said) == 1, ran.err
    for word in words:
        assert word in said[0]


def test_retain_counts_first_and_deletes_when_told(run: Callable[..., Ran], filled: str) -> None:
    engine = open_engine(filled)
    with engine.begin() as conn:
        conn.execute(sa.insert(data_processing_jobs), [a_job("young", OLD)])
    engine.dispose()
    told = run("retain", "--today", "2026-02-01", "--json").document()
    assert (told["today"], told["applied"]) == ("2026-02-01", False)
    assert {found["table"]: found["rows"] for found in told["tables"]} == {
        "post_mortem_reports": 0,
        "scenario_kpis": 0,
        "data_processing_jobs": 2,
    }
    assert jobs(filled) == ["one", "two", "young"]
    shown = run("retain", "--today", "2026-02-01")
    assert "To be retired as of 2026-02-01" in shown.out
    assert "2025-11-03" in shown.out
    assert "add --apply" in shown.err
    done = run("retain", "--today", "2026-02-01", "--apply", "--json").document()
    assert done["tables"] == told["tables"]
    assert jobs(filled) == ["young"]
    again = run("retain", "--today", "2026-02-01", "--apply", "--json").document()
    assert [found["rows"] for found in again["tables"]] == [0, 0, 0]


def test_partition_goes_both_ways_or_says_why_not(
    run: Callable[..., Ran], filled: str, engine_name: str
) -> None:
    if engine_name == "duckdb":
        refused(run("partition"), "DuckDB needs no partitions")
        refused(run("partition", "--undo"), "DuckDB needs no partitions")
        return
    done = run("partition", "--today", "2024-12-10", "--json").document()
    assert (done["partitioned"], done["rows"], done["partitions"]) == (True, 210, 8)
    assert (
        "210 rows in 8 partitions, nothing to do" in run("partition", "--today", "2024-12-10").out
    )
    assert run("partition", "--undo").out == "sales_aggregated: 210 rows in one table\n"
    engine = open_engine(filled)
    with engine.connect() as conn:
        assert (
            conn.execute(sa.select(sa.func.count()).select_from(sales_aggregated)).scalar() == 210
        )
    engine.dispose()


@pytest.mark.usefixtures("filled")
def test_refresh_makes_the_summary_or_says_that_it_is_fresh(
    run: Callable[..., Ran], engine_name: str
) -> None:
    if engine_name == "duckdb":
        refused(run("refresh"), "always fresh")
        return
    for _ in range(2):
        done = run("refresh", "--json").document()
        assert done == {"view": "sales_daily_summary_stored", "rows": 70}


@pytest.mark.usefixtures("filled")
def test_status_shows_and_prints(run: Callable[..., Ran], engine_name: str) -> None:
    told = run("status", "--json").document()
    assert told["rows"]["sales_aggregated"] == 210
    assert told["applied"][0] == "001_initial_schema.sql"
    assert (told["pending"], told["newer"], told["statements"]) == ([], [], None)
    assert told["size_bytes"] > 10_000
    shown = run("status").out
    assert "sales_aggregated" in shown
    assert ("dead rows" in shown) == (engine_name == "postgresql")


def test_backup_verify_restore(
    run: Callable[..., Ran], filled: str, tmp_path: Path, engine_name: str
) -> None:
    made = run("backup", "--to", "kept here", "--json").document()
    assert made["rows"] == run("verify", "--from", "kept here", "--json").document()["rows"]
    assert made["backup"].startswith("kept here/promoloop-")
    assert "equal in every value" in run("verify", made["backup"]).out
    refused(run("restore", made["backup"]), "is not empty", "--replace")
    done = run("restore", made["backup"], "--replace", "--json").document()
    assert jobs(filled) == ["one", "two"]
    if engine_name == "postgresql":
        engine = open_engine(filled).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{done["former"]}"')
        engine.dispose()
    else:
        assert done["former"].startswith(f"{tmp_path}/empty.duckdb.before-")
    (tmp_path / made["backup"] / "manifest.json").write_text("{}")
    refused(run("verify", made["backup"]), "the backup is damaged")


@pytest.mark.usefixtures("filled")
def test_backups_lie_in_the_data_folder_unless_told(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMOLOOP_DATA_DIR", str(tmp_path / "data"))
    refused(run("verify"), "there is no backup in", "promoloop db backup")
    ran = run("backup")
    assert ran.code == 0
    assert ran.out.startswith(str(tmp_path / "data" / "backups" / "promoloop-"))
    assert "promoloop db verify" in ran.err
    assert run("backup", "--keep-days", "0").code == 2


def test_a_backup_says_that_conversations_beside_a_file_are_not_in_it(
    run: Callable[..., Ran], filled: str, tmp_path: Path, engine_name: str
) -> None:
    del filled
    said = "empty.threads.sqlite are not part of it"
    assert said not in " ".join(run("backup", "--to", "a").err.split())
    (tmp_path / "empty.threads.sqlite").touch()
    told = "".join(run("backup", "--to", "b").err.split())
    assert (said.replace(" ", "") in told) == (engine_name == "duckdb")


@pytest.mark.parametrize("command", ["retain", "partition", "refresh"])
def test_a_store_without_tables_is_pointed_to_the_migrations(
    run: Callable[..., Ran], command: str, empty_url: str
) -> None:
    if empty_url.startswith("duckdb"):
        refused(run(command), "does not exist yet")
        migrate_nothing(empty_url)
    refused(run(command), "run `promoloop db migrate`")


def test_a_day_that_is_none_is_a_usage_error(run: Callable[..., Ran]) -> None:
    ran = run("retain", "--today", "soon")
    assert (ran.code, ran.out) == (2, "")
