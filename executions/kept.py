"""What executions kept of themselves, read for the attempt that goes on from there.

Written by `checkpoints` and `approvals`. Called by the reactor, with its own connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from executions import sql
from executions.claims import Claimed, Connection

_APPROVALS = sql.read("kept_approvals.sql")
_STEPS = """
SELECT execution_id, step, index, status, coalesce(output, ''), error FROM executions_step
WHERE execution_id = ANY (%s)"""


@dataclass(kw_only=True)
class Kept:
    """What a run that starts again is given: headers and bodies of `step` frames, and the
    `approvals` of its `run` frame."""

    steps: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    approvals: dict[str, dict[str, Any]] = field(default_factory=dict)


def kept(conn: Connection, runs: Sequence[Claimed]) -> dict[str, Kept]:
    """For those of these runs that have any. Approvals that nobody decided in time expire here."""
    ids = [run.execution_id for run in runs if run.checkpointed]
    found = {id_: Kept() for id_ in ids}
    if not ids:
        return found
    for id_, step, index, status, output, error in conn.execute(_STEPS, [ids]):
        header = {"id": id_, "step": step, "index": index, "status": status, "error": error}
        found[id_].steps.append((header, output.encode()))
    for id_, step, state, left_s, by, comment, at in conn.execute(_APPROVALS, {"ids": ids}):
        found[id_].approvals[step] = {
            "state": state, "left_s": left_s, "by": by, "comment": comment,
            "at": "" if at is None else at.isoformat().replace("+00:00", "Z"),
        }  # fmt: skip
    return found
