"""The log of an execution: whoever writes into it holds the run; its order is that of commits."""

import threading
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from executions import claims
from executions.claims import Claimed, NewEvent
from tests import databases, factories
from tests.processes import wait_until

Queue = psycopg.Connection[Any]
ANN, BOB = "worker-ann", "worker-bob"


@pytest.fixture
def run(queue: Queue) -> Claimed:
    org = factories.organization(queue)
    factories.queued_run(queue, org=org, module_id=factories.module(queue, org=org), max_attempts=2)
    return _claim(queue, ANN)


def _claim(queue: Queue, worker: str) -> Claimed:
    [run] = claims.claim(queue, lane="io", most=1, worker=worker, lease_s=20, after="")
    return run


def _append(conn: Queue, run: Claimed, *messages: str, worker: str = ANN) -> None:
    events = [NewEvent(run=run, kind="log", message=message) for message in messages]
    claims.append_events(conn, events, worker=worker)


def _messages(queue: Queue, run: Claimed) -> list[str]:
    rows = queue.execute(
        "SELECT message FROM executions_event WHERE execution_id = %s ORDER BY seq",
        [run.execution_id],
    )
    return [row[0] for row in rows]


def test_lines_keep_their_order(queue: Queue, run: Claimed) -> None:
    lines = [str(n) for n in range(300)]
    _append(queue, run, *lines)
    assert _messages(queue, run) == lines


def test_the_organization_of_a_line_is_that_of_the_run(queue: Queue, run: Claimed) -> None:
    _append(queue, replace(run, org_id="another"), "mine")
    [row] = queue.execute("SELECT org_id FROM executions_event").fetchall()
    assert row == (run.org_id,)


@pytest.mark.parametrize("worker", [ANN, BOB])
def test_after_its_lease_was_taken_a_worker_writes_nothing(
    queue: Queue, run: Claimed, worker: str
) -> None:
    """Whether another one has it now, or the same worker in another attempt."""
    queue.execute("UPDATE executions_run SET lease_until = now() - interval '1 s'")
    claims.reap(queue)
    again = _claim(queue, worker)
    _append(queue, run, "late")
    _append(queue, again, "in time", worker=worker)
    assert _messages(queue, run) == ["The worker that ran it was lost.", "in time"]


def test_nothing_is_written_after_the_end(queue: Queue, run: Claimed) -> None:
    claims.finish(queue, [claims.Finished(run=run, outcome="completed", output="1")], worker=ANN)
    _append(queue, run, "late")
    assert _messages(queue, run) == []


def test_of_several_runs_only_those_that_are_ours_get_their_lines(
    queue: Queue, run: Claimed
) -> None:
    other = replace(run, execution_id=run.execution_id + "-not-there")
    events = [NewEvent(run=r, kind="log", message="line") for r in (other, run, other)]
    claims.append_events(queue, events, worker=ANN)
    assert queue.execute("SELECT count(*) FROM executions_event").fetchone() == (1,)


def test_a_line_that_comes_while_the_run_is_taken_waits_and_is_dropped(
    queue: Queue, run: Claimed, queue_database: dict[str, Any]
) -> None:
    """Its number would otherwise be smaller than that of a line that readers have seen."""
    with databases.connect(queue_database) as reaper, databases.connect(queue_database) as frozen:
        reaper.execute("BEGIN")
        reaper.execute(
            "UPDATE executions_run SET lease_until = NULL, state = 'queued', worker = NULL"
        )
        pid = frozen.info.backend_pid
        appending = threading.Thread(target=_append, args=(frozen, run, "late"))
        appending.start()
        wait_until(lambda: _waits_for_a_lock(queue, pid), what="the late line waits")
        reaper.execute("COMMIT")
        appending.join()
    assert _messages(queue, run) == []


def _waits_for_a_lock(queue: Queue, pid: int) -> bool:
    [row] = queue.execute(
        "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [pid]
    ).fetchall()
    return bool(row[0])
