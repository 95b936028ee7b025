"""The processes of one cluster: how they learn that it stops, and that none outlives the others.

`manage.py qcluster` (main) forks the sentinel, which forks the pusher, the monitor and the workers.
Main calls `found()` before the first fork. SIGTERM to main, or to the whole group, is a polite end:
main tells everybody through a pipe, workers finish or give back what they run. When a process is
killed instead, the kernel signals its children: nothing is left behind.
"""

import os
import signal
import time
from multiprocessing import util

from agents.sandbox import die_with_parent, hide_environment

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 5.0


class Family:
    """The pipe that all processes of a cluster share. One byte in it, never read, says: stop."""

    def __init__(self) -> None:
        self.stopping, self._tell = os.pipe()
        util.register_after_fork(self, Family._joined)

    def stop(self) -> None:
        os.write(self._tell, b"s")

    def _joined(self) -> None:
        """Runs first in every forked process of the family."""
        die_with_parent(os.getppid(), signal.SIGKILL)


_family: Family | None = None


def found() -> Family:
    """Called once by `manage.py qcluster`, before it forks."""
    global _family  # noqa: PLW0603 (one family a process, inherited by fork)
    hide_environment()  # an agent's process must not read DATABASE_URL from its parent
    _family = Family()
    return _family


def stopping_fd() -> int | None:
    """Readable once the cluster stops. None outside a cluster (tests, a worker run alone)."""
    return None if _family is None else _family.stopping


def become_sentinel() -> None:
    """SIGTERM to the whole group also reaches the sentinel, which would die of it and leave its
    children alone. Main tells it to stop, so it ignores the signal."""
    if _family is not None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def become_worker() -> None:
    """A worker whose sentinel dies gets SIGTERM, not SIGKILL: it gives its runs back first."""
    if _family is not None:
        die_with_parent(os.getppid(), signal.SIGTERM)


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
