"""The reactor of a worker that is told by a queue service what to claim.

It claims exactly the runs that messages name. What may not start now (paused, above a limit) stays
queued without a message and is sent again later, as is what a crash or a stop gave back. While the
service is away it claims as any other worker does, and children, which have no messages, always.
"""

import os
import selectors
import time
from contextlib import suppress
from typing import Any

from django.conf import settings

from executions import claims, lanes
from executions.reactor import Reactor
from executions.transports.receiver import Receiver
from executions.transports.rows import claim_one, unsent


class QueueReactor(Reactor):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._told, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        self.selector.register(self._told, selectors.EVENT_READ, self._heard_from_receiver)
        self.receivers = {lane: Receiver(lane, poke=self._poke) for lane in lanes.TOP}
        self._sweep_at = 0.0

    def _claim(self, conn: claims.Connection, lane: str) -> None:
        receiver = self.receivers.get(lane)
        if receiver is None or receiver.away:
            super()._claim(conn, lane)
            return
        self.hungry[lane] = False
        told = receiver.message if self.flights.free(lane) > 0 else None
        if told is not None:
            run = claim_one(
                conn, told, lane=lane, worker=self.worker, lease_s=settings.LEASE_SECONDS
            )
            if run is not None:
                self._start(conn, [run])
        receiver.make_room(room=self.flights.free(lane) > 0)
        if told is not None:
            receiver.answer()

    def _tick(self, conn: claims.Connection) -> None:
        super()._tick(conn)
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + settings.QUEUE_RESEND_SECONDS
        for lane, receiver in self.receivers.items():
            found = unsent(
                conn, lane=lane, worker=self.worker, after_s=settings.QUEUE_RESEND_SECONDS
            )
            if found.ids:
                receiver.send_again(found)

    def _begin_to_stop(self, grace_s: float) -> None:
        super()._begin_to_stop(grace_s)
        for receiver in self.receivers.values():
            receiver.close()

    def _poke(self) -> None:
        with suppress(BlockingIOError):  # poked enough
            os.write(self._tell, b"m")

    def _heard_from_receiver(self, _: int) -> None:
        os.read(self._told, 4096)
