"""PostgreSQL's own programs: found in the version that the server needs, and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg.conninfo import make_conninfo

from db.errors import BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

DEBIAN: Final = Path("/usr/lib/postgresql")


class Tool(NamedTuple):
    """A program and its major version."""

    path: str
    major: int


def server_major(conn: sa.Connection) -> int:
    """Return the server's major version, e.g. 15."""
    number = conn.exec_driver_sql("SHOW server_version_num").scalar_one()
    return int(number) // 10_000


def find(name: str, conn: sa.Connection, at_least: int) -> Tool:
    """Return the oldest program of that name which is new enough: in PATH or beside a server.

    Args:
        name: `pg_dump` or `pg_restore`.
        conn: Connection to the server; it may say where its own programs lie.
        at_least: Major version: an older program cannot read what a newer one or server wrote.

    Raises:
        BackupError: There is none, or all are too old.
    """
    found = [Tool(str(path), _major(path)) for path in _candidates(name, conn)]
    usable = [tool for tool in found if tool.major >= at_least]
    if usable:
        return min(usable, key=lambda tool: tool.major)
    there = ", ".join(f"{tool.path} is version {tool.major}" for tool in found) or "there is none"
    message = (
        f"{name} of version {at_least} or newer is needed and {there}: "
        f"install postgresql-client-{at_least} or put its programs into PATH"
    )
    raise BackupError(message)


def run(tool: Tool, url: sa.URL, *arguments: str) -> None:
    """Run a program on a database; the password goes by the environment, never as an argument.

    Raises:
        BackupError: It failed; its own last words say why.
    """
    target, password = _target(url)
    secret = {} if password is None else {"PGPASSWORD": password}
    # English messages, and no question on the terminal.
    environment = os.environ | {"LC_ALL": "C.UTF-8"} | secret
    command = [tool.path, "--no-password", f"--dbname={target}", *arguments]
    done = subprocess.run(  # noqa: S603  a program of PostgreSQL
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(_failed(tool, done.stderr))


def listing(tool: Tool, dump: Path) -> list[str]:
    """Return the lines of a dump's table of contents.

    Raises:
        BackupError: The dump cannot be read.
    """
    command = [tool.path, "--list", str(dump)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603  a program of PostgreSQL
    if done.returncode != 0:
        raise BackupError(_failed(tool, done.stderr))
    return done.stdout.decode().splitlines()


def _target(url: sa.URL) -> tuple[str, str | None]:
    """Return the connection string without the password, and the password."""
    _, options = url.get_dialect()().create_connect_args(url)
    password = options.pop("password", None)
    if "sslpassword" in options:
        message = "sslpassword would show on a command line: use a key file without a password"
        raise BackupError(message)
    return make_conninfo(**options), password


def _candidates(name: str, conn: sa.Connection) -> Iterator[Path]:
    in_path = shutil.which(name)
    # Debian's wrapper picks a version by rules of its own; the real ones are looked at below.
    if in_path is not None and Path(in_path).resolve().name != "pg_wrapper":
        yield Path(in_path)
    yield from sorted(DEBIAN.glob(f"*/bin/{name}"))
    beside = _beside_server(conn, name)
    if beside is not None:
        yield beside


def _beside_server(conn: sa.Connection, name: str) -> Path | None:
    """Return the server's own program, if it runs here and says where it lies."""
    allowed = (
        "SELECT has_table_privilege('pg_config', 'SELECT')"
        " AND has_function_privilege('pg_config()', 'EXECUTE')"
    )
    if not conn.exec_driver_sql(allowed).scalar_one():
        return None
    where = "SELECT setting FROM pg_config WHERE name = 'BINDIR'"
    beside = Path(conn.exec_driver_sql(where).scalar_one()) / name
    return beside if beside.exists() else None


def _major(program: Path) -> int:
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)  # noqa: S603  a program of PostgreSQL
    said = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(said[1]) if said else 0


def _failed(tool: Tool, stderr: bytes) -> str:
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line] or lines
    said = errors[0].strip() if errors else "it said nothing"
    return f"{tool.path} failed ({said}): see to that and run the command again"
