"""A cluster's processes die together, and what they ran is finished by others."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.factories import Org
from tests.faults.family import Family, kill, wait_gone
from tests.live import Live
from tests.processes import Cluster, wait_until

Start = Callable[..., Live]


def submit(live: Live, org: Org, n: int, *, sleep_s: float = 0.5) -> list[str]:
    accepted = [
        live.execute(org, "echo", {"n": k, "sleep_s": sleep_s}, prefer="respond-async")
        for k in range(n)
    ]
    assert {response.status_code for response in accepted} == {202}
    return [response.json()["execution_id"] for response in accepted]


def assert_all_completed(live: Live, org: Org, ids: list[str], *, seconds: float = 40) -> None:
    """0 lost, 0 stuck, one terminal state each."""
    for n, execution_id in enumerate(ids):
        detail: dict[str, Any] = live.finished(org, execution_id, seconds=seconds)
        assert detail["status"] == "completed", detail
        assert detail["output"]["n"] == n


@pytest.fixture
def quick(breakable: Start) -> Live:
    """Leases of two seconds, so that a lost worker is noticed soon."""
    return breakable(LEASE_SECONDS="2")


@pytest.fixture
def org(quick: Live) -> Org:
    org = factories.organization(quick.db)
    factories.module(quick.db, org=org, python_module="echo")
    return org


def running(live: Live) -> int:
    row = live.db.execute("SELECT count(*) FROM executions_run WHERE state = 'running'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("victim", ["worker", "both workers", "host", "pusher", "monitor"])
def test_a_killed_member_is_replaced_and_nothing_is_lost(
    quick: Live, org: Org, victim: str
) -> None:
    family = Family.of(quick.cluster.pid)
    ids = submit(quick, org, 10)
    wait_until(lambda: running(quick) > 0, what="something runs")
    victims = {
        "worker": lambda: family.workers()[:1],
        "both workers": family.workers,
        "host": family.hosts,
        "pusher": lambda: [family.pusher()],
        "monitor": lambda: [family.monitor()],
    }[victim]()
    for process in victims:
        kill(process)
    assert_all_completed(quick, org, ids)
    assert_all_completed(quick, org, submit(quick, org, 3, sleep_s=0))
    wait_gone(list(victims))


@pytest.mark.parametrize("victim", ["sentinel", "main"])
def test_a_killed_head_takes_the_family_along_and_the_next_cluster_finishes_the_work(
    quick: Live, org: Org, victim: str
) -> None:
    family = Family.of(quick.cluster.pid)
    ids = submit(quick, org, 10, sleep_s=1)
    wait_until(lambda: running(quick) > 0, what="something runs")
    everyone = family.everyone()
    kill(family.sentinel if victim == "sentinel" else family.main)
    wait_gone(everyone)
    assert quick.cluster.stop() != 0
    quick.cluster = Cluster(env=quick.env, log=quick.cluster.log)
    try:
        assert_all_completed(quick, org, ids)
    finally:
        quick.cluster.stop()


@pytest.mark.parametrize("whole_group", [False, True])
def test_sigterm_finishes_what_runs_and_leaves_no_process(
    quick: Live, org: Org, whole_group: bool
) -> None:
    everyone = Family.of(quick.cluster.pid).everyone()
    ids = submit(quick, org, 10)
    wait_until(lambda: running(quick) > 0, what="something runs")
    if whole_group:
        os.killpg(quick.cluster.pid, signal.SIGTERM)
    else:
        os.kill(quick.cluster.pid, signal.SIGTERM)
    assert quick.cluster.popen.wait(timeout=20) == 0
    wait_gone(everyone)
    left = quick.db.execute(
        "SELECT state, count(*) FROM executions_run GROUP BY state ORDER BY state"
    ).fetchall()
    assert {state for state, _ in left} <= {"done", "queued"}, left
    quick.cluster = Cluster(env=quick.env, log=quick.cluster.log)
    try:
        assert_all_completed(quick, org, ids)
    finally:
        quick.cluster.stop()


def test_sigterm_gives_back_what_outlasts_the_grace(breakable: Start) -> None:
    live = breakable(STOP_GRACE_SECONDS="0.5")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    [execution_id] = submit(live, org, 1, sleep_s=300)
    wait_until(lambda: running(live) > 0, what="it runs")
    assert live.cluster.stop(seconds=10) == 0
    row = live.db.execute(
        "SELECT state, attempt FROM executions_run WHERE execution_id = %s", [execution_id]
    ).fetchone()
    assert row == ("queued", 0)
