"""The SQL of child executions: queue them, read how they ended, end those that nobody wants.

Called by the worker (`calls`, `claims.reap`) with its own autocommit connection, and by
`cancelling` for what its rows are told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from executions import sql, wakeups
from executions.wakeups import DELIVERY_DUE, RUN_CANCEL, RUN_DONE

Connection = psycopg.Connection[Any]
Cancelled = tuple[str, str, str | None, bool]
"""A row of cancel.sql: id, state now, worker when it runs, whether webhooks announce its end."""

_CALL = sql.read("call.sql")
_RESULTS = sql.read("results.sql")
_CANCEL = sql.read("cancel.sql")
_RESUME = """
UPDATE executions_run SET waiting = false
WHERE execution_id = ANY (%s) AND worker = %s AND waiting AND lease_until IS NOT NULL
RETURNING set_config('synchronous_commit', 'off', true)"""
_OPEN_BELOW = """
SELECT execution_id, org_id FROM executions_run WHERE parent = ANY (%s) AND outcome IS NULL"""


@dataclass(frozen=True, kw_only=True)
class NewChild:
    """A row of call.sql. left_s: seconds until the end of everything, from now."""

    id: str
    parent: str
    attempt: int
    module_id: str
    agent: str
    lane: str
    input: str
    priority: int
    max_attempts: int
    at_most_once: bool
    timeout_s: float
    start_within_s: float | None
    backoff_s: float
    circuit: bool
    left_s: float
    config_version: int | None


@dataclass(frozen=True, kw_only=True)
class ChildResult:
    """outcome is None when the run was deleted, row_gone when the gateway's row was."""

    id: str
    outcome: str | None
    row_gone: bool
    output: str | None
    error: str | None


def queue(conn: Connection, new: Sequence[NewChild], *, worker: str) -> dict[str, bool]:
    """Queue these in one commit. Returns {id: True when it was not queued because it would wait
    for itself}; what is missing has a parent that is not ours any more. Raises
    psycopg.IntegrityError when a module was deleted meanwhile: then nothing was queued."""
    rows = conn.execute(
        _CALL,
        {
            "worker": worker,
            "ids": [n.id for n in new],
            "parents": [n.parent for n in new],
            "attempts": [n.attempt for n in new],
            "module_ids": [n.module_id for n in new],
            "agents": [n.agent for n in new],
            "lanes": [n.lane for n in new],
            "inputs": [n.input for n in new],
            "priorities": [n.priority for n in new],
            "max_attempts": [n.max_attempts for n in new],
            "at_most_onces": [n.at_most_once for n in new],
            "timeouts": [n.timeout_s for n in new],
            "start_withins": [n.start_within_s for n in new],
            "backoffs": [n.backoff_s for n in new],
            "circuits": [n.circuit for n in new],
            "lefts": [n.left_s for n in new],
            "config_versions": [n.config_version for n in new],
        },
    ).fetchall()
    return {row[0]: row[1] for row in rows}


def results(conn: Connection, ids: Sequence[str]) -> list[ChildResult]:
    """How those of them ended that have ended."""
    with conn.cursor(row_factory=class_row(ChildResult)) as cursor:
        return cursor.execute(_RESULTS, {"ids": list(ids)}).fetchall()


def resume(conn: Connection, parents: Sequence[str], *, worker: str) -> None:
    """They wait for nothing any more, and count towards their organization's limit again."""
    conn.execute(_RESUME, [list(parents), worker])


def cancel(conn: Connection, children: Sequence[tuple[str, str]]) -> list[Cancelled]:
    """End these (id, org_id), and everything below. What has ended already stays as it is."""
    given = {"ids": [child for child, _ in children], "orgs": [org for _, org in children]}
    return conn.execute(_CANCEL, given).fetchall()


def cancel_below(conn: Connection, parents: Sequence[str]) -> list[Cancelled]:
    """End all that these runs called: their attempt was lost, and the next one calls anew."""
    children = conn.execute(_OPEN_BELOW, [list(parents)]).fetchall()
    return cancel(conn, children) if children else []


def tell(via: Any, cancelled: Sequence[Cancelled]) -> None:
    """Those who wait, and the workers. via: a connection, or a cursor of Django's."""
    asked = [f"{worker} {id_}" for id_, state, worker, _ in cancelled if state != "done"]
    ended = {id_: webhook for id_, state, _, webhook in cancelled if state == "done"}
    wakeups.announce(via, RUN_DONE, list(ended))
    wakeups.announce(via, RUN_CANCEL, asked)
    wakeups.announce(via, DELIVERY_DUE, [""] if any(ended.values()) else [])
