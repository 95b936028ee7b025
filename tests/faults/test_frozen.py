"""Workers that stand still without being dead: stopped by a signal, as by a debugger, a paused
machine or a disk that does not answer."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults.family import wait_gone
from tests.faults.journal import Journal
from tests.faults.site import Site
from tests.faults.verdict import Verdict
from tests.live import Live
from tests.processes import wait_until


@contextmanager
def _frozen(*processes: psutil.Process) -> Iterator[None]:
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                os.kill(process.pid, signal.SIGCONT)


def _worker_of(site: Site, execution_id: str) -> psutil.Process:
    row = "SELECT worker FROM executions_run WHERE execution_id = %s AND state = 'running'"
    found: list[str] = []

    def claimed() -> bool:
        found.extend(*site.live.db.execute(row, [execution_id]).fetchall())
        return bool(found)

    wait_until(claimed, what="it is claimed")
    return psutil.Process(int(found[0].split(":")[1]))


def _beats(site: Site, worker: psutil.Process) -> int:
    """How often it was seen: its row is updated at each beat."""
    row = "SELECT extract(epoch FROM beat_at)::float8 FROM executions_worker WHERE pid = %s"
    return (site.live.db.execute(row, [worker.pid]).fetchone() or [0])[0]


@pytest.mark.parametrize("agent", ["witness", "cpu_witness"])
def test_a_worker_that_wakes_up_after_its_lease_has_no_say_any_more(site: Site, agent: str) -> None:
    [execution_id] = site.journal.submit(site.acme, 1, agent=agent, sleep_s=0.5)
    wait_until(lambda: site.journal.starts().get(execution_id), what="it runs")
    worker = _worker_of(site, execution_id)
    with _frozen(worker):
        recovery_s = site.recover()
        site.journal.settle(seconds=20)
        [fate] = [f for f in site.journal.fates().values() if f.id == execution_id]
        assert (fate.state, fate.attempt) == ("done", 2)
        before = _beats(site, worker)
    wait_until(lambda: _beats(site, worker) > before, what="the worker lives again")
    site.check(f"SIGSTOP {agent}'s worker past its lease", recovery_s=recovery_s)
    assert site.journal.fates()[execution_id] == fate, "the late result changed nothing"


@pytest.fixture
def watched(
    breakable: Callable[..., Live], tmp_path: Path, recorded: Callable[[Verdict], None]
) -> Site:
    """A cluster with room for one run per worker and lane, and an impatient watchdog."""
    live = breakable(WATCHDOG_SECONDS="2", LEASE_SECONDS="2", IO_SLOTS="1", RUN_MAX_ATTEMPTS="10")
    Journal(live=live, file=tmp_path / "unused").install_audit()
    return Site.on(live, tmp_path, recorded)


@pytest.mark.parametrize("when", ["before the claim", "during the runs"])
def test_the_watchdog_ends_a_cluster_that_has_work_and_claims_none(
    watched: Site, when: str
) -> None:
    watched.recover()
    everyone = watched.family.everyone()
    if when == "during the runs":
        watched.journal.submit(watched.acme, 2, sleep_s=5)
        wait_until(lambda: watched.running() == 2, what="both run")
    with _frozen(*watched.family.workers()):
        watched.journal.submit(watched.acme, 1)
        assert watched.live.cluster.popen.wait(timeout=30) == 1
        wait_gone(everyone)
    assert "No worker of this cluster has looked for work" in watched.tail()
    watched.live.restart_cluster()
    watched.check(f"SIGSTOP all workers {when}", recovery_s=watched.recover())


def test_the_watchdog_lets_a_cluster_be_that_has_reasons_to_claim_nothing(watched: Site) -> None:
    """Long runs in every slot and others behind them, and a paused organization, for longer than
    the watchdog's patience."""
    everyone = watched.family.everyone()
    watched.live.db.execute(
        "INSERT INTO tenancy_policy (org_id, paused) VALUES (%s, true)", [watched.globex.id]
    )
    paused = set(watched.journal.submit(watched.globex, 1))
    watched.journal.submit(watched.acme, 2, sleep_s=5)
    watched.journal.submit(watched.acme, 2)
    wait_until(lambda: watched.journal.unfinished() == paused, seconds=30, what="the rest is done")
    assert all(process.is_running() for process in everyone[:4])
    watched.live.db.execute("DELETE FROM tenancy_policy")
    watched.check("busy and paused under the watchdog")


def test_the_watchdog_does_not_end_workers_that_have_nothing_to_do(watched: Site) -> None:
    """Frozen ones, even: there is no work that they keep from anybody."""
    watched.recover()
    workers = watched.family.workers()
    with _frozen(*workers):
        looks = "SELECT count(*) FROM executions_worker WHERE beat_at < now() - interval '5 s'"
        wait_until(lambda: watched.live.db.execute(looks).fetchone() == (2,), what="5 s of silence")
        assert watched.live.cluster.alive
    watched.check("idle and frozen under the watchdog", recovery_s=watched.recover())
    assert [p.pid for p in watched.family.workers()] == [p.pid for p in workers]
