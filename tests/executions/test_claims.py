"""The claim and its neighbours on a real queue: order, fences, and what happens to lost leases."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from executions import claims
from executions.claims import Claimed, Finished
from tests import databases, factories
from tests.factories import Org

Queue = psycopg.Connection[Any]
ANN, BOB = "worker-ann", "worker-bob"


@pytest.fixture
def enqueue(queue: Queue) -> Callable[..., list[str]]:
    """Queue n runs of a module: the gateway's rows and ours."""

    def _enqueue(*, org: Org, module_id: str, n: int = 1, **fields: Any) -> list[str]:
        ids = [uuid.uuid4().hex for _ in range(n)]
        columns = "".join(f", {name}" for name in fields)
        for offset, execution_id in enumerate(ids):
            queue.execute(
                "INSERT INTO public.module_executions (id, module_id, org_id, input) "
                "VALUES (%s, %s, %s, '{}')",
                [execution_id, module_id, org.id],
            )
            queue.execute(
                "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane,"
                f" max_attempts, available_at{columns}) VALUES (%s, %s, %s, 'echo', 'io', 2,"
                f" now() + %s * interval '1 microsecond'{', %s' * len(fields)})",
                [execution_id, org.id, module_id, offset, *fields.values()],
            )
        return ids

    return _enqueue


@pytest.fixture
def org(queue: Queue) -> Org:
    return factories.organization(queue)


@pytest.fixture
def other(queue: Queue) -> Org:
    return factories.organization(queue, name="Other")


def claim(queue: Queue, most: int = 1, *, worker: str = ANN, lane: str = "io") -> list[Claimed]:
    return claims.claim(queue, lane=lane, most=most, worker=worker, lease_s=20, after="")


def finish(queue: Queue, run: Claimed, *, worker: str = ANN) -> set[str]:
    end = Finished(run=run, outcome="completed", output="1")
    return set(claims.finish(queue, [end], worker=worker))


