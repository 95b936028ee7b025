"""The loop of a worker: claims runs, hands them to hosts, records how they end.

One thread owns everything here: its database connection, the ears that hear of work, the hosts'
channels and the runs in flight. It waits for any of them to be readable or for the next timer, and
reacts. Agent code never runs here, so nothing an agent does can hold up heartbeats and deadlines.
"""

import heapq
import logging
import os
import selectors
import socket
import time
import uuid
from collections.abc import Callable

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from executions import circuit, claims, family, grants, lanes, suspension, wakeups
from executions.audience import Audience
from executions.eagerness import Eagerness
from executions.flights import Flights, Returned
from executions.kept import kept
from executions.wakeups import (
    CHILD_DONE,
    DELIVERY_DUE,
    EVERY_LANE,
    RUN_ANSWERED,
    RUN_CANCEL,
    RUN_QUEUED,
    RUNS_WATCHED,
    TASK_QUEUED,
)
from executions.webhooks.deliverer import Deliverer
from platform_agents.postgres.base import connect

logger = logging.getLogger(__name__)

_BATCH = 16
_TICK_S = 5.0
_FAR_S = 60.0
"""Pauses that end later are found by a tick, which is exact enough for them."""
_FOREVER = float("inf")


class Reactor:
    def __init__(self, *, on_ordinary_task: Callable[[], None]) -> None:
        self.host = socket.gethostname()
        self.worker = f"{self.host}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self.selector = selectors.DefaultSelector()
        self.flights = Flights(self.selector)
        self.audience = Audience()
        self.deliverer = Deliverer()
        self.conn: claims.Connection | None = None
        self.ears: wakeups.Ears | None = None
        self.hungry = dict.fromkeys(lanes.ALL, False)
        self.eagerness = {lane: Eagerness() for lane in lanes.ALL}
        self.child_lanes: set[str] = set()
        self.after = dict.fromkeys(lanes.ALL, "")
        self.stop_by: float | None = None
        self.next_tick = 0.0
        self.wake_at: list[float] = []
        self.told: dict[str, Callable[[str], None]] = {
            RUN_QUEUED: self._told_of_work,
            RUN_CANCEL: self._told_to_cancel,
            RUN_ANSWERED: self._told_of_an_answer,
            CHILD_DONE: self.flights.calls.done,
            RUNS_WATCHED: self.audience.watches,
            DELIVERY_DUE: lambda _: self.deliverer.poke(),
            TASK_QUEUED: lambda _: on_ordinary_task(),
        }
        self._backoff = family.Backoff()
        self._poke_out, self._poke_in = os.pipe()
        self.selector.register(self._poke_out, selectors.EVENT_READ, self._poked)
        # Not only when `drain` says so: that waits while an ordinary task has this process.
        self._once_readable(family.stopping_fd(), settings.STOP_GRACE_SECONDS)
        self._once_readable(family.main_fd(), 0)  # all hosts died with it

    # --- from other threads -----------------------------------------------------------------------

    def stop(self) -> None:
        os.write(self._poke_in, b"s")

    # --- the loop ---------------------------------------------------------------------------------

    def run(self) -> None:
        try:
            while not self._finished():
                self._once()
        finally:
            self.flights.end_hosts()
            self._disconnect()
            self.deliverer.stop()

    def _finished(self) -> bool:
        if self.stop_by is None:
            return False
        return not self.flights.busy or time.monotonic() >= self.stop_by + 2

    def _once(self) -> None:
        family.turned()
        try:
            self._talk_to_database()
        except (psycopg.OperationalError, claims.OutOfDate, ImproperlyConfigured) as error:
            self._database_away(error)
        for key, events in self.selector.select(self._until_next_timer()):
            key.data(events)
        self.flights.check_deadlines()

    def _talk_to_database(self) -> None:
        """Everything that needs the connection; repeated whole after a reconnect."""
        conn, ears = self._connected()
        self._record(conn)
        if self.stop_by is not None and time.monotonic() >= self.stop_by:
            self._give_back_rest(conn)
        if time.monotonic() >= self.next_tick:
            self._tick(conn)
        self._wake_delayed()
        self._hear(ears)
        if self.stop_by is None:
            for lane in self._lanes():
                self._claim(conn, lane)
        self.audience.tell(conn)
        self._backoff.reset()

    def _until_next_timer(self) -> float:
        if self.ears is None:
            return self._backoff.next_s()
        if self.flights.urgent:
            return 0
        timers = [
            self.next_tick, self.ears.due, self.flights.next_deadline(),
            self.flights.calls.next_look(), self.flights.callbacks.next_look(),
            *self.wake_at[:1],
            self._claim_at() if self.stop_by is None else self.stop_by,
        ]  # fmt: skip
        return max(0.0, min(timers) - time.monotonic())

    # --- claiming ---------------------------------------------------------------------------------

    def _claim_at(self) -> float:
        """When the next claim is due, on the monotonic clock."""
        due = [
            self.eagerness[lane].due for lane in self._lanes()
            if self.hungry[lane] and self.flights.free(lane) > 0
        ]  # fmt: skip
        return min(due, default=_FOREVER)

    def _lanes(self) -> tuple[str, ...]:
        """Those of children only while there are any."""
        return (*lanes.TOP, *self.child_lanes) if self.child_lanes else lanes.TOP

    def _look_everywhere(self) -> None:
        """Something became claimable, and we do not know where."""
        for lane in self._lanes():
            self.hungry[lane] = True

    def _claim(self, conn: claims.Connection, lane: str) -> None:
        """Take what fits. A claim that comes back short says that nothing more is claimable."""
        most = min(self.flights.free(lane), _BATCH)
        eagerness = self.eagerness[lane]
        if not self.hungry[lane] or most <= 0 or eagerness.due > time.monotonic():
            return
        self.hungry[lane] = False  # a wake-up that arrives from here on is not lost
        runs = claims.claim(
            conn, lane=lane, most=most, worker=self.worker,
            lease_s=settings.LEASE_SECONDS, after=self.after[lane],
        )  # fmt: skip
        if runs:
            self.after[lane] = runs[0].cursor_org
            self.hungry[lane] = len(runs) == most
        self.audience.changed(runs)
        self._start(conn, runs)
        eagerness.claimed(len(runs), flying=self.flights.flying_in(lane))

    def _start(self, conn: claims.Connection, runs: list[claims.Claimed]) -> None:
        """With what earlier attempts kept and with what they are granted. Those that need neither
        go first; the others go back untried when the database cannot be asked now."""
        for run in runs:
            if not _needs_more(run):
                self.flights.start(run)
        if not (more := [run for run in runs if _needs_more(run)]):
            return
        try:
            found = kept(conn, more)
            ready = list(grants.read(conn, more))
        except psycopg.Error:
            self.flights.returned += [Returned(run=run, refund=True) for run in more]
            raise
        for run, granted in ready:
            self.flights.start(run, found.get(run.execution_id), grants=granted)

    def _woken(self, lane: str) -> None:
        self.eagerness[lane].woken(flying=self.flights.flying_in(lane))

    # --- recording --------------------------------------------------------------------------------

    def _record(self, conn: claims.Connection) -> None:
        """Finish and give back what ended, in one commit for all that ended meanwhile."""
        self.flights.calls.attend(conn, worker=self.worker)  # children end before their parents
        self.flights.checkpoints.write(conn, worker=self.worker)
        self.flights.callbacks.attend(conn)
        if events := self.flights.log.waiting:
            claims.append_events(conn, events, worker=self.worker)
            self.flights.log.written()
            self.audience.changed(event.run for event in events)
        if finished := self.flights.unrecorded:
            alone = len(finished) == 1 and not self.flights.flying and wakeups.in_sql()
            ours = claims.finish(conn, finished, worker=self.worker, announce=alone)
            self.flights.unrecorded = []
            if not alone:
                claims.announce_done(conn, [id_ for id_, end in ours.items() if end.awaited])
            if any(end.webhook for end in ours.values()):
                self.deliverer.poke()
            ended = [end for end in finished if end.run.execution_id in ours]
            self.flights.calls.finished(conn, [end.run for end in ended])
            self.flights.callbacks.finished(conn, [end.run for end in ended])
            circuit.count(conn, ended)
            self.audience.changed(end.run for end in ended)
            self._log(finished, ours)
            if any(end.run.capped for end in finished):
                self._look_everywhere()  # there may be room for another now
        while self.flights.returned:
            self._give_back(conn, self.flights.returned[0])
            self.flights.returned.pop(0)
        while self.flights.suspended:
            self._suspend(conn, self.flights.suspended[0])
            self.flights.suspended.pop(0)

    def _give_back(self, conn: claims.Connection, back: Returned) -> None:
        queued = claims.give_back(
            conn, back.run, worker=self.worker, refund=back.refund, suspect=back.suspect,
            delay_s=back.delay_s, error=back.error, code=back.code,
        )  # fmt: skip
        self.audience.changed([back.run])
        if not queued:
            self.flights.not_given_back(back.run)
        elif back.delay_s:
            heapq.heappush(self.wake_at, time.monotonic() + back.delay_s)

    def _suspend(self, conn: claims.Connection, wanted: suspension.Suspension) -> None:
        resume_in_s = wanted.pause.resume_in_s
        self.audience.changed([wanted.run])
        if not suspension.suspend(conn, wanted, worker=self.worker):
            self.flights.not_given_back(wanted.run)
        elif resume_in_s < _FAR_S:
            heapq.heappush(self.wake_at, time.monotonic() + resume_in_s)

    def _log(self, finished: list[claims.Finished], ours: dict[str, claims.Ended]) -> None:
        for end in finished:
            run = end.run
            fields = {
                "execution_id": run.execution_id,
                "org_id": run.org_id,
                "agent": run.agent,
                "attempt": run.attempt,
                "outcome": end.outcome if run.execution_id in ours else "dropped",
            }
            logger.info("execution finished", extra={"fields": fields})

    def _give_back_rest(self, conn: claims.Connection) -> None:
        """The grace is over: what still runs goes back to the queue, uncounted."""
        self.flights.give_back_all()
        self._record(conn)

    # --- timers -----------------------------------------------------------------------------------

    def _tick(self, conn: claims.Connection) -> None:
        """Every five seconds at least: show that we live, renew leases, look for what was lost."""
        self.next_tick = time.monotonic() + min(_TICK_S, settings.LEASE_SECONDS / 4)
        self.flights.end_unneeded_hosts()
        seen = claims.tick(conn, worker=self.worker, host=self.host, pid=os.getpid())
        if runs := self.flights.runs():
            alive = claims.beat(conn, runs, worker=self.worker, lease_s=settings.LEASE_SECONDS)
            self.flights.heed(alive)
        if seen.late:
            claims.expire(conn)
        if seen.lost:
            self._reap(conn)
        if seen.delivery or seen.late or seen.lost:
            self.deliverer.poke()
        self.child_lanes = set(seen.child_lanes)
        self.hungry["io"] |= seen.io
        self.hungry["cpu"] |= seen.cpu
        self.hungry.update(dict.fromkeys(seen.child_lanes, True))

    def _reap(self, conn: claims.Connection) -> None:
        reaped = claims.reap(conn)
        circuit.count_reaped(conn, [id_ for id_, outcome in reaped.items() if outcome])
        for execution_id, outcome in reaped.items():
            fields = {"execution_id": execution_id, "outcome": outcome or "queued again"}
            logger.warning("lease expired", extra={"fields": fields})

    # --- the database connection ------------------------------------------------------------------

    def _connected(self) -> tuple[claims.Connection, wakeups.Ears]:
        if self.conn is None or self.ears is None:
            conn = self._connect()
            ears = wakeups.listen(conn, tuple(self.told), look=self._look)
            self.conn, self.ears = conn, ears
            self._look_everywhere()
            if ears.fd is not None:
                self.selector.register(ears.fd, selectors.EVENT_READ, lambda _: None)
        return self.conn, self.ears

    def _connect(self) -> claims.Connection:
        conn = connect(application_name="platform_agents worker")
        try:
            if not settings.DATABASE_POOLED:
                # The statements' shapes never change, and a plan made for an empty queue is as
                # good for a full one: planning each time would cost more than running them.
                conn.execute("SET plan_cache_mode = force_generic_plan")
            claims.check_release(conn)
            claims.forget_the_dead(conn)
        except BaseException:
            conn.close()
            raise
        return conn

    def _disconnect(self) -> None:
        if self.conn is None or self.ears is None:
            return
        if self.ears.fd is not None:
            self.selector.unregister(self.ears.fd)
        self.ears.close()
        self.conn.close()
        self.conn = self.ears = None

    def _database_away(self, error: Exception) -> None:
        logger.warning("no work from the database: %s", str(error).partition("\n")[0])
        self._disconnect()

    def _hear(self, ears: wakeups.Ears) -> None:
        for note in ears.heard():
            self.told[note.channel](note.payload)

    def _told_of_work(self, lane: str) -> None:
        if lane == EVERY_LANE:
            self.child_lanes = set(lanes.CHILDREN)
            self._look_everywhere()
        elif lane in self.hungry:
            self.hungry[lane] = True
            if lane not in lanes.TOP:
                self.child_lanes.add(lane)
            self._woken(lane)

    def _told_to_cancel(self, payload: str) -> None:
        """Only the row can say so: the next heartbeat, which comes at once, reads it there."""
        if payload.partition(" ")[0] == self.worker:
            self.next_tick = 0.0

    def _told_of_an_answer(self, payload: str) -> None:
        worker, _, execution_id = payload.partition(" ")
        if worker == self.worker:
            self.flights.callbacks.answered(execution_id)

    def _look(self) -> list[wakeups.Note]:
        assert self.conn is not None
        return claims.look(self.conn, worker=self.worker, lanes=lanes.ALL)

    def _wake_delayed(self) -> None:
        """Runs that we queued for later; those of other workers are found by their own."""
        now = time.monotonic()
        while self.wake_at and self.wake_at[0] <= now:
            heapq.heappop(self.wake_at)
            self._look_everywhere()

    def _poked(self, _: int) -> None:
        os.read(self._poke_out, 64)
        self._begin_to_stop(settings.STOP_GRACE_SECONDS)

    def _once_readable(self, fd: int | None, grace_s: float) -> None:
        """Begin to stop then. What can be read stays there, for the others."""
        if fd is None:
            return

        def ready(_: int) -> None:
            self.selector.unregister(fd)
            self._begin_to_stop(grace_s)

        self.selector.register(fd, selectors.EVENT_READ, ready)

    def _begin_to_stop(self, grace_s: float) -> None:
        stop_by = time.monotonic() + grace_s
        self.stop_by = stop_by if self.stop_by is None else min(self.stop_by, stop_by)


def _needs_more(run: claims.Claimed) -> bool:
    """Than what came with the claim."""
    return run.checkpointed or grants.needed(run)
