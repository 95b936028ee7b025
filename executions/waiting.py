"""`waiting_because`: why a queued run does not run yet.

The conditions are the claim's own (sql/limits.sql). Called by the API and the admin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from executions import sql

_SQL = sql.read("waiting.sql")
AHEAD_AT_MOST = 1000
REASONS = (
    "waiting_for_approval", "waiting_step", "everything_paused", "organization_paused",
    "module_paused", "not_yet_available", "organization_at_limit", "module_at_limit", "no_worker",
    "turn",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """reason: waiting_for_approval and waiting_step (its own wish, until available_at; `step` says
    which), everything_paused, organization_paused, module_paused, not_yet_available,
    organization_at_limit, module_at_limit, no_worker, or turn: nothing holds it but its turn or a
    free worker. Limits are None where there is none, module_running also then. ahead: runs that
    go first in its organization's pile, counted to AHEAD_AT_MOST."""

    reason: str
    pause_reason: str | None
    step: str | None
    available_at: datetime
    organization_running: int
    organization_limit: int | None
    module_running: int | None
    module_limit: int | None
    ahead: int

    @property
    def message(self) -> str:
        """For people of the run's organization: why everything is paused is not theirs to read."""
        why = f": {self.pause_reason}" if self.pause_reason else "."
        ahead = "at least 1,000" if self.ahead == AHEAD_AT_MOST else self.ahead
        return {
            "waiting_for_approval": f"The step {self.step!r} waits for an operator's approval.",
            "waiting_step": f"The step {self.step!r} waits until available_at.",
            "everything_paused": "The whole platform is paused.",
            "organization_paused": f"The organization is paused{why}",
            "module_paused": f"The module is paused{why}",
            "not_yet_available": "It is not due yet; see available_at.",
            "organization_at_limit": f"The organization has {self.organization_running} runs"
            f" running and may have {self.organization_limit}.",
            "module_at_limit": f"The module has {self.module_running} runs running and may have"
            f" {self.module_limit}.",
            "no_worker": "No worker has reported lately; nothing runs.",
            "turn": "It waits for its turn and a free worker"
            + (f"; {ahead} go first." if self.ahead else "."),
        }[self.reason]


def waiting_because(org_id: str, *, execution_ids: Sequence[str]) -> dict[str, Waiting]:
    """{execution id: why it waits}; what is not queued, or not the organization's, is left out."""
    return waiting_of([org_id], execution_ids=execution_ids)


def waiting_of(org_ids: Sequence[str], *, execution_ids: Sequence[str]) -> dict[str, Waiting]:
    """The same, of several organizations at once."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"ids": list(execution_ids), "org_ids": list(org_ids)})
        names = [column.name for column in cursor.description][1:]
        rows = cursor.fetchall()
    return {row[0]: Waiting(**dict(zip(names, row[1:], strict=True))) for row in rows}
