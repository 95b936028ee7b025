"""The worker's end of a host: start it, send it runs, hear its frames, end it for sure.

A host is `python -m agents.host` in a process group of its own, with a clean environment: no
DATABASE_URL, no SECRET_KEY, no file of the worker's but its end of the socket pair.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings

from agents.protocol import Channel, Frame, ProtocolError
from modules import registry

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class HostProcess:
    """Loads the built-in agents of the lane, or those of packages: never both, so that what
    anybody installed stands in no process that holds the platform's own keys."""

    def __init__(self, lane: str, *, built_in: bool) -> None:
        self.lane = lane
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 (our own module, fixed arguments)
                [sys.executable, "-m", "agents.host", str(theirs.fileno()),
                 str(settings.AGENT_MEMORY_MB), str(os.getpid())],
                pass_fds=[theirs.fileno()], env=_clean_environment(), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                start_new_session=True, restore_signals=True,
            )  # fmt: skip
        self.channel = Channel(ours)
        self.channel.send("load", {"agents": _agents_of(lane, built_in=built_in)})

    def fileno(self) -> int:
        return self.channel.fileno()

    @property
    def pid(self) -> int:
        return self.process.pid

    def frames(self) -> list[Frame]:
        """What has arrived. A host that sends garbage is treated as one that died."""
        try:
            return self.channel.receive()
        except ProtocolError:
            self.channel.closed = True
            return []

    @property
    def gone(self) -> bool:
        return self.channel.closed

    def run(self, header: dict[str, Any], input_json: bytes) -> None:
        self.channel.send("run", header, input_json)

    def answer(self, header: Mapping[str, Any], output_json: bytes) -> None:
        self.channel.send("answer", dict(header), output_json)

    def cancel(self, execution_id: str) -> None:
        self.channel.send("cancel", {"id": execution_id})

    def signal(self, how: signal.Signals) -> None:
        """To the whole process group: what the agent started goes with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)

    def end(self) -> str:
        """Make sure that it is dead, and say how it ended, for people."""
        self.channel.close()
        # Before the wait, while the leader's id cannot belong to anybody else. A leader that is
        # exiting already keeps the status it had; what it started goes with it.
        self.signal(signal.SIGKILL)
        return _describe(self.process.wait())


def _describe(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def _agents_of(lane: str, *, built_in: bool) -> dict[str, str]:
    return {
        agent.name: agent.path
        for agent in registry.all_agents()
        if agent.cls.lane == lane and agent.built_in == built_in
    }


def _clean_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    paths = [str(settings.BASE_DIR), *(path for path in sys.path if path)]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",  # a thread pool per core would reserve memory for nothing
    }
