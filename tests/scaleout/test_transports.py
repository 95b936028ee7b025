"""QUEUE_TRANSPORT: runs travel as messages of a queue service, and the rows stay the truth."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.executions.workflows import ASK, answer, submit, waits_for_approval, workflow
from tests.factories import Org
from tests.faults.family import Family, kill
from tests.live import Live
from tests.processes import wait_until
from tests.redis_server import RedisServer
from tests.scaleout.test_carriers import an_ordinary_task_is_done, completes, organizations
from tests.sqs_server import sqs_server

Install = Callable[..., Live]
IO_QUEUE = "django_q:platform_agents_io:q"


@pytest.fixture
def over_redis(installed: Install, redis: RedisServer) -> Callable[..., Live]:
    def start(**settings: str) -> Live:
        return installed(QUEUE_TRANSPORT=redis.url, **settings)

    return start


def queued_without_message(live: Live, org: Org, module_id: str) -> str:
    """A run whose message was lost."""
    execution_id = uuid.uuid4().hex
    live.db.execute(
        "INSERT INTO public.module_executions (id, module_id, org_id, input) "
        "VALUES (%s, %s, %s, '{}')",
        [execution_id, module_id, org.id],
    )
    live.db.execute(
        "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane) "
        "VALUES (%s, %s, %s, 'echo', 'io')",
        [execution_id, org.id, module_id],
    )
    return execution_id


def state(live: Live, execution_id: str) -> Any:
    row = live.db.execute(
        "SELECT state FROM executions_run WHERE execution_id = %s", [execution_id]
    ).fetchone()
    return row[0] if row else None


def test_a_decision_sends_the_message_that_lets_an_execution_go_on(
    over_redis: Callable[..., Live],
) -> None:
    live = over_redis(QUEUE_RESEND_SECONDS="3600")
    org = factories.organization(live.db)
    execution_id = submit(live, org, workflow(live, org, ASK))
    waits_for_approval(live, org, execution_id)
    assert answer(live, org, execution_id, "approve").status_code == 200
    assert live.finished(org, execution_id)["status"] == "completed"


def test_exactly_what_a_message_names_is_claimed(
    over_redis: Callable[..., Live], redis: RedisServer
) -> None:
    live = over_redis(QUEUE_RESEND_SECONDS="3600")
    org = factories.organization(live.db)
    silent = queued_without_message(live, org, factories.module(live.db, org=org))
    orgs = organizations(live)
    for _ in range(3):
        completes(live, orgs)
    an_ordinary_task_is_done(live)
    assert state(live, silent) == "queued", "no message named it"

    redis.client.rpush(IO_QUEUE, "no such execution", silent, silent)

    assert live.finished(org, silent)["status"] == "completed"
    assert live.finished(org, silent)["run"]["attempt"] == 1, "the second message was in vain"
    wait_until(lambda: redis.client.llen(IO_QUEUE) == 0, what="nothing is left")


def test_a_lost_message_is_sent_again(over_redis: Callable[..., Live]) -> None:
    live = over_redis(QUEUE_RESEND_SECONDS="1")
    for org in (factories.organization(live.db), factories.organization(live.db)):
        lost = queued_without_message(live, org, factories.module(live.db, org=org))
        assert live.finished(org, lost)["status"] == "completed"


def test_a_limit_holds_and_what_waits_for_it_runs_later(over_redis: Callable[..., Live]) -> None:
    live = over_redis(QUEUE_RESEND_SECONDS="0.5")
    org = factories.organization(live.db)
    module_id = factories.module(live.db, org=org)
    live.db.execute(
        "INSERT INTO modules_policy (module_id, org_id, concurrency, paused) "
        "VALUES (%s, %s, 1, false)",
        [module_id, org.id],
    )
    ids = [
        live.execute(org, module_id, {"sleep_s": 0.3}, prefer="respond-async").json()[
            "execution_id"
        ]
        for _ in range(3)
    ]
    for execution_id in ids:
        assert live.finished(org, execution_id)["status"] == "completed"
    overlaps = live.db.execute(
        "SELECT count(*) FROM executions_run a JOIN executions_run b USING (module_id) "
        "WHERE a.execution_id < b.execution_id "
        "AND (a.claimed_at, a.finished_at) OVERLAPS (b.claimed_at, b.finished_at)"
    ).fetchone()
    assert overlaps == (0,)


def test_killed_workers_and_a_lost_redis_lose_nothing(
    over_redis: Callable[..., Live], redis: RedisServer
) -> None:
    live = over_redis(QUEUE_RESEND_SECONDS="1", LEASE_SECONDS="2", IO_SLOTS="2")
    org, other = organizations(live)
    ids = [
        live.execute(org, "echo", {"sleep_s": 0.2}, prefer="respond-async").json()["execution_id"]
        for _ in range(20)
    ]
    assert redis.client.llen(IO_QUEUE) > 0, "what waits can be counted in the queue"
    for worker in Family.of(live.cluster).workers():
        kill(worker)
    redis.stop()
    completes(live, [other])
    redis.start()
    for execution_id in ids:
        assert live.finished(org, execution_id)["status"] == "completed"
    wait_until(lambda: "queue is back" in live.cluster.output(), what="the workers receive again")
    completes(live, [org, other])


def test_sqs_carries_the_runs_too(installed: Install) -> None:
    with sqs_server() as aws:
        live = installed(QUEUE_TRANSPORT="sqs://eu-central-1", QUEUE_RESEND_SECONDS="1", **aws)
        org, other = organizations(live)
        completes(live, [org, other])
        an_ordinary_task_is_done(live)
        [module_id] = live.db.execute(
            "SELECT id FROM public.modules WHERE org_id = %s", [org.id]
        ).fetchone() or [""]
        lost = queued_without_message(live, org, module_id)
        assert live.finished(org, lost)["status"] == "completed"
        assert "is away" not in live.cluster.output()
