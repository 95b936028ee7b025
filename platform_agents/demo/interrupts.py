"""Ctrl-C, SIGTERM and a closed terminal as one exception, so that every way out cleans up.

Called by the command (`listen`), by the end of the demo (`ignore`), and where a signal must wait a
moment (`held_back`).
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN_S = 0.5


class Stopped(KeyboardInterrupt):
    """Someone asked the demo to stop. A KeyboardInterrupt, which libraries know to let through."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_status = 128 + signum


def listen() -> None:
    """Raise Stopped in the main thread from now on. A SIGHUP that nohup ignores stays ignored."""
    sys.unraisablehook = _unraisable
    for signum in _SIGNALS:
        if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
            signal.signal(signum, _stop)


def ignore() -> None:
    """For the end, whose every wait is bounded: a second Ctrl-C must not leave it half done."""
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def held_back() -> Iterator[None]:
    """Signals that arrive inside are acted on at the end of the block.

    What is started inside inherits this: initdb, which a terminal's Ctrl-C would otherwise end
    half-way, leaving a folder that no server starts from.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(signum: int, _: FrameType | None) -> None:
    """Where Python cannot raise (a destructor, a callback), the exception is lost: raise it again,
    until `ignore` says that it was heard."""
    signal.signal(signal.SIGALRM, lambda *_: _stop(signum, None))
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
    raise Stopped(signum)


def _unraisable(lost: "sys.UnraisableHookArgs") -> None:
    if not isinstance(lost.exc_value, Stopped):
        sys.__unraisablehook__(lost)
