"""One agent with many ways to go wrong, chosen by `how`."""

import ctypes
import json
import os
import re
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agents import BaseAgent, Usage


def _segfault() -> None:
    ctypes.string_at(0)


def _spin() -> None:
    while True:
        pass


def _ignore_everything() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        with suppress(BaseException):
            time.sleep(60)


def _leave_a_child() -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    os._exit(3)


def _eat_memory() -> list[bytes]:
    eaten = []
    while True:
        eaten.append(bytes(64 * 1024 * 1024))


def _exit_politely() -> None:
    raise SystemExit("I am leaving")


def _open_files() -> list[str]:
    found = []
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder's own descriptor is gone by now
            found.append(str(fd.readlink()))
    return found


def _garbage_frames() -> None:
    """Well-formed frames that make no sense, on whichever descriptor is the channel."""
    text = json.dumps({"kind": "result", "id": ["no", "id"]}).encode()
    for fd in range(3, 64):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                os.write(fd, struct.pack("!II", len(text), 0) + text)


class _Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even that")


def _raise_unprintable() -> None:
    raise _Unprintable


def _fork(children: int, *, and_exit: bool) -> int:
    """Raw forks, which hold everything that the host has open."""
    for _ in range(children):
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
    if and_exit:
        os._exit(3)
    return children


def _recurse(depth: int = 0) -> int:
    return _recurse(depth + 1) + 1


def _nested() -> list[Any]:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    return value


def _threads() -> int:
    """Not daemons: an interpreter that ends politely would wait for them for ever."""
    for _ in range(20):
        threading.Thread(target=time.sleep, args=[600]).start()
    return 20


def _hoard_files() -> int:
    for _ in range(2000):
        with suppress(OSError):
            os.dup(0)
    return 2000


def _alarm() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    time.sleep(60)


def _kill(group_of: int) -> None:
    os.killpg(os.getpgid(group_of), signal.SIGKILL)


def _signal_its_parent(how: signal.Signals) -> None:
    os.kill(os.getppid(), how)
    time.sleep(60)


def _kill_its_parents_group() -> None:
    _kill(os.getppid())
    time.sleep(60)


WAYS: dict[str, Callable[[], Any]] = {
    "segfault": _segfault,
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "system_exit": _exit_politely,
    "keyboard_interrupt": lambda: signal.raise_signal(signal.SIGINT),
    "spin": _spin,
    "spin_in_c": lambda: re.match(r"(a+)+$", "a" * 64 + "b"),
    "ignore_everything": _ignore_everything,
    "stop_itself": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "leave_a_child": _leave_a_child,
    "fork_and_stay": lambda: _fork(50, and_exit=False),
    "fork_and_exit": lambda: _fork(50, and_exit=True),
    "fork_and_return": os.fork,
    "eat_memory": _eat_memory,
    "kill_itself": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "kill_its_group": lambda: _kill(os.getpid()),
    "kill_its_parent": lambda: _signal_its_parent(signal.SIGKILL),
    "kill_its_parents_group": _kill_its_parents_group,
    "stop_its_parent": lambda: _signal_its_parent(signal.SIGSTOP),
    "alarm": _alarm,
    "raise": [].pop,
    "raise_unprintable": _raise_unprintable,
    "recurse": _recurse,
    "nested": _nested,
    "unserialisable": lambda: {"it": object()},
    "nan": lambda: {"a": [1, float("nan")]},
    "nul": lambda: {"a": "x\x00y"},
    "surrogate": lambda: {"a": "\ud800"},
    "huge": lambda: "x" * (30 * 1024 * 1024),
    "hundred_megabytes": lambda: "x" * (100 * 1024 * 1024),
    "nothing": lambda: None,
    "pid": os.getpid,
    "environment": lambda: dict(os.environ),
    "open_files": _open_files,
    "print": lambda: print("printed by an agent"),
    "garbage_frames": _garbage_frames,
    "close_channel": lambda: os.closerange(3, 256),
    "close_standard_files": lambda: os.closerange(0, 3),
    "hoard_files": _hoard_files,
    "threads": _threads,
}


class Poison(BaseAgent):
    name = "poison"
    lane = "cpu"

    async def execute(self, input_data: dict[str, Any]) -> Any:
        if input_data["how"] == "usage":
            self.context.usage(Usage(model="a\x00b", cost_usd=float("nan")))
            return None
        return WAYS[input_data["how"]]()


class Chatter(BaseAgent):
    """A plain function on the io lane: it runs in a thread of the host, beside the others."""

    name = "chatter"

    def execute(self, input_data: dict[str, Any]) -> Any:  # type: ignore[override]
        for n in range(input_data["lines"]):
            self.context.log(f"{n} {'x' * 200}")
        return input_data["lines"]


class IoPoison(Poison):
    """The same, in the process that io runs share."""

    name = "io_poison"
    lane = "io"
