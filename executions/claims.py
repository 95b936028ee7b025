"""The SQL that claims, beats, finishes, gives back and reaps: one statement each, each fenced.

Called by the worker with its own autocommit connection (`platform_agents.postgres.base.connect`).
Every change is guarded by the lease, the attempt and the worker's id: the claim commits without
waiting for the disk, so after a crash the same attempt number can be handed out again, and only
the worker's id (new at every start) tells the two apart. A row that does not come back was won by
someone else; its result is dropped. Times are the database's.

The fences say `lease_until IS NOT NULL`, which a CHECK makes equal to state = 'running': written
the other way the planner would read the whole partial index of running rows per finish.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import psycopg
from psycopg.rows import class_row

from executions import children, lanes, sql, wakeups
from executions.wakeups import RUN_DONE, RUN_QUEUED, Note

Connection = psycopg.Connection[Any]

WAITED_TOO_LONG = "It waited in the queue until its time was over."

_FINISH = sql.read("finish.sql")
_FINISH_ONE = sql.read("finish_one.sql")
_GIVE_BACK = sql.read("give_back.sql")
_BEAT = sql.read("beat.sql")
_TICK = sql.read("tick.sql")
_REAP = sql.read("reap.sql")
_EXPIRE = sql.read("expire.sql")
_FORGET_ANSWERS = "DELETE FROM executions_callback WHERE received_at < now() - interval '30 days'"
_FORGET = "DELETE FROM executions_worker WHERE beat_at < now() - interval '1 day'"
_EVENTS = sql.read("events.sql")
_LOOK = sql.read("look.sql")


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A run that is ours until its lease ends. config and input are JSON text as stored; config and
    endpoint are those of the version that the run was accepted with, config_gone when that is not
    there any more.

    capped: its module or organization has a limit, so its end may make room for another.
    remaining_s: until the deadline of everything, None without one. late: it should have started
    before now. module_status is None when the module is gone. checkpointed: it has steps or
    approvals of earlier attempts; decisions: how many of these had been decided by the claim.
    """

    execution_id: str
    org_id: str
    module_id: str
    agent: str
    attempt: int
    max_attempts: int
    suspect: bool
    timeout_s: float
    backoff_s: float
    at_most_once: bool
    circuit: bool
    depth: int
    priority: int
    capped: bool
    remaining_s: float | None
    late: bool
    module_status: str | None
    config: str | None
    endpoint: str | None
    input: str | None
    task_id: str | None
    row_gone: bool
    config_gone: bool
    checkpointed: bool
    decisions: int
    cursor_org: str

    @property
    def last_attempt(self) -> bool:
        return self.attempt >= self.max_attempts or self.at_most_once

    @property
    def limit_s(self) -> float:
        """Seconds that this attempt may take."""
        return min(self.timeout_s, self.timeout_s if self.remaining_s is None else self.remaining_s)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How an attempt ended: outcome is one of Run.Outcome; output is JSON text or None."""

    run: Claimed
    outcome: str
    output: str | None = None
    error: str | None = None
    usage: list[dict[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """A line for an execution's log; data is JSON text or None."""

    run: Claimed
    kind: str
    level: str = "info"
    message: str = ""
    data: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What an idle worker finds out with its one query."""

    io: bool
    cpu: bool
    lost: bool
    late: bool
    child_lanes: list[str]
    delivery: bool


@dataclass(frozen=True)
class Ended:
    """A run that was still ours. awaited: a call waits for it; webhook: a delivery may be due."""

    awaited: bool
    webhook: bool


class OutOfDate(Exception):
    """The database's queue and this code are of different releases."""


def check_release(conn: Connection) -> None:
    """Raises OutOfDate before anything is claimed that could then not be handled: a claim counts
    an attempt, and a worker that dies of a missing column would burn them all."""
    try:
        described = conn.execute("SELECT * FROM executions_claim('', 0, '') LIMIT 0").description
    except psycopg.ProgrammingError as error:
        raise OutOfDate("the queue is not there; run manage.py migrate") from error
    if {column.name for column in described or ()} != {f.name for f in fields(Claimed)}:
        raise OutOfDate("the queue is of another release; run manage.py migrate, or update me")


def claim(
    conn: Connection, *, lane: str, most: int, worker: str, lease_s: float, after: str
) -> list[Claimed]:
    """Up to `most` runs of the lane, fairly chosen; see sql/claim.sql."""
    with conn.cursor(row_factory=class_row(Claimed)) as cursor:
        cursor.execute(
            "SELECT * FROM executions_claim(%s, %s, %s, make_interval(secs => %s), %s)",
            [lane, most, worker, lease_s, after],
        )
        return cursor.fetchall()


