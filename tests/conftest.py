"""Fixtures that tests share: a migrated store on each engine, and no network."""

from __future__ import annotations

import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from db.engine import open_engine
from db.migrate import ledger, migrate
from db.tables import metadata
from tests.postgres import NoServerError, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# What takes long is the machine's affair: no test is timed.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("untimed")

TESTS: Final = Path(__file__).parent
SPECIFIED: Final = TESTS / "integration" / "schema_1_0_0.sql"


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep fitted forecasts in a folder of this run, not in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unit tests open no socket at all; the others reach this machine only.

    Unix sockets stay open: an event loop needs a pair of them.
    """
    if request.path.relative_to(TESTS).parts[0] == "unit":
        disable_socket(allow_unix_socket=True)
    else:
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL on which databases may be created; without one the tests fail."""
    try:
        with running_server() as url:
            yield url
    except NoServerError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres_store(postgres_server: str) -> Iterator[str]:
    """URL of a migrated database that is emptied after each test.

    Emptying takes 0.03 s; a database of its own for each test, from a template, 0.5 s.
    """
    with _database(postgres_server) as url:
        _migrate(url)
        yield url


@pytest.fixture(scope="session")
def duckdb_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated file that is copied for each test."""
    file = tmp_path_factory.mktemp("duckdb") / "template.duckdb"
    _migrate(f"duckdb:///{file}")
    return file


@pytest.fixture(params=["duckdb", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn: a test that uses this, or what depends on it, runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database."""
    if engine_name == "duckdb":
        yield f"duckdb:///{tmp_path}/empty.duckdb"
        return
    with _database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def store_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a migrated store without rows."""
    if engine_name == "duckdb":
        file = tmp_path / "store.duckdb"
        shutil.copy(request.getfixturevalue("duckdb_template"), file)
        yield f"duckdb:///{file}"
        return
    url = request.getfixturevalue("postgres_store")
    yield url
    _empty(url)


@pytest.fixture
def engine(store_url: str) -> Iterator[sa.Engine]:
    """Open store, migrated and without rows."""
    opened = open_engine(store_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def specified_url(postgres_server: str) -> Iterator[str]:
    """URL of a database made by the text of schema 1.0.0, faults and all."""
    with _database(postgres_server) as url:
        with psycopg.connect(url) as conn:
            conn.execute(SPECIFIED.read_bytes())
        yield url


@pytest.fixture
def specified(specified_url: str) -> Iterator[psycopg.Connection]:
    """Connection to schema 1.0.0 as specified; what a test does there is rolled back."""
    with psycopg.connect(specified_url) as conn:
        yield conn
        conn.rollback()


def _migrate(url: str) -> None:
    opened = open_engine(url)
    migrate(opened)
    opened.dispose()


def _empty(url: str) -> None:
    """Take away what a test left: connections, tables of its own, rows."""
    opened = open_engine(url)
    ours = {*metadata.tables, ledger.name}
    with opened.begin() as conn:
        conn.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        inspector = sa.inspect(conn)
        for table in set(inspector.get_table_names()) - ours:
            conn.exec_driver_sql(f'DROP TABLE "{table}" CASCADE')
        for sequence in inspector.get_sequence_names():
            conn.exec_driver_sql(f'ALTER SEQUENCE "{sequence}" RESTART')
        conn.exec_driver_sql(f"TRUNCATE {', '.join(metadata.tables)}")
    opened.dispose()


@contextmanager
def _database(server: str) -> Iterator[str]:
    """Create a database with a name of its own and drop it afterwards."""
    name = f"promoloop_test_{uuid.uuid4().hex}"
    admin = open_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
