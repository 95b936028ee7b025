"""Two clusters and two web servers on one database, until one of each is killed."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests import factories
from tests.factories import Org
from tests.faults.family import Family, kill, wait_gone
from tests.live import Live
from tests.processes import Cluster, Process, Web, wait_until

SLOTS = 4  # runs at once, per worker; two workers a cluster


class Callers:
    """Threads that call POST /execute of one web server and wait for the answer."""

    def __init__(self, web: Web, orgs: list[Org], *, each: int, sleep_s: float) -> None:
        self.web = web
        self.answers: list[tuple[str, httpx.Response]] = []
        self.cut_off = 0
        self._threads = [
            threading.Thread(target=self._call, args=(org, sleep_s))
            for org in orgs
            for _ in range(each)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a caller got no answer"

    def _call(self, org: Org, sleep_s: float) -> None:
        body = {"module_id": "echo", "org_id": org.id, "input_data": {"sleep_s": sleep_s}}
        body["input_data"]["org"] = org.id
        try:
            answer = httpx.post(
                f"{self.web.url}/execute", json=body, headers={"X-API-Key": org.key}, timeout=60
            )
        except httpx.TransportError:
            self.cut_off += 1
        else:
            self.answers.append((org.id, answer))

    def all_completed(self) -> set[str]:
        """Everybody got the result of its own organization; the ids."""
        for org_id, answer in self.answers:
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] == "completed", answer.text
            assert answer.json()["output"]["org"] == org_id
        return {answer.json()["execution_id"] for _, answer in self.answers}


class Two:
    """`live` has the first web server and cluster; here are the second ones."""

    def __init__(self, live: Live, folder: Path) -> None:
        self.live = live
        self.web = Web(env=live.env, log=folder / "web2.log")
        self.cluster = Cluster(env=live.env, log=folder / "cluster2.log")

    def wait_ready(self) -> None:
        self.web.wait_ready()
        for cluster in (self.live.cluster, self.cluster):
            Family.of(cluster).wait_complete()

    def close(self) -> None:
        for process in (self.web, self.cluster):
            if process.alive:
                process.stop()

    def workers(self, cluster: Process) -> set[str]:
        """Process ids, as text."""
        return {str(worker.pid) for worker in Family.of(cluster).workers()}

    def ran(self, *, state: str) -> dict[str, str]:
        """The worker process that has, or had, each run of this state."""
        found = self.live.db.execute(
            "SELECT execution_id, split_part(worker, ':', 2) FROM executions_run WHERE state = %s",
            [state],
        ).fetchall()
        return dict(found)


@pytest.fixture
def two(installed: Callable[..., Live], tmp_path: Path) -> Iterator[Two]:
    live = installed(LEASE_SECONDS="2", IO_SLOTS=str(SLOTS))
    with closing(Two(live, tmp_path)) as two:
        two.wait_ready()
        yield two


@pytest.fixture
def orgs(two: Two) -> list[Org]:
    orgs = [factories.organization(two.live.db, name=name) for name in ("Acme", "Globex")]
    for org in orgs:
        factories.module(two.live.db, org=org, python_module="echo")
    return orgs


def test_clusters_share_the_work_of_all_web_servers(two: Two, orgs: list[Org]) -> None:
    at_one = Callers(two.live.web, orgs, each=12, sleep_s=0.5)
    at_two = Callers(two.web, orgs, each=12, sleep_s=0.5)
    for callers in (at_one, at_two):
        callers.wait()
        ids = callers.all_completed()
        assert len(ids) == 24
        finished_by = {worker for id_, worker in two.ran(state="done").items() if id_ in ids}
        for cluster in (two.live.cluster, two.cluster):
            assert finished_by & two.workers(cluster), "each cluster ran some of them"


def test_a_killed_cluster_and_a_killed_web_server_lose_nothing(two: Two, orgs: list[Org]) -> None:
    live = two.live
    at_one = Callers(live.web, orgs, each=20, sleep_s=0.5)
    at_two = Callers(two.web, orgs, each=10, sleep_s=0.5)
    doomed = two.workers(two.cluster)
    accepted = "SELECT count(*) FROM executions_run"
    wait_until(lambda: live.db.execute(accepted).fetchone() == (60,), what="all are accepted")
    wait_until(lambda: doomed & set(two.ran(state="running").values()), what="it runs some")
    victims = Family.of(two.cluster).everyone()

    gone = (*victims, psutil.Process(two.web.pid))
    for process in gone:  # as if their machine were gone: nobody sees another die
        os.kill(process.pid, signal.SIGSTOP)
    kill(*gone)

    for callers in (at_one, at_two):
        callers.wait()
        callers.all_completed()
    wait_gone(victims)
    assert len(at_one.answers) == 40, "the other web server answered everybody"
    assert at_two.cut_off > 0
    wait_until(lambda: len(two.ran(state="done")) == 60, seconds=30, what="all are done")
    rows: list[tuple[Any, ...]] = live.db.execute(
        "SELECT r.outcome, r.attempt, e.status::text FROM executions_run r "
        "LEFT JOIN public.module_executions e ON e.id = r.execution_id"
    ).fetchall()
    assert {(outcome, status) for outcome, _, status in rows} == {("completed", "completed")}
    assert max(attempt for _, attempt, _ in rows) == 2, "some were interrupted, none twice"
    assert sum(attempt - 1 for _, attempt, _ in rows) <= 2 * SLOTS, "only what ran was repeated"

    again = Callers(live.web, orgs, each=2, sleep_s=0)
    again.wait()
    assert len(again.all_completed()) == 4
