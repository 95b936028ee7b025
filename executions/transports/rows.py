"""The SQL of QUEUE_TRANSPORT: claim one given run, and find those whose message may be lost."""

from dataclasses import dataclass

from psycopg.rows import class_row

from executions import sql
from executions.claims import Claimed, Connection

_CLAIM_ONE = sql.read("claim_one.sql")
_UNSENT = sql.read("unsent.sql")
_CLAIM_LOCK = "SELECT pg_advisory_xact_lock(7203001)"  # that of sql/claim.sql


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """ids: runs that have waited for a while, oldest first. total: all that could be claimed."""

    ids: list[str]
    total: int


def claim_one(
    conn: Connection, execution_id: str, *, lane: str, worker: str, lease_s: float
) -> Claimed | None:
    """The run, now ours. None when it is not queued any more, or may not start now: paused, above
    a limit, or its row is held by somebody."""
    given = {"id": execution_id, "lane": lane, "worker": worker, "lease_s": lease_s}
    with conn.transaction(), conn.cursor(row_factory=class_row(Claimed)) as cursor:
        cursor.execute(_CLAIM_LOCK)
        return cursor.execute(_CLAIM_ONE, given).fetchone()


def unsent(conn: Connection, *, lane: str, worker: str, after_s: float) -> Unsent:
    """Empty for all workers but one."""
    rows = conn.execute(_UNSENT, {"lane": lane, "worker": worker, "after_s": after_s}).fetchall()
    return Unsent(ids=[row[0] for row in rows], total=rows[0][1] if rows else 0)
