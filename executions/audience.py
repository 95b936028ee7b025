"""Whose runs somebody watches at the moment, and which of them changed in this turn of the worker.

Web processes with subscribers say so every ten seconds, by organization (`feeds.reader`); what was
not heard for a while is forgotten. Without subscribers nothing is kept, and nothing is sent.
"""

import time
from collections.abc import Iterable

from executions import wakeups
from executions.claims import Claimed, Connection
from executions.wakeups import RUN_CHANGED

_REMEMBERED_S = 25.0


class Audience:
    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._changed: dict[str, None] = {}

    def watches(self, org_id: str) -> None:
        """Heard just now."""
        now = time.monotonic()
        self._until = {org: until for org, until in self._until.items() if until > now}
        self._until[org_id] = now + _REMEMBERED_S

    def changed(self, runs: Iterable[Claimed]) -> None:
        """There is something new about these."""
        if not self._until:
            return
        now = time.monotonic()
        for run in runs:
            if self._until.get(run.org_id, now) > now:
                self._changed[f"{run.org_id} {run.execution_id}"] = None

    def tell(self, conn: Connection) -> None:
        """A statement of its own, after the commits that it tells of. Lost with the connection:
        whoever watches looks, too."""
        if self._changed:
            payloads, self._changed = list(self._changed), {}
            wakeups.announce(conn, RUN_CHANGED, payloads)
