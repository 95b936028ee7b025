"""A call of another module, and the queued child that it becomes. Called by `calls`.

What `dispatch.submit` is for the world outside, this is for agents. The input is passed on as the
text that came: it is checked against the agent's Input where the child runs, so that the code of a
package's models never runs in a worker, and 5 MB are not parsed on the reactor's thread.
"""

import time
from dataclasses import dataclass, field

from uuid_utils import uuid7

from executions import lanes
from executions.children import Connection, NewChild
from executions.host_pool import Flight
from modules import lookup
from modules.lookup import RunnableModule


@dataclass(kw_only=True, eq=False)
class Call:
    """number is the host's own. execution_id is the child's, chosen at once: asking the database
    twice for the same call changes nothing. asked: the child may stand in the queue."""

    flight: Flight
    number: int
    module: str
    input: str
    timeout_s: float | None
    execution_id: str = field(default_factory=lambda: str(uuid7()))
    asked: bool = False

    @property
    def parent(self) -> str:
        return self.flight.run.execution_id

    @property
    def org_id(self) -> str:
        return self.flight.run.org_id

    def left_s(self) -> float:
        """Until the child must have ended: with its parent's attempt at the latest."""
        left_s = self.flight.act_at - time.monotonic()
        return max(0.0, left_s if self.timeout_s is None else min(left_s, self.timeout_s))


def find(conn: Connection, call: Call) -> RunnableModule:
    """The module that is meant, among those of the caller's organization. Raises ModuleError."""
    return lookup.active(
        lambda query, params: conn.execute(query, params).fetchall(), call.org_id, call.module
    )


def new_child(call: Call, target: RunnableModule) -> NewChild:
    policy, run = target.policy, call.flight.run
    return NewChild(
        id=call.execution_id,
        parent=call.parent,
        attempt=run.attempt,
        module_id=target.module_id,
        agent=target.agent.name,
        lane=lanes.of(target.agent.lane, run.depth + 1),
        input=call.input,
        priority=policy.priority,
        max_attempts=1 if policy.at_most_once else policy.max_attempts,
        at_most_once=policy.at_most_once,
        timeout_s=policy.timeout_s,
        start_within_s=policy.start_within_s,
        backoff_s=policy.backoff_s,
        circuit=policy.circuit,
        left_s=call.left_s(),
        config_version=target.config_version,
    )
