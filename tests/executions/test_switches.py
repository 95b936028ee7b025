"""Pausing, resuming and purging, on the running installation and through the commands."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from executions.wakeups import EVERY_LANE
from tests import databases, factories
from tests.executions.conftest import Tenants
from tests.factories import Org
from tests.live import Live
from tests.processes import wait_until


@pytest.fixture(params=["module", "org", "everything"])
def paused(request: pytest.FixtureRequest, tenants: Tenants) -> Iterator[list[str]]:
    """Acme's module, Acme, or everything is paused; the options that say so."""
    whom = {
        "module": ["--module", tenants.echo],
        "org": ["--org", tenants.acme.id],
        "everything": ["--everything"],
    }[request.param]
    try:
        said = tenants.live.manage("pause", *whom, "--reason", "a test", "--by", "ann")
        assert said.startswith("Paused ")
        if whom != ["--everything"]:  # other tests may have left some
            assert "0 queued runs wait" in said
        yield whom
    finally:  # or every later test on this installation waits, too
        tenants.live.manage("resume", *whom)


def submit(tenants: Tenants, org: Org, module_id: str = "echo") -> str:
    response = tenants.live.execute(org, module_id, prefer="respond-async")
    assert response.status_code == 202, "a pause refuses no call"
    return str(response.json()["execution_id"])


def run_of(tenants: Tenants, org: Org, execution_id: str) -> dict[str, Any]:
    run: dict[str, Any] = tenants.live.get(org, f"/executions/{execution_id}").json()["run"]
    return run


def test_nothing_starts_while_paused_and_everything_does_when_resumed(
    tenants: Tenants, paused: list[str]
) -> None:
    live, acme, globex = tenants.live, tenants.acme, tenants.globex
    queued = [submit(tenants, acme, tenants.echo) for _ in range(3)]
    if paused == ["--everything"]:
        queued_of_others = submit(tenants, globex)
        assert live.http.get("/health/ready").json()["paused"] is True
    else:
        done = live.execute(globex, "echo")
        assert done.json()["status"] == "completed", "others are not held up"
    reason = {"--module": "module_paused", "--org": "organization_paused"}.get(
        paused[0], "everything_paused"
    )
    for execution_id in queued:
        run = run_of(tenants, acme, execution_id)
        assert (run["state"], run["attempt"]) == ("queued", 0)
        assert run["waiting_because"]["reason"] == reason
    said = live.manage("resume", *paused)
    assert said.startswith("Resumed ")
    for execution_id in queued:
        assert live.finished(acme, execution_id)["status"] == "completed"
    if paused == ["--everything"]:
        assert live.finished(globex, queued_of_others)["status"] == "completed"
    assert "was not paused" in live.manage("resume", *paused)


def test_what_runs_goes_on(tenants: Tenants, tmp_path: Path) -> None:
    live, acme, door = tenants.live, tenants.acme, tmp_path / "door"
    module_id = factories.module(live.db, org=acme, python_module="door")
    answer = live.execute(acme, module_id, {"door": str(door)}, prefer="respond-async")
    execution_id = str(answer.json()["execution_id"])
    wait_until(lambda: run_of(tenants, acme, execution_id)["state"] == "running")
    live.manage("pause", "--module", module_id, "--reason", "a test")
    door.touch()
    assert live.finished(acme, execution_id)["output"] == "open"


def test_who_paused_and_why_is_kept(tenants: Tenants) -> None:
    tenants.live.manage("pause", "--module", tenants.echo, "--reason", "repair", "--by", "ann")
    row = "SELECT pause_reason, paused_by, paused_at <= now() FROM modules_policy"
    found = tenants.live.db.execute(f"{row} WHERE module_id = %s", [tenants.echo]).fetchone()
    assert found == ("repair", "ann", True)


@pytest.mark.parametrize("command", ["pause", "resume", "purge"])
def test_unknown_ids_are_refused_in_words(tenants: Tenants, command: str) -> None:
    more = ["--reason", "x"] if command == "pause" else []
    for option, what in (("--module", "module"), ("--org", "organization")):
        said = tenants.live.manage(command, option, "no-such-id", *more, status=1)
        assert f"no {what} with the id 'no-such-id'" in said


