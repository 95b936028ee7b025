"""The claim of one given run keeps to the limits that the claim of many keeps to."""

import uuid
from typing import Any

import psycopg
import pytest

from executions.claims import Claimed, tick
from executions.transports.rows import Unsent, claim_one, unsent
from tests import factories
from tests.factories import Org

Queue = psycopg.Connection[Any]


@pytest.fixture
def org(queue: Queue) -> Org:
    return factories.organization(queue)


@pytest.fixture
def module_id(queue: Queue, org: Org) -> str:
    return factories.module(queue, org=org)


def enqueue(queue: Queue, org: Org, module_id: str) -> str:
    execution_id = factories.gateway_row(queue, org=org, module_id=module_id)
    queue.execute(
        "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane) "
        "VALUES (%s, %s, %s, 'echo', 'io')",
        [execution_id, org.id, module_id],
    )
    return execution_id


def claim(queue: Queue, execution_id: str, *, lane: str = "io") -> Claimed | None:
    return claim_one(queue, execution_id, lane=lane, worker="ann", lease_s=20)


def test_the_named_run_is_claimed_once_and_no_other(queue: Queue, org: Org, module_id: str) -> None:
    first, second = (enqueue(queue, org, module_id) for _ in range(2))
    run = claim(queue, second)
    assert run is not None
    assert (run.execution_id, run.attempt, run.input) == (second, 1, "{}")
    assert claim(queue, second) is None
    assert claim(queue, uuid.uuid4().hex) is None
    assert claim(queue, first, lane="cpu") is None
    assert claim(queue, first) is not None


@pytest.mark.parametrize(
    "hold",
    [
        "INSERT INTO modules_policy (module_id, org_id, paused) VALUES (%(module)s, %(org)s, true)",
        (
            "INSERT INTO modules_policy (module_id, org_id, concurrency) "
            "VALUES (%(module)s, %(org)s, 1)"
        ),
        "INSERT INTO tenancy_policy (org_id, paused) VALUES (%(org)s, true)",
        "INSERT INTO tenancy_policy (org_id, concurrency) VALUES (%(org)s, 1)",
        (
            "UPDATE executions_run SET available_at = now() + interval '1 hour' "
            "WHERE org_id = %(org)s AND state = 'queued'"
        ),
    ],
)
def test_what_may_not_start_stays_queued_and_others_are_not_held(
    queue: Queue, org: Org, module_id: str, hold: str
) -> None:
    running, held = (enqueue(queue, org, module_id) for _ in range(2))
    other = factories.organization(queue)
    free = enqueue(queue, other, factories.module(queue, org=other))
    assert claim(queue, running) is not None
    queue.execute(hold, {"module": module_id, "org": org.id})
    assert claim(queue, held) is None
    assert claim(queue, free) is not None


def test_a_row_that_somebody_holds_is_left_for_later(
    queue: Queue, queue_database: dict[str, Any], org: Org, module_id: str
) -> None:
    held = enqueue(queue, org, module_id)
    with psycopg.connect(**queue_database) as gateway:
        gateway.execute("UPDATE public.module_executions SET task_id = NULL WHERE id = %s", [held])
        assert claim(queue, held) is None
    assert claim(queue, held) is not None


def test_only_the_first_living_worker_learns_what_has_no_message(
    queue: Queue, org: Org, module_id: str
) -> None:
    ids = [enqueue(queue, org, module_id) for _ in range(2)]
    for worker in ("bob", "ann"):
        tick(queue, worker=worker, host="here", pid=1)
    assert unsent(queue, lane="io", worker="ann", after_s=0) == Unsent(ids=ids, total=2)
    assert unsent(queue, lane="io", worker="bob", after_s=0).ids == []
    assert unsent(queue, lane="cpu", worker="ann", after_s=0).ids == []
    assert unsent(queue, lane="io", worker="ann", after_s=60).ids == []
