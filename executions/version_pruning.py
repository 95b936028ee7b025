"""Deletes versions of configs that are too many, and that no run needs any more.

Called by `retention`, once an hour. A run needs its version until it has ended. Whoever submits
with a given version locks it until its run is there (`modules.pinned`), so: lock first, skipping
what is locked, and look for runs afterwards. Other submits take the newest version, which is always
kept.
"""

from django.conf import settings

from executions import lanes
from executions.claims import Connection

_ONE_AT_A_TIME = 7203003  # advisory lock, as those in sql/
_AT_ONCE = 1000
_MOST_QUEUED = 10_000

# The newest of those that replace it must be there for an hour: no submit is as slow as that.
# At random: those that must stay do not stand in the way of the others for ever.
_SURPLUS = """
WITH pruner AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(lock)s) AS mine)
SELECT v.id, v.org_id, v.module_id, v.version FROM modules_config_version v
WHERE (SELECT mine FROM pruner)
  AND (NOT EXISTS (SELECT 1 FROM public.modules m WHERE m.id = v.module_id)
       OR EXISTS (SELECT 1 FROM modules_config_version n
                  WHERE n.module_id = v.module_id AND n.version >= v.version + %(keep)s
                    AND n.created_at < now() - interval '1 hour'))
ORDER BY random() LIMIT %(most)s FOR UPDATE OF v SKIP LOCKED"""
_NEEDED = """
(SELECT module_id, config_version FROM executions_run
 WHERE state = 'queued' AND lane = ANY (%(lanes)s) AND org_id = %(org_id)s LIMIT %(most)s)
UNION ALL
SELECT module_id, config_version FROM executions_run WHERE state = 'running' AND org_id = %(org_id)s
"""
_DELETE = "DELETE FROM modules_config_version WHERE id = ANY (%s)"


def prune(conn: Connection) -> int:
    """How many were deleted; up to 1,000 at once, the rest next time. Nothing of an organization
    with a long queue: reading that costs more than a few rows."""
    given = {"lock": _ONE_AT_A_TIME, "keep": settings.CONFIG_VERSIONS_KEPT, "most": _AT_ONCE}
    with conn.transaction():
        surplus = conn.execute(_SURPLUS, given).fetchall()
        needed = {org_id: _needed(conn, org_id) for org_id in {row[1] for row in surplus}}
        unneeded = [
            id_
            for id_, org_id, module_id, version in surplus
            if (found := needed[org_id]) is not None and (module_id, version) not in found
        ]
        if unneeded:
            conn.execute(_DELETE, [unneeded])
    return len(unneeded)


def _needed(conn: Connection, org_id: str) -> set[tuple[str, int | None]] | None:
    """(module, version) of the organization's runs that have not ended; None: too many to say."""
    most = _MOST_QUEUED + 1
    given = {"lanes": list(lanes.ALL), "org_id": org_id, "most": most}
    rows = conn.execute(_NEEDED, given).fetchall()
    return None if len(rows) >= most else set(rows)
