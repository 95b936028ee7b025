"""What hosts and those who fork them do to themselves before any agent runs. Linux; elsewhere
most of it is a no-op.

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
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
"""Loaded once: who forks would else give each child pages of its own for it."""
_OOM = Path("/proc/self/oom_score_adj")
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent_pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when the parent ends; leave at once if it already has."""
    _prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent_pid:
        os._exit(1)


def hide_environment() -> None:
    """Close /proc/PID/environ and the memory of this process and of those it forks to others of
    the same account. A program started from here is readable again: hosts have nothing to hide."""
    _prctl(_PR_SET_DUMPABLE, 0)


def be_called(name: str) -> None:
    """The name in `ps` and `top`, 15 bytes at most: forks all have their parent's command line."""
    _prctl(_PR_SET_NAME, name.encode())


def stay(*_: Any) -> None:
    """A signal handler: not our signal."""


def ignore_polite_ends() -> None:
    """A supervisor may signal every process: only the cluster's own then decide who ends when. A
    handler, not SIG_IGN: programs that an agent starts must not inherit the deafness."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stay)


def limit_memory(memory_mb: int) -> None:
    """Address space and core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb > 0 and sys.platform == "linux":
        size = memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def give_up_privileges() -> None:
    """For good, here and below. Also the mark by which main knows orphans of hosts."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def limit(*, memory_mb: int) -> None:
    """Memory, privileges, and first choice of the out-of-memory killer."""
    limit_memory(memory_mb)
    give_up_privileges()
    if sys.platform != "linux":
        return
    # What an agent starts stays below this process while it lives, however it detaches itself.
    # Afterwards it falls to the cluster's main process, which ends it.
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    with suppress(OSError):  # some containers mount /proc read-only; the run works without it
        _OOM.write_text("1000", encoding="utf-8")  # another codec would be an import in each fork


def _prctl(option: int, value: int | bytes) -> None:
    if _LIBC is not None:
        _LIBC.prctl(option, value, 0, 0, 0)
