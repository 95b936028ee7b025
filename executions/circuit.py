"""Counts failures in a row of the modules whose policy limits them; see sql/circuit.sql.

Called by the reactor after its finishes, in a commit of its own that does not wait for the disk
unless a circuit opened. A worker killed between the two commits does not count that batch: the
circuit is a guard, not a ledger. `modules.circuit` resets it.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from executions.claims import Claimed, Finished

Connection = psycopg.Connection[Any]
logger = logging.getLogger(__name__)

_COUNT = "SELECT * FROM executions_circuit(%s::text[], %s::text[], %s::boolean[])"
_COUNT_REAPED = """
SELECT c.* FROM (
  SELECT array_agg(module_id) AS modules, array_agg(org_id) AS orgs, array_agg(false) AS completed
  FROM executions_run
  WHERE execution_id = ANY (%s) AND circuit AND outcome IN ('lost', 'timed_out')) r,
  executions_circuit(r.modules, r.orgs, r.completed) c
"""


def count(conn: Connection, finished: Iterable[Finished]) -> None:
    """Count these ends in their order. Only those say something about the module that come from
    its agent: neither cancelled runs nor those that could not even start."""
    ends = [end for end in finished if _counts(end)]
    if not ends:
        return
    modules = [end.run.module_id for end in ends]
    orgs = [end.run.org_id for end in ends]
    _say(conn.execute(_COUNT, [modules, orgs, [end.outcome == "completed" for end in ends]]))


def count_reaped(conn: Connection, ids: Sequence[str]) -> None:
    """Those of these runs that the reaper ended are failures, too."""
    if ids:
        _say(conn.execute(_COUNT_REAPED, [list(ids)]))


def _counts(end: Finished) -> bool:
    return end.run.circuit and end.outcome != "cancelled" and _started(end.run)


def _started(run: Claimed) -> bool:
    in_time = not run.late and (run.remaining_s is None or run.remaining_s > 0)
    return run.module_status == "active" and not run.row_gone and in_time


def _say(opened: Iterable[tuple[str, str, int]]) -> None:
    for module_id, org_id, failures in opened:
        fields = {"org_id": org_id, "module_id": module_id, "failures": failures}
        logger.error("circuit opened, the module's status is error", extra={"fields": fields})
