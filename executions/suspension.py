"""Pauses of runs: an attempt that ends without an end of its execution (`agents.Suspended`).

The run goes back to the queue, holds no lease and no place, and is due later; the attempt does not
count. `approvals` makes it due earlier. Called by the reactor.
"""

import math
from dataclasses import dataclass
from typing import Any

from agents.checkpoints import LONGEST_NAME, LONGEST_WAIT_S
from executions import sql, wakeups
from executions.claims import Claimed, Connection
from executions.event_log import storable
from executions.wakeups import RUN_QUEUED

_SUSPEND = sql.read("suspend.sql")
_SHORTEST_S = 1.0
"""So that an agent that does nothing but pause does not keep a worker busy."""


@dataclass(frozen=True, kw_only=True)
class Pause:
    """why: `approval:STEP` or `wait:STEP`."""

    why: str
    resume_in_s: float

    @classmethod
    def of(cls, told: Any) -> "Pause":
        """From a result frame. Raises KeyError, TypeError or ValueError for what makes no sense."""
        reason, step, resume_in_s = told["reason"], told["step"], told["resume_in_s"]
        if reason not in ("approval", "wait") or not isinstance(step, str):
            raise ValueError("a pause has a reason and a step")
        if isinstance(resume_in_s, bool) or math.isnan(resume_in_s):
            raise TypeError("seconds are a number")
        bounded = float(min(max(resume_in_s, _SHORTEST_S), LONGEST_WAIT_S))
        return cls(why=f"{reason}:{storable(step[:LONGEST_NAME])}", resume_in_s=bounded)


@dataclass(frozen=True, kw_only=True)
class Suspension:
    run: Claimed
    pause: Pause


def suspend(conn: Connection, wanted: Suspension, *, worker: str) -> bool:
    """False when the run is not ours, or shall be cancelled."""
    run, pause = wanted.run, wanted.pause
    rows = conn.execute(
        _SUSPEND,
        {
            "id": run.execution_id,
            "attempt": run.attempt,
            "worker": worker,
            "why": pause.why,
            "decisions": run.decisions,
            "resume_in_s": pause.resume_in_s,
        },
    ).fetchall()
    wakeups.announce(conn, RUN_QUEUED, [lane for lane, due in rows if due])
    return bool(rows)
