"""QUEUE_TRANSPORT: a queue service between submit and claim, for those who run one already.

Without it (the default, and the better way) the rows are the queue and workers choose among them.
With it, `send` puts the id of an accepted execution into the service's queue of its lane, through
django-q2's own brokers for Redis and SQS, and `transports.reactor` claims exactly what it receives.
The row stays the truth: a message that is lost is sent again, one too many is a claim in vain.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from executions import family

logger = logging.getLogger(__name__)


class MessageQueue(Protocol):
    """A broker of django-q2's, as far as we use it. Messages are execution ids."""

    errors: tuple[type[Exception], ...]

    def enqueue(self, task: str, /) -> Any: ...

    def dequeue(self) -> list[tuple[Any, str | bytes]] | None:
        """Waits some seconds for a message."""

    def acknowledge(self, task_id: Any, /) -> Any: ...

    def queue_size(self) -> int:
        """How many messages wait to be received."""


def send(lane: str, execution_ids: Sequence[str]) -> None:
    """Does nothing without QUEUE_TRANSPORT. Raises nothing: what is not sent now is sent by a
    worker, some seconds later."""
    if settings.QUEUE_TRANSPORT and execution_ids:
        _outbox(lane).send(execution_ids)


def open_queue(lane: str) -> MessageQueue:
    """A connection to the lane's queue, for one thread. Raises what the service's client raises."""
    url = urlsplit(settings.QUEUE_TRANSPORT)
    if url.scheme == "sqs":
        from executions.transports.sqs_queue import SqsQueue  # noqa: PLC0415 (needs boto3)

        return SqsQueue(f"{url.path.strip('/') or 'platform_agents'}_{lane}")
    from executions.transports.redis_queue import RedisQueue  # noqa: PLC0415

    return RedisQueue(f"platform_agents_{lane}")


def service_errors() -> tuple[type[Exception], ...]:
    """What the service's client raises when the service is away or refuses."""
    if settings.QUEUE_TRANSPORT.startswith("sqs:"):
        from executions.transports.sqs_queue import SqsQueue  # noqa: PLC0415

        return SqsQueue.errors
    from executions.transports.redis_queue import RedisQueue  # noqa: PLC0415

    return RedisQueue.errors


class _Outbox:
    """Sends from any thread; a service that is away is left alone for growing pauses."""

    def __init__(self, lane: str) -> None:
        self._lane = lane
        self._idle: queue.SimpleQueue[MessageQueue] = queue.SimpleQueue()
        self._pause = family.Backoff()
        self._again_at = 0.0
        self._lock = threading.Lock()

    def send(self, execution_ids: Sequence[str]) -> None:
        if time.monotonic() < self._again_at:
            return
        try:
            with self._connection() as connection:
                for execution_id in execution_ids:
                    connection.enqueue(execution_id)
            self._pause.reset()
        except service_errors() as error:
            with self._lock:
                self._again_at = time.monotonic() + self._pause.next_s()
            logger.warning("an execution was not sent to the queue (%s)", type(error).__name__)

    @contextmanager
    def _connection(self) -> Iterator[MessageQueue]:
        """One that nobody else uses meanwhile; dropped when it fails."""
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = open_queue(self._lane)
        yield connection
        self._idle.put(connection)


@cache
def _outbox(lane: str) -> _Outbox:
    return _Outbox(lane)


os.register_at_fork(after_in_child=_outbox.cache_clear)
