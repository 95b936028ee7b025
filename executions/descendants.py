"""What a process has below it, read from /proc. Linux; elsewhere nothing is found.

Used by the cluster's main process: to end its whole family for sure, and to end what agents
started and their dead hosts left behind. Those are reparented to main, the family's subreaper.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


def adopt_orphans() -> None:
    """From now on, a process below this one that loses its parent becomes this one's child."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid: int) -> list[int]:
    """Empty when there are none, when it is gone, and where the kernel does not tell."""
    found: list[int] = []
    with suppress(OSError):
        for thread in (_PROC / str(pid) / "task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """Parents before their children."""
    found = children(pid)
    for child in found:  # grows meanwhile
        found += children(child)
    return found


def kill(pid: int) -> None:
    """SIGKILL: also ends what is stopped. A leader takes its process group along."""
    with suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def any_left() -> bool:
    """Whether this process has children still, once the dead ones are buried."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def end_orphans_of_hosts() -> None:
    """Kill and bury what agents started, once their host is dead and could not do it, and the
    templates of a dead nursery. Only they give up privileges for good, so the mark cannot be lost;
    an embedded PostgreSQL that a worker had to start again is an orphan, too, and stays."""
    for pid in children(os.getpid()):
        if _came_from_a_host(pid):
            kill(pid)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _came_from_a_host(pid: int) -> bool:
    try:
        return "NoNewPrivs:\t1" in (_PROC / str(pid) / "status").read_text()
    except OSError:
        return False
