"""A PostgreSQL of a test's own, migrated, for tests that stop, kill or exhaust it."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psutil
import psycopg
from django.core.exceptions import ImproperlyConfigured

from platform_agents.postgres import embedded
from tests import databases
from tests.processes import ROOT, wait_until


@dataclass(frozen=True, kw_only=True)
class OwnServer:
    folder: Path
    params: dict[str, Any]

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["OwnServer"]:
        """Not in pytest's folder: that is closed to all accounts but ours, again and again, and
        PostgreSQL runs as another one when we are root."""
        folder = Path(mkdtemp(prefix="postgres-")) / "data"
        atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)  # after the server's own
        server = cls(folder=folder, params=_started(folder))
        try:
            for command in ("migrate", "load_shared_schema"):
                server._manage(command)
            yield server
        finally:
            embedded.stop(folder)

    @property
    def env(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": databases.url(self.params),
        }

    def stop(self) -> None:
        """At once, connections are cut: a fast shutdown."""
        embedded.stop(self.folder)

    def kill(self) -> None:
        """SIGKILL of the postmaster: its other processes notice, and end without a word. One that
        waits for a lock of another that is gone does not, and a new server beside it can hang: a
        supervisor would kill it, so this does."""
        postmaster = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        others = postmaster.children(recursive=True)
        os.kill(postmaster.pid, signal.SIGKILL)
        _, left = psutil.wait_procs(others, timeout=5)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)
        # Until its new parent has buried it, it counts as running, to PostgreSQL too. Not every
        # init is quick about that.
        _, unburied = psutil.wait_procs([postmaster], timeout=1)
        if unburied:
            (self.folder / "postmaster.pid").unlink()

    def start(self) -> None:
        """Tries until it comes up."""

        def started() -> bool:
            with suppress(ImproperlyConfigured, psycopg.OperationalError, AssertionError):
                assert _started(self.folder) == self.params
                with databases.connect(self.params):
                    return True
            return False

        try:
            wait_until(started, seconds=30, what="PostgreSQL is up again")
        except AssertionError as error:
            error.add_note((self.folder / "log").read_text(errors="replace")[-3000:])
            raise

    def _manage(self, command: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", command], cwd=ROOT, env={**os.environ, **self.env},
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip


def _started(folder: Path) -> dict[str, Any]:
    server = embedded.ensure_running(folder, durable=False)
    return {"host": server["HOST"], "user": server["USER"], "dbname": embedded.DATABASE}
