"""The receivers of docs/webhooks.md verify what the real cluster delivers, and nothing else."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from modules.webhook_signing import new_secret, signature
from tests import factories
from tests.live import Live
from tests.processes import ROOT, free_port, wait_until

DOCS = ROOT / "docs"
SECRET = new_secret()
COMMANDS = {
    "node": ["node", str(DOCS / "webhook-receiver.mjs")],
    "python": [sys.executable, str(DOCS / "webhook_receiver.py")],
}


class Served:
    def __init__(self, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    def answers(self) -> bool:
        try:
            return httpx.post(self.url, content=b"{}").status_code == 401
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module", params=COMMANDS)
def receiver(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    log, port = tmp_path_factory.mktemp("receiver") / "log", free_port()
    env = {**os.environ, "SECRET": SECRET, "PORT": str(port)}
    with (
        log.open("wb") as out,
        subprocess.Popen(COMMANDS[request.param], env=env, stdout=out, stderr=out) as process,
    ):
        served = Served(port, log)
        wait_until(served.answers, seconds=60, what=f"the receiver answers: {log.read_text()}")
        yield served
        process.terminate()


def test_it_takes_a_delivery_of_ours_once(live: Live, receiver: Served) -> None:
    org = factories.organization(live.db)
    module = factories.module(live.db, org=org)
    factories.webhook(live.db, org=org, module_id=module, url=receiver.url, signed_with=SECRET)
    execution_id = live.execute(org, module).json()["execution_id"]
    line = f"execution.completed {execution_id}"
    wait_until(lambda: line in receiver.lines(), seconds=40, what=f"{line} is heard")

    def delivered() -> object:
        return live.db.execute(
            "SELECT id FROM executions_delivery WHERE execution_id = %s AND state = 'delivered'",
            [execution_id],
        ).fetchone()

    wait_until(delivered, what="it is delivered")
    live.db.execute(
        "UPDATE executions_delivery SET state = 'pending', settled_at = NULL, due_at = now() "
        "WHERE execution_id = %s", [execution_id],
    )  # fmt: skip
    wait_until(delivered, what="it is delivered again")
    assert receiver.lines().count(line) == 1


def test_it_refuses_what_others_send(receiver: Served) -> None:
    body, now = b'{"type": "x", "data": {"execution_id": "forged"}}', int(time.time())
    for secret, stamp in ((new_secret(), now), (SECRET, now - 3600)):
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(secret, message_id="msg_1", timestamp=stamp, body=body),
        }
        assert httpx.post(receiver.url, content=body, headers=headers).status_code == 401
    assert not [line for line in receiver.lines() if "forged" in line]


def test_the_page_shows_the_receiver_that_is_tested() -> None:
    assert (DOCS / "webhook-receiver.mjs").read_text() in (DOCS / "webhooks.md").read_text()
