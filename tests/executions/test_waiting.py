"""waiting_because and the claim: the one says `turn` of exactly the runs that the other takes."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from executions import claims
from executions.waiting import Waiting, waiting_because
from tests import factories
from tests.factories import Org

pytestmark = pytest.mark.django_db
LANES = ("io", "cpu")


def execute(statement: str, params: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else None


@pytest.fixture(autouse=True)
def worker() -> None:
    """One that reported just now."""
    lanes = '["io", "cpu"]'
    execute(
        "INSERT INTO executions_worker (id, host, pid, lanes) VALUES ('w', 'h', 1, %s)", [lanes]
    )


def run(org: Org, module_id: str, *, due_in_s: float = 0, **columns: Any) -> str:
    with connection.cursor() as cursor:
        execution_id = factories.queued_run(cursor, org=org, module_id=module_id, **columns)
    execute(
        "UPDATE executions_run SET available_at = now() + make_interval(secs => %s)"
        " WHERE execution_id = %s",
        [due_in_s, execution_id],
    )
    return execution_id


def running(org: Org, module_id: str, **columns: Any) -> str:
    execution_id = run(org, module_id, **columns)
    execute(
        "UPDATE executions_run SET state = 'running', lease_until = now() + interval '1 h'"
        " WHERE execution_id = %s",
        [execution_id],
    )
    return execution_id


@pytest.fixture
def org() -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor)


@pytest.fixture
def module(org: Org) -> str:
    with connection.cursor() as cursor:
        return factories.module(cursor, org=org)


def why(org: Org, execution_id: str) -> Waiting:
    return waiting_because(org.id, execution_ids=[execution_id])[execution_id]


def module_policy(org: Org, module_id: str, **columns: Any) -> None:
    with connection.cursor() as cursor:
        factories.policy(cursor, org=org, module_id=module_id, **columns)


def org_policy(org: Org, *, concurrency: int | None = None, paused: bool = False) -> None:
    execute(
        "INSERT INTO tenancy_policy (org_id, concurrency, paused, pause_reason)"
        " VALUES (%s, %s, %s, 'bills')",
        [org.id, concurrency, paused],
    )


class TestReasons:
    def test_turn_counts_who_goes_first(self, org: Org, module: str) -> None:
        for before in ({"due_in_s": -9}, {"priority": -1}):
            run(org, module, **before)
        run(org, module, priority=5)
        found = why(org, run(org, module))
        assert (found.reason, found.ahead) == ("turn", 2)
        assert "2 go first" in found.message

    def test_who_goes_first_is_counted_to_a_thousand(self, org: Org, module: str) -> None:
        execute(
            "INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, priority)"
            " SELECT gen_random_uuid(), %s, %s, 'echo', 'io', -1 FROM generate_series(1, 1100)",
            [org.id, module],
        )
        found = why(org, run(org, module))
        assert found.ahead == 1000
        assert "at least 1,000" in found.message

    def test_later(self, org: Org, module: str) -> None:
        assert why(org, run(org, module, due_in_s=60)).reason == "not_yet_available"

    def test_a_module_at_its_limit(self, org: Org, module: str) -> None:
        module_policy(org, module, concurrency=1)
        running(org, module)
        found = why(org, run(org, module))
        assert (found.reason, found.module_running, found.module_limit) == ("module_at_limit", 1, 1)

    def test_an_organization_at_its_limit_not_counting_parents_that_wait(
        self, org: Org, module: str
    ) -> None:
        org_policy(org, concurrency=1)
        running(org, module, waiting=True)
        queued = run(org, module)
        assert why(org, queued).reason == "turn"
        running(org, module)
        found = why(org, queued)
        assert found.reason == "organization_at_limit"
        assert (found.organization_running, found.organization_limit) == (1, 1)

    def test_pauses_from_the_widest_to_the_narrowest(self, org: Org, module: str) -> None:
        queued = run(org, module)
        module_policy(org, module, paused=True, pause_reason="maintenance")
        assert why(org, queued).message == "The module is paused: maintenance"
        org_policy(org, paused=True)
        assert why(org, queued).message == "The organization is paused: bills"
        execute("INSERT INTO executions_killswitch (id, paused, reason) VALUES (1, true, 'secret')")
        found = why(org, queued)
        assert found.reason == "everything_paused"
        assert "secret" not in found.message

    @pytest.mark.parametrize("lane", ["io", "io_1"])
    def test_nobody_there_to_run_it(self, org: Org, module: str, lane: str) -> None:
        queued = run(org, module, lane=lane)
        assert why(org, queued).reason == "turn"
        execute("UPDATE executions_worker SET beat_at = now() - interval '31 s'")
        assert why(org, queued).reason == "no_worker"

    def test_workers_of_another_lane_are_no_help(self, org: Org, module: str) -> None:
        execute("""UPDATE executions_worker SET lanes = '["cpu"]'""")
        assert why(org, run(org, module)).reason == "no_worker"

    def test_what_is_not_queued_or_not_ones_own_is_left_out(self, org: Org, module: str) -> None:
        with connection.cursor() as cursor:
            other = factories.organization(cursor, name="Other")
        queued, busy = run(org, module), running(org, module)
        found = waiting_because(org.id, execution_ids=[queued, busy, "missing"])
        assert set(found) == {queued}
        assert waiting_because(other.id, execution_ids=[queued]) == {}


class World:
    """A random queue: organizations, modules, policies, what runs, what is queued."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.queued: dict[str, str] = {}  # run -> organization
        with connection.cursor() as cursor:
            self.orgs = [factories.organization(cursor) for _ in range(self.dice.randint(1, 4))]
        if self.dice.random() < 0.05:
            execute("INSERT INTO executions_killswitch (id, paused) VALUES (1, true)")
        for org in self.orgs:
            self._fill(org)

    def _limit(self) -> int | None:
        return self.dice.choice([None, 1, 2, 3, 6])

    def _fill(self, org: Org) -> None:
        if self.dice.random() < 0.6:
            org_policy(org, concurrency=self._limit(), paused=self.dice.random() < 0.15)
        with connection.cursor() as cursor:
            modules = [factories.module(cursor, org=org) for _ in range(self.dice.randint(1, 3))]
        for module_id in modules:
            for _ in range(self.dice.randint(0, 3)):
                running(org, module_id, waiting=self.dice.random() < 0.3)
        for _ in range(self.dice.randint(0, 12)):
            self._queue(org, self.dice.choice(modules))
        for module_id in modules:
            if self.dice.random() < 0.6:
                module_policy(
                    org, module_id, concurrency=self._limit(), paused=self.dice.random() < 0.2
                )
        execute(  # some gates are stale: they are hints
            "UPDATE executions_run SET gate = '' WHERE org_id = %s AND state = 'queued'"
            " AND hashtext(execution_id) %% 4 = 0",
            [org.id],
        )

    def _queue(self, org: Org, module_id: str) -> None:
        due_in_s = self.dice.choice([-60, -5, -5, 0, 60])
        priority, lane = self.dice.randint(-1, 1), self.dice.choice(LANES)
        queued = run(org, module_id, due_in_s=due_in_s, priority=priority, lane=lane)
        self.queued[queued] = org.id

    def claimable(self, lane: str) -> set[str]:
        ids = {row[0] for row in execute(
            "SELECT execution_id FROM executions_run WHERE state = 'queued' AND lane = %s", [lane]
        )}  # fmt: skip
        return {execution_id for execution_id, found in self._reasons(ids) if found == "turn"}

    def _reasons(self, ids: set[str]) -> Iterator[tuple[str, str]]:
        for org in self.orgs:
            found = waiting_because(org.id, execution_ids=sorted(ids))
            yield from ((execution_id, why.reason) for execution_id, why in found.items())

    def claim(self, lane: str) -> set[str]:
        taken = claims.claim(
            connection.connection, lane=lane, most=self.dice.choice([1, 1, 2, 5]), worker="w",
            lease_s=20, after="",
        )  # fmt: skip
        return {one.execution_id for one in taken}


@pytest.mark.parametrize("seed", range(60))
def test_the_claim_takes_exactly_the_runs_whose_turn_it_is(seed: int) -> None:
    world = World(seed)
    for lane in LANES * 2:
        while turn := world.claimable(lane):
            taken = world.claim(lane)
            assert taken, f"nothing was claimed, and {len(turn)} runs are said to be next"
            assert taken <= turn, "a run was claimed that something is said to hold back"
        assert world.claim(lane) == set()
