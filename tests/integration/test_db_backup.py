"""Backups: consistent, found damaged when they are, and restored whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Connection
from psycopg.rows import dict_row

from db import backup, manifest, partition, pg_tools
from db.engine import open_engine
from db.errors import BackupError, StoreBusyError, StoreNotMigratedError
from db.migrate import migrate, require_current
from db.restore import restore, verify
from db.tables import metadata, sales_aggregated, segments, targets
from tests.integration.store_cases import content, fill, sales_days

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = dt.datetime(2026, 11, 22, 21, 0, 0, 123000, tzinfo=dt.UTC)
ON_POSTGRESQL = pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
ON_DUCKDB = pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)


@pytest.fixture
def filled(empty_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(empty_url)
    migrate(opened)
    with opened.begin() as conn:
        fill(conn)
    yield opened
    opened.dispose()


@pytest.fixture
def target(filled: sa.Engine, tmp_path: Path) -> Iterator[sa.Engine]:
    """Engine of a store that does not exist yet, on the same server or in a folder of its own."""
    name = f"{filled.url.database}_target"
    if filled.dialect.name == "duckdb":
        name = f"{tmp_path}/it's new/here.duckdb"
    opened = open_engine(filled.url.set(database=name).render_as_string(hide_password=False))
    yield opened
    opened.dispose()
    if filled.dialect.name == "postgresql":
        with on_server(filled) as conn:
            for found in conn.exec_driver_sql("SELECT datname FROM pg_database").scalars().all():
                if found.startswith(name[:40]) and found != filled.url.database:
                    conn.exec_driver_sql(f'DROP DATABASE "{found}" WITH (FORCE)')


class on_server:  # noqa: N801  reads as a statement
    """Connection to the server, outside of the stores and of transactions."""

    def __init__(self, engine: sa.Engine) -> None:
        url = engine.url.set(database="postgres").render_as_string(hide_password=False)
        self._engine = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")

    def __enter__(self) -> sa.Connection:
        self._conn = self._engine.connect()
        return self._conn

    def __exit__(self, *_: object) -> None:
        self._conn.close()
        self._engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "back 'ups' of\"ours"


def everything(engine: sa.Engine) -> dict[str, Any]:
    with engine.connect() as conn:
        return {table.name: content(conn, table) for table in metadata.sorted_tables}


def add_target(engine: sa.Engine, geo: str) -> None:
    row = {"month": "2024-11", "geo": geo, "sales_value_target": 2, "margin_pct_target": 3}
    with engine.begin() as conn:
        conn.execute(sa.insert(targets).values(row))


def data_of(made: Path) -> Path:
    return made / manifest.read(made).data.name


def test_a_store_comes_back_value_by_value(
    filled: sa.Engine, target: sa.Engine, folder: Path
) -> None:
    before = everything(filled)
    made = backup.take(filled, folder, NOW)
    assert made == folder / "promoloop-20261122T210000123Z"
    assert sorted(path.name for path in folder.iterdir()) == [".lock", made.name]
    done = restore(target, made)
    assert everything(target) == before
    assert (done.rows, done.former) == (210 + len(manifest.read(made).migrations) + 21, None)
    require_current(target)
    with target.begin() as conn:
        added = sa.insert(sales_aggregated).returning(sales_aggregated.c.id)
        row = next(sales_days(1, dt.date(2025, 6, 1)))
        assert conn.execute(added.values(row)).scalar_one() == 211
    assert everything(filled) == before


def test_verify_says_what_is_in_it_and_touches_nothing(filled: sa.Engine, folder: Path) -> None:
    made = backup.take(filled, folder, NOW)
    before = everything(filled)
    done = verify(filled, made)
    counted = {print_.table.partition(".")[2]: print_.rows for print_ in done.tables}
    assert {name: counted[name] for name in before} == {n: len(rows) for n, rows in before.items()}
    assert everything(filled) == before
    if filled.dialect.name == "postgresql":
        with on_server(filled) as conn:
            names = conn.exec_driver_sql("SELECT datname FROM pg_database").scalars().all()
        assert not [name for name in names if name.endswith("_restoring")]
    else:
        assert not list(Path(str(filled.url.database)).parent.glob("*restoring*"))


@pytest.mark.parametrize("part", ["first", "middle", "last"])
def test_a_flipped_byte_is_found(filled: sa.Engine, folder: Path, part: str) -> None:
    made = backup.take(filled, folder, NOW)
    file = data_of(made)
    content_ = bytearray(file.read_bytes())
    content_[{"first": 0, "middle": len(content_) // 2, "last": -1}[part]] ^= 1
    file.write_bytes(content_)
    with pytest.raises(BackupError, match=r"the backup is damaged.*its checksum is another one"):
        verify(filled, made)


@pytest.mark.parametrize("engine_name", ["duckdb"], indirect=True)
def test_any_flipped_byte_of_the_manifest_is_found_or_harmless(
    filled: sa.Engine, folder: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    file = made / manifest.FILE
    whole, meant = file.read_bytes(), manifest.read(made)
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            assert manifest.read(made) == meant
        except BackupError as error:
            assert "the backup is damaged" in str(error)  # noqa: PT017  either is right


def test_a_cut_file_a_missing_one_and_a_strange_folder_are_said(
    filled: sa.Engine, folder: Path, tmp_path: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    file = data_of(made)
    size = file.stat().st_size
    with file.open("rb+") as stream:
        stream.truncate(size - 100)
    with pytest.raises(BackupError, match=f"{size - 100:,} bytes instead of {size:,}"):
        verify(filled, made)
    file.unlink()
    with pytest.raises(BackupError, match="No such file"):
        verify(filled, made)
    with pytest.raises(BackupError, match="is no backup"):
        verify(filled, tmp_path)
    with pytest.raises(BackupError, match="there is no backup in"):
        manifest.newest(tmp_path)


def test_a_sound_file_with_other_values_is_found(filled: sa.Engine, folder: Path) -> None:
    """As if pg_dump, DuckDB or a disk had lost something on the way without a word."""
    made = backup.take(filled, folder, NOW)
    with filled.begin() as conn:
        conn.exec_driver_sql("UPDATE segments SET name = 'N|ul1'")
        conn.exec_driver_sql("DELETE FROM tool_calls")
        other = {"content": b"ARROW\x00\xfe\\'"}
        conn.execute(sa.update(metadata.tables["source_lines"]).values(other))
        conn.exec_driver_sql("CREATE TABLE mine (a INTEGER)")
        conn.exec_driver_sql("DROP VIEW scenario_comparison_view")
    later = backup.take(filled, folder, NOW + dt.timedelta(seconds=1))
    shutil.copyfile(data_of(later), data_of(made))
    meant = manifest.read(made)
    swapped = meant.model_copy(update={"data": manifest.read(later).data})
    manifest.write(made, swapped)
    with pytest.raises(BackupError, match="does not restore to what was stored") as caught:
        verify(filled, made)
    for words in (
        "mine is not expected",
        "segments has other values",
        "source_lines has other values",
        "tool_calls has 0 rows instead of 1",
        "scenario_comparison_view is missing",
    ):
        assert words in str(caught.value)


def test_a_backup_under_write_load_is_of_one_moment(
    filled: sa.Engine, target: sa.Engine, folder: Path
) -> None:
    """Each transaction writes the same number into two tables: no backup may see one only."""
    stop, started = threading.Event(), threading.Event()

    def write() -> int:
        number = 0
        shares = {"share_of_customers": 0, "share_of_revenue": 0, "avg_basket_value": 1}
        while not stop.is_set():
            number += 1
            with filled.begin() as conn:
                row = {"month": "2024-12", "sales_value_target": 1, "margin_pct_target": 1}
                conn.execute(sa.insert(targets).values(row | {"geo": str(number)}))
                conn.execute(
                    sa.insert(segments).values({"segment_id": str(number), "name": "x"} | shares)
                )
            started.set()
        return number

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            started.wait()
            made = [backup.take(filled, folder, NOW + dt.timedelta(days=day)) for day in range(3)]
        finally:
            stop.set()
        written = writing.result()
    counts = []
    for taken in made:
        done = restore(target, taken, replace=True)
        with target.connect() as conn:
            found = [
                set(conn.execute(sa.select(column).where(kind)).scalars())
                for column, kind in (
                    (targets.c.geo, targets.c.month == "2024-12"),
                    (segments.c.segment_id, segments.c.name == "x"),
                )
            ]
        target.dispose()
        assert found[0] == found[1]
        assert found[0] == {str(number + 1) for number in range(len(found[0]))}
        counts.append(len(found[0]))
        assert done.rows > 0
    assert 1 <= counts[0] < counts[2] <= written


def test_a_store_with_rows_is_replaced_only_when_told_and_kept(
    filled: sa.Engine, folder: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    before = everything(filled)
    add_target(filled, "FR")
    changed = everything(filled)
    with pytest.raises(BackupError, match="is not empty: restore with --replace"):
        restore(filled, made)
    assert everything(filled) == changed
    filled.dispose()
    done = restore(filled, made, replace=True)
    assert everything(filled) == before
    assert done.former is not None
    kept = open_engine(filled.url.set(database=done.former).render_as_string(hide_password=False))
    assert everything(kept) == changed
    kept.dispose()
    if filled.dialect.name == "postgresql":
        with on_server(filled) as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{done.former}"')


def test_a_damaged_backup_replaces_nothing(filled: sa.Engine, folder: Path) -> None:
    made = backup.take(filled, folder, NOW)
    meant = manifest.read(made)
    lost = meant.tables[0].model_copy(update={"checksum": "0" * 64})
    manifest.write(made, meant.model_copy(update={"tables": (lost, *meant.tables[1:])}))
    before = everything(filled)
    with pytest.raises(BackupError, match="approvals has other values"):
        restore(filled, made, replace=True)
    assert everything(filled) == before


def test_the_other_engine_is_refused(filled: sa.Engine, folder: Path, tmp_path: Path) -> None:
    made = backup.take(filled, folder, NOW)
    other = "duckdb:///x" if filled.dialect.name == "postgresql" else "postgresql://h/x"
    with pytest.raises(BackupError, match="set PROMOLOOP_DATABASE_URL to a"):
        verify(open_engine(other), made)
    assert list(tmp_path.glob("x*")) == []


def test_an_empty_database_is_no_backup(empty_url: str, folder: Path) -> None:
    opened = open_engine(empty_url)
    with pytest.raises(StoreNotMigratedError, match="no tables to back up"):
        backup.take(opened, folder, NOW)
    opened.dispose()
    assert manifest.all_of(folder) == []


def test_a_folder_that_cannot_be_one_is_said(filled: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BackupError, match=r"cannot be written to .*choose another folder"):
        backup.take(filled, tmp_path / "file" / "backups", NOW)


TAKE = """
import sys, datetime as dt
from pathlib import Path
from db import backup, manifest
from db.engine import open_engine
manifest.write = lambda *_: (print("there", flush=True), sys.stdin.read())
backup.take(open_engine(sys.argv[1]), Path(sys.argv[2]), dt.datetime.now(dt.UTC))
"""


def test_a_killed_backup_leaves_nothing_that_looks_like_one(
    filled: sa.Engine, folder: Path
) -> None:
    url = filled.url.render_as_string(hide_password=False)
    filled.dispose()
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", TAKE, url, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        if filled.dialect.name == "postgresql":
            with pytest.raises(BackupError, match=r"another backup into .* is under way"):
                backup.take(filled, folder, NOW)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert manifest.all_of(folder) == []
    assert len(list(folder.glob(".*.partial"))) == 1
    made = backup.take(filled, folder, NOW)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", made.name]
    verify(filled, made)


RESTORE = """
import sys
from pathlib import Path
from db import restore, restore_duckdb, restore_postgresql
from db.engine import open_engine
def wait(*_):
    print("there", flush=True)
    sys.stdin.read()
