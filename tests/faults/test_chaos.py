"""Everything at once: callers go on calling while a seeded schedule kills one process after the
other. Set FAULTS_SEED to repeat a schedule; the moments differ a little, the strikes do not."""

import random
import threading
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
import psutil
import pytest

from tests.faults.conftest import LONG
from tests.faults.family import wait_gone
from tests.faults.site import Site
from tests.faults.strikes import strike

_RUNS = 1000 if LONG else 150
_STRIKES = 200 if LONG else 20
_CALLERS = 6
_SHARE = -(-_RUNS // _CALLERS)


@dataclass(kw_only=True)
class Callers:
    """Threads that call until their share was accepted, whatever happens meanwhile. A call whose
    answer never came promised nothing."""

    site: Site
    seed: int
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for k in range(_CALLERS):
            rng = random.Random(f"{self.seed}-{k}")
            self.threads.append(threading.Thread(target=self._call, args=[rng], daemon=True))
            self.threads[-1].start()

    def busy(self, *, seconds: float) -> bool:
        """Whether any still calls, after this time at most."""
        self.threads[0].join(seconds)
        return any(thread.is_alive() for thread in self.threads)

    def _call(self, rng: random.Random) -> None:
        accepted = 0
        while accepted < _SHARE:
            accepted += self._accepted(accepted, rng)

    def _accepted(self, n: int, rng: random.Random) -> bool:
        cpu = rng.random() < 0.15
        try:
            answer = self.site.journal.call(
                self.site.acme, n,
                agent="cpu_witness" if cpu else "witness",
                sleep_s=rng.uniform(0, 0.1 if cpu else 0.6),
                prefer=rng.choice(["respond-async", "wait=1", "wait=20"]),
            )  # fmt: skip
        except httpx.TransportError:
            return False
        return answer.status_code in {200, 202}


@pytest.mark.timeout(600)
def test_a_thousand_runs_under_random_strikes(site: Site, rng: random.Random) -> None:
    callers = Callers(site=site, seed=rng.getrandbits(32))
    callers.start()
    seen: set[psutil.Process] = set()
    struck: list[str] = []
    while callers.busy(seconds=rng.uniform(0.2, 1.2)):
        if len(struck) == _STRIKES:
            continue
        with suppress(psutil.NoSuchProcess):
            seen |= set(site.family.everyone())
        struck.append(strike(site, rng))
    print("struck:", ", ".join(struck))
    site.make_whole()
    recovery_s = site.recover()
    site.check(f"chaos: {len(struck)} strikes", recovery_s=recovery_s, refunds=True)
    wait_gone(list(seen - set(site.family.everyone())))
    assert len(site.journal.promised) >= _RUNS
