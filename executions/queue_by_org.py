"""The queue at this moment, organization by organization: for the pages of operators.

Bounded whatever is queued: see sql/queue_by_org.sql. Why the first of each waits is said by
`executions.waiting`; figures without organizations are in `executions.gauges`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from executions import lanes, sql

COUNTED_AT_MOST = 1_000
ALL_COUNTED_AT_MOST = 10_000
_COUNT = """
SELECT count(*) FROM (
  SELECT 1 FROM executions_run
  WHERE state = 'queued' AND (%(orgs)s::text[] IS NULL OR org_id = ANY (%(orgs)s))
  ORDER BY lane, org_id, gate, priority, available_at LIMIT %(most)s) found"""
_SQL = sql.read("queue_by_org.sql")


@dataclass(frozen=True, kw_only=True)
class OrgQueue:
    """queued counts to COUNTED_AT_MOST. oldest: the execution that is due longest; oldest_s: since
    when, 0 when nothing is due yet."""

    org_id: str
    queued: int
    running: int
    oldest: str
    oldest_s: float


def by_organization(org_ids: Sequence[str] | None, *, most: int) -> list[OrgQueue]:
    """Those that wait longest first. org_ids: None for all organizations."""
    given = {
        "orgs": None if org_ids is None else list(org_ids),
        "lanes": list(lanes.ALL),
        "most": most,
        "count_to": COUNTED_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, given)
        return [
            OrgQueue(org_id=org_id, queued=queued, running=running, oldest=oldest, oldest_s=s)
            for org_id, queued, running, oldest, s in cursor.fetchall()
        ]


def count(org_ids: Sequence[str] | None) -> int:
    """How many are queued in all, to ALL_COUNTED_AT_MOST."""
    orgs = None if org_ids is None else list(org_ids)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"orgs": orgs, "most": ALL_COUNTED_AT_MOST})
        [queued] = cursor.fetchone()
    return int(queued)
