"""The processes of a running cluster, told apart by what they do, for tests that kill them."""

import os
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.processes import Cluster, wait_until

_SAID = re.compile(r"(ready for work|monitoring|pushing tasks) at (\d+)")


@dataclass(frozen=True, kw_only=True)
class Family:
    """main starts the nursery and forks the sentinel. What the sentinel's children are is in the
    log."""

    main: psutil.Process
    cluster: Cluster

    @classmethod
    def of(cls, cluster: Cluster) -> "Family":
        return cls(main=psutil.Process(cluster.pid), cluster=cluster)

    @property
    def sentinel(self) -> psutil.Process:
        return self._below_main(lambda p: "agents.nursery" not in p.cmdline())

    def whole(self) -> bool:
        """Two workers, the monitor and the pusher."""
        with suppress(psutil.Error, IndexError):
            return (len(self.workers()), len(self.monitors()), len(self.pushers())) == (2, 1, 1)
        return False

    def wait_complete(self) -> None:
        wait_until(self.whole, what=f"the cluster is complete\n{self.cluster.output()[-2000:]}")

    def workers(self) -> list[psutil.Process]:
        return self._those("ready for work")

    def monitors(self) -> list[psutil.Process]:
        return self._those("monitoring")

    def pushers(self) -> list[psutil.Process]:
        return self._those("pushing tasks")

    def hosts(self) -> list[psutil.Process]:
        below = self.main.children(recursive=True)
        return [p for p in below if p.name() == "agent-host" and is_alive(p)]

    @property
    def nursery(self) -> psutil.Process:
        return self._below_main(lambda p: p.name() == "agent-nursery")

    def templates(self) -> list[psutil.Process]:
        return [p for p in self.nursery.children() if p.name() == "agent-template" and is_alive(p)]

    def everyone(self) -> list[psutil.Process]:
        return [self.main, *self.main.children(recursive=True)]

    def _below_main(self, wanted: Callable[[psutil.Process], bool]) -> psutil.Process:
        """The only one. Raises NoSuchProcess while it is being replaced."""
        for process in self.main.children():
            with suppress(psutil.NoSuchProcess):
                if is_alive(process) and wanted(process):
                    return process
        raise psutil.NoSuchProcess(self.main.pid)

    def _those(self, what: str) -> list[psutil.Process]:
        said = {int(pid): doing for doing, pid in _SAID.findall(self.cluster.output())}
        return [p for p in self.sentinel.children() if said.get(p.pid) == what and is_alive(p)]


def is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def wait_gone(processes: list[psutil.Process], *, seconds: float = 10) -> None:
    """The promise: no orphan ten seconds after its family dies."""
    wait_until(
        lambda: not any(is_alive(p) for p in processes),
        seconds=seconds, what=f"gone: {processes}",
    )  # fmt: skip
