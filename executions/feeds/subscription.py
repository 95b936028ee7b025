"""One subscriber's queue: what was read for it and not sent yet, within bounds.

Lives on the event loop. Who does not take what comes is dropped with a reason and loses nothing:
the log is in the database, and the next connection goes on after the last seq.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from executions.feeds.closing import DONE, SLOW, Closed, Why
from executions.feeds.messages import Message
from executions.feeds.watched import Joining, Topic

_MOST_MESSAGES = 10_000
_MOST_BYTES = 4_000_000  # of messages that others may hold as well


class Subscription:
    """private: sees what is for administrators. seq: the last event that was queued or sent."""

    def __init__(self, topic: Topic, *, org_id: str, seq: int = 0, private: bool = False) -> None:
        self.topic = topic
        self.org_id = org_id
        self.private = private
        self.seq = seq
        self.since: datetime | None = None
        self.closed: Why | None = None
        self._queue: deque[Message] = deque()
        self._bytes = 0
        self._state = ""
        self._wake = asyncio.Event()
        self.ended = asyncio.Event()
        """Set when there is nothing to wait for any more, whatever is still queued."""

    @property
    def joining(self) -> Joining:
        return Joining(
            who=self, topic=self.topic, org_id=self.org_id, seq=self.seq, since=self.since
        )

    def push(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if self.closed is None and self._is_new(message):
                self._append(message)
        self._wake.set()

    def _is_new(self, message: Message) -> bool:
        """Whoever joins makes the reader go back; the others have that already."""
        if message.type == "event":
            if message.seq <= self.seq:
                return False
            self.seq = message.seq
            return self.private or not message.private
        if message.type == "state" and self.topic.kind == "execution":
            before, self._state = self._state, message.body
            return before != message.body
        return True

    def _append(self, message: Message) -> None:
        self._queue.append(message)
        self._bytes += message.size
        if len(self._queue) > _MOST_MESSAGES or self._bytes > _MOST_BYTES:
            self.close(SLOW)
        elif message.type == "end":
            self.closed = DONE  # once it was taken

    def close(self, why: Why) -> None:
        """At once; what is queued is dropped. The first reason stays."""
        if self.closed is None or self.closed is DONE:
            self.closed = why
        self._queue.clear()
        self._bytes = 0
        self.ended.set()
        self._wake.set()

    async def take(self, *, wait_s: float) -> list[Message]:
        """All that is queued; nothing when nothing came for so long. Raises Closed."""
        if not self._queue and self.closed is None:
            self._wake.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                return []
        if not self._queue and self.closed is not None:
            raise Closed(self.closed)
        taken = list(self._queue)
        self._queue.clear()
        self._bytes = 0
        return taken
