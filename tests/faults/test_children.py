"""Parents and children when places are few, and when a worker is killed under them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.faults.family import Family, kill
from tests.live import Live
from tests.processes import wait_until


@pytest.fixture
def start(breakable: Callable[..., Live]) -> Callable[..., Live]:
    return breakable


def rows(live: Live) -> list[dict[str, Any]]:
    """All runs, oldest first."""
    cursor = live.db.execute(
        "SELECT execution_id, parent, agent, state, outcome, attempt, worker FROM executions_run "
        "ORDER BY execution_id"
    )
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("agent", ["nested", "cpu_nested"])
def test_with_one_place_per_lane_nested_calls_of_many_still_end(
    start: Callable[..., Live], agent: str
) -> None:
    live = start(IO_SLOTS="1", CPU_SLOTS="1", WORKERS="2")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module=agent)
    given = {"levels": 3, "module": agent}
    ids = [
        live.execute(org, agent, given, prefer="respond-async").json()["execution_id"]
        for _ in range(6)
    ]
    assert [live.finished(org, id_, seconds=60)["output"] for id_ in ids] == [3] * 6


def test_nothing_of_a_lost_attempt_runs_on_when_a_worker_is_killed(
    start: Callable[..., Live],
) -> None:
    """Eight parents on two workers, each with a child that sleeps and a grandchild. One worker is
    killed: its parents run again and call anew, what the lost attempts had called is ended."""
    live = start(LEASE_SECONDS="2")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="caller")
    factories.module(live.db, org=org, python_module="echo")
    nap = {"sleep_s": 3}
    given = {"modules": [["echo", nap], ["caller", {"modules": [["echo", nap]]}]]}
    ids = [
        live.execute(org, "caller", given, prefer="respond-async").json()["execution_id"]
        for _ in range(8)
    ]
    wait_until(
        lambda: sum(r["agent"] == "echo" and r["state"] == "running" for r in rows(live)) == 16,
        what="all of them wait",
    )
    before = {row["execution_id"]: row for row in rows(live)}
    workers = Family.of(live.cluster).workers()
    victim = next(w for w in workers if f":{w.pid}:" in before[ids[0]]["worker"])
    lost = {id_ for id_, row in before.items() if f":{victim.pid}:" in row["worker"]}
    kill(victim)

    details = [live.finished(org, id_, seconds=60) for id_ in ids]
    assert {detail["status"] for detail in details} == {"completed"}, details
    wait_until(lambda: all(r["state"] == "done" for r in rows(live)), what="nothing is left")
    after = {row["execution_id"]: row for row in rows(live)}
    for id_, row in before.items():
        called_by_lost = row["parent"] in lost
        if called_by_lost:
            assert after[id_]["outcome"] in {"cancelled", "completed"}, after[id_]
            assert after[id_]["attempt"] == 1, "it was queued again for nobody"
    again = [detail for detail in details if detail["execution_id"] in lost]
    assert [detail["run"]["attempt"] for detail in again] == [2] * len(again)
    assert {len(detail["children"]) for detail in again} == {4}, "two of each attempt"
