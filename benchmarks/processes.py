"""Child processes of a benchmark: started, looked at, ended, none left behind.

Each leads a session of its own, so that Ctrl-C reaches only the benchmark, which then ends them in
order; should the benchmark be killed, the kernel sends them SIGTERM.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from agents.sandbox import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".data" / "bench"
_FILES = 65_536


class ProcessEnded(Exception):
    """A process that should run does not; the message has the end of its log."""


class Process:
    """A program with its output in `.data/bench/NAME.log`. `grace_s` follows SIGTERM."""

    def __init__(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str] = {}, grace_s: float = 15
    ) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name, self.grace_s = name, grace_s
        self.log = LOGS / f"{name.replace(' ', '-')}.log"
        with self.log.open("wb") as output:
            self._popen = subprocess.Popen(  # noqa: S603 (programs of this benchmark)
                command, cwd=ROOT, env={**os.environ, **env}, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                preexec_fn=_bound_to(os.getpid()),  # noqa: PLW1509 (there is one thread)
            )  # fmt: skip

    def check(self) -> None:
        """Raises ProcessEnded when it ended by itself."""
        if self._popen.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise ProcessEnded(f"{self.name} ended, status {self._popen.returncode}:\n{tail}")

    def family(self) -> list[psutil.Process]:
        """Itself and everything below it."""
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(self._popen.pid)
            return [leader, *leader.children(recursive=True)]
        return []

    def pause(self) -> None:
        for member in self.family():
            with suppress(psutil.NoSuchProcess):
                member.suspend()

    def resume(self) -> None:
        for member in reversed(self.family()):
            with suppress(psutil.NoSuchProcess):
                member.resume()

    def end(self) -> None:
        """SIGTERM, `grace_s` seconds, then SIGKILL for what is left of its family."""
        family = self.family()
        self.resume()
        self._popen.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(self.grace_s)
        for member in family:
            with suppress(psutil.NoSuchProcess):  # knows its process by start time, not by id only
                member.kill()
        self._popen.wait(5)


def python(*args: str) -> list[str]:
    return [sys.executable, *args]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_listening(process: Process, port: int, *, seconds: float) -> None:
    """Raises ProcessEnded, or TimeoutError when nothing accepts connections in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        process.check()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"{process.name} did not listen within {seconds:g} s")


def allow_many_files() -> None:
    """A thousand connections need more descriptors than the usual soft limit of 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _bound_to(parent_pid: int) -> Callable[[], None]:
    def prepare() -> None:
        die_with_parent(parent_pid, signal.SIGTERM)

    return prepare