for module in (restore_duckdb, restore_postgresql):
    module.take_place = wait
restore.restore(open_engine(sys.argv[1]), Path(sys.argv[2]), replace=True)
"""


def test_a_killed_restore_changes_nothing_and_the_next_one_finishes(
    filled: sa.Engine, folder: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    before = everything(filled)
    add_target(filled, "FR")
    changed = everything(filled)
    filled.dispose()
    url = filled.url.render_as_string(hide_password=False)
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", RESTORE, url, str(made)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        with pytest.raises(BackupError, match="another restore or verification"):
            verify(filled, made)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert everything(filled) == changed
    filled.dispose()
    done = restore(filled, made, replace=True)
    assert everything(filled) == before
    filled.dispose()
    if filled.dialect.name == "postgresql":
        with on_server(filled) as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{done.former}"')


@ON_DUCKDB
def test_the_journal_of_the_former_store_never_meets_the_new_one(
    filled: sa.Engine, folder: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    before = everything(filled)
    filled.dispose()
    store = Path(str(filled.url.database))
    store.write_bytes(b"spoiled" * 1000)
    store.with_name(store.name + ".wal").write_bytes(b"journal of another file")
    with pytest.raises(BackupError, match="is not empty"):
        restore(filled, made)
    done = restore(filled, made, replace=True)
    assert everything(filled) == before
    former = Path(str(done.former))
    assert former.read_bytes().startswith(b"spoiled")
    assert former.with_name(former.name + ".wal").read_bytes() == b"journal of another file"


@ON_DUCKDB
def test_a_file_that_another_process_holds_is_neither_copied_nor_replaced(
    filled: sa.Engine, folder: Path
) -> None:
    made = backup.take(filled, folder, NOW)
    filled.dispose()
    hold = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen(  # noqa: S603  our own interpreter
        [sys.executable, "-c", hold, str(filled.url.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreBusyError, match=f"process {holder.pid}"):
            backup.take(filled, folder, NOW + dt.timedelta(days=1))
        with pytest.raises(StoreBusyError, match=f"process {holder.pid}"):
            restore(filled, made, replace=True)
        holder.communicate()
    assert len(manifest.all_of(folder)) == 1


@ON_POSTGRESQL
def test_the_threads_of_conversations_and_tables_of_others_are_kept(
    filled: sa.Engine, target: sa.Engine, folder: Path
) -> None:
    url = filled.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with Connection.connect(url, autocommit=True, prepare_threshold=0, row_factory=dict_row) as raw:
        PostgresSaver(raw).setup()
    with filled.begin() as conn:
        conn.exec_driver_sql('CREATE SCHEMA "Other\'s"')
        conn.exec_driver_sql(
            'CREATE TABLE "Other\'s"."100%%" AS SELECT g AS "a b", CAST(\'\\x00ff\' AS bytea) AS raw,'
            " 1e-300 / g AS f, now() AS at FROM generate_series(1, 50) g"
        )
        conn.exec_driver_sql(
            "INSERT INTO checkpoint_blobs VALUES ('t', '', 'c', '1', 'bytes', '\\xdeadbeef')"
        )
    made = backup.take(filled, folder, NOW)
    counted = {print_.table: print_.rows for print_ in manifest.read(made).tables}
    assert counted["Other's.100%"] == 50
    assert counted["public.checkpoint_blobs"] == 1
    assert counted["public.checkpoint_migrations"] > 1
    restore(target, made)
    with target.connect() as conn:
        blob = conn.exec_driver_sql("SELECT blob FROM checkpoint_blobs").scalar_one()
        assert bytes(blob) == b"\xde\xad\xbe\xef"


@ON_POSTGRESQL
def test_a_partitioned_store_comes_back_partitioned(
    filled: sa.Engine, target: sa.Engine, folder: Path
) -> None:
    with filled.begin() as conn:
        partition.partition(conn, dt.date(2024, 12, 1))
    before = everything(filled)
    restore(target, backup.take(filled, folder, NOW))
    assert everything(target) == before
    with target.connect() as conn:
        assert partition.is_partitioned(conn)


@pytest.fixture
def operator(filled: sa.Engine) -> Iterator[sa.Engine]:
    """Engine of the same store for its owner, who is no superuser, as docs/operations.md sets it up."""
    name, database = "promoloop_operator", filled.url.database
    with on_server(filled) as conn:
        conn.exec_driver_sql(f"CREATE ROLE {name} LOGIN CREATEDB")
        conn.exec_driver_sql(f'ALTER DATABASE "{database}" OWNER TO {name}')
    opened = open_engine(filled.url.set(username=name).render_as_string(hide_password=False))
    yield opened
    opened.dispose()
    with on_server(filled) as conn:
        conn.exec_driver_sql(f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER')
        conn.exec_driver_sql(f"DROP ROLE {name}")


@ON_POSTGRESQL
def test_what_a_killed_restore_left_is_removed_by_an_owner_who_is_no_superuser(
    filled: sa.Engine, operator: sa.Engine, folder: Path
) -> None:
    """WITH (FORCE) fails for such an account when autovacuum is there; what is ours is ended."""
    made = backup.take(filled, folder, NOW)
    name = f"{filled.url.database}_restoring"
    with on_server(operator) as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"')
    left = open_engine(operator.url.set(database=name).render_as_string(hide_password=False))
    other = open_engine(filled.url.set(database=name).render_as_string(hide_password=False))
    try:
        left.connect()
        with other.connect(), pytest.raises(BackupError, match="somebody is connected"):
            verify(operator, made)
        other.dispose()
        verify(operator, made)
    finally:
        left.dispose()
        other.dispose()


@ON_POSTGRESQL
def test_who_is_connected_is_not_thrown_out(filled: sa.Engine, folder: Path) -> None:
    made = backup.take(filled, folder, NOW)
    url = filled.url.render_as_string(hide_password=False)
    other = open_engine(url)
    with other.connect() as conn:
        assert conn.exec_driver_sql("SELECT 1").scalar() == 1
        with pytest.raises(BackupError, match="somebody is connected to the database"):
            restore(filled, made, replace=True)
        assert conn.exec_driver_sql("SELECT count(*) FROM targets").scalar() == 1
    other.dispose()


@ON_POSTGRESQL
def test_no_program_is_told_the_password_on_its_command_line(
    filled: sa.Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.connect() as conn:
        major = pg_tools.server_major(conn)
        real = {name: pg_tools.find(name, conn, major) for name in ("pg_dump", "pg_restore")}
    for name, tool in real.items():
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$0 $* / $PGPASSWORD" >> "{tmp_path}/said"\n'
            f'exec {tool.path} "$@"\n'
        )
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    secret = "s3cret'@ /word"  # noqa: S105  a test's own
    url = filled.url.set(username="postgres", password=secret)
    engine = open_engine(url.render_as_string(hide_password=False))
    verify(engine, backup.take(engine, folder, NOW))
    engine.dispose()
    said = (tmp_path / "said").read_text().splitlines()
    working = [line for line in said if "--dbname" in line]
    assert len(working) == 2
    for line in working:
        command, _, password = line.partition(" / ")
        assert "s3cret" not in command
        assert password == secret


@ON_POSTGRESQL
def test_programs_that_are_too_old_are_named(
    filled: sa.Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "9.6" / "bin" / "pg_dump"
    old.parent.mkdir(parents=True)
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(old.parent))
    monkeypatch.setattr(pg_tools, "DEBIAN", tmp_path / "none")
    monkeypatch.setattr(pg_tools, "_beside_server", lambda *_: None)
    with pytest.raises(BackupError, match=f"{old} is version 9: install postgresql-client-"):
        backup.take(filled, folder, NOW)
    assert manifest.all_of(folder) == []


@ON_POSTGRESQL
def test_a_program_that_fails_says_why(
    filled: sa.Engine, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "bin" / "pg_dump"
    failing.parent.mkdir()
    failing.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 'pg_dump (PostgreSQL) 99.1' && exit\n"
        "echo 'pg_dump: error: No space left on device' >&2\nexit 1\n"
    )
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", str(failing.parent))
    monkeypatch.setattr(pg_tools, "DEBIAN", tmp_path / "none")
    monkeypatch.setattr(pg_tools, "_beside_server", lambda *_: None)
    with pytest.raises(BackupError, match="No space left on device"):
        backup.take(filled, folder, NOW)
    assert [path.name for path in folder.iterdir()] == [".lock"]


# ---- Rotation: no store is needed --------------------------------------------------------------


def put(folder: Path, days_ago: int, *, good: bool = True) -> Path:
    made = folder / manifest.folder_name(NOW - dt.timedelta(days=days_ago))
    made.mkdir(parents=True)
    data = made / "store.duckdb"
    data.write_bytes(b"rows")
    entry = manifest.DataFile(name=data.name, size=4, sha256=manifest.sha256(data))
    fields = {"engine": "duckdb", "version": "1", "taken_at": NOW, "data": entry}
    empty: dict[str, Any] = dict.fromkeys(("migrations", "tables", "objects"), ())
    manifest.write(made, manifest.Manifest.model_validate(fields | empty))
    if not good:
        data.write_bytes(b"r0ws")
    return made


def test_what_is_older_than_the_limit_goes(tmp_path: Path) -> None:
    made = [put(tmp_path, days) for days in (0, 29, 30, 31, 400)]
    (tmp_path / "promoloop-mine").mkdir()
    (tmp_path / "promoloop-20200101T000000000Z").write_text("a file")
    assert manifest.rotate(tmp_path, NOW, 30) == made[3:]
    assert manifest.all_of(tmp_path) == made[:3]
    assert (tmp_path / "promoloop-mine").exists()
    assert (tmp_path / "promoloop-20200101T000000000Z").exists()
    assert manifest.rotate(tmp_path, NOW, 30) == []


def test_the_newest_good_one_stays_however_old(tmp_path: Path) -> None:
    bad = [put(tmp_path, days, good=False) for days in (1, 40)]
    good = [put(tmp_path, days) for days in (50, 60)]
    (bad[0] / manifest.FILE).write_text(json.dumps({"seal": "", "manifest": {}}))
    assert manifest.rotate(tmp_path, NOW, 30) == [bad[1], good[1]]
    assert manifest.all_of(tmp_path) == [bad[0], good[0]]
