"""Redis' pub/sub, for databases behind a transaction pooler.

Redis keeps nothing for us: a message reaches who listens at that moment, or nobody. While it is
away, announcements are dropped at once and listeners say that they are not reliable, so their
owners look for themselves; both try again with growing pauses and say it once. Several
installations may share a Redis: a hint meant for another one is a look in vain.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from executions import family
from executions.wakeups.notes import Executes, Note

logger = logging.getLogger(__name__)

_PREFIX = "platform_agents:"
_TIMEOUT_S = 0.5  # an announcement may hold its caller this long, once per pause
_ASK_AFTER_S = 5  # without a word; after as long again without an answer, Redis is away


class RedisPubSub:
    in_sql = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = _client(url, retries=1)  # once: a pooled connection may be stale
        self._pause = family.Backoff()
        self._again_at = 0.0
        self._away = False

    def announce(self, via: Executes, channel: str, payloads: Sequence[str]) -> None:
        if time.monotonic() < self._again_at:
            return
        try:
            self._publish(channel, payloads)
        except (redis.RedisError, OSError) as error:
            self._again_at = time.monotonic() + self._pause.next_s()
            self._say("away", error)
        else:
            self._pause.reset()
            self._say("back")

    def listen(self, conn: psycopg.Connection[Any], channels: Sequence[str]) -> "_Listening":
        return _Listening(_client(self._url, retries=0), channels)

    def _publish(self, channel: str, payloads: Sequence[str]) -> None:
        with self._client.pipeline(transaction=False) as pipe:
            for payload in payloads:
                pipe.publish(_PREFIX + channel, payload)
            pipe.execute()

    def _say(self, what: str, error: Exception | None = None) -> None:
        if self._away != (what == "away"):
            self._away = what == "away"
            _log(f"announcing: Redis is {what}", error)


class _Listening:
    """A thread hears, so that a Redis that does not answer never holds up its owner."""

    def __init__(self, client: redis.Redis, channels: Sequence[str]) -> None:
        self.reliable = False
        self.fd, self._wake = os.pipe()
        for end in (self.fd, self._wake):
            os.set_blocking(end, False)
        self._client = client
        self._channels = [_PREFIX + channel for channel in channels]
        self._notes: deque[Note] = deque()
        self._closed = False
        self._said_away = False
        threading.Thread(target=self._listen, name="redis listener", daemon=True).start()

    def heard(self) -> list[Note]:
        with suppress(BlockingIOError):
            os.read(self.fd, 4096)
        return [self._notes.popleft() for _ in range(len(self._notes))]

    def close(self) -> None:
        self._closed = True
        os.close(self.fd)

    # --- the thread -------------------------------------------------------------------------------

    def _listen(self) -> None:
        pause = family.Backoff()
        while not self._closed:
            try:
                self._listen_once(pause)
            except (redis.RedisError, OSError) as error:
                self._away(error)
                pause.wait()
        os.close(self._wake)

    def _listen_once(self, pause: family.Backoff) -> None:
        with self._client.pubsub() as pubsub:  # type: ignore[no-untyped-call]
            pubsub.subscribe(*self._channels)
            quiet_s = 0
            while not self._closed:
                if (message := pubsub.get_message(timeout=1)) is not None:
                    quiet_s = 0
                    pause.reset()
                    self._heard(message)
                    continue
                quiet_s += 1
                if quiet_s == _ASK_AFTER_S:
                    pubsub.ping()  # a machine that vanished sends no end of the connection
                elif quiet_s >= 2 * _ASK_AFTER_S:
                    raise redis.TimeoutError("no answer to a ping")

    def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            channel = message["channel"].removeprefix(_PREFIX)
            self._notes.append(Note(channel, message["data"]))
            self._poke()
        elif message["type"] == "subscribe" and message["data"] == len(self._channels):
            self._back()

    def _back(self) -> None:
        self.reliable = True
        if self._said_away:
            self._said_away = False
            _log("listening: Redis is back", None)
        self._poke()

    def _away(self, error: Exception) -> None:
        self.reliable = False
        if not self._said_away:
            self._said_away = True
            _log("listening: Redis is away", error)
        self._poke()

    def _poke(self) -> None:
        with suppress(BlockingIOError, BrokenPipeError):  # poked enough, or nobody is there
            os.write(self._wake, b"n")


def _client(url: str, *, retries: int) -> redis.Redis:
    client: redis.Redis = redis.Redis.from_url(
        url, protocol=2, decode_responses=True, retry=Retry(NoBackoff(), retries),
        socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S,
    )  # fmt: skip
    return client


def _log(what: str, error: Exception | None) -> None:
    """Never the address: it holds the password."""
    logger.warning("%s%s", what, f" ({type(error).__name__})" if error else "")
