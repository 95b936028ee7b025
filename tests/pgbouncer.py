"""PgBouncer in transaction mode on a free loopback port, before one test database.

Missing, it fails the tests that need it, with what to do; SKIP_PGBOUNCER_TESTS=1 skips them.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.processes import free_port, wait_until

SERVER_CONNECTIONS = 3  # few, so that every client's statements meet all of them

_CONFIG = """
[databases]
{dbname} = host={host} dbname={dbname} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
"""


@contextmanager
def pgbouncer(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """psycopg parameters of the same database, through the pooler."""
    program = _program()
    port = free_port()
    config = _CONFIG.format(**params, listen_port=port, size=SERVER_CONNECTIONS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(config)
        account = _account(params, folder)
        process = subprocess.Popen(
            [program, str(file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, user=account,
        )  # fmt: skip
        try:
            wait_until(lambda: _listens(port), what="pgbouncer listens")
            yield {**params, "host": "127.0.0.1", "port": port}
        finally:
            process.kill()
            process.wait(10)


def _account(params: dict[str, Any], folder: str) -> int | None:
    """PgBouncer refuses to run as root, and must reach the server's socket: its owner's account."""
    if os.geteuid() != 0:
        return None
    owner = Path(params["host"]).stat().st_uid
    os.chown(folder, owner, -1)
    return owner


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _program() -> str:
    if program := shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"):
        return program
    if os.environ.get("SKIP_PGBOUNCER_TESTS"):
        pytest.skip("SKIP_PGBOUNCER_TESTS is set and pgbouncer is not installed")
    pytest.fail(
        "pgbouncer is needed: apt-get install pgbouncer, or set SKIP_PGBOUNCER_TESTS=1 to go on "
        "without these tests"
    )
