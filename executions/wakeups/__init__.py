"""Wake-ups: hints that spare everybody from asking the database all the time.

The rows are the truth. A hint that is lost costs its reader at most the time until its own look,
never a run. `WAKEUP_URL` says who carries them: PostgreSQL's LISTEN/NOTIFY (the default), Redis'
pub/sub, or nobody (`poll`). Announced by `dispatch`, `claims` and `broker` after their commit,
never inside it; heard by the workers' reactor, by the web's waiters and by the reader of its feeds.
"""

import os
from collections.abc import Callable, Sequence
from functools import cache

import psycopg
from django.conf import settings

from executions.wakeups.ears import Ears
from executions.wakeups.notes import (
    CHILD_DONE,
    DELIVERY_DUE,
    EVERY_LANE,
    RUN_ANSWERED,
    RUN_CANCEL,
    RUN_CHANGED,
    RUN_DONE,
    RUN_QUEUED,
    RUNS_WATCHED,
    TASK_QUEUED,
    Executes,
    Note,
    Transport,
)
from executions.wakeups.polling import Polling
from executions.wakeups.postgres import ListenNotify

__all__ = [
    "CHILD_DONE", "DELIVERY_DUE", "EVERY_LANE", "RUNS_WATCHED", "RUN_ANSWERED", "RUN_CANCEL",
    "RUN_CHANGED", "RUN_DONE", "RUN_QUEUED", "TASK_QUEUED", "Ears", "Note", "announce", "listen",
]  # fmt: skip


def announce(via: Executes, channel: str, payloads: Sequence[str]) -> None:
    """Tell everybody who listens on the channel. `via` is the caller's own database connection or
    cursor, outside any transaction that matters: with PostgreSQL the hint is a statement of its
    own. Raises only what `via` raises; a Redis that is away raises nothing."""
    if payloads:
        _transport().announce(via, channel, payloads)


def in_sql() -> bool:
    """Whether a statement may announce in its own commit, with pg_notify. It spares a lone run a
    round trip; commits that do it wait for each other's flush, so many at once must not."""
    return _transport().in_sql


def listen(
    conn: psycopg.Connection[tuple[object, ...]],
    channels: Sequence[str],
    *,
    look: Callable[[], list[Note]],
    look_every_s: float = float("inf"),
) -> Ears:
    """Hear these channels until `close`. `look` asks the database for the same notes; it is called
    at once, then every look_every_s, and every WAKEUP_POLL_SECONDS while nothing can be heard."""
    return Ears(_transport().listen(conn, channels), look=look, look_every_s=look_every_s)


@cache
def _transport() -> Transport:
    url = settings.WAKEUP_URL
    if url == "poll":
        return Polling()
    if url:
        from executions.wakeups.redis import RedisPubSub  # noqa: PLC0415 (needs redis-py)

        return RedisPubSub(url)
    return ListenNotify()


# Connections to Redis do not survive a fork.
os.register_at_fork(after_in_child=_transport.cache_clear)
