"""A demo as a real process with an embedded server of its own, and how tests watch it.

Every process of a demo inherits its HOME, which is a folder of the test's: that is how those that
are left behind are found, agent hosts and PostgreSQL included.
"""

from collections.abc import Callable
from pathlib import Path

import psutil

from tests.processes import Process, wait_until

RUNNING = "Ctrl-C stops everything"
Start = Callable[..., Process]


def left(home: Path) -> list[psutil.Process]:
    """Those that still run of the demo with this HOME."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(home) and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_for(process: Process, text: str) -> None:
    def seen() -> bool:
        assert text in process.output() or process.alive, process.output()
        return text in process.output()

    wait_until(seen, seconds=60, what=f"{text!r} in the output")


def ended(process: Process, *, seconds: float = 60) -> int:
    """Exit status; at that very moment nothing of it runs any more."""
    return process.popen.wait(timeout=seconds)
