"""What a drain token does: keep this process's reactor running, and stay free for other work.

django-q2's worker process calls `drain` for every token. The first call starts the reactor, a
thread that claims runs and hands them to hosts; it lives as long as the process. `drain` itself
only waits: it returns after DRAIN_SECONDS, or earlier when an ordinary django-q2 task wants a
worker or the cluster stops. Executions in flight go on meanwhile.
"""

import logging
import os
import select
import signal
import sys
import threading
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django_q.signals import pre_execute

from executions import family
from executions.reactor import Reactor

logger = logging.getLogger(__name__)

_TOKENS_AHEAD = 3  # in the pusher's hand, in the queue, and ours: then the ordinary task comes


class Worker:
    """The reactor thread of this process, and the pipe that wakes whoever waits in `drain`."""

    def __init__(self) -> None:
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        self._yields = 0
        self.stopping = False
        self.draining = False
        self._sentinel = os.getppid()
        self.reactor = _reactor_class()(on_ordinary_task=self._make_way)
        self.thread = threading.Thread(target=self._react, name="reactor", daemon=True)

    def start(self) -> None:
        signal.signal(signal.SIGTERM, self._on_sigterm)
        family.become_worker()
        self.thread.start()

    def wait(self, seconds: float) -> None:
        """Until something else wants this process, the cluster stops, or the time is over."""
        if self._yields > 0:
            self._yields -= 1
            return
        fds = [self._woken]
        if (stop := family.stopping_fd()) is not None:
            fds.append(stop)
        ready, _, _ = select.select(fds, [], [], seconds)
        if stop in ready or self.stopping:
            self.stop()
        elif self._woken in ready:
            os.read(self._woken, 4096)
            self._yields = _TOKENS_AHEAD - 1

    def stop(self) -> None:
        """Finish or give back what runs, within STOP_GRACE_SECONDS."""
        self.stopping = True
        self.reactor.stop()
        self.thread.join(settings.STOP_GRACE_SECONDS + 5)

    def _react(self) -> None:
        """The thread's body. However it ends, `drain` hears of it at once."""
        try:
            self.reactor.run()
        except Exception:
            logger.exception("the reactor failed; this worker process is replaced")
        finally:
            os.write(self._wake, b"e")

    def _make_way(self) -> None:
        os.write(self._wake, b"w")

    def _on_sigterm(self, *_: Any) -> None:
        self.stopping = True
        os.write(self._wake, b"t")
        if not self.draining and os.getppid() != self._sentinel:
            self.stop()  # between two tokens, and nobody is left to send the next one
            sys.exit(1)


def _reactor_class() -> type[Reactor]:
    if not settings.QUEUE_TRANSPORT:
        return Reactor
    from executions.transports.reactor import QueueReactor  # noqa: PLC0415 (its client is optional)

    return QueueReactor


_worker: Worker | None = None


@receiver(pre_execute)
def _ensure_reactor(**_: Any) -> Worker:
    """Before the first task of this process, be it a token or not: an ordinary task that takes an
    hour must not keep executions waiting."""
    global _worker  # noqa: PLW0603 (one reactor a process)
    if _worker is None:
        _worker = Worker()
        _worker.start()
    return _worker


def drain() -> None:
    """The function of every drain token. Returns nothing: results live in the rows."""
    worker = _ensure_reactor()
    worker.draining = True
    if not worker.stopping:
        worker.wait(settings.DRAIN_SECONDS)
    if worker.stopping:
        worker.stop()
        if not family.stops(within_s=0):
            sys.exit(0)  # SIGTERM to this worker alone: the sentinel starts another
        return
    if not worker.thread.is_alive():
        sys.exit(1)
    worker.draining = False
