"""The remote agent against a real server: what it sends, and what each kind of answer becomes."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from agents.callbacks import RemoteRun
from agents.outcome import Outcome, run_agent
from agents.remote import MAX_ANSWER_BYTES, RemoteAgent
from agents.remote_contract import check_endpoint, is_signed, signature
from agents.testing import RecordingContext
from tests.processes import free_port
from tests.remote_server import KEY, Answer, Asked, RemoteServer


@pytest.fixture
def server() -> Iterator[RemoteServer]:
    with RemoteServer.running(lambda asked: Answer(body={"output": 1})) as running:
        yield running


async def nobody() -> bytes:
    raise AssertionError("nobody calls back in this test")


def run(
    endpoint: str, input_data: Any = None, *, config: Any = None, answer: Any = nobody,
    callback_url: str = "", task_id: str | None = None, **context: Any,
) -> Outcome:  # fmt: skip
    remote = RemoteRun(endpoint=endpoint, callback_url=callback_url, task_id=task_id, answer=answer)
    return asyncio.run(
        run_agent(
            RemoteAgent, RecordingContext(remote=remote, **context),
            config={"signing_key": KEY} if config is None else config,
            input_json=json.dumps(input_data or {}).encode(),
        )
    )  # fmt: skip


def answered(server: RemoteServer, answer: Answer | Callable[[Asked], Answer]) -> Outcome:
    server.answer = answer if callable(answer) else lambda _: answer
    return run(server.url)


class TestTheRequest:
    def test_it_is_the_contract_signed(self, server: RemoteServer) -> None:
        run(
            server.url, {"text": "ü"}, config={"signing_key": KEY, "tone": "dry"}, task_id="task-1",
            callback_url="https://we.example.com/cb", deadline_s=time.monotonic() + 60, attempt=2,
        )  # fmt: skip
        [asked] = server.asked
        sent = asked.json
        deadline = datetime.fromisoformat(sent.pop("deadline"))
        assert 50 < (deadline - datetime.now(UTC)).total_seconds() <= 60
        assert sent == {
            "execution_id": "execution-1", "module_id": "module-1", "org_id": "org-1",
            "attempt": 2, "input_data": {"text": "ü"}, "config": {"tone": "dry"},
            "task_id": "task-1", "callback_url": "https://we.example.com/cb",
        }  # fmt: skip
        assert asked.is_signed
        assert asked.headers["idempotency-key"] == "execution-1"
        assert KEY not in f"{asked.headers} {asked.body!r}"

    def test_what_is_not_known_is_left_out(self, server: RemoteServer) -> None:
        run(server.url)
        assert not server.asked[0].json.keys() & {"config", "task_id", "callback_url"}
        assert server.asked[0].json["deadline"] is None

    def test_integers_are_sent_to_the_digit(self, server: RemoteServer) -> None:
        run(server.url, {"n": 2**70})
        assert server.asked[0].json["input_data"] == {"n": 2**70}

    @pytest.mark.parametrize("key", [None, "", "too-short", 5])
    def test_without_a_good_signing_key_nothing_is_sent(
        self, server: RemoteServer, key: Any
    ) -> None:
        outcome = run(server.url, config={} if key is None else {"signing_key": key})
        assert outcome.code == "invalid_config"
        assert outcome.error.startswith("config.signing_key: ")
        assert server.asked == []


class TestAnswers:
    @pytest.mark.parametrize(
        ("body", "output"),
        [
            ({"output": {"a": [1, None]}}, {"a": [1, None]}),
            ({"status": "completed", "output": "text"}, "text"),
            ({"status": "completed"}, None),
            ({"execution_id": "e", "status": "completed", "output": 0, "error": None}, 0),
            ({"output": {"execution_id": "x", "output": "inner"}},
             {"execution_id": "x", "output": "inner"}),
            ({"output": {"success": False, "error": "x"}}, {"success": False, "error": "x"}),
        ],
    )  # fmt: skip
    def test_200_is_the_result(self, server: RemoteServer, body: Any, output: Any) -> None:
        outcome = answered(server, Answer(body=body))
        assert (outcome.status, json.loads(outcome.output)) == ("completed", output)

    @pytest.mark.parametrize(
        "body",
        [{"status": "failed", "error": "No stock."}, {"error": "No stock."},
         {"execution_id": "", "status": "failed", "output": None, "error": "No stock."}],
    )  # fmt: skip
    def test_a_reported_failure_is_final(self, server: RemoteServer, body: Any) -> None:
        outcome = answered(server, Answer(body=body))
        assert (outcome.error, outcome.code, outcome.retryable) == ("No stock.", "permanent", False)

    @pytest.mark.parametrize(
        ("body", "says"),
        [(b"", "not JSON"), (b"<html>", "not JSON"), (b"\xff", "not JSON"), (b"[" * 5000, "JSON"),
         (b"[]", "answer: "), (b"{}", "Expected output"), (b'{"status": "running"}', "status: "),
         (b'{"error": 5}', "error: "), (b'{"output": NaN}', "finite")],
    )  # fmt: skip
    def test_what_is_no_answer_is_final_and_said_clearly(
        self, server: RemoteServer, body: bytes, says: str
    ) -> None:
        outcome = answered(server, Answer(body=body))
        assert (outcome.status, outcome.retryable) == ("failed", False)
        assert says in outcome.error

    def test_an_answer_that_is_too_large_is_final(self, server: RemoteServer) -> None:
        body = b'{"output": "' + b"x" * MAX_ANSWER_BYTES + b'"}'
        outcome = answered(server, Answer(body=body))
        assert (outcome.status, outcome.retryable) == ("failed", False)
        assert "bytes" in outcome.error


class TestFailures:
    @pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
    def test_a_server_that_fails_may_be_tried_again(
        self, server: RemoteServer, status: int
    ) -> None:
        outcome = answered(server, Answer(status=status, body={"error": "Database\naway."}))
        assert (outcome.code, outcome.retryable) == ("transient", True)
        assert outcome.error == f"The remote server failed ({status}): Database away."

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_wait_that_is_asked_for_is_passed_on(self, server: RemoteServer, status: int) -> None:
        outcome = answered(server, Answer(status=status, headers={"Retry-After": "7"}))
        assert (outcome.code, outcome.retry_after_s) == ("rate_limited", 7)
        at = format_datetime(datetime.now(UTC).replace(year=2000))
        assert answered(server, Answer(status=429, headers={"Retry-After": at})).retry_after_s == 0
        assert answered(server, Answer(status=429)).retry_after_s is None

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
    def test_a_refusal_is_final_with_the_servers_words(
        self, server: RemoteServer, status: int
    ) -> None:
        outcome = answered(server, Answer(status=status, body={"detail": "x" * 1000}))
        assert (outcome.code, outcome.retryable) == ("permanent", False)
        assert outcome.error.startswith(f"The remote server refused the request ({status}): xxx")
        assert len(outcome.error) < 400

    @pytest.mark.parametrize("body", [b"<html>secret page</html>", b'["a"]', b'{"error": {}}'])
    def test_a_page_of_something_else_is_not_shown(self, server: RemoteServer, body: bytes) -> None:
        outcome = answered(server, Answer(status=404, body=body))
        assert outcome.error == "The remote server refused the request (404)."

    def test_redirects_are_refused(self, server: RemoteServer) -> None:
        outcome = answered(server, Answer(status=307, headers={"Location": server.url}))
        assert "redirects are not followed" in outcome.error
        assert (len(server.asked), outcome.retryable) == (1, False)

    def test_no_server_and_a_broken_connection_may_pass(self, server: RemoteServer) -> None:
        for outcome in (
            run(f"http://127.0.0.1:{free_port()}/"),
            answered(server, Answer(cut=True)),
        ):
            assert (outcome.code, outcome.retryable) == ("transient", True)

    def test_the_signing_key_stays_out_of_what_the_server_says(self, server: RemoteServer) -> None:
        server.answer = lambda _: Answer(status=400, body={"error": f"{KEY} is wrong"})
        context = RecordingContext(
            remote=RemoteRun(endpoint=server.url, callback_url="", task_id=None, answer=nobody)
        )
        outcome = asyncio.run(
            run_agent(
                RemoteAgent, context, config='{"signing_key": "${{ secrets.KEY }}"}',
                input_json=b"{}", org_secrets={"KEY": KEY},
            )
        )  # fmt: skip
        assert server.asked[0].is_signed
        assert outcome.error.endswith(": … is wrong")


class TestLater:
    def test_what_is_called_back_is_the_result(self, server: RemoteServer) -> None:
        async def answer() -> bytes:
            return b'{"output": "later"}'

        server.answer = lambda _: Answer(status=202)
        outcome = run(server.url, answer=answer, callback_url="https://we.example.com/cb")
        assert outcome.output == '"later"'

    def test_without_an_address_to_call_back_it_cannot_be(self, server: RemoteServer) -> None:
        outcome = answered(server, Answer(status=202))
        assert (outcome.code, outcome.retryable) == ("permanent", False)
        assert "PUBLIC_URL" in outcome.error


def test_a_module_without_an_endpoint_says_so() -> None:
    outcome = asyncio.run(
        run_agent(
            RemoteAgent, RecordingContext(), config={"signing_key": KEY}, input_json=b"{}"
        )
    )  # fmt: skip
    assert (outcome.code, "endpoint" in outcome.error) == ("invalid_config", True)


@pytest.mark.parametrize(
    "url",
    ["http://a", "https://a.example.com:8443/run?x=1", "http://127.0.0.1:1/", "http://[::1]/"],
)
def test_good_endpoints(url: str) -> None:
    check_endpoint(url)


@pytest.mark.parametrize(
    "url",
    ["", "a", "/run", "ftp://a/", "javascript:alert(1)", "http://", "http://:80/", "https://a:0/",
     "https://a:99999/", "https://u:p@a/", "https://u@a/", "https://a/#x", "https://a/ b",
     "https://a/\n", "https://[::1/", "https://a/" + "x" * 2000],
)  # fmt: skip
def test_bad_endpoints(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        check_endpoint(url)


def test_a_signature_is_bound_to_key_time_and_body() -> None:
    now_s = 1_700_000_000.0
    given = signature(KEY, timestamp="1700000000", body=b"body")

    def holds(**changes: Any) -> bool:
        fields = {"key": KEY, "timestamp": "1700000000", "given": given, "body": b"body"}
        fields |= {"now_s": now_s, **changes}
        return is_signed(fields.pop("key"), **fields)

    assert holds()
    assert holds(now_s=now_s + 300)
    for changes in (
        {"key": "another"}, {"body": b"bodY"}, {"timestamp": "1700000001"}, {"now_s": now_s + 301},
        {"now_s": now_s - 301}, {"given": ""}, {"given": given[3:]}, {"given": "\ud800"},
        {"timestamp": ""}, {"timestamp": "1e9"}, {"timestamp": "²"}, {"timestamp": "9" * 5000},
    ):  # fmt: skip
        assert not holds(**changes), changes
