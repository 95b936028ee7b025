"""A worker's place before a real nursery: knock, have hosts forked, hear what becomes of them."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agents import handover
from agents.protocol import Channel, Frame
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
Agents = Mapping[str, str]


class Host:
    def __init__(self, line: "Line", number: int, channel: socket.socket) -> None:
        self.line, self.number = line, number
        self.channel = Channel(channel)
        self.channel.send("load", {"agents": dict(line.agents)})

    @property
    def pid(self) -> int:
        return int(self.line.wait("started", self.number)["pid"])

    @property
    def status(self) -> int:
        return int(self.line.wait("exited", self.number)["status"])

    def run(self, agent: str, input_json: str) -> Frame:
        """The result frame, whatever events come before it."""
        header = {"id": "1", "agent": agent, "org_id": "o", "module_id": "m", "attempt": 1}
        header |= {"timeout_s": 30, "config": "{}", "secrets": {}, "approvals": {}}
        self.channel.send("run", header, input_json.encode())
        return self.wait_for("result")

    def wait_for(self, kind: str) -> Frame:
        frames: list[Frame] = []

        def has_come() -> bool:
            frames.extend(frame for frame in self.channel.receive() if frame.kind == kind)
            return bool(frames) or self.channel.closed

        wait_until(has_come, what=kind)
        assert frames, "the host ended"
        return frames[0]

    def end(self) -> None:
        self.channel.close()
        handover.send(self.line.sock, {"end": self.number})


class Line:
    def __init__(self, agents: Agents, sock: socket.socket) -> None:
        self.agents, self.sock = agents, sock
        self.said: list[dict[str, Any]] = []
        self.count = 0
        sock.setblocking(False)  # noqa: FBT003 (its only form)

    def host(self) -> Host:
        ours, theirs = socket.socketpair()
        self.count += 1
        with theirs:
            handover.send(self.sock, {"start": self.count}, [theirs.fileno()])
        return Host(self, self.count, ours)

    @property
    def template(self) -> int:
        return int(self.wait("hello")["hello"])

    def wait(self, kind: str, number: int | None = None) -> dict[str, Any]:
        """What was said about the host of this number."""
        found: list[dict[str, Any]] = []

        def heard() -> bool:
            self._listen()
            found.extend(m for m in self.said if kind in m and number in (None, m[kind]))
            return bool(found)

        wait_until(heard, what=f"{kind} {number}")
        return found[0]

    def _listen(self) -> None:
        while True:
            try:
                message = handover.receive(self.sock)
            except BlockingIOError:
                return
            assert message is not None, "the line was closed"
            self.said.append(message.content)


class Nursery:
    def __init__(self, door: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self.door, self.process = door, process

    def line(self, agents: Agents) -> Line:
        ours, theirs = handover.pair()
        with theirs:
            handover.send(self.door, {"agents": dict(agents)}, [theirs.fileno()])
        return Line(agents, ours)


@contextmanager
def nursery(*, memory_mb: int = 0, path: Path | None = None) -> Iterator[Nursery]:
    """A nursery that ends with the block; `path` is imported from, too."""
    outside, inside = handover.pair()
    paths = [str(ROOT), *([str(path)] if path else [])]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(paths)}
    with outside:
        with inside:
            process = subprocess.Popen(
                [sys.executable, "-m", "agents.nursery", str(inside.fileno()), str(memory_mb),
                 str(os.getpid())],
                pass_fds=[inside.fileno()], env=env, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        try:
            yield Nursery(outside, process)
        finally:
            process.kill()
            process.wait(timeout=10)
