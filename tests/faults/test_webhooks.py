"""A worker that is killed while it delivers loses nothing: another delivers, under the same id."""

import threading
from collections.abc import Callable

from tests import factories
from tests.executions.webhooks.receiver import delivered
from tests.faults.family import Family
from tests.http_server import Answer, HttpServer, Received
from tests.live import Live
from tests.processes import wait_until


def test_a_worker_killed_in_the_middle_of_a_delivery(breakable: Callable[..., Live]) -> None:
    live = breakable(WEBHOOK_TIMEOUT_SECONDS="5")
    released = threading.Event()

    def answer(_: Received) -> Answer:
        if len(server.received) == 1:
            released.wait(60)  # the first attempt never gets its answer
        return Answer(204)

    with HttpServer(answer) as server:
        org = factories.organization(live.db)
        module = factories.module(live.db, org=org)
        factories.webhook(live.db, org=org, module_id=module, url=server.url)
        execution_id = live.execute(org, module).json()["execution_id"]
        delivered(server.received, execution_id)
        for worker in Family.of(live.cluster).workers():
            worker.kill()
        wait_until(lambda: len(server.received) >= 2, seconds=60, what="another one delivers")
        released.set()
        first, second = server.received[:2]
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body

        def state() -> object:
            return live.db.execute(
                "SELECT state, attempts FROM executions_delivery WHERE execution_id = %s",
                [execution_id],
            ).fetchone()

        wait_until(lambda: state() == ("delivered", 2), what=f"it is delivered: {state()}")
