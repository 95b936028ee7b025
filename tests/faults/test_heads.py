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


def test_a_killed_main_takes_workers_along_that_would_have_time_to_finish(
    breakable: Callable[..., Live],
) -> None:
    """Their hosts died with it, and nobody forks new ones."""
    live = breakable(STOP_GRACE_SECONDS="60")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    for _ in range(10):
        live.execute(org, "echo", {"sleep_s": 300}, prefer="respond-async")
    running = "SELECT count(*) FROM executions_run WHERE state = 'running'"
    wait_until(lambda: live.db.execute(running).fetchone() == (10,), what="all run")
    everyone = Family.of(live.cluster).everyone()
    kill(Family.of(live.cluster).main)
    wait_gone(everyone)
    assert live.db.execute(running).fetchone() == (0,), "given back"


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


def test_sigterm_ends_a_cluster_whose_workers_just_died(breakable: Callable[..., Live]) -> None:
    """The pusher then waits for a place in the queue that nobody makes any more."""
    live = breakable()
    family = Family.of(live.cluster)
    everyone = family.everyone()
    os.kill(family.sentinel.pid, signal.SIGSTOP)  # so that it does not replace them
    wait_until(lambda: _waits_in_queue(family.pushers()[0]), what="the next token waits")
    kill(*family.workers())
    os.kill(live.cluster.pid, signal.SIGTERM)
    os.kill(family.sentinel.pid, signal.SIGCONT)
    assert live.cluster.popen.wait(timeout=15) == 0
    wait_gone(everyone)


def test_sigterm_does_not_wait_for_ever_for_an_ordinary_task(
    breakable: Callable[..., Live],
) -> None:
    """And its worker claims nothing more, though its main thread is busy."""
    live = breakable(STOP_GRACE_SECONDS="1")
    org = factories.organization(live.db)
    factories.module(live.db, org=org, python_module="echo")
    everyone = Family.of(live.cluster).everyone()
    sleep = "from django_q.tasks import async_task; async_task('time.sleep', 600)"
    live.manage("shell", "-c", f"{sleep}; async_task('time.sleep', 600)")
    asleep = lambda: live.cluster.output().count("'time.sleep'") == 2  # noqa: E731
    wait_until(asleep, what="both workers are busy")
    os.kill(live.cluster.pid, signal.SIGTERM)
    wait_until(lambda: "the cluster stops" in live.cluster.output(), what="it heard")
    answer = live.execute(org, "echo", {"sleep_s": 60}, prefer="respond-async").json()
    assert live.cluster.popen.wait(timeout=15) == 0
    wait_gone(everyone)
    row = "SELECT state, attempt FROM executions_run WHERE execution_id = %s"
    assert live.db.execute(row, [answer["execution_id"]]).fetchone() == ("queued", 0)
    assert live.db.execute("SELECT count(*) FROM django_q_ormq").fetchone() == (2,), "kept"


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
