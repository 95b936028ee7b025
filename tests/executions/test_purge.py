"""The purge ends what was counted: not what came later, not what a worker took meanwhile."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from executions import purge, sql, targets
from executions.models import Run
from tests import databases, factories
from tests.factories import Org


@pytest.fixture
def org(db: None) -> Org:
    with connection.cursor() as cursor:
        return factories.organization(cursor)


def waiting_runs(org: Org, n: int = 1, *, seconds_ago: int = 10) -> list[str]:
    with connection.cursor() as cursor:
        module_id = factories.module(cursor, org=org)
        cursor.execute(
            "WITH shared AS (INSERT INTO public.module_executions (module_id, org_id)"
            " SELECT %(module)s, %(org)s FROM generate_series(1, %(n)s) RETURNING id)"
            " INSERT INTO executions_run (execution_id, org_id, module_id, agent, lane, queued_at)"
            " SELECT id, %(org)s, %(module)s, 'echo', 'io', now() - make_interval(secs => %(ago)s)"
            " FROM shared RETURNING execution_id",
            {"module": module_id, "org": org.id, "n": n, "ago": seconds_ago},
        )
        return [row[0] for row in cursor.fetchall()]


def states(org: Org) -> dict[str, str]:
    return dict(Run.objects.for_org(org.id).values_list("execution_id", "state"))


def test_many_are_ended(org: Org) -> None:
    waiting_runs(org, 2100)
    counted = purge.preview(targets.find(org_id=org.id))
    assert [pile.runs for pile in counted.piles] == [2100]
    assert purge.purge(counted, by="ann") == 2100
    assert set(states(org).values()) == {"done"}


def test_what_comes_after_the_count_stays(org: Org) -> None:
    [old] = waiting_runs(org)
    counted = purge.preview(targets.find(org_id=org.id), older_than_s=5)
    [young] = waiting_runs(org, seconds_ago=1)
    assert purge.purge(counted, by="ann") == 1
    assert states(org) == {old: "done", young: "queued"}


def test_what_a_worker_takes_meanwhile_runs_on(
    queue: psycopg.Connection[Any], queue_database: dict[str, Any]
) -> None:
    """The batch names four runs: one is claimed by now, one in this moment, one has ended."""
    org = factories.organization(queue)
    module_id = factories.module(queue, org=org)
    claimed, locked, done, free = (
        factories.queued_run(queue, org=org, module_id=module_id) for _ in range(4)
    )
    queue.execute(
        "UPDATE executions_run SET state = 'running', lease_until = now() WHERE execution_id = %s",
        [claimed],
    )
    queue.execute(
        "UPDATE executions_run SET state = 'done', outcome = 'lost' WHERE execution_id = %s", [done]
    )
    given = {"ids": [claimed, locked, done, free], "error": "Purged."}
    with databases.connect(queue_database) as worker, worker.transaction():
        lock = "SELECT 1 FROM executions_run WHERE execution_id = %s FOR UPDATE"
        worker.execute(lock, [locked])
        assert queue.execute(sql.read("purge.sql"), given).fetchall() == [(free, False)]
    rows = queue.execute("SELECT execution_id, state, coalesce(outcome, '') FROM executions_run")
    assert set(rows) == {
        (claimed, "running", ""), (locked, "queued", ""), (done, "done", "lost"),
        (free, "done", "cancelled"),
    }  # fmt: skip


def test_only_the_target_is_counted(org: Org) -> None:
    with connection.cursor() as cursor:
        other = factories.organization(cursor, name="Other")
    for whose in (org, org, other):
        waiting_runs(whose)
    module_id = Run.objects.for_org(org.id).values_list("module_id", flat=True)[0]
    assert purge.preview(targets.find(module_id=module_id)).runs == 1
    assert purge.preview(targets.find(org_id=org.id)).runs == 2
    assert purge.preview(targets.EVERYTHING).runs == 3
