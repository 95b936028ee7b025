"""Waiting for executions: one listener per process, however many requests wait.

A request registers before it submits, so that a fast worker is never missed, gives its database
connection back, and sleeps. The listener wakes it on the notification; once a second it also looks
at the rows of everybody who waits, in one query, because a notification may be lost.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
from django.conf import settings

from executions import wakeups
from executions.wakeups import RUN_DONE, Note
from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_FULL = 0.8
_DONE = "SELECT execution_id FROM executions_run WHERE execution_id = ANY (%s) AND state = 'done'"


class Waiters:
    """Who waits for which execution in this process, and the thread that wakes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[threading.Event]] = {}
        self._count = 0
        self._closing = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def registered(self, execution_id: str) -> Iterator[threading.Event]:
        """An event that is set when the execution finishes."""
        done = threading.Event()
        with self._lock:
            self._waiting.setdefault(execution_id, []).append(done)
            self._count += 1
            self._ensure_listening()
        try:
            yield done
        finally:
            with self._lock:
                self._count -= 1
                self._waiting[execution_id].remove(done)
                if not self._waiting[execution_id]:
                    del self._waiting[execution_id]

    @property
    def crowded(self) -> bool:
        """Above 80 % of the web threads waiting: the rest must stay free to answer others."""
        return self._closing or bool(self._count >= settings.WEB_THREADS * _FULL)

    def dismiss(self) -> None:
        """The process ends: everybody wakes now and is told 202, nobody waits any more. Called in
        a signal handler of the main thread, which never holds the lock."""
        self._closing = True
        with self._lock:
            for events in self._waiting.values():
                for done in events:
                    done.set()

    def _wake(self, execution_id: str) -> None:
        with self._lock:
            for done in self._waiting.get(execution_id, []):
                done.set()

    def _ensure_listening(self) -> None:
        if self._thread is None or not self._thread.is_alive():
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
                for note in ears.heard():
                    self._wake(note.payload)
                ears.wait()

    def _look(self, conn: psycopg.Connection[tuple[str]]) -> list[Note]:
        with self._lock:
            ids = [id_ for id_, events in self._waiting.items()
                   if not all(done.is_set() for done in events)]  # fmt: skip
        found = conn.execute(_DONE, [ids]).fetchall() if ids else []
        return [Note(RUN_DONE, execution_id) for (execution_id,) in found]


waiters = Waiters()


def wait_until_finished(done: threading.Event, seconds: float) -> bool:
    """Sleep until the execution behind `done` finishes; False when the time is over. The caller
    must have given its database connection back."""
    return done.wait(seconds)
