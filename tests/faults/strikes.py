"""What the chaos test does to an installation, one strike at a time, and the supervisor's answer.

A strike finds its victims among those who live at that moment, and does nothing without any.
"""

import os
import random
import signal
from collections.abc import Callable
from contextlib import suppress

import psutil

from tests.faults.family import kill, wait_gone
from tests.faults.site import Site
from tests.processes import wait_until

Strike = Callable[[Site, random.Random], None]


def _one_of(those: list[psutil.Process], rng: random.Random, how: int = signal.SIGKILL) -> None:
    if those:
        os.kill(rng.choice(those).pid, how)


def _host(site: Site, rng: random.Random) -> None:
    _one_of(site.family.hosts(), rng)


def _hosts(site: Site, _: random.Random) -> None:
    kill(*site.family.hosts())


def _template(site: Site, rng: random.Random) -> None:
    _one_of(site.family.templates(), rng)


def _nursery(site: Site, _: random.Random) -> None:
    kill(site.family.nursery)


def _worker(site: Site, rng: random.Random) -> None:
    _one_of(site.family.workers(), rng)


def _workers(site: Site, _: random.Random) -> None:
    kill(*site.family.workers())


def _worker_politely(site: Site, rng: random.Random) -> None:
    _one_of(site.family.workers(), rng, signal.SIGTERM)


def _worker_frozen(site: Site, _: random.Random) -> None:
    """Past its lease of two seconds."""
    if not (workers := site.family.workers()):
        return
    os.kill(workers[0].pid, signal.SIGSTOP)
    try:
        wait_until(lambda: _silent(site, workers[0]), what="its lease is over")
    finally:
        with suppress(ProcessLookupError):
            os.kill(workers[0].pid, signal.SIGCONT)


def _silent(site: Site, worker: psutil.Process) -> bool:
    beats = site.live.db.execute(
        "SELECT 1 FROM executions_worker WHERE pid = %s AND beat_at > now() - interval '3 s'",
        [worker.pid],
    )
    return not beats.fetchall()


def _pusher(site: Site, rng: random.Random) -> None:
    _one_of(site.family.pushers(), rng)


def _monitor(site: Site, rng: random.Random) -> None:
    _one_of(site.family.monitors(), rng)


def _end_cluster(site: Site, whom: psutil.Process, how: int) -> None:
    everyone = site.family.everyone()
    os.kill(whom.pid, how)
    site.live.cluster.popen.wait(timeout=30)
    wait_gone(everyone)
    site.live.restart_cluster()


def _sentinel(site: Site, _: random.Random) -> None:
    _end_cluster(site, site.family.sentinel, signal.SIGKILL)


def _main(site: Site, _: random.Random) -> None:
    _end_cluster(site, site.family.main, signal.SIGKILL)


def _cluster_politely(site: Site, _: random.Random) -> None:
    _end_cluster(site, site.family.main, signal.SIGTERM)


def _web(site: Site, _: random.Random) -> None:
    site.live.web.popen.kill()
    site.live.web.popen.wait(timeout=10)
    site.live.restart_web()


STRIKES: dict[str, Strike] = {
    "host": _host,
    "all hosts": _hosts,
    "template": _template,
    "nursery": _nursery,
    "worker": _worker,
    "both workers": _workers,
    "worker, SIGTERM": _worker_politely,
    "worker, SIGSTOP": _worker_frozen,
    "pusher": _pusher,
    "monitor": _monitor,
    "sentinel": _sentinel,
    "main": _main,
    "main, SIGTERM": _cluster_politely,
    "web": _web,
}


def strike(site: Site, rng: random.Random) -> str:
    """A random one; its name. Members that are being replaced just now are spared."""
    name = rng.choice(list(STRIKES))
    with suppress(psutil.NoSuchProcess, ProcessLookupError, IndexError):
        STRIKES[name](site, rng)
    return name
