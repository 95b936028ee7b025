"""The thread that receives the messages of one lane for one worker.

It takes a message only while the worker has a place for the run, so that what waits, waits in the
queue, where it can be counted and another worker can take it. It acknowledges after the reactor
has dealt with it. It also sends again what was lost.
"""

import logging
import threading
from collections.abc import Callable

from executions import family, transports
from executions.transports.rows import Unsent

logger = logging.getLogger(__name__)

_TAKE_PART_S = 1.0


class Receiver:
    """away: the service does not answer. message: an execution id for the reactor to deal with,
    which then calls `answer`; None when there is none."""

    def __init__(self, lane: str, *, poke: Callable[[], None]) -> None:
        self.away = False
        self.message: str | None = None
        self._lane = lane
        self._poke = poke
        self._room = threading.Event()
        self._answered = threading.Event()
        self._closed = False
        self._unsent: Unsent | None = None
        self._queue: transports.MessageQueue | None = None
        threading.Thread(target=self._receive, name=f"receiver {lane}", daemon=True).start()

    # --- for the reactor --------------------------------------------------------------------------

    def make_room(self, *, room: bool) -> None:
        """Whether the worker could start another run of this lane."""
        if room:
            self._room.set()
        else:
            self._room.clear()

    def answer(self) -> None:
        self.message = None
        self._answered.set()

    def send_again(self, unsent: Unsent) -> None:
        self._unsent = unsent

    def close(self) -> None:
        """A message in hand goes back to the queue."""
        self._closed = True
        self._answered.set()

    # --- the thread -------------------------------------------------------------------------------

    def _receive(self) -> None:
        pause = family.Backoff()
        errors = transports.service_errors()
        while not self._closed:
            try:
                self._once()
                pause.reset()
                self._set_away(away=False)
            except errors as error:
                self._queue = None
                self._set_away(away=True, error=error)
                pause.wait()

    def _once(self) -> None:
        queue = self._queue = self._queue or transports.open_queue(self._lane)
        if self._unsent:
            self._send_missing(queue, self._unsent)
            self._unsent = None
        if not self._room.wait(_TAKE_PART_S):
            return
        for receipt, body in queue.dequeue() or []:
            text = body.decode() if isinstance(body, bytes) else body
            if not self._dealt_with(text):
                queue.enqueue(text)
            queue.acknowledge(receipt)

    def _dealt_with(self, execution_id: str) -> bool:
        self._answered.clear()
        self.message = execution_id
        self._poke()
        while self.message is not None and not self._closed:
            self._answered.wait(_TAKE_PART_S)
        return self.message is None

    def _send_missing(self, queue: "transports.MessageQueue", unsent: Unsent) -> None:
        """As many as there are fewer messages than runs. The oldest: the queue is (nearly) in
        order, so their messages would have come first."""
        missing = unsent.total - queue.queue_size()
        for execution_id in unsent.ids[: max(0, missing)]:
            queue.enqueue(execution_id)

    def _set_away(self, *, away: bool, error: Exception | None = None) -> None:
        if away != self.away:
            self.away = away
            what = f"is away ({type(error).__name__}); claiming without it" if away else "is back"
            logger.warning("the %s queue %s", self._lane, what)
            self._poke()
