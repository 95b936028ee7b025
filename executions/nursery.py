"""The cluster's nursery, the process below which all hosts stand: started, kept, knocked at.

The cluster's main process starts it before it forks, and again when it died; its workers inherit
the door. A worker without a cluster (tests) has one of its own. See `agents.nursery`.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from django.conf import settings

from agents import handover
from executions import family

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Nursery:
    """Both ends of the door are held here, so that who knocks while there is no process behind it
    is heard by the next one."""

    def __init__(self) -> None:
        self._outside, self._inside = handover.pair()
        self._outside.setblocking(False)  # noqa: FBT003 (its only form)
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self.keep()

    def keep(self) -> None:
        """Start it when it does not run. For whoever founded it only: it is that one's child."""
        if self._owner != os.getpid() or (self._process and self._process.poll() is None):
            return
        self._process = subprocess.Popen(  # noqa: S603 (our own module, fixed arguments)
            [sys.executable, "-m", "agents.nursery", str(self._inside.fileno()),
             str(settings.AGENT_MEMORY_MB), str(os.getpid())],
            pass_fds=[self._inside.fileno()], env=_clean_environment(), cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def knock(self, agents: Mapping[str, str]) -> socket.socket:
        """A connection to the template of these agents; closed at once when that is impossible."""
        self.keep()
        ours, theirs = handover.pair()
        with theirs, suppress(OSError):
            if not family.headless():
                handover.send(self._outside, {"agents": dict(agents)}, [theirs.fileno()])
        return ours

    def leave(self) -> None:
        """It ends once nobody else is left who could knock."""
        self._outside.close()
        self._inside.close()


_nursery: Nursery | None = None


def found() -> Nursery:
    """Called once by `manage.py qcluster`, before it forks."""
    global _nursery  # noqa: PLW0603 (one a cluster, inherited by fork)
    _nursery = Nursery()
    return _nursery


def knock(agents: Mapping[str, str]) -> socket.socket:
    return (_nursery or found()).knock(agents)


def _clean_environment() -> dict[str, str]:
    """No DATABASE_URL, no SECRET_KEY, nothing that was not named here."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    paths = [str(settings.BASE_DIR), *(path for path in sys.path if path)]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",  # its threads would not survive a fork
    }
