"""Waiter for executions: one listener per process, however many requests wait.

A request registers before it submits, so that a fast worker is never missed, gives its database
connection back, and sleeps. The listener hears that executions finished, reads the results of all
that finished meanwhile in one query, and wakes who waits for them. Once a second it looks at the
rows by itself, because an announcement may be lost. It also speaks: it announces what this
process's requests have queued, many at once when there are many.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
from django.conf import settings

from executions import wakeups
from executions.wakeups import RUN_DONE, RUN_QUEUED, Ears, Note
from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_FULL = 0.8
_DONE = "SELECT execution_id FROM executions_run WHERE execution_id = ANY (%s) AND state = 'done'"
# Large outputs are left to the request itself: reading one here would keep all others waiting.
_RESULTS = """
SELECT id, status::text, CASE WHEN octet_length(output) <= 65536 THEN output END, error,
       coalesce(octet_length(output) > 65536, false)
FROM public.module_executions WHERE id = ANY (%s)"""


@dataclass(frozen=True)
class Result:
    """The shared row of an execution that has finished. output is JSON text as stored."""

    execution_id: str
    status: str
    output: str | None
    error: str | None


@dataclass(eq=False, slots=True)
class Waiter:
    """One request that waits. `result` stays None when it was woken without one: the row is gone,
    its output is large, or the process ends. Hundreds wait at once, so it is kept small."""

    execution_id: str
    result: Result | None = None
    woken: bool = False
    _then: Callable[[], object] | None = None

    def wait(self, seconds: float) -> None:
        """Sleep until the execution finishes, or the time is over. The caller must have given its
        database connection back."""
        done = threading.Event()
        self.then(done.set)
        done.wait(seconds)

    def then(self, call: Callable[[], object]) -> None:
        """Instead of `wait`: call this when the execution finishes, or now when it has."""
        self._then = call
        if self.woken:
            call()

    def wake(self, result: Result | None = None) -> None:
        self.result = result
        self.woken = True  # first this, then `_then`: whoever sets that looks here afterwards
        if self._then is not None:
            self._then()


class Waiters:
    """Who waits for which execution in this process, and the thread that wakes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Waiter]] = {}
        self._count = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self._queued: set[str] = set()
        self._poked, self._poke = -1, -1

    @contextmanager
    def registered(self, execution_id: str) -> Iterator[Waiter]:
        waiting = Waiter(execution_id)
        with self._lock:
            self._waiting.setdefault(execution_id, []).append(waiting)
            self._count += 1
            self._ensure_listening()
        try:
            yield waiting
        finally:
            with self._lock:
                self._count -= 1
                self._waiting[execution_id].remove(waiting)
                if not self._waiting[execution_id]:
                    del self._waiting[execution_id]

    def announce_queued(self, lane: str) -> bool:
        """Let the listener tell the workers; False when none is running here."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                return False
            first = not self._queued
            self._queued.add(lane)
        if first:
            os.write(self._poke, b"q")
        return True

    def crowded(self, *, in_threads: bool) -> bool:
        """No more calls may wait. Where each holds a thread, above 80 % of the threads: the rest
        must stay free to answer others."""
        most = settings.WEB_THREADS * _FULL if in_threads else settings.WEB_WAITERS
        return self._closing or bool(self._count >= most)

    def dismiss(self) -> None:
        """The process ends: everybody wakes now and is told 202, nobody waits any more. Called in
        a signal handler of the main thread, which never holds the lock."""
        self._closing = True
        with self._lock:
            for waiting in self._everybody():
                waiting.wake()

    @property
    def count(self) -> int:
        """Calls that wait here now."""
        return self._count

    def _everybody(self) -> Iterable[Waiter]:
        return [waiting for those in self._waiting.values() for waiting in those]

    # --- the listener -----------------------------------------------------------------------------

    def _ensure_listening(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            if self._poke < 0:
                self._poked, self._poke = os.pipe()
            self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
            self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                self._listen_once()
            except psycopg.Error as error:
                logger.warning("listening again soon: %s", str(error).partition("\n")[0])
                time.sleep(_LOOK_EVERY_S / 2)

    def _listen_once(self) -> None:
        with (
            connect(application_name="platform_agents listener") as conn,
            closing(
                wakeups.listen(
                    conn, [RUN_DONE], look=lambda: self._look(conn), look_every_s=_LOOK_EVERY_S
                )
            ) as ears,
        ):
            while True:
                self._turn(conn, ears)

    def _turn(self, conn: psycopg.Connection[tuple[object, ...]], ears: Ears) -> None:
        self._wake({note.payload for note in ears.heard()}, conn)
        if ears.wait(or_readable=self._poked):
            os.read(self._poked, 64)
            with self._lock:
                lanes, self._queued = sorted(self._queued), set()
            wakeups.announce(conn, RUN_QUEUED, lanes)

    def _wake(self, finished: set[str], conn: psycopg.Connection[tuple[object, ...]]) -> None:
        with self._lock:
            ids = [execution_id for execution_id in finished if execution_id in self._waiting]
        if not ids:
            return
        found = {row[0]: row for row in conn.execute(_RESULTS, [ids])}
        with self._lock:
            for execution_id in ids:
                result = _result(found.get(execution_id))
                for waiting in self._waiting.get(execution_id, []):
                    waiting.wake(result)

    def _look(self, conn: psycopg.Connection[tuple[object, ...]]) -> list[Note]:
        with self._lock:
            ids = [waiting.execution_id for waiting in self._everybody() if not waiting.woken]
        rows = conn.execute(_DONE, [ids]).fetchall() if ids else []
        return [Note(RUN_DONE, str(execution_id)) for (execution_id,) in rows]


def _result(row: tuple[object, ...] | None) -> Result | None:
    if row is None or row[4]:
        return None
    return Result(*row[:4])  # type: ignore[arg-type]


waiters = Waiters()
