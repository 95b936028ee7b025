"""The root of all hosts of a cluster: `python -m agents.nursery DOOR_FD MEMORY_MB PARENT_PID`.

Started by the cluster's main process with a clean environment. It imports what every host needs
and nothing of anybody's. Workers knock at the door with the agents they want and one end of a
connection; it goes to the template of these agents, a process forked from here which imports them
once and forks the hosts (`agents.template`). A template that ends is forked anew with the next
knock. One whose imports fail or end it is followed by a cold one, which imports nothing: its hosts
do, and say what is wrong. When nobody is left who could knock, all this ends.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

from agents import handover, host, sandbox, template

_ = host  # imported for its sake: every template and host shares these pages


class _First(BaseModel):
    """pydantic imports most of itself with the first model, which is made here for the same end."""

    text: str = Field(default="", max_length=1)


@dataclass(kw_only=True)
class Child:
    """A template, seen from here. It gets its connections once it is ready: when it does not live
    that long, another can have them."""

    pid: int
    key: str
    ours: socket.socket
    cold: bool
    ready: bool = False
    waiting: list[socket.socket] = field(default_factory=list)


class Nursery:
    def __init__(self, door: socket.socket, *, memory_mb: int) -> None:
        self.door, self.memory_mb = door, memory_mb
        self.children: dict[str, Child] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(door, selectors.EVENT_READ, self._knocked)

    def serve(self) -> None:
        while True:
            for key, _ in self.selector.select():
                key.data()

    def _knocked(self) -> None:
        message = handover.receive(self.door)
        if message is None:
            os._exit(0)
        agents = json.dumps(message.content["agents"], sort_keys=True)
        connection = socket.socket(fileno=message.files[0])
        child = self.children.get(agents) or self._forked(agents, cold=False)
        child.waiting.append(connection)
        self._hand_over(child)

    def _hand_over(self, child: Child) -> None:
        """What a template that is dying cannot take is for the next one."""
        while child.ready and child.waiting:
            try:
                handover.send(child.ours, {}, [child.waiting[0].fileno()])
            except OSError:
                return
            child.waiting.pop(0).close()

    def _heard(self, child: Child) -> None:
        if handover.receive(child.ours) is not None:
            child.ready = True
            self._hand_over(child)
            return
        self.selector.unregister(child.ours)
        child.ours.close()
        os.kill(child.pid, signal.SIGKILL)  # not waited for yet, so it is still this process
        os.waitpid(child.pid, 0)
        del self.children[child.key]
        if child.cold and not child.ready:
            self._refuse(child)
        elif child.waiting:
            self._forked(child.key, cold=not child.ready).waiting = child.waiting

    def _refuse(self, child: Child) -> None:
        """Not even the cold one could start: there will be no host, and the runs hear of it."""
        for connection in child.waiting:
            with connection, suppress(OSError):
                handover.send(connection, {"refused": True})

    def _forked(self, key: str, *, cold: bool) -> Child:
        ours, theirs = handover.pair()
        parent = os.getpid()
        gc.collect()
        gc.freeze()  # the collector must not write into pages that are shared
        if (pid := os.fork()) == 0:
            self._close()
            ours.close()
            template.main(
                theirs, {} if cold else json.loads(key), memory_mb=self.memory_mb, parent_pid=parent
            )
        theirs.close()
        child = self.children[key] = Child(pid=pid, key=key, ours=ours, cold=cold)
        self.selector.register(ours, selectors.EVENT_READ, lambda: self._heard(child))
        return child

    def _close(self) -> None:
        """In a fork: by the objects that own them, so that none of them closes a number that
        means another file by then."""
        self.selector.close()
        self.door.close()
        for child in self.children.values():
            child.ours.close()
            for connection in child.waiting:
                connection.close()


def main(door_fd: int, memory_mb: int, parent_pid: int) -> None:
    sandbox.die_with_parent(parent_pid)
    sandbox.be_called("agent-nursery")
    sandbox.ignore_polite_ends()
    Nursery(socket.socket(fileno=door_fd), memory_mb=memory_mb).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
