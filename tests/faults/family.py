"""The processes of a running cluster, told apart by what they do, for tests that kill them."""

import os
import signal
from dataclasses import dataclass

import psutil

from tests.processes import wait_until


@dataclass(frozen=True, kw_only=True)
class Family:
    """main forks the sentinel; the sentinel's children are told apart by their own children and
    names: workers have hosts once they ran something."""

    main: psutil.Process

    @classmethod
    def of(cls, pid: int) -> "Family":
        return cls(main=psutil.Process(pid))

    @property
    def sentinel(self) -> psutil.Process:
        return self.main.children()[0]

    def wait_complete(self) -> None:
        """Two workers, the monitor and the pusher."""
        wait_until(lambda: len(self._below_sentinel()) >= 4, what="the cluster is complete")

    def _below_sentinel(self) -> list[psutil.Process]:
        children = self.main.children()
        return children[0].children() if children else []

    def workers(self) -> list[psutil.Process]:
        """In the order of their start; django-q2 starts workers first, then monitor and pusher."""
        return sorted(self._below_sentinel(), key=lambda p: p.pid)[:2]

    def monitor(self) -> psutil.Process:
        return sorted(self._below_sentinel(), key=lambda p: p.pid)[2]

    def pusher(self) -> psutil.Process:
        return sorted(self._below_sentinel(), key=lambda p: p.pid)[3]

    def hosts(self) -> list[psutil.Process]:
        return [host for worker in self.workers() for host in worker.children()]

    def everyone(self) -> list[psutil.Process]:
        return [self.main, *self.main.children(recursive=True)]


def kill(process: psutil.Process) -> None:
    os.kill(process.pid, signal.SIGKILL)


def wait_gone(processes: list[psutil.Process], *, seconds: float = 10) -> None:
    """The promise: no orphan ten seconds after its family dies."""

    def left() -> list[psutil.Process]:
        return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    wait_until(lambda: not left(), seconds=seconds, what=f"gone: {processes}")