class TestPurge:
    @pytest.fixture
    def held(self, tenants: Tenants) -> list[str]:
        """Three runs of Acme's, queued and paused."""
        tenants.live.manage("pause", "--org", tenants.acme.id, "--reason", "a test")
        return [submit(tenants, tenants.acme, tenants.echo) for _ in range(3)]

    def test_counts_first_and_ends_nothing_without_a_yes(
        self, tenants: Tenants, held: list[str]
    ) -> None:
        said = tenants.live.manage("purge", "--org", tenants.acme.id, status=1)
        [line] = [line for line in said.splitlines() if tenants.echo in line]
        assert line.split() == [tenants.acme.id, tenants.echo, "3"]
        assert "--yes" in said
        assert {run_of(tenants, tenants.acme, one)["state"] for one in held} == {"queued"}

    def test_ends_them_as_cancelled_and_wakes_who_waits(
        self, tenants: Tenants, held: list[str]
    ) -> None:
        live, acme = tenants.live, tenants.acme
        answers: list[Any] = []
        waiter = threading.Thread(target=lambda: answers.append(live.execute(acme, tenants.echo)))
        waiter.start()
        wait_until(lambda: self._queued(live, acme) == 4, what="the waiting call is queued")
        whom = ["--org", acme.id, "--yes", "--by", "ann"]
        assert "Ended 4 of 4" in live.manage("purge", *whom)
        waiter.join(20)
        assert answers[0].json()["error"] == "Purged from the queue by ann."
        for execution_id in held:
            detail = live.get(acme, f"/executions/{execution_id}").json()
            assert (detail["status"], detail["run"]["outcome"]) == ("failed", "cancelled")
            assert detail["error"] == "Purged from the queue by ann."
        assert "Nothing to do" in live.manage("purge", *whom)

    def test_the_young_and_the_others_stay(self, tenants: Tenants, held: list[str]) -> None:
        live, acme, globex = tenants.live, tenants.acme, tenants.globex
        live.manage("pause", "--org", globex.id, "--reason", "a test")
        foreign = submit(tenants, globex)
        live.db.execute(
            "UPDATE executions_run SET queued_at = now() - interval '1 h' WHERE execution_id = %s",
            [held[0]],
        )
        said = live.manage("purge", "--module", tenants.echo, "--older-than", "600", "--yes")
        assert "Ended 1 of 1" in said
        states = [run_of(tenants, acme, one)["state"] for one in held]
        assert states == ["done", "queued", "queued"]
        assert run_of(tenants, globex, foreign)["state"] == "queued"

    def _queued(self, live: Live, org: Org) -> int:
        rows = "SELECT count(*) FROM executions_run WHERE state = 'queued' AND org_id = %s"
        found = live.db.execute(rows, [org.id]).fetchone()
        assert found
        return int(found[0])


class TestCircuit:
    def test_a_module_that_fails_too_often_is_taken_out_until_it_is_reset(
        self, tenants: Tenants
    ) -> None:
        live, acme = tenants.live, tenants.acme
        module_id = factories.module(live.db, org=acme, python_module="flaky")
        factories.policy(live.db, org=acme, module_id=module_id, circuit_failures=2)
        fails = {"fails": 9, "how": "permanent"}
        for _ in range(2):
            assert live.execute(acme, module_id, fails).json()["status"] == "failed"
        status = "SELECT status::text FROM public.modules WHERE id = %s"
        wait_until(
            lambda: live.db.execute(status, [module_id]).fetchone() == ("error",),
            what="the circuit opens",
        )
        assert live.execute(acme, module_id, fails).status_code == 409
        said = live.manage("reset_circuit", module_id)
        assert "it is active" in said
        works = {"fails": 0, "how": "permanent"}
        assert live.execute(acme, module_id, works).json()["status"] == "completed"

    def test_what_was_queued_then_ends_with_the_reason(self, tenants: Tenants) -> None:
        live, acme = tenants.live, tenants.acme
        factories.policy(live.db, org=acme, module_id=tenants.echo, circuit_failures=2, paused=True)
        execution_id = submit(tenants, acme, tenants.echo)
        live.db.execute("UPDATE public.modules SET status = 'error' WHERE id = %s", [tenants.echo])
        live.db.execute("UPDATE modules_policy SET paused = false")
        detail = live.finished(acme, execution_id)
        assert detail["status"] == "failed"
        assert "failed too often" in detail["error"]
        assert live.db.execute(
            "SELECT 1 FROM modules_circuit WHERE module_id = %s", [tenants.echo]
        ).fetchall() == []  # fmt: skip

    def test_an_unknown_module_is_refused_in_words(self, tenants: Tenants) -> None:
        said = tenants.live.manage("reset_circuit", "no-such-id", status=1)
        assert "no module with the id 'no-such-id'" in said


CHANGES = {
    "modules_policy": "INSERT INTO modules_policy (module_id, org_id) VALUES ('m', 'o')",
    "tenancy_policy": "INSERT INTO tenancy_policy (org_id) VALUES ('o')",
    "executions_killswitch": "INSERT INTO executions_killswitch (id, paused) VALUES (1, true)",
}


class TestEveryChange:
    """Whoever makes it: the service, the admin, or somebody with psql."""

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_wakes_the_workers_of_all_lanes(
        self, queue: psycopg.Connection[Any], change: str
    ) -> None:
        queue.execute("LISTEN run_queued")
        queue.execute(change)
        heard = [note.payload for note in queue.notifies(timeout=5, stop_after=1)]
        queue.execute("UNLISTEN run_queued")
        assert heard == [EVERY_LANE]

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_is_done_only_when_no_earlier_claim_is_under_way(
        self, queue: psycopg.Connection[Any], queue_database: dict[str, Any], change: str
    ) -> None:
        with databases.connect(queue_database) as operator:
            pausing = threading.Thread(target=lambda: operator.execute(change))
            with queue.transaction():
                queue.execute("SELECT pg_advisory_xact_lock(7203001)")  # as a claim holds it
                pausing.start()
                wait_until(lambda: self._waits(queue), what="the change waits for the claim")
            pausing.join(20)
            assert not pausing.is_alive()

    def _waits(self, queue: psycopg.Connection[Any]) -> bool:
        locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return queue.execute(locks).fetchone() is not None
