"""Answers that come later: accepted once, for the attempt that is open, from who has the key."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from agents.remote_contract import signature
from executions import claims, lanes
from executions.wakeups import RUN_ANSWERED, Note
from tests import factories
from tests.executions.conftest import Tenants
from tests.processes import wait_until
from tests.remote_server import KEY, Answer, Asked, RemoteServer

LATER = Answer(status=202)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A run of Acme's that waits for its callback."""

    tenants: Tenants
    execution_id: str
    asked: Asked

    def finished(self) -> dict[str, Any]:
        return self.tenants.live.finished(self.tenants.acme, self.execution_id)

    def refused(self, response: httpx.Response, status: int, code: str) -> str:
        """It is refused, and the run goes on waiting: a good answer still ends it."""
        detail: str = self.tenants.refusal(response, status, code)["detail"]
        return detail

    def ends_well(self) -> None:
        assert self.asked.call_back({"output": "at last"}).status_code == 202
        assert self.finished()["output"] == "at last"

    def kept(self) -> int:
        rows = self.tenants.live.db.execute(
            "SELECT count(*) FROM executions_callback WHERE execution_id = %s", [self.execution_id]
        ).fetchone()
        return int((rows or [0])[0])


@pytest.fixture
def server() -> Iterator[RemoteServer]:
    with RemoteServer.running(lambda _: LATER) as running:
        yield running


def begun(tenants: Tenants, server: RemoteServer, **policy: Any) -> str:
    db = tenants.live.db
    factories.secret(db, org=tenants.acme, name="REMOTE_KEY", value=KEY)
    config = {"signing_key": "${{ secrets.REMOTE_KEY }}"}
    module = factories.module(db, org=tenants.acme, endpoint=server.url, config=config)
    if policy:
        factories.policy(db, org=tenants.acme, module_id=module, **policy)
    answer = tenants.live.execute(tenants.acme, module, prefer="respond-async").json()
    wait_until(lambda: server.asked, what="the server is asked")
    return str(answer["execution_id"])


@pytest.fixture
def errand(tenants: Tenants, server: RemoteServer) -> Errand:
    execution_id = begun(tenants, server)
    return Errand(tenants=tenants, execution_id=execution_id, asked=server.asked[0])


def test_an_answer_ends_the_run_and_nothing_of_it_is_left(errand: Errand) -> None:
    response = errand.asked.call_back({"status": "completed", "output": {"n": 1}})
    assert response.status_code == 202
    assert response.json()["execution_id"] == errand.execution_id
    assert errand.finished()["output"] == {"n": 1}
    wait_until(lambda: errand.kept() == 0, what="the stored answer is dropped")


@pytest.mark.parametrize(
    "answer",
    [{"status": "failed", "error": "Out of stock."}, {"error": "Out of stock."},
     {"execution_id": "x", "status": "failed", "output": None, "error": "Out of stock."}],
)  # fmt: skip
def test_a_failure_ends_the_run(errand: Errand, answer: Any) -> None:
    assert errand.asked.call_back(answer).status_code == 202
    detail = errand.finished()
    assert (detail["status"], detail["error"]) == ("failed", "Out of stock.")
    assert detail["run"]["attempt"] == 1


def test_a_server_may_call_back_before_it_has_answered(
    tenants: Tenants, server: RemoteServer
) -> None:
    def answer(asked: Asked) -> Answer:
        assert asked.call_back({"output": "early"}).status_code == 202
        return LATER

    server.answer = answer
    execution_id = begun(tenants, server)
    assert tenants.live.finished(tenants.acme, execution_id)["output"] == "early"


def test_the_same_answer_again_is_refused(errand: Errand) -> None:
    timestamp = str(int(time.time()))
    assert errand.asked.call_back({"output": 1}, timestamp=timestamp).status_code == 202
    for answer in ({"output": 1}, {"output": 2}):
        response = errand.asked.call_back(answer, timestamp=timestamp)
        errand.refused(response, 409, "not_waiting")
    assert errand.finished()["output"] == 1
    errand.refused(errand.asked.call_back({"output": 1}), 409, "not_waiting")


@pytest.mark.parametrize("age_s", [-400, 400])
def test_an_old_signature_is_refused(errand: Errand, age_s: int) -> None:
    timestamp = str(int(time.time()) - age_s)
    response = errand.asked.call_back({"output": 1}, timestamp=timestamp)
    assert "five minutes" in errand.refused(response, 401, "invalid_signature")
    errand.ends_well()


def test_who_does_not_have_the_key_is_refused(errand: Errand) -> None:
    """Nor does the other organization's key of the same name sign for Acme."""
    tenants = errand.tenants
    other = "the-signing-key-of-globex"
    factories.secret(tenants.live.db, org=tenants.globex, name="REMOTE_KEY", value=other)
    timestamp, body = str(int(time.time())), b'{"output": 1}'
    right = signature(KEY, timestamp=timestamp, body=body)
    for wrong in (
        signature(other, timestamp=timestamp, body=body), right[3:], right.upper(), "", "v1=",
        signature(KEY, timestamp=timestamp, body=b'{"output": 2}'), "é",
    ):  # fmt: skip
        response = _post(errand.asked.json["callback_url"], body, timestamp, wrong)
        errand.refused(response, 401, "invalid_signature")
    unsigned = httpx.post(errand.asked.json["callback_url"], json={"output": 1})
    errand.refused(unsigned, 401, "invalid_signature")
    errand.ends_well()


