"""The processes of one cluster: how they learn that it stops, and that none outlives the others.

`manage.py qcluster` (main) forks the sentinel, which forks the pusher, the monitor and the workers.
Main calls `found()` before the first fork. SIGTERM to main, or to the whole group, is a polite end:
main tells everybody through a pipe, workers finish or give back what they run. When a process is
killed instead, the kernel signals its children: nothing is left behind. What agents started and
their killed hosts leave behind becomes main's, which ends it.
"""

import gc
import mmap
import multiprocessing
import os
import select
import signal
import struct
import sys
import time
from multiprocessing import util

from agents.sandbox import die_with_parent, hide_environment
from executions import descendants

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0


class Family:
    """What all processes of a cluster share. A pipe: one byte in it, never read, says: stop. A file
    that can be read once main is dead. Eight bytes of memory: when a worker's reactor last turned.
    """

    def __init__(self) -> None:
        self.stopping, self._tell = os.pipe()
        self.main = os.pidfd_open(os.getpid()) if sys.platform == "linux" else None
        self._turn = mmap.mmap(-1, 8)
        util.register_after_fork(self, Family._joined)

    def stop(self) -> None:
        os.write(self._tell, b"s")

    def turned(self) -> None:
        """Written by all reactors without a lock: any of them will do."""
        struct.pack_into("q", self._turn, 0, time.monotonic_ns())

    def last_turn(self) -> int:
        """Changes while any reactor turns."""
        turn: int = struct.unpack_from("q", self._turn)[0]
        return turn

    def end(self, *, within_s: float) -> None:
        """Called by main without a sentinel: workers give their runs back; then all are killed."""
        deadline = time.monotonic() + within_s
        while descendants.any_left() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """End everybody but main, the stopped ones too. The sentinel comes first, so that it
        replaces nobody."""
        for pid in descendants.descendants(os.getpid()):
            descendants.kill(pid)

    def _joined(self) -> None:
        """Runs first in every forked process of the family."""
        die_with_parent(_parent(), signal.SIGKILL)


_family: Family | None = None


def found() -> Family:
    """Called once by `manage.py qcluster`, before it forks."""
    global _family  # noqa: PLW0603 (one family a process, inherited by fork)
    descendants.adopt_orphans()
    hide_environment()  # an agent's process must not read DATABASE_URL from its parent
    _family = Family()
    gc.collect()
    gc.freeze()  # the collectors of forked processes must not write into pages that are shared
    return _family


def stopping_fd() -> int | None:
    """Readable once the cluster stops. None outside a cluster (tests, a worker run alone)."""
    return None if _family is None else _family.stopping


def stops(*, within_s: float) -> bool:
    """Whether the cluster was told to stop, by this time at the latest. False outside of one."""
    return _family is not None and bool(select.select([_family.stopping], [], [], within_s)[0])


def main_fd() -> int | None:
    """Readable once the cluster's main process is dead: no nursery comes any more, and whoever
    still lives has ten seconds to leave. None outside a cluster."""
    return None if _family is None else _family.main


def headless() -> bool:
    fd = main_fd()
    return fd is not None and bool(select.select([fd], [], [], 0)[0])


def turned() -> None:
    """The reactor's sign of life for the watchdog."""
    if _family is not None:
        _family.turned()


def become_sentinel() -> None:
    """SIGTERM to the whole group also reaches the sentinel, which would die of it and leave its
    children alone. Main tells it to stop, so it ignores the signal."""
    if _family is not None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def become_worker() -> None:
    """A worker whose sentinel dies gets SIGTERM, not SIGKILL: it gives its runs back first."""
    if _family is not None:
        die_with_parent(_parent(), signal.SIGTERM)


def _parent() -> int:
    """Who forked this process, also when that one is dead by now: getppid() tells another then."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "only forked members of the family ask"
    pid = parent.pid
    assert pid is not None
    return pid


class Backoff:
    """Growing pauses while something is away. Seconds: 0.2, 0.4 … 5."""

    def __init__(self) -> None:
        self._wait_s = _FIRST_WAIT_S

    def reset(self) -> None:
        self._wait_s = _FIRST_WAIT_S

    def next_s(self) -> float:
        wait_s, self._wait_s = self._wait_s, min(_LONGEST_WAIT_S, self._wait_s * 2)
        return wait_s

    def wait(self) -> None:
        time.sleep(self.next_s())
