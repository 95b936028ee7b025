"""The real processes of an installation, for tests: started, watched, ended by their own ids."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import httpx

ROOT = Path(__file__).resolve().parent.parent

_LONGEST_LOOK_S = 2.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], *, seconds: float = 20, what: str = "") -> None:
    """Look again and again, for a bounded time; AssertionError with `what` when it stays false.
    A machine that was suspended meanwhile gets its time back: no look counts for more than
    _LONGEST_LOOK_S."""
    left, looked = seconds, time.monotonic()
    while not condition():
        assert left > 0, f"not within {seconds} s: {what or condition}"
        time.sleep(0.02)
        now = time.monotonic()
        left -= min(now - looked, _LONGEST_LOOK_S)
        looked = now


class Process:
    """A child in its own process group; its output goes to a file that failures can show."""

    def __init__(self, *args: str, env: dict[str, str], log: Path) -> None:
        self.log = log
        self._file: IO[bytes] = log.open("ab")
        self.popen = subprocess.Popen(
            [sys.executable, *args], cwd=ROOT, env={**os.environ, **env},
            stdin=subprocess.DEVNULL, stdout=self._file, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, *, seconds: float = 20) -> int:
        """SIGTERM, then SIGKILL; the exit status."""
        if self.alive:
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.popen.wait()
            raise AssertionError(
                f"did not stop within {seconds} s:\n{self.output()[-3000:]}"
            ) from None
        finally:
            self._file.close()


class Web(Process):
    """uvicorn with our application on a free loopback port, or on the one given."""

    def __init__(
        self, *, env: dict[str, str], log: Path, port: int | None = None, log_level: str = "warning"
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(
            "-m", "uvicorn", "platform_agents.asgi:application", "--host", "127.0.0.1",
            "--port", str(self.port), "--log-level", log_level, "--ws-max-size", "4096",
            "--ws-per-message-deflate", "false", env=env, log=log,
        )  # fmt: skip

    def wait_ready(self) -> None:
        wait_until(self._answers, seconds=30, what=f"web answers\n{self.output()[-2000:]}")

    def _answers(self) -> bool:
        assert self.alive, f"the web server ended:\n{self.output()[-3000:]}"
        try:
            return httpx.get(f"{self.url}/health", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


class Cluster(Process):
    """`manage.py qcluster`."""

    def __init__(self, *, env: dict[str, str], log: Path) -> None:
        super().__init__("manage.py", "qcluster", env=env, log=log)