def states(queue: Queue, execution_id: str) -> tuple[str, str | None, str]:
    """(our state, our outcome, the gateway's status)"""
    row = queue.execute(
        "SELECT r.state, r.outcome, e.status::text FROM executions_run r "
        "JOIN public.module_executions e ON e.id = r.execution_id WHERE r.execution_id = %s",
        [execution_id],
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def expire(queue: Queue, execution_id: str) -> None:
    queue.execute(
        "UPDATE executions_run SET lease_until = now() - interval '1 s' WHERE execution_id = %s",
        [execution_id],
    )


def test_an_empty_queue_gives_nothing(queue: Queue) -> None:
    assert claim(queue, 10) == []


def test_oldest_first_within_an_organization_and_each_run_once(
    queue: Queue, org: Org, enqueue: Any
) -> None:
    ids = enqueue(org=org, module_id=factories.module(queue, org=org), n=5)
    assert [run.execution_id for run in claim(queue, 3)] == ids[:3]
    assert [run.execution_id for run in claim(queue, 3)] == ids[3:]
    assert claim(queue, 3) == []


def test_lanes_are_queues_of_their_own(queue: Queue, org: Org, enqueue: Any) -> None:
    enqueue(org=org, module_id=factories.module(queue, org=org))
    assert claim(queue, lane="cpu") == []
    assert len(claim(queue, lane="io")) == 1


def test_a_claim_carries_input_and_config_and_marks_both_rows_running(
    queue: Queue, org: Org, enqueue: Any
) -> None:
    module_id = factories.module(queue, org=org, config={"a": 1})
    [execution_id] = enqueue(org=org, module_id=module_id)
    [run] = claim(queue)
    assert (run.input, run.config, run.attempt) == ("{}", '{"a": 1}', 1)
    assert states(queue, execution_id) == ("running", None, "running")


def test_one_tenants_flood_does_not_hold_up_anothers_single_run(
    queue: Queue, org: Org, other: Org, enqueue: Any
) -> None:
    enqueue(org=org, module_id=factories.module(queue, org=org), n=200)
    assert len(claim(queue, 2)) == 2
    [wanted] = enqueue(org=other, module_id=factories.module(queue, org=other))
    assert [run.execution_id for run in claim(queue, 1)] == [wanted]


def test_slots_are_shared_evenly_between_organizations(
    queue: Queue, org: Org, other: Org, enqueue: Any
) -> None:
    for one in (org, other):
        enqueue(org=one, module_id=factories.module(queue, org=one), n=20)
    owners = [run.org_id for run in claim(queue, 10)]
    assert owners.count(org.id) == owners.count(other.id) == 5


def test_concurrency_caps_and_pauses_are_obeyed(queue: Queue, org: Org, enqueue: Any) -> None:
    capped, paused = (factories.module(queue, org=org) for _ in range(2))
    queue.execute(
        "INSERT INTO modules_policy (module_id, org_id, concurrency, paused) "
        "VALUES (%(a)s, %(o)s, 2, false), (%(b)s, %(o)s, NULL, true)",
        {"a": capped, "b": paused, "o": org.id},
    )
    enqueue(org=org, module_id=capped, n=5)
    enqueue(org=org, module_id=paused, n=5)
    assert [run.module_id for run in claim(queue, 10)] == [capped, capped]
    assert claim(queue, 10) == []


def test_concurrent_claims_never_hand_out_a_run_twice(
    queue: Queue, queue_database: dict[str, Any], org: Org, enqueue: Any
) -> None:
    ids = enqueue(org=org, module_id=factories.module(queue, org=org), n=60)
    taken: list[str] = []

    def work(worker: str) -> None:
        with databases.connect(queue_database) as conn:
            while runs := claim(conn, 3, worker=worker):
                taken.extend(run.execution_id for run in runs)

    threads = [threading.Thread(target=work, args=[f"w{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == sorted(ids)


def test_finish_writes_both_rows_once(queue: Queue, org: Org, enqueue: Any) -> None:
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    [run] = claim(queue)
    assert finish(queue, run) == {execution_id}
    assert states(queue, execution_id) == ("done", "completed", "completed")
    assert finish(queue, run) == set()


def test_a_late_finish_is_dropped(queue: Queue, org: Org, enqueue: Any) -> None:
    """Ann was away past her lease; Bob has the run now. The attempt and the worker both tell."""
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    [hers] = claim(queue, worker=ANN)
    expire(queue, execution_id)
    assert claims.reap(queue) == {execution_id: None}
    [his] = claim(queue, worker=BOB)
    assert his.attempt == 2
    assert finish(queue, hers, worker=ANN) == set()
    assert claims.beat(queue, [hers], worker=ANN, lease_s=20) == {}
    assert not claims.give_back(queue, hers, worker=ANN, refund=True)
    assert finish(queue, his, worker=BOB) == {execution_id}


def test_the_same_attempt_number_of_another_worker_is_refused(
    queue: Queue, org: Org, enqueue: Any
) -> None:
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    [hers] = claim(queue, worker=ANN)
    assert claims.give_back(queue, hers, worker=ANN, refund=True)
    [his] = claim(queue, worker=BOB)
    assert his.attempt == hers.attempt == 1
    assert finish(queue, hers, worker=ANN) == set()
    assert finish(queue, his, worker=BOB) == {execution_id}


def test_a_lost_run_ends_when_no_attempts_are_left(queue: Queue, org: Org, enqueue: Any) -> None:
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    for outcome in (None, "lost"):
        assert len(claim(queue)) == 1
        expire(queue, execution_id)
        assert claims.reap(queue) == {execution_id: outcome}
    assert states(queue, execution_id) == ("done", "lost", "failed")
    error = queue.execute(
        "SELECT error FROM public.module_executions WHERE id = %s", [execution_id]
    ).fetchone()
    assert error == ("The worker that ran it was lost, in attempt 2, and no attempts are left.",)


def test_a_live_lease_is_not_reaped_and_a_beat_renews_it(
    queue: Queue, org: Org, enqueue: Any
) -> None:
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    [run] = claim(queue)
    assert claims.reap(queue) == {}
    expire(queue, execution_id)
    assert claims.beat(queue, [run], worker=ANN, lease_s=20) == {execution_id: False}
    assert claims.reap(queue) == {}


def test_a_run_given_back_later_waits_its_time(queue: Queue, org: Org, enqueue: Any) -> None:
    enqueue(org=org, module_id=factories.module(queue, org=org))
    [run] = claim(queue)
    assert claims.give_back(queue, run, worker=ANN, refund=False, suspect=True, delay_s=60)
    assert claim(queue) == []
    queue.execute("UPDATE executions_run SET available_at = now()")
    [again] = claim(queue)
    assert (again.attempt, again.suspect) == (2, True)


def test_a_deleted_row_is_reported_instead_of_run(queue: Queue, org: Org, enqueue: Any) -> None:
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    queue.execute("DELETE FROM public.organizations WHERE id = %s", [org.id])
    [run] = claim(queue)
    assert (run.execution_id, run.row_gone) == (execution_id, True)


def test_the_gateways_lock_on_one_row_stops_no_other_claim(
    queue: Queue, queue_database: dict[str, Any], org: Org, other: Org, enqueue: Any
) -> None:
    [held] = enqueue(org=org, module_id=factories.module(queue, org=org))
    [free] = enqueue(org=other, module_id=factories.module(queue, org=other))
    with databases.connect(queue_database) as gateway, gateway.transaction():
        gateway.execute("SELECT 1 FROM public.module_executions WHERE id = %s FOR UPDATE", [held])
        assert [run.execution_id for run in claim(queue, 5)] == [free]
    assert [run.execution_id for run in claim(queue, 5)] == [held]


def test_a_tick_shows_the_worker_and_what_waits(queue: Queue, org: Org, enqueue: Any) -> None:
    seen = claims.tick(queue, worker=ANN, host="here", pid=1)
    assert (seen.io, seen.cpu, seen.lost) == (False, False, False)
    [execution_id] = enqueue(org=org, module_id=factories.module(queue, org=org))
    assert claims.tick(queue, worker=ANN, host="here", pid=1).io
    claim(queue)
    expire(queue, execution_id)
    assert claims.tick(queue, worker=ANN, host="here", pid=1).lost
    assert queue.execute("SELECT count(*) FROM executions_worker").fetchone() == (1,)


def test_a_queue_of_another_release_is_noticed_before_anything_is_claimed(queue: Queue) -> None:
    claims.check_release(queue)
    with queue.transaction(force_rollback=True):
        queue.execute("DROP FUNCTION executions_claim(text, int, text, interval, text, int)")
        queue.execute(
            "CREATE FUNCTION executions_claim(text, int, text) RETURNS TABLE (execution_id text) "
            "LANGUAGE sql AS $$ SELECT '' $$"
        )
        with pytest.raises(claims.OutOfDate, match="another release"):
            claims.check_release(queue)


def test_a_queue_that_is_not_there_is_noticed(queue: Queue) -> None:
    with queue.transaction(force_rollback=True):
        queue.execute("DROP FUNCTION executions_claim(text, int, text, interval, text, int)")
        with pytest.raises(claims.OutOfDate, match="migrate"):
            claims.check_release(queue)


def test_a_paused_platform_hands_out_nothing(queue: Queue, org: Org, enqueue: Any) -> None:
    enqueue(org=org, module_id=factories.module(queue, org=org))
    queue.execute("INSERT INTO executions_killswitch (id, paused) VALUES (1, true)")
    try:
        assert claim(queue) == []
    finally:
        queue.execute("DELETE FROM executions_killswitch")
    assert len(claim(queue)) == 1


def test_a_plan_weighs_for_its_organizations_unless_they_have_a_weight_of_their_own(
    queue: Queue, org: Org, other: Org, enqueue: Any
) -> None:
    """Three to one, of eight."""
    plan = uuid.uuid4().hex
    queue.execute("INSERT INTO tenancy_plan (plan, weight) VALUES (%s, 3)", [plan])
    queue.execute("UPDATE public.organizations SET plan = %s WHERE id = %s", [plan, org.id])
    for who in (org, other):
        enqueue(org=who, module_id=factories.module(queue, org=who), n=20)

    def share(n: int) -> int:
        return sum(run.org_id == org.id for run in claim(queue, n))

    assert share(8) == 6
    queue.execute("UPDATE executions_run SET state = 'queued', lease_until = NULL")
    queue.execute("INSERT INTO tenancy_policy (org_id, weight) VALUES (%s, 1)", [org.id])
    assert share(8) == 4


def test_parents_that_wait_for_their_children_do_not_count_towards_the_limit(
    queue: Queue, org: Org, enqueue: Any
) -> None:
    queue.execute("INSERT INTO tenancy_policy (org_id, concurrency) VALUES (%s, 1)", [org.id])
    enqueue(org=org, module_id=factories.module(queue, org=org), n=2)
    [first] = claim(queue)
    assert claim(queue) == []
    queue.execute(
        "UPDATE executions_run SET waiting = true WHERE execution_id = %s", [first.execution_id]
    )
    assert len(claim(queue)) == 1
