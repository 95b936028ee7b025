"""What hosts are forked from: it outlives them, and is replaced when it dies."""

import random
from collections.abc import Callable

import psutil
import pytest

from tests import factories
from tests.faults.family import Family, kill, wait_gone
from tests.faults.site import Site
from tests.live import Live
from tests.processes import wait_until


def test_a_host_that_crashed_is_replaced_by_the_same_template(
    site: Site, rng: random.Random
) -> None:
    site.load(rng)
    wait_until(site.family.hosts, what="there is a host")
    templates = {host.ppid() for host in site.family.hosts()}
    kill(*site.family.hosts())
    recovery_s = site.recover()
    site.check("SIGKILL all hosts of all templates", recovery_s=recovery_s)
    assert templates <= {template.pid for template in site.family.templates()}


@pytest.mark.parametrize("victim", ["a template", "all templates", "the nursery"])
def test_a_killed_fork_server_is_replaced_and_nothing_is_lost(
    site: Site, rng: random.Random, victim: str
) -> None:
    site.load(rng)
    wait_until(site.family.hosts, what="there is a host")
    victims = {
        "a template": lambda: [rng.choice(site.family.templates())],
        "all templates": site.family.templates,
        "the nursery": lambda: [site.family.nursery],
    }[victim]()
    below = [p for v in victims for p in v.children(recursive=True)]
    kill(*victims)
    recovery_s = site.recover()
    site.check(f"SIGKILL {victim}", recovery_s=recovery_s)
    wait_gone([*victims, *below])
    wait_until(lambda: not _zombies(site.family), what="all are buried")


def _zombies(family: Family) -> list[psutil.Process]:
    return [p for p in family.everyone() if p.status() == psutil.STATUS_ZOMBIE]


def test_every_worker_has_a_warm_host_before_anybody_called(
    breakable: Callable[..., Live],
) -> None:
    family = Family.of(breakable().cluster)
    wait_until(lambda: len(family.hosts()) == len(family.workers()) == 2, what="a host each")


def test_deaf_hosts_die_with_their_worker(breakable: Callable[..., Live]) -> None:
    """They spin in C, where no signal is heard but one."""
    live = breakable(RUN_MAX_ATTEMPTS="1")
    org, family = factories.organization(live.db), Family.of(live.cluster)
    factories.module(live.db, org=org, python_module="poison")
    for _ in range(2):
        live.execute(org, "poison", {"how": "spin_in_c"}, prefer="respond-async")
    running = "SELECT count(*) FROM executions_run WHERE org_id = %s AND state = 'running'"
    wait_until(lambda: live.db.execute(running, [org.id]).fetchone() == (2,), what="both run")
    wait_until(lambda: len(family.hosts()) == 4, what="two warm ones, two that spin")
    hosts = family.hosts()
    kill(*family.workers())
    wait_gone(hosts, seconds=5)
