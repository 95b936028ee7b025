"""Runs of this worker that a remote server answers later, until the answer is there.

`Callbacks` hears that a run waits, and once per turn of the reactor's loop `attend`s to the
database, where the web server put what it accepted (`answering`). An answer is kept until the run's
end is recorded: when this worker dies first, the next attempt asks the server again, with the same
Idempotency-Key, and when that says 202 once more, finds the answer that was given already.
"""

import math
import time
from collections.abc import Callable, Sequence

from executions.claims import Claimed, Connection
from executions.host_pool import Flight
from modules import registry

_LOOK_EVERY_S = 5.0
_READ = "SELECT execution_id, body FROM executions_callback WHERE execution_id = ANY (%s)"
_FORGET = "DELETE FROM executions_callback WHERE execution_id = ANY (%s)"


class Callbacks:
    """`reply` sends a callback frame to a flight's host."""

    def __init__(self, reply: Callable[[Flight, bytes], None]) -> None:
        self._reply = reply
        self._waiting: dict[str, Flight] = {}
        self._answered: set[str] = set()  # heard of, or not asked for yet
        self._next_look = 0.0

    def waits(self, flight: Flight) -> None:
        """Its server said that it will answer later; perhaps it has already."""
        self._waiting[flight.run.execution_id] = flight
        self.answered(flight.run.execution_id)

    def answered(self, execution_id: str) -> None:
        if execution_id in self._waiting:
            self._answered.add(execution_id)

    def forget(self, flight: Flight) -> None:
        """Its attempt has ended, however it did."""
        self._waiting.pop(flight.run.execution_id, None)
        self._answered.discard(flight.run.execution_id)

    @property
    def urgent(self) -> bool:
        return bool(self._answered)

    def next_look(self) -> float:
        return self._next_look if self._waiting else math.inf

    def attend(self, conn: Connection) -> None:
        """Look at those we heard of; at all of them every five seconds, because a notification may
        be lost. May fail with the connection and is then done again."""
        due = time.monotonic() >= self.next_look()
        if not due and not self._answered:
            return
        rows = conn.execute(_READ, [list(self._waiting if due else self._answered)]).fetchall()
        self._next_look = time.monotonic() + _LOOK_EVERY_S
        self._answered.clear()
        for execution_id, body in rows:
            self._reply(self._waiting.pop(execution_id), body.encode())

    def finished(self, conn: Connection, runs: Sequence[Claimed]) -> None:
        """The ends of these are recorded; what was answered is of no use any more."""
        if ids := [run.execution_id for run in runs if run.agent == registry.REMOTE]:
            conn.execute(_FORGET, [ids])
