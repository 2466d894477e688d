"""Point-in-time recovery, done: docs/operations.md walks the same way."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa

from app.cli import main
from db import archive
from db.engine import open_engine
from db.errors import BackupError
from db.migrate import migrate, require_current
from db.tables import sales_aggregated, targets
from tests.integration.store_cases import fill
from tests.postgres import Machine, NoServerError, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

UNTIL = dt.datetime(2026, 11, 22, 22, 30, 5, 250000, tzinfo=dt.timezone(dt.timedelta(hours=1)))


@pytest.fixture(scope="module")
def place() -> Iterator[Machine]:
    try:
        with machine() as found:
            if not (found.binaries / "pg_basebackup").exists():
                pytest.skip("pg_basebackup is not installed beside the server")
            yield found
    except NoServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def promoloop(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["promoloop", "db", *arguments])
        try:
            main()
        except SystemExit as left:
            return left.code if isinstance(left.code, int) else 0
        return 0

    return run


@contextmanager
def running(place: Machine, data: Path) -> Iterator[str]:
    """Run the server of a data folder and yield the URL of its database promo."""
    options = f"-c listen_addresses='' -c unix_socket_directories={place.folder} -c fsync=off"
    control = ("-D", str(data), "-w", "-l", str(place.folder / "log"))
    try:
        place.run("pg_ctl", *control, "-o", options, "start")
    except NoServerError as error:
        pytest.fail(f"{error}\n{(place.folder / 'log').read_text()[-2000:]}", pytrace=False)
    try:
        yield f"postgresql://postgres@/promo?host={place.folder}"
    finally:
        place.run("pg_ctl", *control, "-m", "fast", "stop")


def include(place: Machine, data: Path, settings: Path) -> None:
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"include '{settings}'\n")
    place.hand_over(settings)


def add_target(engine: sa.Engine, geo: str) -> dt.datetime:
    """Commit a row and return a moment after that."""
    row = {"month": "2026-11", "geo": geo, "sales_value_target": 1, "margin_pct_target": 1}
    with engine.begin() as conn:
        conn.execute(sa.insert(targets).values(row))
    with engine.connect() as conn:
        moment: dt.datetime = conn.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return moment


def wait_until(url: str, question: str) -> None:
    """Ask until the answer is true; the server's own limit ends it."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET statement_timeout TO '60s'")
        conn.execute(
            "DO $$ BEGIN WHILE (" + question + ") IS NOT TRUE LOOP"
            " PERFORM pg_sleep(0.05); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
        )


def test_a_store_comes_back_as_it_was_between_two_commits(
    place: Machine, promoloop: Callable[..., int]
) -> None:
    log = place.folder / "wal's archive 100%"
    log.mkdir()
    place.hand_over(log)
    first = place.folder / "first"
    place.run(
        "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", str(first)
    )
    settings = place.folder / "archive.conf"
    assert promoloop("archive-settings", str(log), "--out", str(settings)) == 0
    include(place, first, settings)
    base = place.folder / "base"
    with running(place, first) as url:
        with psycopg.connect(url, dbname="postgres", autocommit=True) as conn:
            conn.execute("CREATE DATABASE promo")
        engine = open_engine(url)
        migrate(engine)
        host = ("-h", str(place.folder), "-U", "postgres")
        place.run("pg_basebackup", *host, "-D", str(base), "--checkpoint=fast", "--no-sync")
        place.run("pg_verifybackup", str(base))
        with engine.begin() as conn:
            fill(conn)
        between = [add_target(engine, "ONE"), add_target(engine, "TWO"), add_target(engine, "LAST")]
        with engine.begin() as conn:
            # The last commit that matters, and one more: recovery must see it has passed the time.
            conn.exec_driver_sql("DELETE FROM sales_aggregated")
        engine.dispose()
        with psycopg.connect(url, autocommit=True) as conn:
            segment = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert segment is not None
        archived = f"SELECT last_archived_wal >= '{segment[0]}' FROM pg_stat_archiver"  # noqa: S608  the server's own word
        wait_until(url, archived)
    shutil.rmtree(first)
    for number, until in enumerate(between):
        again = place.folder / f"again{number}"
        shutil.copytree(base, again)
        for path in (again, *again.rglob("*")):
            place.hand_over(path)
        wanted = place.folder / f"recovery{number}.conf"
        command = ("archive-settings", str(log), "--until", until.isoformat(), "--out", str(wanted))
        assert promoloop(*command) == 0
        include(place, again, wanted)
        place.hand_over(_touched(again / "recovery.signal"))
        with running(place, again) as url:
            wait_until(url, "SELECT NOT pg_is_in_recovery()")
            engine = open_engine(url)
            require_current(engine)
            with engine.connect() as conn:
                found = set(conn.execute(sa.select(targets.c.geo)).scalars())
                rows = conn.execute(sa.select(sa.func.count()).select_from(sales_aggregated))
                assert rows.scalar_one() == 210
            assert found == {"IT", *("ONE", "TWO", "LAST")[: number + 1]}
            add_target(engine, "NEW")
            engine.dispose()
    assert not list(log.glob("*.history"))


def _touched(file: Path) -> Path:
    file.touch()
    return file


def test_the_settings_are_written_out() -> None:
    log = Path("/srv/it's 5%\\wal")
    assert archive.as_file(archive.recovery_settings(log, UNTIL)) == (
        "archive_mode = 'off'\n"
        "restore_command = 'cp ''/srv/it''\"''\"''s 5%%\\\\wal''/%f %p'\n"
        "recovery_target_time = '2026-11-22 21:30:05.250000+00'\n"
        "recovery_target_action = 'promote'\n"
    )


@pytest.mark.parametrize("log", [Path("relative"), Path("/two\nlines")])
def test_a_path_that_the_server_cannot_use_is_refused(log: Path) -> None:
    with pytest.raises(BackupError, match="is no absolute path in one line"):
        archive.archive_settings(log)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written"):
        archive.write(tmp_path / "none" / "a.conf", {})


@pytest.mark.parametrize("until", ["soon", "2026-11-22 21:00:00"])
def test_a_moment_without_a_zone_is_a_usage_error(
    promoloop: Callable[..., int], until: str
) -> None:
    assert promoloop("archive-settings", "/srv/wal", "--until", until) == 2
