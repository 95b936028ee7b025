"""Circuits: failures in a row are counted exactly, whoever counts, and open once."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from executions import circuit, claims
from executions.claims import Claimed, Finished
from tests import databases, factories
from tests.factories import Org

Queue = psycopg.Connection[Any]
Count = Callable[..., None]


def ended(org: Org, module_id: str, outcome: str, **changes: Any) -> Finished:
    fields: dict[str, Any] = {
        "execution_id": uuid.uuid4().hex, "org_id": org.id, "module_id": module_id,
        "agent": "echo", "attempt": 1, "max_attempts": 1, "suspect": False, "timeout_s": 1,
        "backoff_s": 1, "at_most_once": False, "circuit": True, "depth": 0,
        "priority": 0, "capped": False, "checkpointed": False, "decisions": 0,
        "remaining_s": None, "late": False, "module_status": "active", "config": None,
        "endpoint": None, "input": "{}", "task_id": None, "row_gone": False, "config_gone": False,
        "cursor_org": "",
    }  # fmt: skip
    return Finished(run=Claimed(**{**fields, **changes}), outcome=outcome)


@pytest.fixture
def org(queue: Queue) -> Org:
    return factories.organization(queue)


@pytest.fixture
def module(queue: Queue, org: Org) -> str:
    """One that opens after three failures."""
    module_id = factories.module(queue, org=org)
    factories.policy(queue, org=org, module_id=module_id, circuit_failures=3)
    return module_id


@pytest.fixture
def count(queue: Queue, org: Org, module: str) -> Count:
    """count("failed", "completed"): these ends, in one batch."""

    def _count(*outcomes: str, **changes: Any) -> None:
        circuit.count(queue, [ended(org, module, outcome, **changes) for outcome in outcomes])

    return _count


def status(queue: Queue, module_id: str) -> str:
    row = queue.execute("SELECT status::text FROM public.modules WHERE id = %s", [module_id])
    return str(row.fetchall()[0][0])


def failures(queue: Queue, module_id: str) -> tuple[int, bool]:
    """(failures in a row, open)"""
    rows = queue.execute(
        "SELECT failures, opened_at IS NOT NULL FROM modules_circuit WHERE module_id = %s",
        [module_id],
    ).fetchall()
    return rows[0] if rows else (0, False)


def activate(queue: Queue, module_id: str) -> None:
    """As the gateway does."""
    queue.execute("UPDATE public.modules SET status = 'active' WHERE id = %s", [module_id])


@pytest.mark.parametrize(
    "batches",
    [
        [["failed", "timed_out", "lost"]],
        [["failed"], ["failed"], ["failed"]],
        [["failed", "cancelled", "failed"], ["cancelled"], ["failed"]],
        [["completed", "failed"], ["failed", "failed"]],
        [["failed", "failed", "failed", "completed"]],
        [["failed", "completed"], ["failed", "failed", "failed", "completed", "failed"]],
    ],
)
def test_three_failures_in_a_row_open_it(
    queue: Queue, module: str, count: Count, batches: list[list[str]]
) -> None:
    for batch in batches:
        count(*batch)
    assert status(queue, module) == "error"
    assert failures(queue, module)[1]


@pytest.mark.parametrize(
    "batches",
    [
        [["failed", "failed"]],
        [["failed", "failed", "completed", "failed", "failed"]],
        [["failed", "failed"], ["completed"], ["failed", "failed"]],
        [["failed", "failed", "cancelled", "cancelled"]],
    ],
)
def test_fewer_in_a_row_do_not(
    queue: Queue, module: str, count: Count, batches: list[list[str]]
) -> None:
    for batch in batches:
        count(*batch)
    assert status(queue, module) == "active"
    assert failures(queue, module) == (2, False)


@pytest.mark.parametrize(
    "changes",
    [{"circuit": False}, {"module_status": "inactive"}, {"module_status": None},
     {"row_gone": True}, {"late": True}, {"remaining_s": -1.0}],
)  # fmt: skip
def test_runs_that_could_not_start_say_nothing_about_the_module(
    queue: Queue, module: str, count: Count, changes: dict[str, Any]
) -> None:
    count(*["failed"] * 5, **changes)
    assert failures(queue, module) == (0, False)
    assert status(queue, module) == "active"


def test_a_healthy_module_writes_nothing(queue: Queue, module: str, count: Count) -> None:
    count("completed", "completed")
    assert queue.execute("SELECT 1 FROM modules_circuit").fetchall() == []


def test_a_module_without_a_limit_is_not_counted(queue: Queue, org: Org, module: str) -> None:
    queue.execute("UPDATE modules_policy SET circuit_failures = NULL")
    circuit.count(queue, [ended(org, module, "failed")] * 5)
    assert status(queue, module) == "active"


def test_another_organizations_runs_do_not_count(queue: Queue, module: str) -> None:
    other = factories.organization(queue, name="Other")
    circuit.count(queue, [ended(other, module, "failed")] * 5)
    assert status(queue, module) == "active"


def test_an_inactive_module_stays_inactive(queue: Queue, module: str, count: Count) -> None:
    queue.execute("UPDATE public.modules SET status = 'inactive' WHERE id = %s", [module])
    count(*["failed"] * 4)
    assert status(queue, module) == "inactive"


def test_made_active_again_it_opens_at_the_next_failure(
    queue: Queue, module: str, count: Count
) -> None:
    count(*["failed"] * 3)
    activate(queue, module)
    count("failed")
    assert status(queue, module) == "error"


def test_made_active_again_a_success_closes_it(queue: Queue, module: str, count: Count) -> None:
    count(*["failed"] * 3)
    activate(queue, module)
    count("completed")
    assert failures(queue, module) == (0, False)
    count("failed", "failed")
    assert status(queue, module) == "active"


@pytest.mark.parametrize(("limit", "opens"), [(200, 1), (201, 0)])
def test_several_workers_count_every_failure_and_open_once(
    queue: Queue, queue_database: dict[str, Any], org: Org, limit: int, opens: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    modules = [factories.module(queue, org=org) for _ in range(2)]
    for module_id in modules:
        factories.policy(queue, org=org, module_id=module_id, circuit_failures=limit)

    def work(backwards: bool) -> None:
        with databases.connect(queue_database) as conn:
            for _ in range(25):
                batch = [ended(org, module_id, "failed") for module_id in modules]
                circuit.count(conn, batch[::-1] if backwards else batch)

    threads = [threading.Thread(target=work, args=[n % 2 == 0]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for module_id in modules:
        assert failures(queue, module_id) == (200, bool(opens))
        assert status(queue, module_id) == ("error" if opens else "active")
    said = [record for record in caplog.records if "circuit opened" in record.message]
    assert len(said) == opens * len(modules)


def test_the_gateways_lock_on_the_module_holds_up_no_worker(
    queue: Queue, queue_database: dict[str, Any], module: str, count: Count
) -> None:
    count("failed", "failed")
    with databases.connect(queue_database) as gateway, gateway.transaction():
        gateway.execute("UPDATE public.modules SET name = 'new' WHERE id = %s", [module])
        queue.execute("SET statement_timeout = '5s'")
        count("failed")
    assert status(queue, module) == "active"
    count("failed")
    assert status(queue, module) == "error"


def test_runs_that_the_reaper_ends_count(queue: Queue, org: Org, module: str) -> None:
    for n in range(3):
        execution_id = factories.gateway_row(queue, org=org, module_id=module)
        queue.execute(
            "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, circuit,"
            " state, attempt, lease_until)"
            " VALUES (%s, %s, %s, 'echo', 'io', true, 'running', 1, now() - interval '1 s')",
            [execution_id, org.id, module],
        )
        circuit.count_reaped(queue, sorted(claims.reap(queue)))
        assert failures(queue, module)[0] == n + 1
    assert status(queue, module) == "error"
