"""A demo as a real process with an embedded server of its own, and how tests watch it.

What is left behind is found among our own descendants, agent hosts and PostgreSQL included.
"""

import ctypes
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.processes import Process, wait_until

RUNNING = "Ctrl-C stops everything"
_PR_SET_CHILD_SUBREAPER = 36

Start = Callable[..., Process]


_before: dict[Path, set[int]] = {}


def watch(home: Path) -> None:
    """From here on, whatever the test of this folder starts can be found by `left`: orphans come
    to us instead of to init. Not by their environment, which our processes hide."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _before[home] = {process.pid for process in _descendants()}


def left(home: Path) -> list[psutil.Process]:
    """Those that still run of what was started since `watch`."""
    return [process for process in _descendants() if process.pid not in _before[home]]


def _descendants() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def wait_for(process: Process, text: str) -> None:
    def seen() -> bool:
        assert text in process.output() or process.alive, process.output()
        return text in process.output()

    wait_until(seen, seconds=60, what=f"{text!r} in the output")


def ended(process: Process, *, seconds: float = 60) -> int:
    """Exit status; at that very moment nothing of it runs any more."""
    return process.popen.wait(timeout=seconds)
