"""`Deliverer`: a worker's thread that delivers while something is due, and is not there otherwise.

The reactor pokes it: after a finish that has to be announced, when somebody says so, and when its
tick finds something due. The thread brings the HTTP client in and has a database connection of its
own. When that fails, the thread ends; what it had in hand is due again when the leases end, and the
next tick starts another.
"""

import asyncio
import logging
import threading

import psycopg
from django.core.exceptions import ImproperlyConfigured

from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

_GRACE_S = 5.0


class Deliverer:
    """Any thread may call `poke` and `stop`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._stopped = False
        self._signals: tuple[asyncio.AbstractEventLoop, asyncio.Event, asyncio.Event] | None = None

    def poke(self) -> None:
        """Something is due."""
        with self._lock:
            if self._stopped:
                return
            self._wanted = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
                self._thread.start()
            elif self._signals is not None:
                loop, poked, _ = self._signals
                loop.call_soon_threadsafe(poked.set)

    def stop(self) -> None:
        """Give back what is in hand."""
        with self._lock:
            self._stopped, thread = True, self._thread
            if self._signals is not None:
                loop, _, stopping = self._signals
                loop.call_soon_threadsafe(stopping.set)
        if thread is not None:
            thread.join(_GRACE_S)

    def _work(self) -> None:
        while self._still_wanted():
            try:
                asyncio.run(self._deliver())
            except (psycopg.OperationalError, ImproperlyConfigured) as error:
                logger.warning("webhooks are not delivered: %s", str(error).partition("\n")[0])
            except Exception:
                logger.exception("webhooks are not delivered; the next tick tries again")

    def _still_wanted(self) -> bool:
        """False ends the thread: whoever pokes from here on starts another."""
        with self._lock:
            if self._wanted and not self._stopped:
                self._wanted = False
                return True
            self._thread = None
            return False

    async def _deliver(self) -> None:
        from executions.webhooks.rounds import deliver  # noqa: PLC0415  brings aiohttp in

        poked, stopping = asyncio.Event(), asyncio.Event()
        with self._lock:
            self._signals = asyncio.get_running_loop(), poked, stopping
            if self._stopped:
                stopping.set()
        try:
            with connect(application_name="platform_agents webhooks") as conn:
                await deliver(conn, poked=poked, stopping=stopping)
        finally:
            with self._lock:
                self._signals = None
