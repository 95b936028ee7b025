"""django-q2's Redis broker, with a client that gives up soon."""

from typing import ClassVar

import redis
from django.conf import settings
from django_q.brokers.redis_broker import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class RedisQueue(Redis):  # type: ignore[misc]
    errors: ClassVar[tuple[type[Exception], ...]] = (redis.RedisError, OSError)

    @staticmethod
    def get_connection(list_key: str | None = None) -> redis.Redis:
        """The timeout is longer than the second for which a receive blocks."""
        client: redis.Redis = redis.Redis.from_url(
            settings.QUEUE_TRANSPORT, retry=Retry(NoBackoff(), 1),
            socket_connect_timeout=1, socket_timeout=5,
        )  # fmt: skip
        return client
