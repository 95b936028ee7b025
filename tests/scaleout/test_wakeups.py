"""What is announced is heard, by whatever carries it; what cannot be heard is looked for."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from executions import wakeups
from executions.wakeups import RUN_DONE, RUN_QUEUED, Ears, Note
from tests import databases
from tests.processes import wait_until
from tests.redis_server import RedisServer

Settings = Any
FOUND = Note(RUN_QUEUED, "found by looking")


@pytest.fixture(autouse=True)
def transport(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Chooses the transport of this test."""

    def choose(url: str) -> None:
        settings.WAKEUP_URL = url
        settings.WAKEUP_POLL_SECONDS = 0.1
        wakeups._transport.cache_clear()

    yield choose
    wakeups._transport.cache_clear()


@pytest.fixture
def conn(queue_database: dict[str, Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own: whoever listened before is not heard here."""
    with databases.connect(queue_database) as conn:
        yield conn


def ears_on(conn: psycopg.Connection[Any], *channels: str) -> closing[Ears]:
    return closing(wakeups.listen(conn, channels, look=lambda: [FOUND]))


def hear(ears: Ears, *expected: Note) -> None:
    """These come, in any order and perhaps with what looking found."""
    heard: list[Note] = []

    def all_heard() -> bool:
        heard.extend(ears.heard())
        return set(expected) <= set(heard)

    wait_until(all_heard, seconds=10, what=f"{expected} is heard")


def hears(ears: Ears) -> bool:
    ears.heard()
    return ears._listener.reliable


@pytest.mark.parametrize("carrier", ["postgres", "redis"])
def test_everybody_who_listens_on_a_channel_hears_what_is_announced_there(
    carrier: str,
    request: pytest.FixtureRequest,
    transport: Callable[[str], None],
    queue: psycopg.Connection[Any],
    queue_database: dict[str, Any],
) -> None:
    transport("" if carrier == "postgres" else request.getfixturevalue("redis").url)
    with (
        databases.connect(queue_database) as one,
        databases.connect(queue_database) as two,
        ears_on(one, RUN_DONE) as waiter,
        ears_on(two, RUN_QUEUED, RUN_DONE) as worker,
    ):
        wait_until(lambda: hears(waiter) and hears(worker), what="both listen")
        wakeups.announce(queue, RUN_QUEUED, ["io"])
        wakeups.announce(queue, RUN_DONE, ["a", "b"])
        both = Note(RUN_DONE, "a"), Note(RUN_DONE, "b")
        hear(worker, Note(RUN_QUEUED, "io"), *both)
        hear(waiter, *both)


@pytest.mark.parametrize("carrier", ["postgres", "redis"])
def test_an_announcement_ends_the_wait(
    carrier: str,
    request: pytest.FixtureRequest,
    transport: Callable[[str], None],
    queue: psycopg.Connection[Any],
    conn: psycopg.Connection[Any],
) -> None:
    """Looks are a minute apart here, so that only the announcement can end it."""
    transport("" if carrier == "postgres" else request.getfixturevalue("redis").url)
    with closing(wakeups.listen(conn, [RUN_DONE], look=list, look_every_s=60)) as ears:
        wait_until(lambda: hears(ears), what="it listens")
        ears.heard()
        wakeups.announce(queue, RUN_DONE, ["a"])
        started = time.monotonic()
        ears.wait()
        assert time.monotonic() - started < 30
        hear(ears, Note(RUN_DONE, "a"))


def test_who_polls_is_told_nothing_and_looks_again_and_again(
    transport: Callable[[str], None], queue: psycopg.Connection[Any]
) -> None:
    transport("poll")
    with ears_on(queue, RUN_QUEUED) as ears:
        wakeups.announce(queue, RUN_QUEUED, ["io"])
        heard: list[Note] = []
        for _ in range(3):
            ears.wait()
            heard += ears.heard()
        assert heard == [FOUND] * 3


def test_nobody_looks_while_announcements_arrive(
    transport: Callable[[str], None], conn: psycopg.Connection[Any]
) -> None:
    transport("")
    with ears_on(conn, RUN_QUEUED) as ears:
        assert ears.heard() == [FOUND], "once: what was announced before we listened"
        assert ears.due == float("inf")
        assert ears.heard() == []


def test_without_redis_everybody_looks_and_nothing_fails_and_it_is_said_once(
    transport: Callable[[str], None],
    redis: RedisServer,
    conn: psycopg.Connection[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    transport(redis.url)
    with ears_on(conn, RUN_QUEUED) as ears:
        wait_until(lambda: hears(ears), what="it listens")
        redis.stop()
        wait_until(lambda: not hears(ears), what="it notices that Redis is gone")
        for _ in range(3):
            wakeups.announce(conn, RUN_QUEUED, ["io"])
            ears.wait()
            hear(ears, FOUND)

        redis.start()
        wait_until(lambda: hears(ears), what="it listens again")

        def heard_again() -> bool:
            wakeups.announce(conn, RUN_QUEUED, ["io"])
            return Note(RUN_QUEUED, "io") in ears.heard()

        wait_until(heard_again, what="announcements come through again")
    said = [r.getMessage() for r in caplog.records if r.name == "executions.wakeups.redis"]
    assert [line.partition(":")[0] for line in said].count("listening") == 2, said
    assert [line.partition(":")[0] for line in said].count("announcing") == 2, said
    assert redis.url not in caplog.text
    assert caplog.records[0].levelno == logging.WARNING