def _post(url: str, body: bytes, timestamp: str, signed: str) -> httpx.Response:
    headers = {"Content-Type": b"application/json", "X-Platform-Timestamp": timestamp.encode()}
    headers["X-Platform-Signature"] = signed.encode()
    return httpx.post(url, content=body, headers=headers)


def test_our_own_request_cannot_be_sent_back_as_an_answer(errand: Errand) -> None:
    headers = errand.asked.headers
    response = _post(
        errand.asked.json["callback_url"], errand.asked.body,
        headers["x-platform-timestamp"], headers["x-platform-signature"],
    )  # fmt: skip
    errand.refused(response, 400, "invalid_request")
    errand.ends_well()


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b"{}", b'"x"', b'{"status": "running"}', b'{"error": 1}', b"\xff",
     b'{"output": NaN}', b'{"output": 1, "output": 2}', b'{"output": "\\u0000"}',
     b'{"output": ' + b"[" * 3000],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_costs_nothing(errand: Errand, body: bytes) -> None:
    errand.refused(errand.asked.call_back(body), 400, "invalid_request")
    assert errand.kept() == 0
    errand.ends_well()


def test_an_address_that_nobody_was_given_is_like_one_that_does_not_exist(errand: Errand) -> None:
    good = errand.asked.json["callback_url"]
    elsewhere = good.replace(errand.execution_id, uuid.uuid4().hex)
    base, _, token = good.partition("?token=")
    answers = set()
    for url in (
        base, f"{base}?token=", f"{base}?token=2{token[1:]}", f"{base}?token=1.{'0' * 64}",
        f"{base}?token={'9' * 400}.x", f"{base}?token=%C2%B9{token[1:]}", elsewhere,
    ):  # fmt: skip
        response = errand.asked.call_back({"output": 1}, url=url)
        errand.refused(response, 404, "execution_not_found")
        answers.add(response.content)
    assert len(answers) == 1
    errand.ends_well()


def test_what_was_cancelled_takes_no_answer(errand: Errand) -> None:
    tenants = errand.tenants
    path = f"/executions/{errand.execution_id}/cancel"
    tenants.live.http.post(path, headers={"X-API-Key": tenants.acme.key})
    errand.refused(errand.asked.call_back({"output": 1}), 409, "not_waiting")
    assert errand.finished()["run"]["outcome"] == "cancelled"
    assert errand.kept() == 0


def test_what_timed_out_takes_no_answer(tenants: Tenants, server: RemoteServer) -> None:
    execution_id = begun(tenants, server, timeout_s=0.5)
    assert tenants.live.finished(tenants.acme, execution_id)["run"]["outcome"] == "timed_out"
    assert server.asked[0].call_back({"output": 1}).status_code == 409


def test_a_key_that_was_changed_meanwhile_is_the_one_that_counts(errand: Errand) -> None:
    db, org_id = errand.tenants.live.db, errand.tenants.acme.id
    db.execute("DELETE FROM tenancy_secret WHERE org_id = %s", [org_id])
    errand.refused(errand.asked.call_back({"output": 1}), 409, "invalid_module_config")
    factories.secret(db, org=errand.tenants.acme, name="REMOTE_KEY", value="the-next-signing-key")
    errand.refused(errand.asked.call_back({"output": 1}), 401, "invalid_signature")
    timestamp, body = str(int(time.time())), json.dumps({"output": 1}).encode()
    signed = signature("the-next-signing-key", timestamp=timestamp, body=body)
    assert _post(errand.asked.json["callback_url"], body, timestamp, signed).status_code == 202
    assert errand.finished()["output"] == 1


class TestRows:
    def stored(self, queue: psycopg.Connection[Any], *, worker: str, days: int = 0) -> str:
        org = factories.organization(queue)
        columns = {"agent": "remote", "state": "running", "worker": worker, "attempt": 1}
        run = factories.queued_run(
            queue, org=org, module_id=factories.module(queue, org=org),
            **columns, lease_until="2100-01-01",
        )  # fmt: skip
        queue.execute(
            "INSERT INTO executions_callback VALUES "
            "(%s, %s, 1, '{}', now() - make_interval(days => %s))",
            [run, org.id, days],
        )
        return run

    def test_a_worker_that_nobody_tells_finds_the_answers_to_its_own_runs(
        self, queue: psycopg.Connection[Any]
    ) -> None:
        mine, _ = (self.stored(queue, worker=worker) for worker in ("me", "another"))
        notes = claims.look(queue, worker="me", lanes=lanes.ALL)
        assert notes == [Note(RUN_ANSWERED, f"me {mine}")]

    def test_what_a_dead_worker_left_is_dropped_after_a_month(
        self, queue: psycopg.Connection[Any]
    ) -> None:
        old, young = (self.stored(queue, worker="dead", days=days) for days in (31, 29))
        claims.forget_the_dead(queue)
        left = {row[0] for row in queue.execute("SELECT execution_id FROM executions_callback")}
        assert young in left
        assert old not in left
