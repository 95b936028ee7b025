"""Schedules on real clusters: punctual, once, and through the death of a worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from executions.schedule_clock import ROWS
from tests import databases
from tests.executions.schedule_rows import org_with_module, schedule
from tests.faults.family import Family, kill
from tests.live import Live
from tests.processes import Cluster, wait_until

Start = Callable[..., Live]


def count(live: Live, query: str, *params: Any) -> int:
    row = live.db.execute(query, params).fetchone()
    assert row is not None
    return int(row[0])


def completed(live: Live) -> int:
    return count(
        live,
        "SELECT count(*) FROM public.module_executions e JOIN executions_run r "
        "ON r.execution_id = e.id WHERE r.origin = 'schedule' AND e.status = 'completed'",
    )


def slots_and_executions(live: Live) -> list[tuple[Any, ...]]:
    return live.db.execute(
        "SELECT t.schedule_id, count(DISTINCT t.slot), count(DISTINCT t.execution_id), "
        "(SELECT count(*) FROM executions_run r "
        " WHERE r.requested_by = 'schedule:' || t.schedule_id) "
        "FROM modules_schedule_slot t GROUP BY t.schedule_id"
    ).fetchall()


def test_two_clusters_fire_each_slot_once_and_soon(breakable: Start, tmp_path: Path) -> None:
    live = breakable()
    second = Cluster(env=live.env, log=tmp_path / "second.log")
    try:
        Family.of(second).wait_complete()
        org, module = org_with_module(live.db)
        ids = [
            schedule(
                live.db, org=org, module_id=module, late="-3 seconds", interval_s=10,
                overlap="allow",
            )
            for _ in range(20)
        ]  # fmt: skip
        wait_until(lambda: completed(live) >= 40, seconds=40, what="two slots of each have run")
        live.db.execute("UPDATE modules_schedule SET enabled = false")
        for pk, slots, executions, runs in slots_and_executions(live):
            assert pk in ids
            assert slots == executions == runs >= 2
        rows = "SELECT count(*) FROM django_q_schedule WHERE func = 'executions.schedules.fire_due'"
        assert count(live, rows) == 1
    finally:
        second.stop()


def test_a_worker_killed_while_it_fires_neither_loses_nor_doubles_a_slot(breakable: Start) -> None:
    live = breakable(LEASE_SECONDS="2")
    org, module = org_with_module(live.db)
    ids = [
        schedule(live.db, org=org, module_id=module, late="-1 seconds", catch_up="last")
        for _ in range(5)
    ]
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock' AND query LIKE '%%INSERT INTO executions_run%%'"
    )
    with databases.connect(live.params) as other, other.transaction():
        other.execute("LOCK TABLE executions_run IN SHARE MODE")
        wait_until(lambda: count(live, waiting) > 0, what="a worker is in the middle of a slot")
        for worker in Family.of(live.cluster).workers():
            kill(worker)
    wait_until(lambda: completed(live) == len(ids), seconds=40, what="every slot has run")
    assert sorted(slots_and_executions(live)) == [(pk, 1, 1, 1) for pk in ids]


def test_a_cluster_makes_its_rows_in_the_queue_librarys_table_again(breakable: Start) -> None:
    live = breakable()
    rows = "SELECT count(*) FROM django_q_schedule"
    wait_until(lambda: count(live, rows) == len(ROWS), what="the first start made them")
    live.db.execute("DELETE FROM django_q_schedule")
    assert live.cluster.stop() == 0
    cluster = Cluster(env=live.env, log=live.cluster.log)
    try:
        wait_until(lambda: count(live, rows) == len(ROWS), what="the second start made them again")
    finally:
        cluster.stop()
