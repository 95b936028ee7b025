"""What is left to do when the demo itself is killed: a small process that waits for just that.

`python -m platform_agents.demo.guard FD` reads its standard input: process ids of sessions that
the demo started, one a line, then `done` when the demo cleaned up itself. When the input ends
without it, the demo is dead: the guard ends those sessions, and stops the embedded PostgreSQL if
nobody else uses it. FD is the end of a pipe whose other end all of them hold: it says when the last
one ended. Nothing is imported before that, so that waiting costs little.
"""

import atexit
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_GRACE_S = 25.0


class Guard:
    """The demo's side of it. Start it before the database is used: what is registered later for
    the demo's exit happens earlier, and the guard should see all of it.

    Children of the demo must inherit `held_fd`, and hand it on to theirs.
    """

    def __init__(self) -> None:
        heard, self.held_fd = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", __name__, str(heard)], cwd=_ROOT, stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            pass_fds=[heard],
        )  # fmt: skip
        os.close(heard)
        atexit.register(self._dismiss)

    def watch(self, pid: int) -> None:
        self._say(f"{pid}\n")

    def _dismiss(self) -> None:
        self._say("done\n")
        self._process.communicate()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it was killed; the demo goes on without it
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def main(held: int) -> None:
    lines = sys.stdin.read().split()
    if "done" not in lines:
        _end([int(pid) for pid in lines], held)
        _stop_database()


def _end(sessions: list[int], held: int) -> None:
    """The kernel told them to stop when the demo died. After _GRACE_S seconds, make them."""
    if not select.select([held], [], [], _GRACE_S)[0]:
        for pid in sessions:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        select.select([held], [], [], 1)


def _stop_database() -> None:
    """Use the embedded server for a moment; its last user stops it at exit."""
    from django.conf import settings  # noqa: PLC0415 (see the module)

    from platform_agents.postgres import embedded  # noqa: PLC0415

    database = settings.DATABASES["default"]
    directory = database.get("EMBEDDED_DIR")
    if directory is not None and embedded.is_running(directory):
        embedded.ensure_running(directory, durable=database["EMBEDDED_DURABLE"])


if __name__ == "__main__":
    main(int(sys.argv[1]))
