"""Old versions of configs go; what a run needs, or a submit is about to need, stays."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from executions.version_pruning import prune
from tests import databases, factories
from tests.factories import Org
from tests.processes import wait_until

Connection = psycopg.Connection[Any]
KEPT = 3


@pytest.fixture(autouse=True)
def few_are_kept(settings: Any, queue: Connection) -> None:
    settings.CONFIG_VERSIONS_KEPT = KEPT
    queue.execute("TRUNCATE modules_config_version")


@pytest.fixture
def org(queue: Connection) -> Org:
    return factories.organization(queue)


@pytest.fixture
def module(queue: Connection, org: Org) -> str:
    return factories.module(queue, org=org)


def versions(
    conn: Connection, *, org: Org, module_id: str, numbers: range, age: str = "1 day"
) -> None:
    for number in numbers:
        conn.execute(
            "INSERT INTO modules_config_version (module_id, org_id, version, python_module, "
            "author, created_at) VALUES (%s, %s, %s, 'echo', 'ann', now() - %s::interval)",
            [module_id, org.id, number, age],
        )


def left(conn: Connection, module_id: str) -> list[int]:
    rows = conn.execute(
        "SELECT version FROM modules_config_version WHERE module_id = %s ORDER BY version",
        [module_id],
    )
    return [row[0] for row in rows.fetchall()]


def test_the_newest_are_kept_per_module(queue: Connection, org: Org, module: str) -> None:
    other = factories.organization(queue, name="Other")
    theirs = factories.module(queue, org=other)
    versions(queue, org=org, module_id=module, numbers=range(1, 9))
    versions(queue, org=other, module_id=theirs, numbers=range(1, 4))
    assert prune(queue) == 5
    assert left(queue, module) == [6, 7, 8]
    assert left(queue, theirs) == [1, 2, 3]
    assert prune(queue) == 0


def test_what_became_too_many_just_now_stays_for_an_hour(
    queue: Connection, org: Org, module: str
) -> None:
    versions(queue, org=org, module_id=module, numbers=range(1, 5))
    versions(queue, org=org, module_id=module, numbers=range(5, 8), age="1 minute")
    assert prune(queue) == 1
    assert left(queue, module) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("columns", "stays"),
    [
        ({"state": "queued"}, True),
        ({"state": "queued", "lane": "cpu_2"}, True),
        ({"state": "running", "lease_until": "tomorrow"}, True),
        ({"state": "done", "outcome": "failed"}, False),
    ],
)
def test_runs_that_have_not_ended_keep_theirs(
    queue: Connection, org: Org, module: str, columns: dict[str, str], stays: bool
) -> None:
    versions(queue, org=org, module_id=module, numbers=range(1, 7))
    factories.queued_run(queue, org=org, module_id=module, config_version=2, **columns)
    prune(queue)
    assert left(queue, module) == ([2] if stays else []) + [4, 5, 6]


def test_those_of_a_deleted_module_go(queue: Connection, org: Org, module: str) -> None:
    versions(queue, org=org, module_id=module, numbers=range(1, 3))
    queue.execute("DELETE FROM public.modules WHERE id = %s", [module])
    assert prune(queue) == 2


def test_nothing_is_read_of_a_long_queue(
    queue: Connection, org: Org, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executions.version_pruning._MOST_QUEUED", 1)
    versions(queue, org=org, module_id=module, numbers=range(1, 7))
    for _ in range(2):
        factories.queued_run(queue, org=org, module_id=module, config_version=6)
    assert prune(queue) == 0
    assert len(left(queue, module)) == 6


def test_one_that_a_submit_holds_is_not_waited_for(
    queue: Connection, queue_database: dict[str, Any], org: Org, module: str
) -> None:
    """As `modules.pinned` holds it, until its run is there."""
    versions(queue, org=org, module_id=module, numbers=range(1, 7))
    with databases.connect(queue_database) as submitting, submitting.transaction():
        submitting.execute(
            "SELECT FROM modules_config_version WHERE module_id = %s AND version = 1 "
            "FOR KEY SHARE", [module],
        )  # fmt: skip
        assert prune(queue) == 2
        factories.queued_run(submitting, org=org, module_id=module, config_version=1)
    assert prune(queue) == 0
    assert left(queue, module) == [1, 4, 5, 6]


def test_a_submit_that_comes_too_late_finds_nothing(
    queue: Connection, queue_database: dict[str, Any], org: Org, module: str
) -> None:
    """The other order: deleting, not yet committed, and a submit that waits for it."""
    versions(queue, org=org, module_id=module, numbers=range(1, 7))
    with (
        databases.connect(queue_database) as submitting,
        databases.connect(queue_database) as watching,
        ThreadPoolExecutor(1) as pool,
    ):
        with queue.transaction():
            assert prune(queue) == 3
            found = pool.submit(
                submitting.execute,
                "SELECT version FROM modules_config_version WHERE module_id = %s AND version = 1 "
                "FOR KEY SHARE", [module],
            )  # fmt: skip
            pid = submitting.info.backend_pid
            waits = "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted"
            wait_until(lambda: watching.execute(waits, [pid]).fetchone(), what="it waits")
        assert found.result(timeout=60).fetchall() == []


def test_two_workers_do_not_do_it_at_once(
    queue: Connection, queue_database: dict[str, Any], org: Org, module: str
) -> None:
    versions(queue, org=org, module_id=module, numbers=range(1, 7))
    with databases.connect(queue_database) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(7203003)")
        assert prune(queue) == 0
    assert prune(queue) == 3
