"""What is kept of ended executions, configs, the audit and sessions, and for how long.

`prune` is an ordinary django-q2 task, once an hour (`executions.schedule_clock` makes its row), and
the command of that name. It deletes in batches that commit by themselves, never anything of an
execution that has not ended, and never a row of the gateway's. Of an organization that the gateway
has deleted nothing is kept, whatever the settings say.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from executions import rolling, sql, version_pruning

logger = logging.getLogger(__name__)

_EVENTS = sql.read("prune_events.sql")
_RUNS = sql.read("prune_runs.sql")
_AUDIT = sql.read("prune_audit.sql")
_SESSIONS = sql.read("prune_sessions.sql")
_ORGANIZATIONS = sql.read("run_orgs.sql")
_HOURS = sql.read("prune_hours.sql")
_BATCH = 5000
_RUNS_AT_ONCE = 1000
_AT_MOST_S = 60.0
"""A worker's process is not free for other tasks meanwhile; the next hour goes on."""


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """How many rows went. complete: nothing is left that should go."""

    events: int
    runs: int
    versions: int
    audit: int = 0
    sessions: int = 0
    complete: bool


def prune() -> Pruned:
    """Delete what is older than EVENT_RETENTION_DAYS and RETENTION_DAYS say (0 keeps for ever), and
    versions of configs beyond CONFIG_VERSIONS_KEPT; the audit after AUDIT_DAYS (0: never), and
    sessions that have expired."""
    until = time.monotonic() + _AT_MOST_S
    events, all_events = _until(until, _old_events(settings.EVENT_RETENTION_DAYS))
    runs, all_runs = 0, False
    if rolling.roll():  # what is not counted yet must not go
        runs, all_runs = _until(until, _old_runs(settings.RETENTION_DAYS))
    versions, all_versions = _until(until, _surplus_versions())
    audit, all_audit = _until(until, _rows(_AUDIT, days=settings.AUDIT_DAYS))
    sessions, all_sessions = _until(until, _rows(_SESSIONS))
    with connection.cursor() as cursor:
        cursor.execute(_HOURS)
    deleted = {"events": events, "runs": runs, "versions": versions, "audit": audit,
               "sessions": sessions}  # fmt: skip
    if any(deleted.values()):
        logger.info("pruned", extra={"fields": deleted})
    complete = all_events and all_runs and all_versions and all_audit and all_sessions
    return Pruned(**deleted, complete=complete)


def _until(deadline: float, batches: Iterator[int]) -> tuple[int, bool]:
    """Rows that these batches deleted, and whether all of them ran in time. The first one always
    does, so that an hour without time for more still makes progress."""
    deleted = 0
    for batch in batches:
        deleted += batch
        if time.monotonic() >= deadline:
            return deleted, False
    return deleted, True


def _old_events(days: int) -> Iterator[int]:
    if not days:
        return
    after, old = 0, _BATCH
    while old == _BATCH:
        given = {"after": after, "days": days, "most": _BATCH}
        with connection.cursor() as cursor:
            cursor.execute(_EVENTS, given)
            deleted, last, old = cursor.fetchone()
        after = last or after
        yield deleted


def _old_runs(days: int) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(_ORGANIZATIONS)
        organizations = cursor.fetchall()
    for org_id, exists in organizations:
        if days or not exists:
            yield from _old_runs_of(org_id, days if exists else 0)


def _old_runs_of(org_id: str, days: int) -> Iterator[int]:
    deleted = _RUNS_AT_ONCE
    while deleted == _RUNS_AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(_RUNS, {"org_id": org_id, "days": days, "most": _RUNS_AT_ONCE})
            [deleted] = cursor.fetchone()
        yield deleted


def _surplus_versions() -> Iterator[int]:
    connection.ensure_connection()
    while deleted := version_pruning.prune(connection.connection):
        yield deleted


def _rows(statement: str, **given: int) -> Iterator[int]:
    while deleted := _deleted(statement, given):
        yield deleted


def _deleted(statement: str, given: dict[str, int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**given, "most": _BATCH})
        [deleted] = cursor.fetchone()
    return int(deleted)
