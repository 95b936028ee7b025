"""The one reader of a web process: a thread that reads what changed, once for all who watch it.

It hears of changes from the workers, whom it tells every ten seconds whose runs are watched, and
looks by itself every second. It runs only while somebody watches. Whoever joins is told their first
messages by it too, so that all that a subscriber hears of states comes in the order of the reads,
and a state never goes backwards.
"""

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured

from executions import wakeups
from executions.feeds.round import Round
from executions.feeds.watched import (
    Joining,
    Parcel,
    Topic,
    WatchedExecution,
    WatchedOrganization,
)
from executions.wakeups import RUN_CHANGED, RUNS_WATCHED, Ears, Note
from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_SAY_EVERY_S = 10.0
_PAUSE_S = 0.01  # between two reads: what comes meanwhile is read at once


class Reader:
    """deliver: called in the reader's thread."""

    def __init__(self, deliver: Callable[[Sequence[Parcel]], None]) -> None:
        self._deliver = deliver
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._executions: dict[str, WatchedExecution] = {}
        self._organizations: dict[str, WatchedOrganization] = {}
        self._joining: list[Joining] = []
        self._more: set[str] = set()
        self._said: tuple[frozenset[str], float] = (frozenset(), 0.0)
        self._poked, self._poke = -1, -1

    # --- from the event loop ----------------------------------------------------------------------

    def join(self, joining: Joining) -> None:
        """Tell them what is and what will be, until nobody is left on the topic."""
        with self._lock:
            if joining.topic.kind == "execution":
                self._executions.setdefault(joining.topic.id, WatchedExecution(joining.org_id))
            else:
                self._organizations.setdefault(joining.topic.id, WatchedOrganization())
            self._joining.append(joining)
            self._ensure_running()
        with suppress(BlockingIOError):  # it was poked enough
            os.write(self._poke, b"j")

    def leave(self, topic: Topic) -> None:
        """The last one has left."""
        with self._lock:
            watched: dict[str, Any] = (
                self._executions if topic.kind == "execution" else self._organizations
            )
            watched.pop(topic.id, None)
            self._joining = [j for j in self._joining if j.topic != topic]

    def _ensure_running(self) -> None:
        if self._poke < 0:
            self._poked, self._poke = os.pipe()
            os.set_blocking(self._poke, False)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="feeds", daemon=True)
            self._thread.start()

    # --- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._nobody_is_left():
            try:
                self._listen()
            except (psycopg.Error, ImproperlyConfigured) as error:
                logger.warning("watching again soon: %s", str(error).partition("\n")[0])
                time.sleep(_LOOK_EVERY_S / 2)
            except Exception:
                logger.exception("watching again soon")  # or all feeds would stand still, unsaid
                time.sleep(_LOOK_EVERY_S)

    def _nobody_is_left(self) -> bool:
        with self._lock:
            if self._executions or self._organizations:
                return False
            self._thread = None
            return True

    def _listen(self) -> None:
        self._said = (frozenset(), 0.0)
        with self._lock:
            for watched in self._organizations.values():
                watched.doubt()
        with (
            connect(application_name="platform_agents feeds") as conn,
            closing(
                wakeups.listen(
                    conn, [RUN_CHANGED], look=lambda: self._look(conn), look_every_s=_LOOK_EVERY_S
                )
            ) as ears,
        ):
            while self._executions or self._organizations:
                self._turn(conn, ears)

    def _turn(self, conn: psycopg.Connection[Any], ears: Ears) -> None:
        self._say_who_is_watched(conn)
        if self._read(conn, ears.heard()):
            time.sleep(_PAUSE_S)
        if not self._more and ears.wait(or_readable=self._poked):
            os.read(self._poked, 4096)

    def _say_who_is_watched(self, conn: psycopg.Connection[Any]) -> None:
        """To the workers, who forget it after a while."""
        with self._lock:
            orgs = {watched.org_id for watched in self._executions.values()}
            watched_now = frozenset(orgs | self._organizations.keys())
        said, at = self._said
        if watched_now - said or time.monotonic() - at >= _SAY_EVERY_S:
            wakeups.announce(conn, RUNS_WATCHED, sorted(watched_now))
            self._said = (watched_now, time.monotonic())

    def _look(self, conn: psycopg.Connection[Any]) -> list[Note]:
        """As if everything that is watched had been announced."""
        with self._lock:
            executions, organizations = dict(self._executions), dict(self._organizations)
        this = Round(conn)
        notes = [Note(RUN_CHANGED, f"{w.org_id} {id_}") for id_, w in executions.items()]
        for org_id, watched in organizations.items():
            notes += [Note(RUN_CHANGED, f"{org_id} {id_}") for id_ in this.look(org_id, watched)]
        return notes

    def _read(self, conn: psycopg.Connection[Any], notes: list[Note]) -> bool:
        """Whether there was anything to read. What is heard in vain is not ours to watch."""
        heard: dict[str, set[str]] = defaultdict(set)
        for note in notes:
            org_id, _, execution_id = note.payload.partition(" ")
            heard[org_id].add(execution_id)
        with self._lock:
            joining = list(self._joining)
            executions, organizations = dict(self._executions), dict(self._organizations)
        this = Round(conn, joining)
        changed = {id_ for ids in heard.values() for id_ in ids} | self._more | this.joined
        for id_ in changed & executions.keys():
            this.wants_execution(id_, executions[id_])
        for org_id in (heard.keys() | this.joined) & organizations.keys():
            this.wants_organization(org_id, organizations[org_id], heard[org_id])
        parcels = this.read()
        self._more = this.more
        with self._lock:
            done = set(map(id, joining))
            self._joining = [j for j in self._joining if id(j) not in done]
        if parcels:
            self._deliver(parcels)
        return this.wanted
