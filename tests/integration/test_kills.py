"""kill -9 at random moments: nothing by halves, nothing lost that was said to be done."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import backup, manifest, partition, retention, sales
from db.engine import open_engine
from db.fingerprints import Fingerprint, fingerprints
from db.migrate import migrate, migrations, require_current, state
from db.tables import metadata, post_mortem_reports, sales_aggregated, scenario_kpis
from tests import kill_worker
from tests.integration import store_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WORKS: Final = ("load", "migrate", "retain", "backup", "restore")
LAYOUTS: Final = ("partition", "unpartition")  # PostgreSQL's only
POINTS: Final = 2
LONG_POINTS: Final = 25  # of 5 works on 2 engines and 2 on one: 300
OLD: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
OLD_KPIS: Final = 300
PATIENCE_SECONDS: Final = 120
forked: Final = multiprocessing.get_context("forkserver")


class Victim:
    """A process at work, what it has said so far, and how it ended."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        """Start it and wait until it is connected to the store."""
        self.heard, said = forked.Pipe(duplex=False)
        self.process = forked.Process(
            target=kill_worker.work, args=(name, url, str(folder), said), daemon=True
        )
        self.process.start()
        said.close()
        assert self.heard.poll(PATIENCE_SECONDS)
        assert self.heard.recv() == "begins"
        self.began = time.perf_counter()

    def kill_after(self, seconds: float) -> list[Any]:
        """Kill it unless it ends before, and return what it said was done."""
        self.process.join(seconds)
        self.process.kill()
        self.process.join()
        return self._said()

    def finish(self) -> tuple[list[Any], float]:
        """Let it end, and return what it said was done and how long it took."""
        self.process.join(PATIENCE_SECONDS)
        spent = time.perf_counter() - self.began
        assert self.process.exitcode == 0
        return self._said(), spent

    def _said(self) -> list[Any]:
        said = []
        try:
            while True:
                said.append(self.heard.recv())
        except EOFError:
            return said


class Scene:
    """A store on one engine that can be put back to where a work begins."""

    def __init__(self, url: str, folder: Path) -> None:
        """Keep backups in `folder`; `before` is what the store holds where the work begins."""
        self.url, self.folder = url, folder
        self.before: list[Fingerprint] = []

    def open(self) -> sa.Engine:
        """Open the store; on a server, when the victim's session is over."""
        engine = open_engine(self.url)
        if engine.dialect.name == "postgresql":
            with engine.connect() as conn:
                conn.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                # A restore works beside the store, under a lock of its session.
                conn.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                )
        return engine

    def drop_aside(self) -> None:
        """Remove what restores left beside the store."""
        url = sa.make_url(self.url)
        if url.get_backend_name() == "duckdb":
            file = Path(str(url.database))
            for path in file.parent.glob(f"*{file.name}?*"):
                path.unlink()
            return
        admin = open_engine(url.set(database="postgres").render_as_string(hide_password=False))
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            aside = sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :store)")
            for name in conn.execute(aside, {"store": f"{url.database}_"}).scalars().all():
                conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()

    def reset(self, name: str) -> None:
        """Make an empty database, and put into it what the work finds there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.drop_aside()
        if self.url.startswith("duckdb"):
            Path(self.url.removeprefix("duckdb:///")).unlink(missing_ok=True)
        engine = self.open()
        with engine.begin() as conn:
            if conn.dialect.name == "postgresql":
                conn.exec_driver_sql("DROP SCHEMA public CASCADE")
                conn.exec_driver_sql("CREATE SCHEMA public")
        if name != "migrate":
            migrate(engine)
        if name not in {"load", "migrate"}:
            with engine.begin() as conn:
                store_cases.fill(conn)
        if name == "retain":
            with engine.begin() as conn:
                for number in range(1_000, 1_000 + OLD_KPIS):
                    conn.execute(scenario_kpis.insert().values(store_cases.a_kpi(number, 2, OLD)))
        if name == "restore":
            backup.take(engine, self.folder, dt.datetime.now(dt.UTC))
            with engine.begin() as conn:
                sales.upsert_sales(conn, kill_worker.batch(0))
        if name == "unpartition":
            with engine.begin() as conn:
                partition.partition(conn, kill_worker.FIRST)
        with engine.connect() as conn:
            self.before = fingerprints(conn)
        engine.dispose()


@pytest.fixture
def scene(empty_url: str, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(empty_url, tmp_path / "backups")
    yield made
    made.drop_aside()


def count(conn: sa.Connection, table: sa.Table) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def names(engine: sa.Engine) -> set[str]:
    """Return what the store consists of."""
    inspector = sa.inspect(engine)
    tables = inspector.get_table_names()
    indexes = {str(index["name"]) for table in tables for index in inspector.get_indexes(table)}
    return {*tables, *inspector.get_view_names(), *indexes}


def check_load(engine: sa.Engine, said: list[Any], _: Scene) -> None:
    """All rows of what was said to be done; of the batch after it all or none; nothing else."""
    number = sa.cast(sa.func.split_part(sales_aggregated.c.department, "-", 1), sa.Integer)
    wanted = sa.select(number, sa.func.count(), sa.func.sum(sales_aggregated.c.sales_value))
    with engine.connect() as conn:
        found = {row[0]: (row[1], float(row[2])) for row in conn.execute(wanted.group_by(number))}
    rows = len(kill_worker.batch(0))
    assert said == list(range(len(said)))
    assert found == {n: (rows, rows * (n + 1.0)) for n in range(len(found))}
    assert len(said) <= len(found) <= len(said) + 1


def check_migrate(engine: sa.Engine, said: list[Any], _: Scene) -> None:
    """What is there is what the applied files make, and no more."""
    found = state(engine)
    assert found.pending == () or not said
    assert found.applied == tuple(file.name for file in migrations())[: len(found.applied)]
    made = {
        name
        for file in migrations()[: len(found.applied)]
        for name in metadata.tables
        if f"CREATE TABLE {name} " in file.text
    }
    present = names(engine)
    assert metadata.tables.keys() & present == made
    has_views = "003_add_views.sql" in found.applied
    assert ("sales_daily_summary" in present) == has_views


def check_retain(engine: sa.Engine, said: list[Any], _: Scene) -> None:
    """Everything that was due, or nothing."""
    forecast = sa.select(post_mortem_reports.c.forecast_kpi_id)
    with engine.connect() as conn:
        gone = not [e for e in retention.expired(conn, kill_worker.RETIRED_ON) if e.rows]
        left = [count(conn, table) for table in (scenario_kpis, post_mortem_reports)]
        pointed = conn.execute(forecast).scalars().all()
    assert gone or not said
    assert (left, pointed) == (([0, 0], []) if gone else ([OLD_KPIS + 2, 1], [UUID(int=11)]))


def check_backup(_: sa.Engine, said: list[Any], scene: Scene) -> None:
    """What has the name of a backup is whole, and what was said to be done is there."""
    folders = [path for path in scene.folder.glob("[!.]*") if path.is_dir()]
    assert {path.name for path in folders} >= set(said)
    for folder in folders:
        data = manifest.read(folder).data
        assert manifest.sha256(folder / data.name) == data.sha256


def check_restore(engine: sa.Engine, said: list[Any], scene: Scene) -> None:
    """The store is the one that was there or the one of the backup, in every value."""
    with engine.connect() as conn:
        found = fingerprints(conn)
    restored = found == list(manifest.read(manifest.newest(scene.folder)).tables)
    assert restored or not said
    assert restored or found == scene.before


def check_layout(engine: sa.Engine, _: list[Any], scene: Scene) -> None:
    """One layout or the other, with every row, index and view."""
    with engine.connect() as conn:
        partitioned = partition.is_partitioned(conn)
        assert fingerprints(conn) == scene.before
    present = names(engine)
    assert partition.FORMER not in present
    assert {"sales_daily_summary", "unique_sales_record", "idx_sales_department"} <= present
    assert (partition.REST in present) == partitioned


def check_partition(engine: sa.Engine, said: list[Any], scene: Scene) -> None:
    """A layout that is whole; by month if that was said."""
    check_layout(engine, said, scene)
    with engine.connect() as conn:
        assert partition.is_partitioned(conn) or not said


def check_unpartition(engine: sa.Engine, said: list[Any], scene: Scene) -> None:
    """A layout that is whole; one table if that was said."""
    check_layout(engine, said, scene)
    with engine.connect() as conn:
        assert not (partition.is_partitioned(conn) and said)


CHECKS: Final[dict[str, Callable[[sa.Engine, list[Any], Scene], None]]] = {
    "load": check_load,
    "migrate": check_migrate,
    "retain": check_retain,
    "backup": check_backup,
    "restore": check_restore,
    "partition": check_partition,
    "unpartition": check_unpartition,
}


def check_finished(name: str, engine: sa.Engine, scene: Scene) -> None:
    """The same command run again has done the whole work."""
    require_current(engine)
    with engine.connect() as conn:
        if name == "load":
            assert len(sales.sales_rows(conn)) == kill_worker.BATCHES * len(kill_worker.batch(0))
        if name == "retain":
            assert count(conn, scenario_kpis) == 0
    if name in {"restore", "partition", "unpartition"}:
        CHECKS[name](engine, ["done"], scene)
    if name == "backup":
        assert not list(scene.folder.glob("*.partial"))
        assert backup.take(engine, scene.folder, dt.datetime.now(dt.UTC)).is_dir()


def kill_and_repeat(name: str, scene: Scene, seeds: range) -> int:
    """Kill a work at random moments of the time it takes, look, run it again, look.

    Returns:
        How many kills came before the work was done.
    """
    scene.reset(name)
    whole, spent = Victim(name, scene.url, scene.folder).finish()
    assert whole
    met = 0
    for seed in seeds:
        scene.reset(name)
        moment = random.Random(seed).uniform(0, spent)  # noqa: S311  not a secret
        said = Victim(name, scene.url, scene.folder).kill_after(moment)
        met += len(said) < len(whole)
        engine = scene.open()
        CHECKS[name](engine, said, scene)
        engine.dispose()
        Victim(name, scene.url, scene.folder).finish()
        engine = scene.open()
        check_finished(name, engine, scene)
        engine.dispose()
    return met


@pytest.fixture(scope="module", autouse=True)
def _preloaded() -> None:
    """Import once what each victim needs: else a kill would mostly meet an import."""
    forked.set_forkserver_preload(["tests.kill_worker"])


@pytest.mark.parametrize("name", WORKS)
def test_a_killed_work_leaves_nothing_by_halves(scene: Scene, name: str) -> None:
    kill_and_repeat(name, scene, range(POINTS))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", LAYOUTS)
def test_a_killed_rebuild_leaves_one_layout(scene: Scene, name: str) -> None:
    kill_and_repeat(name, scene, range(POINTS))


@pytest.mark.torture
@pytest.mark.parametrize("name", WORKS)
def test_hundreds_of_kills_leave_nothing_by_halves(scene: Scene, name: str) -> None:
    met = kill_and_repeat(name, scene, range(100, 100 + LONG_POINTS))
    assert met > LONG_POINTS / 3  # or the moments were no moments of the work


@pytest.mark.torture
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", LAYOUTS)
def test_many_killed_rebuilds_leave_one_layout(scene: Scene, name: str) -> None:
    met = kill_and_repeat(name, scene, range(100, 100 + LONG_POINTS))
    assert met > LONG_POINTS / 3
