"""A whole installation for a benchmark: embedded PostgreSQL, web server and cluster, as shipped.

The server keeps fsync on, as in production; nothing is tuned but the folder it lives in.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".data" / "postgres-bench"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where it listens, whose key to send, and a connection for looking at the database."""

    url: str
    org_id: str
    key: str
    db: psycopg.Connection[Any]
    cluster_pid: int


@contextmanager
def running() -> Iterator[Installation]:
    """Starts everything, yields, ends everything. Raises TimeoutError when it does not start."""
    from django.db import connection  # noqa: PLC0415 (settings come from the environment first)

    connection.ensure_connection()
    _prepare()
    port = _free_port()
    web = _start("-m", "uvicorn", "platform_agents.asgi:application", "--host", "127.0.0.1",
                 "--port", str(port), "--log-level", "warning")  # fmt: skip
    cluster = _start("manage.py", "qcluster")
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/ready")
        params = connection.get_connection_params()
        with psycopg.connect(
            host=params["host"], user=params["user"], dbname=params["dbname"], autocommit=True,
            options="-c search_path=platform_agents,public",
        ) as db:  # fmt: skip
            org_id, key = _seed(db)
            yield Installation(
                url=f"http://127.0.0.1:{port}", org_id=org_id, key=key, db=db,
                cluster_pid=cluster.pid,
            )  # fmt: skip
    finally:
        for process in (web, cluster):
            _end(process)


def _prepare() -> None:
    from django.core.management import call_command  # noqa: PLC0415 (after the settings)
    from django.db import connection  # noqa: PLC0415

    if "modules" not in connection.introspection.table_names():
        call_command("load_shared_schema", verbosity=0)
    call_command("migrate", verbosity=0)


def _seed(db: psycopg.Connection[Any]) -> tuple[str, str]:
    org_id, key = uuid.uuid4().hex, f"abw_{secrets.token_hex(32)}"
    db.execute("INSERT INTO public.organizations (id, name) VALUES (%s, 'bench')", [org_id])
    db.execute(
        "INSERT INTO public.api_keys (org_id, name, key) VALUES (%s, 'bench', %s)", [org_id, key]
    )
    for agent in ("echo", "data"):
        db.execute(
            "INSERT INTO public.modules (name, category, python_module, org_id) "
            "VALUES (%s, 'bench', %s, %s)",
            [agent, agent, org_id],
        )
    return org_id, key


def _start(*args: str) -> subprocess.Popen[bytes]:
    log = (DATA.parent / f"bench-{args[-1].rpartition('/')[2]}.log").open("wb")
    return subprocess.Popen(  # noqa: S603 (our own programs)
        [sys.executable, *args], cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
        env={**os.environ, "LOG_LEVEL": "WARNING"},
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 (loopback)
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer 200 within 60 s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
