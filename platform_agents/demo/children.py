"""The demo's child processes: each in a session of its own, none of them outlives the demo.

A terminal's Ctrl-C reaches only the demo, which ends the others in order. Should the demo be killed
instead, the kernel sends them SIGTERM, and `guard` sees to what that leaves.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from agents.sandbox import die_with_parent
from platform_agents.demo.errors import DemoFailed
from platform_agents.demo.guard import Guard
from platform_agents.demo.interrupts import held_back

_TAIL_LINES = 12


class Child:
    """`python ARGS…`, started at once. `name` is for people; output goes to the file `log`."""

    def __init__(
        self, name: str, args: Sequence[str], *, log: Path, grace_s: float, fds: Sequence[int]
    ) -> None:
        self.name, self.log, self.grace_s = name, log, grace_s
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 (our own programs)
                [sys.executable, *args], cwd=settings.BASE_DIR, pass_fds=fds,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_bound_to(os.getpid()),  # noqa: PLW1509 (the demo has one thread)
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises DemoFailed, with the end of its log, when it ended by itself."""
        if (end := self._end()) is not None:
            how = "status" if end.si_code == os.CLD_EXITED else "signal"
            raise DemoFailed(f"The {self.name} ended, {how} {end.si_status}.\n{self.last_lines()}")

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n  ".join([f"The end of {self.log}:", *(lines or ["(it is empty)"])])

    def end(self) -> None:
        """SIGTERM, at most `grace_s` seconds, then SIGKILL for all that is left of its group."""
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.grace_s
        while self._end() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def _end(self) -> os.waitid_result | None:
        """How it ended. Does not reap: until `end`, its id cannot become anybody else's."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


class Children:
    """Those that run, in the order they were started."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._running: list[Child] = []

    def start(
        self, name: str, args: Sequence[str], *, log: Path, grace_s: float, fds: Sequence[int] = ()
    ) -> Child:
        """See Child. A signal waits until we know whom to end."""
        with held_back():
            inherited = [self._guard.held_fd, *fds]
            child = Child(name, args, log=log, grace_s=grace_s, fds=inherited)
            self._running.append(child)
            self._guard.watch(child.pid)
        return child

    def check(self) -> None:
        for child in self._running:
            child.check()

    def end(self) -> None:
        while self._running:
            self._running.pop(0).end()


def _bound_to(parent_pid: int) -> Callable[[], None]:
    """What the child does before it becomes its program: hear signals again, die with us."""

    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        die_with_parent(parent_pid, signal.SIGTERM)

    return prepare
