"""A worker's line to one template: asks for hosts, hears which have ended. See `agents.template`.

Agents of one kind (a lane's, built in or of packages) have one template in the cluster, and each
worker has a line to it. Knows nothing of runs.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from agents import handover
from executions import family, nursery

_LAST_WORD_S = 5.0


@dataclass(kw_only=True, eq=False)
class Forked:
    """A host as its template tells of it. pid: while it is known to be this host's. status: how it
    ended, negative for a signal. lost: nobody will tell any more, it went with its template.
    never_was: it did so before it was forked, through no fault of the agents'."""

    number: int
    pid: int | None = None
    status: int | None = None
    lost: bool = False
    never_was: bool = False

    @property
    def ended(self) -> bool:
        return self.lost or self.status is not None


class Line:
    """Non-blocking. `closed` once the template is gone, and its hosts with it."""

    def __init__(self, agents: Mapping[str, str]) -> None:
        self.agents = dict(agents)
        self.closed = False
        self._refused = False
        self._template: int | None = None
        self._numbers = 0
        self._hosts: dict[int, Forked] = {}
        self._sock = nursery.knock(self.agents)
        self._sock.setblocking(False)  # noqa: FBT003 (its only form)

    def fileno(self) -> int:
        return self._sock.fileno()

    def start(self, channel: socket.socket) -> Forked:
        """A host with this end of its channel. When it cannot be, the channel's other end says."""
        self._numbers += 1
        forked = self._hosts[self._numbers] = Forked(number=self._numbers)
        self._send({"start": forked.number}, [channel.fileno()])
        return forked

    def hear(self) -> None:
        """Take in what the template has said."""
        while not self.closed:
            try:
                message = handover.receive(self._sock)
            except BlockingIOError:
                return
            if message is None:
                self._lose()
            else:
                self._take(message.content)

    def end(self, forked: Forked) -> None:
        """Returns when it is dead; its status is known then, unless its template died, too."""
        self._send({"end": forked.number})
        deadline = time.monotonic() + (0 if family.headless() else _LAST_WORD_S)
        while not (forked.ended or self.closed):
            self._wait(deadline - time.monotonic())
            self.hear()
        self._hosts.pop(forked.number, None)
        forked.pid = None

    def close(self) -> None:
        """The template ends what is left of our hosts."""
        self.closed = True
        self._sock.close()

    def _wait(self, seconds: float) -> None:
        """A template that says nothing was stopped, or worse: it is ended, hosts and all."""
        if seconds > 0:
            select.select([self._sock], [], [], seconds)
            return
        if self._template is not None:
            with suppress(ProcessLookupError):
                os.kill(self._template, signal.SIGKILL)
        self._lose()

    def _take(self, said: dict[str, int]) -> None:
        if "refused" in said:
            self._refused = True
        elif "hello" in said:
            self._template = said["hello"]
        elif forked := self._hosts.get(said.get("started", said.get("exited", 0))):
            forked.pid = said.get("pid", forked.pid)
            forked.status = said.get("status")

    def _send(self, content: dict[str, int], files: list[int] | None = None) -> None:
        try:
            handover.send(self._sock, content, files or ())
        except OSError:
            self._lose()

    def _lose(self) -> None:
        """Nobody waits for the hosts any more, so their ids may be others' from now on."""
        self.closed = True
        for forked in self._hosts.values():
            forked.never_was = forked.pid is None and not self._refused and not forked.lost
            forked.pid, forked.lost = None, True
