"""Limits the host process puts on itself before it loads any agent. Linux; elsewhere a no-op.

Whatever an agent does (block, fork, eat memory), these make sure that it dies with its worker,
that the kernel picks it first when memory runs out, and that it gains no privilege.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent_pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when the parent ends; leave at once if it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def hide_environment() -> None:
    """Close /proc/PID/environ and the memory of this process and of those it forks to others of
    the same account. A program started from here is readable again: hosts have nothing to hide."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit(*, memory_mb: int) -> None:
    """Address space, core dumps, privileges, and first choice of the out-of-memory killer."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    if memory_mb > 0:
        size = memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # What an agent starts stays below this process while it lives, however it detaches itself.
    # Afterwards it falls to the cluster's main process, which ends it.
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with suppress(OSError):  # some containers mount /proc read-only; the run works without it
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
