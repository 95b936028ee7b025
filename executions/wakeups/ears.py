"""What one thread hears: announcements, and its own look at the database when one is due.

Used by the reactor, which waits for `fd` and `due` in its own selector, and by the web's waiters,
which use `wait`.
"""

import select
import time
from collections.abc import Callable

from django.conf import settings

from executions.wakeups.notes import Listener, Note

_FOREVER = float("inf")


class Ears:
    """look_every_s: the pause between two looks while announcements arrive."""

    def __init__(
        self, listener: Listener, *, look: Callable[[], list[Note]], look_every_s: float
    ) -> None:
        self._listener = listener
        self._look = look
        self._look_every_s = look_every_s
        self._due = 0.0  # at once: what was announced before we listened

    @property
    def fd(self) -> int | None:
        return self._listener.fd

    @property
    def due(self) -> float:
        """When the next look is due, in time.monotonic(). Sooner once announcements stop; when
        they come again one look still follows, for what was missed."""
        self._due = min(self._due, time.monotonic() + self._pause_s())
        return self._due

    def heard(self) -> list[Note]:
        """Announcements since the last call, and what a look found when one was due. Raises
        psycopg.Error when the database is away."""
        notes = self._listener.heard()
        if time.monotonic() >= self.due:
            self._due = _FOREVER
            notes += self._look()
        return notes

    def wait(self, *, or_readable: int | None = None) -> bool:
        """Sleep until there is something to hear, a look is due, or that other file descriptor
        is readable: then True."""
        poll = select.poll()
        for fd in (self.fd, or_readable):
            if fd is not None:
                poll.register(fd, select.POLLIN)
        ready = poll.poll(max(0.0, self.due - time.monotonic()) * 1000)
        return any(fd == or_readable for fd, _ in ready)

    def close(self) -> None:
        self._listener.close()

    def _pause_s(self) -> float:
        if self._listener.reliable:
            return self._look_every_s
        poll_s: float = settings.WAKEUP_POLL_SECONDS
        return min(self._look_every_s, poll_s)
