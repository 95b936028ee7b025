"""`python -m benchmarks.hosts`: how long after the SIGKILL of a host the next one is ready.

Forked by a template, as the product does it, beside a host that is started by itself and imports
for itself. No database, no web; in alternated rounds. The first host of a kind, for which its
template has to import, is shown as well.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from agents import handover
from agents.protocol import Channel
from benchmarks.processes import ROOT, python

_ROUNDS = 30
_WITHIN_S = 30.0
_KINDS = {
    "io (openai)": {"echo": "agents.echo:Echo", "nlp": "agents.nlp:NLPAgent"},
    "cpu (pandas)": {"data": "agents.data:DataAgent"},
}
_ENV = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
_ALONE = """
import socket, sys
from agents import host
host.main(socket.socket(fileno=int(sys.argv[1])), memory_mb=2048)
"""

_kept: list[Channel] = []
"""Channels of hosts that wait to be killed: a host whose channel is closed ends by itself."""

Start = Callable[[socket.socket], int]
"""Starts a host on its end of a channel; its pid."""


class Forked:
    """A nursery, and a line to the template of one kind."""

    def __init__(self, agents: dict[str, str]) -> None:
        self.door, inside = handover.pair()
        with inside:
            self.nursery = _popen("-m", "agents.nursery", inside, "2048", str(os.getpid()))
        self.line, theirs = handover.pair()
        with theirs:
            handover.send(self.door, {"agents": agents}, [theirs.fileno()])
        self.count = 0

    def start(self, theirs: socket.socket) -> int:
        self.count += 1
        handover.send(self.line, {"start": self.count}, [theirs.fileno()])
        return int(self._heard("started")["pid"])

    def end(self, _: int) -> None:
        handover.send(self.line, {"end": self.count})
        self._heard("exited")

    def _heard(self, kind: str) -> dict[str, Any]:
        while (message := handover.receive(self.line)) is not None:
            if kind in message.content:
                return message.content
        raise RuntimeError("the template ended")

    def close(self) -> None:
        self.line.close()
        self.door.close()
        self.nursery.wait(10)


class Alone:
    def __init__(self) -> None:
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, theirs: socket.socket) -> int:
        process = _popen("-c", _ALONE, theirs)
        self.processes[process.pid] = process
        return process.pid

    def end(self, pid: int) -> None:
        self.processes.pop(pid).wait(10)


def _popen(flag: str, what: str, fd: socket.socket, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (our own modules)
        python(flag, what, str(fd.fileno()), *args), pass_fds=[fd.fileno()], env=_ENV,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


def _ready(start: Start, agents: dict[str, str]) -> int:
    ours, theirs = socket.socketpair()
    with theirs:
        pid = start(theirs)
    channel = Channel(ours)
    _kept[:] = [*_kept[-3:], channel]
    channel.send("load", {"agents": agents})
    while not channel.receive():
        if channel.closed or not select.select([channel], [], [], _WITHIN_S)[0]:
            raise RuntimeError("a host did not become ready")
    return pid


def _replaced(system: Forked | Alone, agents: dict[str, str], pid: int) -> tuple[float, int]:
    """Seconds from the SIGKILL until the next one is ready; its pid."""
    begin = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    system.end(pid)
    pid = _ready(system.start, agents)
    return time.monotonic() - begin, pid


def _measure(name: str, agents: dict[str, str]) -> None:
    begin = time.monotonic()
    forked, alone = Forked(agents), Alone()
    systems: dict[str, Forked | Alone] = {"forked": forked, "by itself": alone}
    pids = {"forked": _ready(forked.start, agents)}
    first_s = time.monotonic() - begin
    pids["by itself"] = _ready(alone.start, agents)
    found: dict[str, list[float]] = {label: [] for label in systems}
    for _ in range(_ROUNDS):
        for label, system in systems.items():
            seconds, pids[label] = _replaced(system, agents, pids[label])
            found[label].append(seconds)
    os.kill(pids["by itself"], signal.SIGKILL)
    alone.end(pids["by itself"])
    forked.close()
    for label, seconds_of in found.items():
        p50, p95 = (sorted(seconds_of)[int(len(seconds_of) * q)] * 1000 for q in (0.5, 0.95))
        print(f"{name:14} {label:10} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms")
    print(f"{name:14} the first one, nursery and imports included: {first_s * 1000:.0f} ms")


def main() -> None:
    for name, agents in _KINDS.items():
        _measure(name, agents)


if __name__ == "__main__":
    sys.exit(main())
