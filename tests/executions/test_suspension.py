"""The statements behind pauses, kept steps and decisions: their fences, and what meets what."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from agents.protocol import Frame
from executions import claims, sql
from executions.checkpoints import Checkpoints
from executions.claims import Claimed
from executions.kept import kept
from executions.suspension import Pause, Suspension, suspend
from tests import databases, factories
from tests.factories import Org
from tests.processes import wait_until

Connection = psycopg.Connection[Any]
_DECIDE = sql.read("decide.sql")
A_DAY = 86_400.0


@pytest.fixture
def org(queue: Connection) -> Org:
    return factories.organization(queue)


@pytest.fixture
def other(queue: Connection, queue_database: dict[str, Any]) -> Iterator[Connection]:
    with databases.connect(queue_database) as conn:
        yield conn


def claimed(conn: Connection, org: Org, **columns: Any) -> Claimed:
    factories.queued_run(conn, org=org, module_id=factories.module(conn, org=org), **columns)
    return claim(conn)[0]


def claim(conn: Connection, worker: str = "w") -> list[Claimed]:
    return claims.claim(conn, lane="io", most=5, worker=worker, lease_s=60, after="")


def pause(run: Claimed, *, seconds: float = A_DAY) -> Suspension:
    return Suspension(run=run, pause=Pause(why="approval:ask", resume_in_s=seconds))


def ask(conn: Connection, run: Claimed, *, expires_s: float = A_DAY, worker: str = "w") -> None:
    told = Checkpoints()
    header = {"step": "ask", "title": "OK?", "message": "", "expires_s": expires_s}
    told.heard(run, Frame("approval", header))
    told.write(conn, worker=worker)


def keep(
    conn: Connection, run: Claimed, output: Any, *, status: str = "completed", worker: str = "w"
) -> None:
    told = Checkpoints()
    header = {"step": "a", "index": -1, "status": status, "error": "", "took_s": 0.5}
    told.heard(run, Frame("checkpoint", header, json.dumps(output).encode()))
    told.write(conn, worker=worker)


def decide(conn: Connection, run: Claimed, *, org_id: str = "", state: str = "approved") -> Any:
    given = {
        "id": run.execution_id, "org_id": org_id or run.org_id, "step": "ask", "state": state,
        "by": "ann", "comment": "",
    }  # fmt: skip
    return conn.execute(_DECIDE, given).fetchall()


def row(conn: Connection, run: Claimed) -> dict[str, Any]:
    cursor = conn.execute(
        "SELECT r.state, r.attempt, r.suspended, r.available_at <= now() AS due, r.lease_until,"
        " r.worker, r.checkpointed, e.status::text FROM executions_run r"
        " JOIN public.module_executions e ON e.id = r.execution_id WHERE r.execution_id = %s",
        [run.execution_id],
    )
    names = [column.name for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def test_a_pause_gives_everything_back_but_the_gateways_status(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    assert suspend(queue, pause(run), worker="w")
    assert row(queue, run) == {
        "state": "queued", "attempt": 0, "suspended": "approval:ask", "due": False,
        "lease_until": None, "worker": None, "checkpointed": False, "status": "running",
    }  # fmt: skip
    assert claim(queue) == []


@pytest.mark.parametrize("how", ["worker", "attempt", "cancelled", "lost"])
def test_a_pause_of_a_run_that_is_not_ours_changes_nothing(
    queue: Connection, org: Org, how: str
) -> None:
    run = claimed(queue, org)
    changes = {
        "worker": "worker = 'x'", "attempt": "attempt = 7",
        "cancelled": "cancel_requested_at = now()",
        "lost": "state = 'queued', lease_until = NULL",
    }[how]  # fmt: skip
    queue.execute(
        f"UPDATE executions_run SET {changes} WHERE execution_id = %s", [run.execution_id]
    )
    before = row(queue, run)
    assert not suspend(queue, pause(run), worker="w")
    assert row(queue, run) == before


def test_a_decision_makes_it_due_and_the_next_attempt_knows(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    ask(queue, run)
    suspend(queue, pause(run), worker="w")
    assert decide(queue, run) == [("io", True)]
    [again] = claim(queue, "v")
    assert (again.attempt, again.checkpointed, again.decisions) == (1, True, 1)
    approval = kept(queue, [again])[run.execution_id].approvals["ask"]
    assert (approval["state"], approval["by"], approval["left_s"]) == ("approved", "ann", 0)
    assert approval["at"]


def test_a_decision_while_it_runs_ends_the_next_pause_at_once(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    ask(queue, run)
    assert decide(queue, run) == [("io", False)]
    assert suspend(queue, pause(run), worker="w")
    assert row(queue, run)["due"]


@pytest.mark.parametrize("first", ["decision", "pause"])
def test_a_decision_and_a_pause_at_the_same_moment_see_each_other(
    queue: Connection, other: Connection, org: Org, first: str
) -> None:
    """The one holds the row, the other waits for it: whichever order, the run is due."""
    run = claimed(queue, org)
    ask(queue, run)
    acts: list[Any] = [
        lambda conn: suspend(conn, pause(run), worker="w"), lambda conn: decide(conn, run)
    ]  # fmt: skip
    if first == "decision":
        acts.reverse()
    with ThreadPoolExecutor(1) as threads:
        with queue.transaction():
            assert acts[0](queue)
            later = threads.submit(acts[1], other)
            wait_until(lambda: _waits_for_lock(queue, other), what="the other waits")
        assert later.result(timeout=10)
    assert row(queue, run)["due"]
    assert row(queue, run)["state"] == "queued"


def _waits_for_lock(conn: Connection, other: Connection) -> bool:
    found = conn.execute(
        "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s",
        [other.info.backend_pid],
    ).fetchone()
    return bool(found and found[0])


def test_an_approval_is_decided_once_by_its_own_organization(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    ask(queue, run)
    suspend(queue, pause(run), worker="w")
    assert decide(queue, run, org_id=factories.organization(queue).id) == []
    assert not row(queue, run)["due"]
    assert decide(queue, run, state="rejected")
    assert decide(queue, run) == []
    states = queue.execute("SELECT state FROM executions_approval").fetchall()
    assert states == [("rejected",)]


def test_what_is_asked_again_stands_as_it_was_first_asked(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    ask(queue, run, expires_s=5)
    decide(queue, run)
    ask(queue, run, expires_s=500)
    rows = queue.execute(
        "SELECT state, expires_at < now() + interval '6 s' FROM executions_approval"
    )
    assert rows.fetchall() == [("approved", True)]


def test_an_approval_expires_by_the_databases_clock(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    ask(queue, run)
    suspend(queue, pause(run), worker="w")
    queue.execute("UPDATE executions_approval SET expires_at = now() - interval '1 s'")
    queue.execute("UPDATE executions_run SET available_at = now()")
    assert decide(queue, run) == []
    [again] = claim(queue)
    approvals = kept(queue, [again])[run.execution_id].approvals
    assert approvals["ask"]["state"] == "expired"
    assert queue.execute("SELECT state FROM executions_approval").fetchall() == [("expired",)]


def test_kept_steps_are_given_to_the_next_attempt(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    keep(queue, run, {"n": "ü"})
    claims.give_back(queue, run, worker="w", refund=True)
    [again] = claim(queue)
    assert again.checkpointed
    [(header, output)] = kept(queue, [again])[run.execution_id].steps
    assert (header["step"], header["index"], header["status"]) == ("a", -1, "completed")
    assert json.loads(output) == {"n": "ü"}


@pytest.mark.parametrize("changes", [{"worker": "x"}, {"attempt": 2}])
def test_steps_and_questions_of_a_late_attempt_are_not_kept(
    queue: Connection, org: Org, changes: dict[str, Any]
) -> None:
    run = claimed(queue, org)
    late = Claimed(**{**run.__dict__, "attempt": changes.get("attempt", 1)})
    worker = changes.get("worker", "w")
    keep(queue, late, 1, worker=worker)
    ask(queue, late, worker=worker)
    counts = (
        "SELECT (SELECT count(*) FROM executions_step), (SELECT count(*) FROM executions_approval)"
    )
    assert queue.execute(counts).fetchone() == (0, 0)
    assert not row(queue, run)["checkpointed"]


def test_a_completed_step_stays_and_a_waiting_one_goes_on(queue: Connection, org: Org) -> None:
    run = claimed(queue, org)
    for output, status in ((1, "waiting"), (2, "completed"), (3, "waiting"), (4, "failed")):
        keep(queue, run, output, status=status)
    rows = queue.execute("SELECT status, output FROM executions_step").fetchall()
    assert rows == [("completed", "2")]


def test_a_run_that_fails_after_a_pause_waits_for_nobody_any_more(
    queue: Connection, org: Org
) -> None:
    """Its pause before another attempt is not taken for a wait for approval."""
    run = claimed(queue, org, max_attempts=3)
    ask(queue, run)
    suspend(queue, pause(run, seconds=0), worker="w")
    [again] = claim(queue)
    claims.give_back(queue, again, worker="w", refund=False, delay_s=60, error="Away.")
    assert row(queue, run)["suspended"] == ""
    assert decide(queue, run) == [("io", True)]
    assert not row(queue, run)["due"], "a decision does not shorten the pause after a failure"
