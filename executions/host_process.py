"""The worker's end of a host: send it runs, hear its frames, signal it, end it for sure."""

import os
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from agents.protocol import Channel, Frame, ProtocolError
from executions.host_line import Line


class HostProcess:
    """Frames can be sent at once; the host reads them when it is there."""

    def __init__(self, line: Line) -> None:
        self.line = line
        ours, theirs = socket.socketpair()
        with theirs:
            self._forked = line.start(theirs)
        self.channel = Channel(ours)
        self.channel.send("load", {"agents": line.agents})

    def fileno(self) -> int:
        return self.channel.fileno()

    def frames(self) -> list[Frame]:
        """What has arrived. A host that sends garbage is treated as one that died."""
        try:
            found = self.channel.receive()
        except ProtocolError:
            self.channel.closed = True
            return []
        if not found and self.has_ended:
            self.channel.closed = True  # what it forked may hold the other end open
        return found

    @property
    def has_ended(self) -> bool:
        """What it sent before may still be there to read."""
        return self._forked.ended

    @property
    def never_was(self) -> bool:
        return self._forked.never_was

    @property
    def gone(self) -> bool:
        return self.channel.closed

    def step(self, header: Mapping[str, Any], output_json: bytes) -> None:
        """One that an earlier attempt finished; before its run."""
        self.channel.send("step", dict(header), output_json)

    def run(self, header: dict[str, Any], input_json: bytes) -> None:
        self.channel.send("run", header, input_json)

    def answer(self, header: Mapping[str, Any], output_json: bytes) -> None:
        self.channel.send("answer", dict(header), output_json)

    def callback(self, execution_id: str, body: bytes) -> None:
        self.channel.send("callback", {"id": execution_id}, body)

    def cancel(self, execution_id: str) -> None:
        self.channel.send("cancel", {"id": execution_id})

    def signal(self, how: signal.Signals) -> None:
        """To the whole process group: what the agent started goes with it. One that never came to
        be is told by its channel, and we are by ours."""
        if (pid := self._forked.pid) is None:
            with suppress(OSError):
                self.channel.sock.shutdown(socket.SHUT_RDWR)
            return
        with suppress(ProcessLookupError):
            os.killpg(pid, how)

    def end(self) -> str:
        """Make sure that it is dead, and say how it ended, for people."""
        self.signal(signal.SIGKILL)
        self.channel.close()
        self.line.end(self._forked)
        return _describe(self._forked.status)


def _describe(status: int | None) -> str:
    if status is None:
        return "killed, with all others of its kind"
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"
