"""Which deliveries are taken, and that nobody waits for somebody else's dead host."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from executions.webhooks import outbox
from executions.webhooks.outbox import PER_HOST, PER_ORG, Due, Verdict
from executions.webhooks.rounds import deliver
from tests import databases, factories
from tests.factories import Org
from tests.http_server import Answer, HttpServer

Connection = psycopg.Connection[Any]


def due(conn: Connection, org: Org, host: str, n: int, *, url: str = "") -> None:
    """The call's own address, signed with the organization's signing secret."""
    conn.execute(
        "INSERT INTO executions_delivery"
        " (id, org_id, execution_id, module_id, url, host, outcome, due_at)"
        " SELECT 'msg_' || gen_random_uuid(), %s, 'run-' || i, 'm', %s, %s, 'completed',"
        " now() - make_interval(secs => 100000 - i) FROM generate_series(1, %s) i",
        [org.id, url or f"https://{host}/", host, n],
    )


def taken(conn: Connection, most: int = 64) -> Counter[tuple[str, str]]:
    return Counter((d.org_id, d.url) for d in outbox.claim(conn, most=most))


@pytest.fixture
def acme(queue: Connection) -> Org:
    return factories.organization(queue)


@pytest.fixture
def globex(queue: Connection) -> Org:
    return factories.organization(queue, name="Globex")


def test_a_host_gets_so_many_at_once_however_often_one_asks(queue: Connection, acme: Org) -> None:
    due(queue, acme, "dead.example", 1000)
    assert taken(queue) == {(acme.id, "https://dead.example/"): PER_HOST}
    assert not taken(queue)


def test_an_organization_gets_so_many_at_once(queue: Connection, acme: Org, globex: Org) -> None:
    for n in range(10):
        due(queue, acme, f"dead{n}.example", 10)
    due(queue, globex, "well.example", 1)
    by_org = Counter(org_id for org_id, _ in taken(queue).elements())
    assert by_org == {acme.id: PER_ORG, globex.id: 1}


def test_the_organization_with_the_least_in_hand_comes_first(
    queue: Connection, acme: Org, globex: Org
) -> None:
    for n in range(4):
        due(queue, acme, f"dead{n}.example", 10)
    assert sum(taken(queue, most=8).values()) == 8
    due(queue, globex, "well.example", 1)
    assert set(taken(queue, most=1)) == {(globex.id, "https://well.example/")}


def test_the_oldest_come_first(queue: Connection, acme: Org) -> None:
    due(queue, acme, "one.example", 10)
    runs = {d.execution_id for d in outbox.claim(queue, most=2)}
    assert runs == {"run-1", "run-2"}


def test_two_that_claim_at_once_take_nothing_twice(
    queue: Connection, queue_database: dict[str, Any], acme: Org
) -> None:
    due(queue, acme, "one.example", 10)
    with databases.connect(queue_database) as other:
        with other.transaction():
            theirs = {d.id for d in outbox.claim(other, most=3)}
            ours = {d.id for d in outbox.claim(queue, most=3)}
        assert not theirs & ours


def test_a_lease_that_is_over_is_taken_by_another_and_the_late_answer_dropped(
    queue: Connection, acme: Org
) -> None:
    due(queue, acme, "one.example", 1)
    [first] = outbox.claim(queue, most=1)
    assert outbox.claim(queue, most=1) == []
    queue.execute("UPDATE executions_delivery SET due_at = now() - interval '1 s'")
    [second] = outbox.claim(queue, most=1)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not outbox.settle(queue, first, Verdict(delivered=True))
    assert outbox.settle(queue, second, Verdict(delivered=True, status=200))


def test_one_given_back_does_not_count(queue: Connection, acme: Org) -> None:
    due(queue, acme, "one.example", 1)
    [taken_] = outbox.claim(queue, most=1)
    outbox.settle(queue, taken_, Verdict(again_in_s=0, refund=True))
    [again] = outbox.claim(queue, most=1)
    assert again.attempts == 1


def test_what_is_over_is_forgotten_in_time(queue: Connection, acme: Org, settings: Any) -> None:
    due(queue, acme, "one.example", 3)
    first, second, _ = sorted(outbox.claim(queue, most=3), key=lambda d: d.execution_id)
    for one in (first, second):
        outbox.settle(queue, one, Verdict(delivered=True, status=200))
    queue.execute(
        "UPDATE executions_delivery SET settled_at = now() - interval '31 days' WHERE id = %s",
        [first.id],
    )
    outbox.forget_old(queue)
    left = {row[0] for row in queue.execute("SELECT execution_id FROM executions_delivery")}
    assert left == {"run-2", "run-3"}


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_a_thousand_to_a_dead_host_do_not_hold_up_another_organization(
    queue: Connection, acme: Org, globex: Org, silent: str, settings: Any
) -> None:
    """The real loop: the other's delivery arrives while none of the thousand is over."""
    settings.WEBHOOK_TIMEOUT_SECONDS = 600
    due(queue, acme, "dead", 1000, url=silent)

    async def scene() -> list[Due]:
        poked, stopping = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def answer(_: object) -> Answer:
            loop.call_soon_threadsafe(stopping.set)
            return Answer(204)

        with HttpServer(answer) as well:
            due(queue, globex, "well", 1, url=well.url)
            async with asyncio.timeout(60):
                await deliver(queue, poked=poked, stopping=stopping)
            return [request.json()["data"]["org_id"] for request in well.received]  # type: ignore[misc]

    assert asyncio.run(scene()) == [globex.id]
    counts = queue.execute(
        "SELECT count(*) FILTER (WHERE attempts > 0), count(*) FILTER (WHERE state <> 'pending')"
        " FROM executions_delivery WHERE org_id = %s", [acme.id],
    ).fetchone()  # fmt: skip
    assert counts == (0, 0), "what was in hand at the stop was given back, uncounted"
