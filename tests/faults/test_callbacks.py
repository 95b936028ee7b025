"""Workers that die while a remote server works: the run goes on, under the same key."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests import factories
from tests.faults.family import Family, kill
from tests.live import Live
from tests.processes import wait_until
from tests.remote_server import KEY, Answer, RemoteServer


@pytest.fixture
def live(breakable: Callable[..., Live]) -> Live:
    return breakable(LEASE_SECONDS="2", WORKERS="2")


def begun(live: Live, server: RemoteServer) -> tuple[factories.Org, str]:
    org = factories.organization(live.db)
    factories.secret(live.db, org=org, name="KEY", value=KEY)
    config = {"signing_key": "${{ secrets.KEY }}"}
    module = factories.module(live.db, org=org, endpoint=server.url, config=config)
    answer = live.execute(org, module, prefer="respond-async").json()
    wait_until(lambda: server.asked, what="the server is asked")
    return org, answer["execution_id"]


def its_worker(live: Live, execution_id: str) -> Any:
    row = live.db.execute(
        "SELECT worker FROM executions_run WHERE execution_id = %s", [execution_id]
    ).fetchone()
    pid = int(row[0].split(":")[1]) if row else 0
    return next(p for p in Family.of(live.cluster).workers() if p.pid == pid)


def test_the_next_attempt_asks_again_and_only_its_address_is_open(live: Live) -> None:
    with RemoteServer.running(lambda _: Answer(status=202)) as server:
        org, execution_id = begun(live, server)
        kill(its_worker(live, execution_id))
        wait_until(lambda: len(server.asked) == 2, seconds=30, what="the server is asked again")
        first, second = server.asked
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert [asked.json["attempt"] for asked in server.asked] == [1, 2]
        assert first.call_back({"output": "old"}).status_code == 409
        assert second.call_back({"output": "new"}).status_code == 202
        assert live.finished(org, execution_id)["output"] == "new"


def test_an_answer_that_was_accepted_outlives_the_worker(live: Live) -> None:
    """It stands still when the answer comes, and never hears of it."""
    with RemoteServer.running(lambda _: Answer(status=202)) as server:
        org, execution_id = begun(live, server)
        worker = its_worker(live, execution_id)
        os.kill(worker.pid, signal.SIGSTOP)
        assert server.asked[0].call_back({"output": "kept"}).status_code == 202
        kill(worker)
        detail = live.finished(org, execution_id)
        assert (detail["output"], detail["run"]["attempt"]) == ("kept", 2)
        assert len(server.asked) == 2
