"""A member of the installation is killed while runs are in every state: it is replaced, and every
promise is kept."""

import random

import psutil
import pytest

from tests.faults.family import kill, wait_gone
from tests.faults.site import Site
from tests.processes import wait_until


def _victims(site: Site, victim: str, rng: random.Random) -> list[psutil.Process]:
    family = site.family
    if victim == "host":
        wait_until(family.hosts, what="there is a host")
    return {
        "worker": lambda: [rng.choice(family.workers())],
        "both workers": family.workers,
        "host": lambda: [rng.choice(family.hosts())],
        "all hosts": family.hosts,
        "pusher": family.pushers,
        "monitor": family.monitors,
    }[victim]()


@pytest.mark.parametrize(
    "victim", ["worker", "both workers", "host", "all hosts", "pusher", "monitor"]
)
def test_a_killed_member_is_replaced_and_nothing_is_lost(
    site: Site, rng: random.Random, victim: str
) -> None:
    site.load(rng)
    victims = _victims(site, victim, rng)
    kill(*victims)
    recovery_s = site.recover()
    site.check(f"SIGKILL {victim}", recovery_s=recovery_s)
    wait_gone(victims)


def test_idle_workers_that_are_killed_do_not_hold_up_the_next_run(
    site: Site, rng: random.Random
) -> None:
    assert site.running() == 0
    kill(*site.family.workers()[: rng.randint(1, 2)])
    site.check("SIGKILL idle worker", recovery_s=site.recover())


def test_what_an_agent_started_ends_with_its_killed_worker(site: Site) -> None:
    [execution_id] = site.journal.submit(site.acme, 1, agent="parent", sleep_s=1.5)
    wait_until(lambda: site.journal.starts().get(execution_id), what="it runs")
    wait_until(lambda: len(_left_behind(site)) == 2, what="it started two programs")
    left = _left_behind(site)
    kill(*site.family.workers())
    wait_gone(left)
    site.check("SIGKILL worker, agent has children", recovery_s=site.recover())


def _left_behind(site: Site) -> list[psutil.Process]:
    return [p for p in site.family.everyone() if "left-behind" in p.cmdline()]


def test_a_killed_web_server_takes_no_accepted_run_with_it(site: Site, rng: random.Random) -> None:
    site.load(rng)
    kill(psutil.Process(site.live.web.pid))
    site.live.web.popen.wait(timeout=5)
    site.live.restart_web()
    site.check("SIGKILL web", recovery_s=site.recover())
