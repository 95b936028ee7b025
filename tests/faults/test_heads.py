"""The heads of a cluster end, killed or politely: the family goes with them, the next cluster does
the rest."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests import factories
from tests.faults.family import Family, kill, wait_gone
from tests.faults.site import Site
from tests.live import Live
from tests.processes import wait_until


@pytest.mark.parametrize("victim", ["sentinel", "main"])
def test_a_killed_head_takes_the_family_along_and_the_next_cluster_finishes_the_work(
    site: Site, rng: random.Random, victim: str
) -> None:
    site.load(rng)
    everyone = site.family.everyone()
    kill(site.family.sentinel if victim == "sentinel" else site.family.main)
    wait_gone(everyone)
    assert site.live.cluster.stop() != 0, "a supervisor must see that it failed"
    site.live.restart_cluster()
    recovery_s = site.recover()
    site.check(f"SIGKILL {victim}", recovery_s=recovery_s, refunds=True)


def test_workers_that_wait_for_a_token_end_with_their_sentinel(
    breakable: Callable[..., Live],
) -> None:
    """They sleep in django-q2's queue then, where no token comes any more."""
    live = breakable(DRAIN_SECONDS="0.2")
    family = Family.of(live.cluster)
    workers, everyone = family.workers(), family.everyone()
    os.kill(family.sentinel.pid, signal.SIGSTOP)  # so that it does not replace the pusher
    kill(*family.pushers())
    wait_until(lambda: all(map(_waits_in_queue, workers)), what="no token is left")
    kill(family.sentinel)
    wait_gone(everyone)
    assert live.cluster.stop() != 0


def _waits_in_queue(worker: psutil.Process) -> bool:
    """The main thread sleeps in the queue's lock or pipe, not in the token's function."""
    where = Path(f"/proc/{worker.pid}/wchan").read_text()
    return "futex" in where or "pipe" in where


@pytest.mark.parametrize("whom", ["main", "the process group"])
def test_sigterm_finishes_what_runs_and_leaves_no_process(
    site: Site, rng: random.Random, whom: str
) -> None:
    site.load(rng)
    everyone = site.family.everyone()
    (os.kill if whom == "main" else os.killpg)(site.live.cluster.pid, signal.SIGTERM)
    assert site.live.cluster.popen.wait(timeout=20) == 0
    wait_gone(everyone)
    assert site.running() == 0, "finished, or given back"
    site.live.restart_cluster()
    recovery_s = site.recover()
    site.check(f"SIGTERM {whom}", recovery_s=recovery_s, refunds=True)


def test_sigterm_gives_back_what_outlasts_the_grace(breakable: Callable[..., Live]) -> None:
    live = breakable(STOP_GRACE_SECONDS="0.5")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    answer = live.execute(org, "echo", {"sleep_s": 300}, prefer="respond-async").json()
    row = "SELECT state, attempt FROM executions_run WHERE execution_id = %s"
    found = lambda: live.db.execute(row, [answer["execution_id"]]).fetchone()  # noqa: E731
    wait_until(lambda: found() == ("running", 1), what="it runs")
    assert live.cluster.stop(seconds=10) == 0
    assert found() == ("queued", 0), live.cluster.output()
