"""PostgreSQL goes away and comes back under a running web server: no lie is told meanwhile."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from tests import databases, factories
from tests.factories import Org
from tests.own_server import OwnServer
from tests.processes import Web, wait_until


@dataclass(frozen=True, kw_only=True)
class Site:
    """A web server (and no cluster: nothing ever finishes) on a PostgreSQL of its own."""

    server: OwnServer
    web: Web
    acme: Org
    globex: Org

    def execute(self, org: Org, *, prefer: str = "respond-async") -> httpx.Response:
        body = {"module_id": "echo", "org_id": org.id, "input_data": {}}
        headers = {"X-API-Key": org.key, "Prefer": prefer}
        return httpx.post(f"{self.web.url}/execute", json=body, headers=headers, timeout=30)

    def get(self, path: str) -> httpx.Response:
        headers = {"X-API-Key": self.acme.key}
        return httpx.get(f"{self.web.url}{path}", headers=headers, timeout=30)

    def ids(self) -> set[str]:
        """The executions that were accepted."""
        with databases.connect(self.server.params) as conn:
            found = conn.execute(
                "SELECT run.execution_id, shared.id FROM executions_run run "
                "FULL JOIN public.module_executions shared ON shared.id = run.execution_id"
            ).fetchall()
        assert all(run == shared for run, shared in found), "both rows or none"
        return {run for run, _ in found}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tmp_path = tmp_path_factory.mktemp("site")
    with OwnServer.running() as server:
        with databases.connect(server.params) as conn:
            acme, globex = (factories.organization(conn, name=name) for name in ("Acme", "Globex"))
            for org in (acme, globex):
                factories.module(conn, org=org)
        web = Web(env=server.env, log=tmp_path / "web.log")
        try:
            web.wait_ready()
            yield Site(server=server, web=web, acme=acme, globex=globex)
        finally:
            web.stop()


def test_an_outage_is_said_and_survived(site: Site) -> None:
    before = site.ids() | {site.execute(site.globex).json()["execution_id"]}
    waiting: list[httpx.Response] = []
    caller = threading.Thread(
        target=lambda: waiting.append(site.execute(site.acme, prefer="wait=3"))
    )
    caller.start()
    wait_until(lambda: len(site.ids()) > len(before), what="the caller's execution is accepted")
    accepted = site.ids()

    site.server.stop()

    with ThreadPoolExecutor() as pool:  # at once: each waits some seconds for a connection
        calls = [
            pool.submit(site.execute, site.acme),
            pool.submit(site.get, "/executions/some-id"),
            pool.submit(site.get, "/health/ready"),
        ]
        assert site.get("/health").status_code == 200
        executed, read, ready = (call.result() for call in calls)
    for response in (executed, read):
        assert response.status_code == 503, response.text
        assert int(response.headers["retry-after"]) >= 1
        assert response.json().keys() == {"detail", "code"}
        assert response.json()["code"] == "database_unavailable"
        assert site.server.params["host"] not in response.text
    assert ready.status_code == 503
    assert ready.json()["status"] == "not_ready"
    assert ready.json()["checks"]["database"]["ok"] is False
    caller.join(30)
    [answer] = waiting
    assert answer.status_code == 202, f"it was accepted before the outage: {answer.text}"
    assert answer.json()["execution_id"] in accepted

    site.server.start()
    assert site.ids() == accepted, "nothing was accepted meanwhile"
    served: list[httpx.Response] = []

    def serves() -> bool:
        served.append(site.execute(site.globex))
        return served[-1].status_code == 202

    wait_until(serves, seconds=10, what="the web server serves again")
    assert site.ids() == accepted | {served[-1].json()["execution_id"]}
    assert {response.status_code for response in served[:-1]} <= {503}


def test_a_connection_that_was_cut_is_replaced_unnoticed(site: Site) -> None:
    for _ in range(3):
        assert site.execute(site.acme).status_code == 202
        with databases.connect(site.server.params) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
    assert site.execute(site.globex).status_code == 202
