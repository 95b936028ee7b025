"""Imports some agents once, then forks a host whenever a worker asks: `agents.nursery` forks it.

Single-threaded, and runs no agent: nothing an agent does can hold it up, and what forks from it is
as clean as what starts by itself. A host is forked in milliseconds and shares the imported pages.

    from a worker   start  number; with it, the host's end of its channel
                    end    number: kill it and forget it
    to the worker   refused  (from the nursery) there can be no template
                    hello    pid of the template
                    started  number, pid
                    exited   number, status (negative: the signal)

A host that ended by itself stays a zombie until the worker says `end`: so long its pid, which the
worker signals by itself, means nobody else. A worker that is gone takes its hosts along.
"""

import gc
import os
import random
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from agents import handover, host, sandbox
from agents.loading import load

_LOAD_S = 60
_FILES = Path("/proc/self/fd")
_THREADS = Path("/proc/self/task")


@dataclass(kw_only=True, eq=False)
class Worker:
    sock: socket.socket
    hosts: dict[int, "Child"] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Child:
    """unwanted: the worker said `end`, or is gone."""

    number: int
    pid: int
    worker: Worker
    reported: bool = False
    unwanted: bool = False


class Template:
    def __init__(self, nursery: socket.socket, *, memory_mb: int) -> None:
        self.nursery, self.memory_mb = nursery, memory_mb
        self.children: dict[int, Child] = {}
        self.workers: list[Worker] = []
        self.woken, self.wake = socket.socketpair()
        for end in (self.woken, self.wake):
            end.setblocking(False)  # noqa: FBT003 (its only form)
        signal.set_wakeup_fd(self.wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, sandbox.stay)
        self.selector = selectors.DefaultSelector()
        self.selector.register(nursery, selectors.EVENT_READ, self._employ)
        self.selector.register(self.woken, selectors.EVENT_READ, self._look_after_children)

    def serve(self) -> NoReturn:
        handover.send(self.nursery, {"ready": True})
        while True:
            for key, _ in self.selector.select():
                key.data()

    # --- workers ----------------------------------------------------------------------------------

    def _employ(self) -> None:
        if (message := handover.receive(self.nursery)) is None:
            os._exit(0)
        worker = Worker(sock=socket.socket(fileno=message.files[0]))
        worker.sock.setblocking(False)  # noqa: FBT003 (its only form)
        self.workers.append(worker)
        self.selector.register(worker.sock, selectors.EVENT_READ, lambda: self._heard(worker))
        self._tell(worker, {"hello": os.getpid()})

    def _heard(self, worker: Worker) -> None:
        try:
            message = handover.receive(worker.sock)
        except BlockingIOError:
            return
        if message is None:
            self._lose(worker)
        elif (number := message.content.get("start")) is not None:
            self._start(worker, number, message.files[0])
        elif child := worker.hosts.get(message.content["end"]):
            self._end(child)

    def _tell(self, worker: Worker, content: dict[str, Any]) -> None:
        """One that takes no more messages has hundreds of them unread: it is as good as dead, and
        the end of its connection is heard in the next turn."""
        with suppress(OSError):
            handover.send(worker.sock, content)
            return
        with suppress(OSError):
            worker.sock.shutdown(socket.SHUT_RDWR)

    def _lose(self, worker: Worker) -> None:
        self.selector.unregister(worker.sock)
        worker.sock.close()
        self.workers.remove(worker)
        for child in list(worker.hosts.values()):
            self._end(child)

    # --- hosts ------------------------------------------------------------------------------------

    def _start(self, worker: Worker, number: int, channel: int) -> None:
        parent = os.getpid()
        if (pid := os.fork()) == 0:
            self._become_host(channel, parent)
        os.close(channel)
        child = worker.hosts[number] = self.children[pid] = Child(
            number=number, pid=pid, worker=worker
        )
        self._tell(child.worker, {"started": number, "pid": pid})

    def _become_host(self, channel: int, parent: int) -> NoReturn:
        """In the fork. Whatever goes wrong must not return into the template's loop."""
        try:
            os.setsid()
            sandbox.die_with_parent(parent)
            self._close()
            handover.close_all_but(channel)
            _new_luck()
            host.main(socket.socket(fileno=channel), memory_mb=self.memory_mb)
        except BaseException:  # noqa: BLE001 (nobody above could do anything with it)
            traceback.print_exc()
        finally:
            os._exit(host.CANNOT_START)

    def _close(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for sock in (self.nursery, self.woken, self.wake, *(w.sock for w in self.workers)):
            sock.close()

    def _end(self, child: Child) -> None:
        """The group and, in case it leads none yet, itself."""
        child.unwanted = True
        for send in (os.kill, os.killpg):
            with suppress(ProcessLookupError):
                send(child.pid, signal.SIGKILL)
        self._look_after(child)

    def _look_after_children(self) -> None:
        with suppress(BlockingIOError):
            self.woken.recv(4096)
        for child in list(self.children.values()):
            self._look_after(child)

    def _look_after(self, child: Child) -> None:
        """Report it once it has ended; bury it once nobody wants it."""
        found = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return
        if not child.reported:
            child.reported = True
            status = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
            self._tell(child.worker, {"exited": child.number, "status": status})
        if child.unwanted:
            os.waitpid(child.pid, 0)
            del self.children[child.pid], child.worker.hosts[child.number]


def _new_luck() -> None:
    """Hosts of one template must not draw the same numbers."""
    random.seed()
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()


def _prepare(agents: Mapping[str, str]) -> None:
    """Import them. What cannot be imported here is for each host to try: this process ends."""
    pid, files = os.getpid(), _open_files()
    signal.alarm(_LOAD_S)
    load(agents)
    signal.alarm(0)
    if os.getpid() != pid:
        os._exit(0)  # an import forked, and its child came back
    if len(list(_THREADS.iterdir())) > 1:
        raise RuntimeError("their imports started threads, which a fork would not have")
    if _open_files() - files:
        raise RuntimeError("their imports opened files, which all hosts would share")


def _open_files() -> set[str]:
    return {fd.name for fd in _FILES.iterdir() if fd.exists()}


def main(
    nursery: socket.socket, agents: Mapping[str, str], *, memory_mb: int, parent_pid: int
) -> NoReturn:
    """In a fork of the nursery; never returns into it."""
    try:
        sandbox.die_with_parent(parent_pid)
        sandbox.be_called("agent-template")
        sandbox.limit_memory(memory_mb)
        sandbox.give_up_privileges()
        _prepare(agents)
        gc.collect()
        gc.freeze()  # the collectors of the hosts must not write into pages that are shared
        Template(nursery, memory_mb=memory_mb).serve()
    except BaseException as error:  # noqa: BLE001 (a package may raise anything)
        why = f"Agents are not preloaded: {error!r}. Each host imports them."
        print(why, file=sys.stderr)  # noqa: T201 (our stderr is the worker's log)
    finally:
        os._exit(1)
