"""An installation to break, with two organizations, a journal, and a supervisor's hand."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from tests import factories
from tests.factories import Org
from tests.faults.family import Family
from tests.faults.journal import Journal
from tests.faults.verdict import RECOVERY_S, Verdict, judge
from tests.live import Live
from tests.processes import wait_until

AGENTS = ("witness", "cpu_witness", "parent", "poison")
_SETTLE_S = 45


@dataclass(kw_only=True)
class Site:
    """acme's runs are struck; globex is the neighbour whose next run must complete."""

    live: Live
    acme: Org
    globex: Org
    folder: Path
    journal: Journal
    record: Callable[[Verdict], None]

    @classmethod
    def on(cls, live: Live, folder: Path, record: Callable[[Verdict], None]) -> "Site":
        acme, globex = (factories.organization(live.db, name=name) for name in ("Acme", "Globex"))
        for org in (acme, globex):
            for agent in AGENTS:
                factories.module(live.db, org=org, python_module=agent)
        journal = Journal(live=live, file=folder / "agents.journal")
        return cls(
            live=live, acme=acme, globex=globex, folder=folder, journal=journal, record=record
        )

    @property
    def family(self) -> Family:
        return Family.of(self.live.cluster)

    def make_whole(self) -> None:
        """Restart what is dead, wait for what is being replaced."""
        if not self.live.web.alive:
            self.live.restart_web()
        if not self.live.cluster.alive:
            self.live.restart_cluster()
        self.family.wait_complete()

    def load(self, rng: random.Random, *, runs: int = 10, longest_s: float = 1.0) -> None:
        """Accepted runs of both lanes, and a fault's random moment: some of them have finished."""
        for n in range(runs):
            cpu = rng.random() < 0.2
            sleep_s = rng.uniform(0, longest_s / (4 if cpu else 1))
            agent = "cpu_witness" if cpu else "witness"
            answer = self.journal.call(
                self.acme, n, agent=agent, sleep_s=sleep_s, prefer="respond-async"
            )
            assert answer.status_code == 202, answer.text
        left = rng.randint(1, runs - 1)
        wait_until(lambda: self.running() > 0, what="something runs")
        wait_until(lambda: len(self.journal.unfinished()) <= left, seconds=30, what="a moment")

    def running(self) -> int:
        found = self.live.db.execute("SELECT count(*) FROM executions_run WHERE state = 'running'")
        return int((found.fetchone() or [0])[0])

    def recover(self) -> float:
        """Seconds until the next tenant's run, called again and again, has completed."""
        since = time.monotonic()

        def served() -> bool:
            with suppress(httpx.TransportError, psycopg.OperationalError):
                answer = self.journal.call(self.globex, 0, prefer="wait=5")
                return answer.status_code == 200
            return False

        wait_until(served, seconds=RECOVERY_S, what=f"a run after the fault\n{self.tail()}")
        return time.monotonic() - since

    def check(
        self,
        fault: str,
        *,
        recovery_s: float | None = None,
        refunds: bool = False,
        may_fail: set[str] | None = None,
    ) -> None:
        """Wait for the end of everything promised, and hold it against the promises."""
        self.journal.settle(seconds=_SETTLE_S)
        verdict = judge(
            self.journal, fault, recovery_s=recovery_s, refunds=refunds, may_fail=may_fail or ()
        )
        self.record(verdict)
        assert verdict.good, f"{verdict}\n{self.tail()}"

    def tail(self) -> str:
        return self.live.cluster.output()[-3000:]