def finish(
    conn: Connection, finished: Sequence[Finished], *, worker: str, announce: bool = False
) -> dict[str, Ended]:
    """End these runs in one commit. Returns those that were still ours.
    announce: to who waits, in the same commit (see `wakeups.in_sql`); otherwise call
    `announce_done` afterwards."""
    if len(finished) == 1:
        return _finish_one(conn, finished[0], worker=worker, announce=announce)
    rows = conn.execute(
        _FINISH,
        {
            "ids": [f.run.execution_id for f in finished],
            "attempts": [f.run.attempt for f in finished],
            "outcomes": [f.outcome for f in finished],
            "outputs": [f.output for f in finished],
            "errors": [f.error for f in finished],
            "usages": [json.dumps(f.usage) if f.usage else None for f in finished],
            "worker": worker,
            "announce": announce,
        },
    )
    return {row[0]: Ended(row[1], row[2]) for row in rows}


def _finish_one(
    conn: Connection, end: Finished, *, worker: str, announce: bool
) -> dict[str, Ended]:
    given = {
        "id": end.run.execution_id,
        "attempt": end.run.attempt,
        "outcome": end.outcome,
        "output": end.output,
        "error": end.error,
        "usage": json.dumps(end.usage) if end.usage else None,
        "worker": worker,
        "announce": announce,
    }
    return {row[0]: Ended(row[1], row[2]) for row in conn.execute(_FINISH_ONE, given)}


def give_back(
    conn: Connection,
    run: Claimed,
    *,
    worker: str,
    refund: bool,
    suspect: bool = False,
    delay_s: float = 0,
    error: str = "",
    code: str = "",
) -> bool:
    """Queue the run again. refund: this attempt does not count; one that counts is kept in the
    run's log with its error. suspect: its process died with it, so it next runs alone. False when
    it is not ours, or shall be cancelled."""
    given = {
        "id": run.execution_id,
        "attempt": run.attempt,
        "worker": worker,
        "refund": int(refund),
        "suspect": suspect,
        "delay_s": delay_s,
        "error": error,
        "code": code,
    }
    rows = conn.execute(_GIVE_BACK, given).fetchall()
    wakeups.announce(conn, RUN_QUEUED, [lane for lane, claimable in rows if claimable])
    return bool(rows)


def beat(
    conn: Connection, runs: Sequence[Claimed], *, worker: str, lease_s: float
) -> dict[str, bool]:
    """Renew the leases. Returns {id: cancel requested}; what is missing is no longer ours."""
    given = {
        "ids": [run.execution_id for run in runs],
        "attempts": [run.attempt for run in runs],
        "worker": worker,
        "lease_s": lease_s,
    }
    return {row[0]: row[1] for row in conn.execute(_BEAT, given)}


def tick(conn: Connection, *, worker: str, host: str, pid: int) -> Tick:
    """Say that this worker lives, and look for work whose wake-up was lost."""
    given = {"worker": worker, "host": host, "pid": pid, "lanes": list(lanes.CHILDREN)}
    with conn.cursor(row_factory=class_row(Tick)) as cursor:
        found = cursor.execute(_TICK, given).fetchone()
    assert found is not None
    return found


def forget_the_dead(conn: Connection) -> None:
    """Drop the rows of worker processes that were last seen a day ago, and answers to runs whose
    worker died before it could drop them."""
    conn.execute(_FORGET)
    conn.execute(_FORGET_ANSWERS)


def reap(conn: Connection) -> dict[str, str | None]:
    """End or requeue runs whose lease expired: {id: outcome, None when queued again}. Any worker
    may call it at any time; an advisory lock saves them from doing it all at once. What these
    runs had called is cancelled in the same commit."""
    with conn.transaction():
        rows = conn.execute(_REAP).fetchall()
        below = children.cancel_below(conn, [row[0] for row in rows]) if rows else []
    wakeups.announce(conn, RUN_QUEUED, sorted({lane for _, outcome, lane in rows if not outcome}))
    wakeups.announce(conn, RUN_DONE, [id_ for id_, outcome, _ in rows if outcome])
    children.tell(conn, below)
    return {id_: outcome for id_, outcome, _ in rows}


def expire(conn: Connection) -> list[str]:
    """End queued runs that should have started by now; the ids of those that this call ended."""
    ids = [row[0] for row in conn.execute(_EXPIRE, {"error": WAITED_TOO_LONG})]
    announce_done(conn, ids)
    return ids


def announce_done(conn: Connection, ids: Sequence[str]) -> None:
    """Wake whoever waits for these. A statement of its own: commits that notify queue up behind
    each other's flush, so it must not be the commit of the finish."""
    wakeups.announce(conn, RUN_DONE, ids)


def look(conn: Connection, *, worker: str, lanes: Sequence[str]) -> list[Note]:
    """What would have been announced to this worker, for when nothing can be heard."""
    rows = conn.execute(_LOOK, {"worker": worker, "lanes": list(lanes)})
    return [Note(channel, payload) for channel, payload in rows]


def append_events(conn: Connection, events: Sequence[NewEvent], *, worker: str) -> None:
    """Write these lines in their order, in one statement; those of runs that are not ours any more
    are dropped. When it returns they are committed, so an end that follows is seen after them."""
    conn.execute(
        _EVENTS,
        {
            "worker": worker,
            "ids": [e.run.execution_id for e in events],
            "attempts": [e.run.attempt for e in events],
            "kinds": [e.kind for e in events],
            "levels": [e.level for e in events],
            "messages": [e.message for e in events],
            "datas": [e.data for e in events],
        },
    )
