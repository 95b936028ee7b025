"""However a run ends, what is to be announced stands in the outbox with that end, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from executions import children, claims, sql
from tests import factories
from tests.factories import Org

WORKER = "ann"
HOOK = "https://hooks.example.com/done"
OF_CALL = "https://callers.example.com:8443/x?y=1"


@dataclass(frozen=True, kw_only=True)
class World:
    conn: psycopg.Connection[Any]
    org: Org
    module_id: str

    def run(self, **columns: Any) -> str:
        given = {"webhook": True, "webhook_url": OF_CALL, **columns}
        return factories.queued_run(self.conn, org=self.org, module_id=self.module_id, **given)

    def claimed(self) -> list[claims.Claimed]:
        return claims.claim(self.conn, lane="io", most=10, worker=WORKER, lease_s=20, after="")

    def deliveries(self, execution_id: str) -> list[dict[str, Any]]:
        with self.conn.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(
                "SELECT * FROM executions_delivery WHERE execution_id = %s ORDER BY url",
                [execution_id],
            )
            return found.fetchall()


@pytest.fixture
def world(queue: psycopg.Connection[Any]) -> World:
    org = factories.organization(queue)
    module_id = factories.module(queue, org=org)
    factories.webhook(queue, org=org, module_id=module_id, url=HOOK)
    return World(conn=queue, org=org, module_id=module_id)


def finished(world: World, outcome: str) -> str:
    execution_id = world.run()
    [run] = world.claimed()
    end = claims.Finished(run=run, outcome=outcome, error=None)
    assert claims.finish(world.conn, [end], worker=WORKER)[execution_id].webhook
    return execution_id


def completes(world: World) -> str:
    return finished(world, "completed")


def fails(world: World) -> str:
    return finished(world, "failed")


def times_out(world: World) -> str:
    return finished(world, "timed_out")


def is_cancelled_while_it_runs(world: World) -> str:
    return finished(world, "cancelled")


def cannot_start_because_its_row_is_gone(world: World) -> str:
    execution_id = world.run()
    world.conn.execute("DELETE FROM public.module_executions WHERE id = %s", [execution_id])
    [run] = world.claimed()
    assert run.row_gone
    claims.finish(world.conn, [claims.Finished(run=run, outcome="lost")], worker=WORKER)
    return execution_id


def ends_with_another(world: World) -> str:
    """finish.sql, where the others take finish_one.sql."""
    ids = [world.run(), world.run()]
    ends = [claims.Finished(run=run, outcome="completed") for run in world.claimed()]
    assert set(claims.finish(world.conn, ends, worker=WORKER)) == set(ids)
    return ids[0]


def loses_its_worker(world: World) -> str:
    execution_id = world.run()
    world.claimed()
    world.conn.execute("UPDATE executions_run SET lease_until = now() - interval '1 s'")
    assert claims.reap(world.conn) == {execution_id: "lost"}
    return execution_id


def is_cancelled_and_loses_its_worker(world: World) -> str:
    execution_id = world.run()
    world.claimed()
    world.conn.execute(
        "UPDATE executions_run SET lease_until = now() - interval '1 s', "
        "cancel_requested_at = now()"
    )
    assert claims.reap(world.conn) == {execution_id: "cancelled"}
    return execution_id


def waits_too_long(world: World) -> str:
    execution_id = world.run()
    world.conn.execute("UPDATE executions_run SET start_by = now() - interval '1 s'")
    assert claims.expire(world.conn) == [execution_id]
    return execution_id


def is_cancelled_in_the_queue(world: World) -> str:
    execution_id = world.run()
    [row] = children.cancel(world.conn, [(execution_id, world.org.id)])
    assert row[1:] == ("done", None, True)
    return execution_id


def is_purged(world: World) -> str:
    execution_id = world.run()
    given = {"ids": [execution_id], "error": "Purged."}
    assert world.conn.execute(sql.read("purge.sql"), given).fetchall() == [(execution_id, True)]
    return execution_id


def is_cancelled_below_a_lost_parent(world: World) -> str:
    parent = world.run(webhook=False, webhook_url=None)
    world.claimed()
    child = world.run(parent=parent, depth=1, lane="io.1")
    world.conn.execute("UPDATE executions_run SET lease_until = now() - interval '1 s'"
                       " WHERE execution_id = %s", [parent])  # fmt: skip
    claims.reap(world.conn)
    return child


ENDS: list[tuple[Callable[[World], str], str]] = [
    (completes, "completed"),
    (fails, "failed"),
    (times_out, "timed_out"),
    (is_cancelled_while_it_runs, "cancelled"),
    (cannot_start_because_its_row_is_gone, "lost"),
    (ends_with_another, "completed"),
    (loses_its_worker, "lost"),
    (is_cancelled_and_loses_its_worker, "cancelled"),
    (waits_too_long, "timed_out"),
    (is_cancelled_in_the_queue, "cancelled"),
    (is_purged, "cancelled"),
    (is_cancelled_below_a_lost_parent, "cancelled"),
]


@pytest.mark.parametrize(("end", "outcome"), ENDS, ids=[end.__name__ for end, _ in ENDS])
def test_a_run_that(world: World, end: Callable[[World], str], outcome: str) -> None:
    execution_id = end(world)
    of_call, of_module = world.deliveries(execution_id)
    assert (of_call["url"], of_module["url"]) == (OF_CALL, HOOK)
    assert (of_call["host"], of_module["host"]) == ("callers.example.com:8443", "hooks.example.com")
    for delivery in (of_call, of_module):
        assert delivery["outcome"] == outcome
        assert delivery["org_id"] == world.org.id
        assert delivery["state"] == "pending"


def test_one_that_is_queued_again_announces_nothing(world: World) -> None:
    execution_id = world.run(max_attempts=2)
    [run] = world.claimed()
    claims.give_back(world.conn, run, worker=WORKER, refund=False)
    assert world.deliveries(execution_id) == []


def test_an_end_that_was_taken_back_announces_nothing(world: World) -> None:
    execution_id = world.run()
    with pytest.raises(ZeroDivisionError), world.conn.transaction():
        children.cancel(world.conn, [(execution_id, world.org.id)])
        raise ZeroDivisionError
    assert world.deliveries(execution_id) == []


def test_only_what_the_webhook_wants_and_only_while_it_is_enabled(world: World) -> None:
    world.conn.execute("UPDATE modules_webhook SET outcomes = '{failed,lost}'")
    factories.webhook(world.conn, org=world.org, module_id=world.module_id, url=HOOK, enabled=False)
    assert [d["url"] for d in world.deliveries(completes(world))] == [OF_CALL]
    assert [d["url"] for d in world.deliveries(fails(world))] == [OF_CALL, HOOK]


def test_a_foreign_webhook_on_our_module_hears_nothing(world: World) -> None:
    """Nothing but our own code writes such a row; should one be there, it is dead."""
    other = factories.organization(world.conn, name="Globex")
    factories.webhook(
        world.conn, org=other, module_id=world.module_id, url="https://globex.example"
    )
    assert {d["url"] for d in world.deliveries(completes(world))} == {OF_CALL, HOOK}


def test_a_run_without_webhooks_writes_nothing(world: World) -> None:
    execution_id = world.run(webhook=False, webhook_url=None)
    [run] = world.claimed()
    end = claims.Finished(run=run, outcome="completed")
    assert not claims.finish(world.conn, [end], worker=WORKER)[execution_id].webhook
    assert world.deliveries(execution_id) == []
