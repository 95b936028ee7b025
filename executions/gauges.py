"""The installation at this moment, for `/metrics`. No organization's rows are told apart, and
nothing is counted without a bound: the ledger may hold millions of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from executions import lanes, sql

COUNTED_AT_MOST = 10_000
# A LIMIT lets the planner read the table, which is slow where nothing is found.
_SETTINGS = "SET LOCAL statement_timeout = 2000; SET LOCAL enable_seqscan = off"
_LANES = sql.read("gauges.sql")
_WORKERS = """
SELECT count(*) FROM executions_worker WHERE beat_at > now() - interval '30 seconds'"""
# Two seconds back: a run's end is visible a moment later than its time says. Five minutes at most:
# whoever asks less often gets fewer ends, and no query without a bound.
_FINISHED = """
SELECT u.until, r.agent, r.outcome, count(r.execution_id)
FROM (SELECT now() - interval '2 seconds' AS until) u
LEFT JOIN executions_run r ON r.state = 'done' AND r.finished_at <= u.until
  AND r.finished_at > greatest(%s::timestamptz, u.until - interval '5 minutes')
GROUP BY 1, 2, 3"""


@dataclass(frozen=True, kw_only=True)
class LaneGauges:
    """queued counts to COUNTED_AT_MOST. oldest_s: how long the oldest run that is due and that
    nobody paused has waited; 0 without one."""

    lane: str
    queued: int
    running: int
    oldest_s: float


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Runs that finished, {(agent, outcome): how many}, up to this moment."""

    until: datetime
    runs: dict[tuple[str, str], int]


def by_lane() -> list[LaneGauges]:
    rows = _rows(_LANES, {"lanes": list(lanes.ALL), "most": COUNTED_AT_MOST})
    return [
        LaneGauges(lane=lane, queued=queued, running=running, oldest_s=oldest_s)
        for lane, queued, running, oldest_s in rows
    ]


def workers_alive() -> int:
    [(alive,)] = _rows(_WORKERS, [])
    return int(alive)


def finished_since(moment: datetime | None) -> Ends:
    """None: nothing yet, only the moment to go on from."""
    rows = _rows(_FINISHED, [moment])
    runs = {(agent, outcome): n for _, agent, outcome, n in rows if agent and moment}
    return Ends(until=rows[0][0], runs=runs)


def _rows(query: str, given: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        cursor.execute(query, given)
        return list(cursor.fetchall())
